"""What stands on which day of a patient's timeline: the days that have something, and where on them it stands."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifier.core.calendar import MINUTE, at_wall
from notifier.core.expressions import ARRIVAL, PROCEDURE, PROCEDURE_END
from notifier.core.model import Clinic, Patient, Plan, Planned, Protocol, Schedules
from notifier.core.moments import resolve_moments

MINUTES_A_DAY = 24 * 60
_ONE_DAY = timedelta(days=1)

Span = tuple[int, int]  # minutes of a local day, half-open


@dataclass(frozen=True, slots=True)
class Mark:
    """A named instant of a patient's care."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One text and where it stands."""

    at: datetime
    message: Planned


@dataclass(frozen=True, slots=True)
class Day:
    """One local date on which something happens."""

    date: date
    rows: tuple[Row, ...]  # in the order of the day
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One patient's texts, day by day, by the patient's clock."""

    patient: Patient
    clinic: Clinic
    now: datetime
    procedure_end: datetime
    days: tuple[Day, ...]
    undated: tuple[Planned, ...]  # texts that hang on an order that is `none`

    @property
    def messages(self) -> tuple[Planned, ...]:
        """Every text, in the order of the timeline."""
        return (*(row.message for day in self.days for row in day.rows), *self.undated)


def timelines(schedules: Schedules, plan: Plan) -> tuple[Timeline, ...]:
    """Return every patient's timeline, in order of procedure, then id."""
    by_patient: defaultdict[str, list[Planned]] = defaultdict(list)
    for message in plan.messages:
        by_patient[message.draft.patient].append(message)
    return tuple(
        _timeline(
            patient, schedules.protocols[patient.protocol], schedules.clinic, by_patient[patient.id], now=plan.now
        )
        for patient in sorted(schedules.patients, key=lambda patient: (patient.procedure, patient.id))
    )


def minute_on(instant: datetime, day: date, zone: ZoneInfo) -> int:
    """Return the minute of `day` that clocks show at `instant`; 0 where it lies before that day, 1440 where after."""
    local = instant.astimezone(zone)
    if local.date() != day:
        return 0 if local.date() < day else MINUTES_A_DAY
    return local.hour * 60 + local.minute


def quiet_spans(day: date, timeline: Timeline) -> tuple[Span, ...]:
    """Return the quiet hours of a local date (contract, section 3, rule 1)."""
    quiet = timeline.clinic.quiet_hours
    procedure_day = timeline.patient.procedure.astimezone(timeline.patient.time_zone).date()
    hours = quiet.procedure_day if day == procedure_day else quiet.every_day
    start, end = _minutes(hours.start), _minutes(hours.end)
    spans = [(start, end)] if start < end else [(0, end), (start, MINUTES_A_DAY)]
    return tuple(span for span in spans if span[0] < span[1])


def clock_change(day: date, zone: ZoneInfo) -> Span | None:
    """Return the minutes of `day` between which clocks jump, such as (120, 180), or (120, 60) in autumn."""
    first = at_wall(day, time(0), zone) - MINUTE  # a day may begin with the jump
    last = at_wall(day + _ONE_DAY, time(0), zone) - MINUTE
    offset, later = first.astimezone(zone).utcoffset(), last.astimezone(zone).utcoffset()
    if offset is None or later is None or offset == later:
        return None
    elapsed = range((last - first) // MINUTE + 1)
    jump = bisect_left(elapsed, x=True, key=lambda n: (first + n * MINUTE).astimezone(zone).utcoffset() != offset)
    after = minute_on(first + jump * MINUTE, day, zone)
    return after - (later - offset) // MINUTE, after


def _timeline(
    patient: Patient, protocol: Protocol, clinic: Clinic, messages: Sequence[Planned], *, now: datetime
) -> Timeline:
    instants = resolve_moments(protocol, patient)
    printed = {
        name: at
        for draft in (message.draft for message in messages)
        for name, at in draft.moments.items()
        if name not in draft.dates_only
    }
    shown = {**printed, PROCEDURE: patient.procedure, ARRIVAL: patient.arrival}
    if patient.arrival == patient.procedure:
        del shown[ARRIVAL]
    rows: defaultdict[date, list[Row]] = defaultdict(list)
    marks: defaultdict[date, list[Mark]] = defaultdict(list)
    undated: list[Planned] = []
    for name, at in shown.items():
        marks[at.astimezone(patient.time_zone).date()].append(Mark(name, at))
    for message in messages:
        if message.stands_at is None:
            undated.append(message)
        else:
            rows[message.stands_at.astimezone(patient.time_zone).date()].append(Row(message.stands_at, message))
    days = tuple(
        Day(
            day,
            tuple(sorted(rows[day], key=lambda row: (row.at, row.message.draft.position))),
            tuple(sorted(marks[day], key=lambda mark: (mark.at, mark.name))),
        )
        for day in sorted({*rows, *marks})
    )
    return Timeline(patient, clinic, now, instants[PROCEDURE_END] or patient.procedure, days, tuple(undated))


def _minutes(wall: time) -> int:
    return wall.hour * 60 + wall.minute
