"""Draws one text of a timeline: its window as a bar, its place as a mark, and what there is to say of it."""

from dataclasses import dataclass
from datetime import date

from notifier.cli.picture.days import Row, Timeline, minute_on
from notifier.cli.picture.markup import plain, shorten, tag, width_of
from notifier.cli.picture.paper import CHART, CHART_END, NORMAL, SMALL, write_when, x_of
from notifier.core.model import Planned, PlanStatus

_TIME_END, _STEP = 202, 212
_BAR = 14
_APART = 12  # of a note from the mark beside it

_SHAPES = {  # of a text that is not critical, and of one that is
    PlanStatus.PLANNED: ("dot", "gem"),
    PlanStatus.LATE: ("dot", "gem"),
    PlanStatus.HELD: ("ring", "hollow-gem"),
    PlanStatus.TOO_LATE: ("cross", "cross"),
    PlanStatus.NO_WINDOW: ("barred", "barred"),
    PlanStatus.OFF: ("dash", "dash"),
    PlanStatus.SKIPPED: ("dash", "dash"),
}


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the chart that nothing may be written on, from left to right."""

    left: float
    right: float


def draw_row(row: Row, day: date, timeline: Timeline, y: float, procedure: Band | None) -> str:
    """Draw a text of `day` in the row whose middle is at `y`; `procedure` is where that day has one."""
    message, zone = row.message, timeline.patient.time_zone
    x = x_of(minute_on(row.at, day, zone))
    return tag(
        "g",
        *_window(message, day, timeline, y),
        _delay(message, day, timeline, y) if message.status is PlanStatus.LATE else "",
        draw_shape(message.status, x, y, is_critical=message.draft.critical),
        _names(message, timeline, y),
        _note(_remarks(message, day, timeline), x, y, procedure),
        class_=classes(message.status, is_critical=message.draft.critical),
    )


def draw_undated(message: Planned, timeline: Timeline, y: float) -> str:
    """Draw a text that has no place in time: its name, and why."""
    note = shorten(status_in_words(message), SMALL, CHART_END - CHART)
    return tag(
        "g",
        _names(message, timeline, y),
        tag("text", plain(note), class_="note", x=CHART, y=y + 4),
        class_=classes(message.status, is_critical=message.draft.critical),
    )


def draw_shape(status: PlanStatus, x: float, y: float, *, is_critical: bool) -> str:
    """Draw the mark that stands for what becomes of a text."""
    return tag("use", href=f"#{_SHAPES[status][is_critical]}", x=x, y=y)


def classes(status: PlanStatus, *, is_critical: bool) -> str:
    """Return the classes that give a text its colour: a status speaks louder than being critical."""
    return f"{status} critical" if is_critical and status is PlanStatus.PLANNED else str(status)


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
    left, right = (x_of(minute_on(instant, day, zone)) for instant in (earliest, latest))
    bar = tag("rect", class_="window", x=left, y=y - _BAR / 2, width=right - left, height=_BAR, rx=3)
    before = tag("path", class_="beyond", d=f"M{CHART + 7} {y - 4:g}l-5 4 5 4")
    after = tag("path", class_="beyond", d=f"M{CHART_END - 7} {y - 4:g}l5 4-5 4")
    return (
        bar,
        before if earliest.astimezone(zone).date() < day else "",
        after if latest.astimezone(zone).date() > day else "",
    )


def _delay(message: Planned, day: date, timeline: Timeline, y: float) -> str:
    """Draw how far a late text has come from the place that it missed."""
    place, send_at, zone = message.draft.place, message.send_at, timeline.patient.time_zone
    if place is None or send_at is None:
        return ""
    left, right = (x_of(minute_on(instant, day, zone)) for instant in (place, send_at))
    missed = tag("circle", class_="hollow", cx=left, cy=y, r=4) if place.astimezone(zone).date() == day else ""
    return tag("path", class_="delay", d=f"M{left:g} {y:g}H{right:g}") + missed


def _names(message: Planned, timeline: Timeline, y: float) -> str:
    at = "-" if message.send_at is None else write_when(message.send_at, timeline, "time")
    step = shorten(message.draft.step, NORMAL, CHART - _STEP - 2)
    return tag("text", plain(at), class_="at", x=_TIME_END, y=y + 4) + tag(
        "text", plain(step), class_="step", x=_STEP, y=y + 4
    )


def _remarks(message: Planned, day: date, timeline: Timeline) -> str:
    """Say what the row alone does not show: the status, and the ends of the window on other days."""
    earliest, latest, zone = message.draft.earliest, message.draft.latest, timeline.patient.time_zone
    remarks = [status_in_words(message)]
    if earliest is not None and earliest.astimezone(zone).date() < day:
        remarks.append(f"from {write_when(earliest, timeline)}")
    if latest is not None and latest.astimezone(zone).date() > day:
        remarks.append(f"until {write_when(latest, timeline)}")
    return " · ".join(filter(None, remarks))


def _note(words: str, x: float, y: float, procedure: Band | None) -> str:
    """Write a note beside a mark, on the side that has more room, and never on the procedure."""
    if not words:
        return ""
    width = width_of(words, SMALL)
    if CHART_END - x >= x - CHART:
        left = x + _APART
        if procedure is not None and left < procedure.right and left + width > procedure.left:
            left = procedure.right + _APART / 2
        short = shorten(words, SMALL, CHART_END - left)
        return tag("text", plain(short), class_="note", x=left, y=y + 4)
    right = x - _APART
    if procedure is not None and right > procedure.left and right - width < procedure.right:
        right = procedure.left - _APART / 2
    short = shorten(words, SMALL, right - CHART)
    return tag("text", plain(short), class_="note end", x=right, y=y + 4)
