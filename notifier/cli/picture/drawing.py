"""Draws a patient's days: a lane of 24 hours for each that has something, a row in it for each text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise

from notifier.cli.picture.days import Day, Timeline, clock_change, minute_on, quiet_spans
from notifier.cli.picture.labels import Kind, Label, place_labels
from notifier.cli.picture.markup import plain, tag
from notifier.cli.picture.paper import CHART_END, MARGIN, Band, write_when, x_of
from notifier.cli.picture.rows import draw_row, draw_undated

_ROW, _STRIP, _PADDING = 22, 15, 6
_LEAST = 42  # the height of a lane that has room for its own name
_GAP, _SEAM = 22, 4  # between days that lie apart, and days that follow each other


@dataclass(frozen=True, slots=True)
class Drawing:
    """Markup, and where it ends."""

    markup: str
    bottom: float


@dataclass(frozen=True, slots=True)
class _Lane:
    """A day on paper."""

    day: Day
    top: float
    labels: tuple[Label, ...]
    procedure: Band | None

    @property
    def obstacles(self) -> list[Band]:
        """What a text's remarks must not be written over."""
        lines = [Band(label.line, label.line) for label in self.labels]
        return lines if self.procedure is None else [*lines, self.procedure]

    @property
    def first_row(self) -> float:
        strips = max((label.strip + 1 for label in self.labels), default=0)
        return self.top + _PADDING + strips * _STRIP

    @property
    def bottom(self) -> float:
        return max(self.top + _LEAST, self.first_row + len(self.day.rows) * _ROW + _PADDING)


def draw_days(timeline: Timeline, top: float) -> Drawing:
    """Draw a patient's days from `top` downwards, for a picture as wide as the paper."""
    lanes = _stack(timeline, top + 22)
    y = lanes[-1].bottom
    parts = [tag("use", href="#hours", y=top + 14), *_background(lanes, timeline)]
    parts.extend(part for lane in lanes for part in _draw_lane(lane, timeline))
    for message in timeline.undated:
        parts.append(draw_undated(message, timeline, y + _PADDING + _ROW / 2))
        y += _ROW
    return Drawing("".join(parts), y + _PADDING)


def _stack(timeline: Timeline, top: float) -> list[_Lane]:
    """Lay the days out one below the other; there is always one, that of the procedure."""
    lanes: list[_Lane] = []
    for day in timeline.days:
        if lanes:
            top = lanes[-1].bottom + (_GAP if _days_between(lanes[-1].day, day) else _SEAM)
        lanes.append(_Lane(day, top, place_labels(day, timeline), _procedure_band(day.date, timeline)))
    return lanes


def _background(lanes: list[_Lane], timeline: Timeline) -> Iterator[str]:
    """Draw paper, quiet hours and lines of the hours for all days, and then cut the days apart."""
    yield _box("panel", MARGIN, CHART_END, lanes[0].top, lanes[-1].bottom)
    for spans, group in groupby(lanes, key=lambda lane: quiet_spans(lane.day.date, timeline)):
        alike = list(group)
        for start, end in spans:
            yield _box("quiet", x_of(start), x_of(end), alike[0].top, alike[-1].bottom)
    yield _box("lines", MARGIN, CHART_END, lanes[0].top, lanes[-1].bottom)
    seams = (f"M{MARGIN} {above.bottom:g}H{CHART_END}V{below.top:g}H{MARGIN}z" for above, below in pairwise(lanes))
    yield tag("path", class_="back", d="".join(seams))
    for above, below in pairwise(lanes):
        if days := _days_between(above.day, below.day):
            yield _gap(days, above.bottom)


def _box(kind: str, left: float, right: float, top: float, bottom: float) -> str:
    return tag("rect", class_=kind, x=left, y=top, width=right - left, height=bottom - top)


def _days_between(above: Day, below: Day) -> int:
    return (below.date - above.date).days - 1


def _gap(days: int, y: float) -> str:
    note = "1 day without texts" if days == 1 else f"{days} days without texts"
    return tag("text", f"⋮ {note}", class_="gap", x=MARGIN + 4, y=y + _GAP / 2 + 4)


def _procedure_band(day: date, timeline: Timeline) -> Band | None:
    zone = timeline.patient.time_zone
    if timeline.patient.procedure.astimezone(zone).date() != day:
        return None
    start = minute_on(timeline.patient.procedure, day, zone)
    end = minute_on(timeline.procedure_end, day, zone)
    return Band(x_of(start), x_of(end)) if start < end else None


def _draw_lane(lane: _Lane, timeline: Timeline) -> Iterator[str]:
    day, zone = lane.day.date, timeline.patient.time_zone
    jump = clock_change(day, zone)
    if jump is not None:
        yield _box("jump", x_of(min(jump)), x_of(max(jump)), lane.top, lane.bottom)
    yield _day_name(lane, timeline)
    yield from _draw_labels(lane)
    for index, row in enumerate(lane.day.rows):
        yield draw_row(row, day, timeline, lane.first_row + (index + 0.5) * _ROW, lane.obstacles)


def _day_name(lane: _Lane, timeline: Timeline) -> str:
    """Write which day it is, and how far from the procedure, counted in nights."""
    patient, day = timeline.patient, lane.day
    some_time = day.rows[0].at if day.rows else day.marks[0].at
    distance = (day.date - patient.procedure.astimezone(patient.time_zone).date()).days
    count = "1 day" if abs(distance) == 1 else f"{abs(distance)} days"
    words = f"{count} before" if distance < 0 else f"{count} after" if distance else "procedure day"
    name = plain(write_when(some_time, timeline, "date"))
    x = MARGIN + 4
    return tag("text", name, tag("tspan", words, x=x, dy=16), class_="day", x=x, y=lane.top + 18)


def _draw_labels(lane: _Lane) -> Iterator[str]:
    """Draw the lines of a day's marks, and over them their names."""
    for label in lane.labels:
        top = lane.top + _PADDING + label.strip * _STRIP
        if label.kind is Kind.PROCEDURE and lane.procedure is not None:
            yield _box("care", lane.procedure.left, lane.procedure.right, top, lane.bottom)
        elif label.kind is not Kind.CLOCK_CHANGE:
            kind = "now" if label.kind is Kind.NOW else "tick"
            yield tag("path", class_=kind, d=f"M{label.line:g} {top:g}V{lane.bottom:g}")
    for label in lane.labels:
        y = lane.top + _PADDING + label.strip * _STRIP + 10
        kind = "mark strong" if label.kind is Kind.PROCEDURE else "mark"
        x = label.room.left
        if label.is_leftwards:
            kind, x = f"{kind} end", label.room.right
        yield tag("text", plain(label.text), class_=kind, x=x, y=y)
