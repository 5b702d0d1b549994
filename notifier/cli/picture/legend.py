"""Says under a picture what its shapes and colours mean."""

from notifier.cli.picture.markup import tag
from notifier.cli.picture.paper import MARGIN, WIDTH
from notifier.cli.picture.rows import class_of, draw_shape
from notifier.core.model import PlanStatus

LEGEND_HEIGHT = 76
_COLUMNS, _LINE = 5, 22
_TEXTS = (
    (PlanStatus.PLANNED, False, "text, in its window"),
    (PlanStatus.PLANNED, True, "critical text"),
    (PlanStatus.LATE, False, "late"),
    (PlanStatus.HELD, False, "held"),
    (PlanStatus.TOO_LATE, False, "too late"),
    (PlanStatus.NO_WINDOW, False, "no window"),
    (PlanStatus.OFF, False, "off or skipped"),
)
_REST = (
    (tag("rect", class_="care", x=6, y=-8, width=12, height=16), "procedure"),
    (tag("rect", class_="quiet", x=-2, y=-8, width=28, height=16), "quiet hours"),
    (tag("path", class_="tick", d="M12-8V8"), "time a text names"),
)


def draw_legend(top: float) -> str:
    """Draw the legend from `top` downwards; it is LEGEND_HEIGHT high."""
    items = [*((_sample(status, is_critical=bold), words) for status, bold, words in _TEXTS), *_REST]
    width = (WIDTH - 2 * MARGIN) / _COLUMNS
    return "".join(
        tag(
            "g",
            sample,
            tag("text", words, x=34, y=4),
            transform=f"translate({MARGIN + index % _COLUMNS * width:g} {top + 24 + index // _COLUMNS * _LINE:g})",
        )
        for index, (sample, words) in enumerate(items)
    )


def _sample(status: PlanStatus, *, is_critical: bool) -> str:
    return tag(
        "g",
        tag("rect", class_="window", x=-2, y=-7, width=28, height=14),
        draw_shape(status, 12, 0, is_critical=is_critical),
        class_=class_of(status, is_critical=is_critical),
    )
