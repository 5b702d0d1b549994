"""Draws one text of a timeline: its window as a bar, its place as a mark, and what there is to say of it."""

from collections.abc import Sequence
from datetime import date

from notifier.cli.picture.days import Row, Timeline, minute_on
from notifier.cli.picture.markup import plain, shorten, tag, width_of
from notifier.cli.picture.paper import CHART, CHART_END, NORMAL, SMALL, Band, write_when, x_of
from notifier.core.model import Planned, PlanStatus

_TIME_END, _STEP = 176, 184
_BAR = 14
_APART, _CLEAR = 12, 4  # how far a note stands from its mark, and from what it must not cover

_SHAPES = {  # of a text that is not critical, and of one that is
    PlanStatus.PLANNED: ("dot", "gem"),
    PlanStatus.LATE: ("dot", "gem"),
    PlanStatus.HELD: ("ring", "hollow-gem"),
    PlanStatus.TOO_LATE: ("cross", "cross"),
    PlanStatus.NO_WINDOW: ("barred", "barred"),
    PlanStatus.OFF: ("dash", "dash"),
    PlanStatus.SKIPPED: ("dash", "dash"),
}


def draw_row(row: Row, day: date, timeline: Timeline, y: float, obstacles: Sequence[Band]) -> str:
    """Draw a text of `day` in the row whose middle is at `y`, with no words on the `obstacles`."""
    message, zone = row.message, timeline.patient.time_zone
    x = x_of(minute_on(row.at, day, zone))
    return tag(
        "g",
        *_window(message, day, timeline, y),
        _delay(message, day, timeline, y),
        draw_shape(message.status, x, y, is_critical=message.draft.critical),
        _names(message, timeline, y),
        _note(_remarks(message, day, timeline), x, y, obstacles),
        class_=class_of(message.status, is_critical=message.draft.critical),
    )


def draw_undated(message: Planned, timeline: Timeline, y: float) -> str:
    """Draw a text that has no place in time: its name, and why."""
    note = shorten(status_in_words(message), SMALL, CHART_END - CHART)
    return tag(
        "g",
        _names(message, timeline, y),
        tag("text", plain(note), class_="note", x=CHART, y=y + 4),
        class_=class_of(message.status, is_critical=message.draft.critical),
    )


def draw_shape(status: PlanStatus, x: float, y: float, *, is_critical: bool) -> str:
    """Draw the mark that stands for what becomes of a text."""
    return tag("use", href=f"#{_SHAPES[status][is_critical]}", x=x, y=y)


def class_of(status: PlanStatus, *, is_critical: bool) -> str:
    """Return the class that gives a text its colour: a status speaks louder than being critical."""
    return "critical" if is_critical and status is PlanStatus.PLANNED else status


def status_in_words(message: Planned) -> str:
    """Say what is special about a text; empty where it simply goes out."""
    if message.status is PlanStatus.PLANNED:
        return message.reason or ""
    word = message.status.replace("-", " ")
    return f"{word}: {message.reason}" if message.reason else word


def _window(message: Planned, day: date, timeline: Timeline, y: float) -> tuple[str, ...]:
    """Draw [E, L] as far as it lies on `day`, with an arrowhead where it goes on."""
    earliest, latest, zone = message.draft.earliest, message.draft.latest, timeline.patient.time_zone
    if earliest is None or latest is None or earliest > latest:
        return ()
    # In the hour that happens twice a window may end at an earlier wall time than it began.
    left, right = sorted(x_of(minute_on(instant, day, zone)) for instant in (earliest, latest))
    bar = tag("rect", class_="window", x=left, y=y - _BAR / 2, width=right - left, height=_BAR)
    before = tag("use", href="#before", x=CHART, y=y)
    after = tag("use", href="#after", x=CHART_END, y=y)
    return (
        bar,
        before if earliest.astimezone(zone).date() < day else "",
        after if latest.astimezone(zone).date() > day else "",
    )


def _delay(message: Planned, day: date, timeline: Timeline, y: float) -> str:
    """Draw how far a late text has come from the place that it missed."""
    place, send_at, zone = message.draft.place, message.send_at, timeline.patient.time_zone
    if message.status is not PlanStatus.LATE or place is None or send_at is None:
        return ""
    left, right = (x_of(minute_on(instant, day, zone)) for instant in (place, send_at))
    missed = tag("circle", class_="hollow", cx=left, cy=y, r=4) if place.astimezone(zone).date() == day else ""
    return tag("path", class_="delay", d=f"M{left:g} {y:g}H{right:g}") + missed


def _names(message: Planned, timeline: Timeline, y: float) -> str:
    at = "-" if message.send_at is None else write_when(message.send_at, timeline, "time")
    step = shorten(message.draft.step, NORMAL, CHART - _STEP - 2)
    return tag("text", plain(at), tag("tspan", plain(step), x=_STEP), class_="step", x=_TIME_END, y=y + 4)


def _remarks(message: Planned, day: date, timeline: Timeline) -> list[str]:
    """Say what the row alone does not show, weightiest first: the status, the window's ends on other days."""
    earliest, latest, zone = message.draft.earliest, message.draft.latest, timeline.patient.time_zone
    status = status_in_words(message)
    remarks = [status] if status else []
    has_end = message.status not in (PlanStatus.OFF, PlanStatus.SKIPPED)
    has_start = has_end and message.status not in (PlanStatus.LATE, PlanStatus.TOO_LATE)
    if has_end and latest is not None and latest.astimezone(zone).date() > day:
        remarks.append(f"until {write_when(latest, timeline)}")
    if has_start and earliest is not None and earliest.astimezone(zone).date() < day:
        remarks.append(f"from {write_when(earliest, timeline)}")
    return remarks


def _note(remarks: list[str], x: float, y: float, obstacles: Sequence[Band]) -> str:
    """Write as many remarks as can stand clear of what else is there, as near to their mark as they can."""
    for count in range(len(remarks), 0, -1):
        words = " · ".join(remarks[:count])
        spots = _free_spots(x, width_of(words, SMALL), obstacles)
        if spots:
            spot = min(spots, key=lambda spot: round(abs(spot.left + spot.right - 2 * x)))
            kind, start = ("note", spot.left) if spot.left > x else ("note end", spot.right)
            return tag("text", plain(words), class_=kind, x=start, y=y + 4)
    return ""


def _free_spots(x: float, width: float, obstacles: Sequence[Band]) -> list[Band]:
    """Return where words so wide can stand on either side of `x`."""
    starts = [x + _APART, *(band.right + _CLEAR for band in obstacles if band.right > x)]
    ends = [x - _APART, *(band.left - _CLEAR for band in obstacles if band.left < x)]
    spots = [*(Band(start, start + width) for start in starts), *(Band(end - width, end) for end in ends)]
    inside = (spot for spot in spots if spot.left >= CHART and spot.right <= CHART_END)
    return [spot for spot in inside if not any(map(spot.touches, obstacles))]
