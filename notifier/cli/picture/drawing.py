"""Draws a patient's days: a lane of 24 hours for each that has something, a row in it for each text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from notifier.cli.picture.days import Day, Timeline, clock_change, minute_on, quiet_spans
from notifier.cli.picture.labels import Kind, Label, place_labels
from notifier.cli.picture.markup import plain, tag
from notifier.cli.picture.paper import CHART, CHART_END, HOUR, MARGIN, write_wall, write_when, x_of
from notifier.cli.picture.rows import Band, draw_row, draw_undated

_ROW, _STRIP, _PADDING = 22, 15, 6
_LEAST = 42  # the height of a lane that has room for its own name
_GAP = 22


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
    def first_row(self) -> float:
        strips = max((label.strip + 1 for label in self.labels), default=0)
        return self.top + _PADDING + strips * _STRIP

    @property
    def bottom(self) -> float:
        return max(self.top + _LEAST, self.first_row + len(self.day.rows) * _ROW + _PADDING)

    def band(self, kind: str, left: float, right: float, top: float | None = None) -> str:
        start = self.top if top is None else top
        return tag("rect", class_=kind, x=left, y=start, width=right - left, height=self.bottom - start)


def draw_days(timeline: Timeline, top: float) -> Drawing:
    """Draw a patient's days from `top` downwards, for a picture as wide as the paper."""
    parts = [*_hours(timeline, top + 14)]
    y = top + 22
    previous: date | None = None
    for day in timeline.days:
        if previous is not None:
            skipped = (day.date - previous).days - 1
            parts.append(_gap(skipped, y) if skipped else "")
            y += _GAP if skipped else 4
        lane = _Lane(day, y, place_labels(day, timeline), _procedure_band(day.date, timeline))
        parts.extend(_draw_lane(lane, timeline))
        y, previous = lane.bottom, day.date
    for message in timeline.undated:
        parts.append(draw_undated(message, timeline, y + _PADDING + _ROW / 2))
        y += _ROW
    return Drawing("".join(parts), y + _PADDING)


def _hours(timeline: Timeline, y: float) -> Iterator[str]:
    for hour in range(0, 25, 3):
        written = write_wall(hour * 60, timeline.clinic.country)
        yield tag("text", plain(written), class_="hour", x=CHART + hour * HOUR, y=y)


def _gap(days: int, y: float) -> str:
    note = "1 day without texts" if days == 1 else f"{days} days without texts"
    return tag("text", f"⋮ {note}", class_="gap", x=MARGIN + 4, y=y + _GAP / 2 + 4)


def _procedure_band(day: date, timeline: Timeline) -> Band | None:
    zone = timeline.patient.time_zone
    start = minute_on(timeline.patient.procedure, day, zone)
    end = minute_on(timeline.procedure_end, day, zone)
    return Band(x_of(start), x_of(end)) if start < end else None


def _draw_lane(lane: _Lane, timeline: Timeline) -> Iterator[str]:
    day, zone = lane.day.date, timeline.patient.time_zone
    yield lane.band("lane", MARGIN - 6, CHART_END + 6)
    yield lane.band("hours", CHART, CHART_END)
    for start, end in quiet_spans(day, timeline):
        yield lane.band("quiet", x_of(start), x_of(end))
    jump = clock_change(day, zone)
    if jump is not None:
        yield lane.band("jump", x_of(min(jump)), x_of(max(jump)))
    yield from _day_name(lane, timeline)
    yield from _draw_labels(lane)
    for index, row in enumerate(lane.day.rows):
        yield draw_row(row, day, timeline, lane.first_row + (index + 0.5) * _ROW, lane.procedure)


def _day_name(lane: _Lane, timeline: Timeline) -> Iterator[str]:
    patient, day = timeline.patient, lane.day
    some_time = day.rows[0].at if day.rows else day.marks[0].at
    distance = (day.date - patient.procedure.astimezone(patient.time_zone).date()).days
    count = f"{abs(distance)} {'day' if abs(distance) == 1 else 'days'}"
    words = f"{count} before" if distance < 0 else f"{count} after" if distance else "procedure day"
    yield tag("text", plain(write_when(some_time, timeline, "date")), class_="day", x=MARGIN + 4, y=lane.top + 18)
    yield tag("text", words, class_="soft", x=MARGIN + 4, y=lane.top + 34)


def _draw_labels(lane: _Lane) -> Iterator[str]:
    """Draw the lines of a day's marks, and over them their names."""
    for label in lane.labels:
        top = lane.top + _PADDING + label.strip * _STRIP
        if label.kind is Kind.PROCEDURE and lane.procedure is not None:
            yield lane.band("care", lane.procedure.left, lane.procedure.right, top)
        elif label.kind is not Kind.CLOCK_CHANGE:
            kind = "now" if label.kind is Kind.NOW else "tick"
            yield tag("path", class_=kind, d=f"M{label.line:g} {top:g}V{lane.bottom:g}")
    for label in lane.labels:
        y = lane.top + _PADDING + label.strip * _STRIP + 10
        kind = "mark strong" if label.kind is Kind.PROCEDURE else "mark"
        yield tag("text", plain(label.text), class_=kind, x=label.left, y=y)
