"""Names of the instants of a day, written above its texts so that none covers another."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from notifier.cli.picture.days import Day, Timeline, clock_change, minute_on
from notifier.cli.picture.markup import shorten, width_of
from notifier.cli.picture.paper import CHART, CHART_END, SMALL, Band, write_wall, write_when, x_of
from notifier.core.expressions import PROCEDURE

_APART = 5


class Kind(Enum):
    """What a label names."""

    PROCEDURE = auto()
    MOMENT = auto()
    NOW = auto()
    CLOCK_CHANGE = auto()


@dataclass(frozen=True, slots=True)
class Label:
    """One name on paper, beside the line that it names."""

    text: str
    kind: Kind
    line: float  # x
    room: Band  # that the text may take
    is_leftwards: bool  # the text ends at its line, since the day has no room after it
    strip: int = 0  # counted from the top of the day's lane


def place_labels(day: Day, timeline: Timeline) -> tuple[Label, ...]:
    """Return a day's labels, each on a strip below all those that it could run into.

    Rightwards from the first line on, leftwards from the last one back: so the line of a label
    does not cross those that are written below it.
    """
    placed: list[Label] = []
    for label in sorted(_wanted(day, timeline), key=_reading_order):
        strip = max((other.strip + 1 for other in placed if other.room.touches(label.room)), default=0)
        placed.append(replace(label, strip=strip))
    return tuple(placed)


def _reading_order(label: Label) -> tuple[bool, float]:
    return label.is_leftwards, -label.line if label.is_leftwards else label.line


def _wanted(day: Day, timeline: Timeline) -> Iterator[Label]:
    zone = timeline.patient.time_zone
    for mark in day.marks:
        start = minute_on(mark.at, day.date, zone)
        kind = Kind.PROCEDURE if mark.name == PROCEDURE else Kind.MOMENT
        end = minute_on(timeline.procedure_end, day.date, zone) if kind is Kind.PROCEDURE else start
        yield _label(f"{mark.name} {write_when(mark.at, timeline, 'time')}", kind, start, end)
    if timeline.now.astimezone(zone).date() == day.date:
        minute = minute_on(timeline.now, day.date, zone)
        yield _label(f"now {write_when(timeline.now, timeline, 'time')}", Kind.NOW, minute, minute)
    jump = clock_change(day.date, zone)
    if jump is not None:
        before, after = (write_wall(minute, timeline.clinic.country) for minute in jump)
        yield _label(f"clocks go from {before} to {after}", Kind.CLOCK_CHANGE, min(jump), max(jump))


def _label(text: str, kind: Kind, start: int, end: int) -> Label:
    short = shorten(text, SMALL, (CHART_END - CHART) / 2)
    width = width_of(short, SMALL)
    left = x_of(end) + _APART
    if left + width <= CHART_END:
        return Label(short, kind, x_of(start), Band(left, left + width), is_leftwards=False)
    right = x_of(start) - _APART
    return Label(short, kind, x_of(start), Band(right - width, right), is_leftwards=True)
