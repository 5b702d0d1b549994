"""What the program talks about: clinics, protocols, patients, and the messages planned for them.

All data are frozen. Instants are aware datetimes in UTC and lie on a whole minute; wall times
and dates exist only inside expressions and in the calendar arithmetic of `core`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Unit(StrEnum):
    """Minutes and hours elapse; days and weeks are calendar (contract, section 2)."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


@dataclass(frozen=True, slots=True)
class Duration:
    """`8 hours`, `2 days`: a count, never negative, of one unit."""

    count: int
    unit: Unit

    @property
    def minutes(self) -> int:
        """The length in minutes, with a day as 24 hours: for comparing, never for a calendar."""
        return self.count * _MINUTES[self.unit]


_MINUTES = {Unit.MINUTES: 1, Unit.HOURS: 60, Unit.DAYS: 24 * 60, Unit.WEEKS: 7 * 24 * 60}


@dataclass(frozen=True, slots=True)
class Offset:
    """`DURATION before` or `DURATION after`; a text duration is the name of an order."""

    duration: Duration | str
    is_after: bool


@dataclass(frozen=True, slots=True)
class When:
    """`[DURATION before|after] ANCHOR [at HH:MM]`."""

    anchor: str  # "procedure", "procedure end", "arrival" or the name of a moment
    offset: Offset | None = None
    at: time | None = None


class Placeholder(NamedTuple):
    """`{name}`, `{last-meal}`, `{last-meal:time}`: what a text fills in."""

    name: str
    part: str | None = None  # "time", "date", or both where None


Template = tuple[str | Placeholder, ...]
Texts = Mapping[str, Template]  # by language


class DailyHours(NamedTuple):
    """Half-open hours of a local day, such as 21:00 to 08:00; they may run over midnight."""

    start: time
    end: time


class QuietHours(NamedTuple):
    """When a clinic does not text, by the patient's clock."""

    every_day: DailyHours
    procedure_day: DailyHours  # on the patient's local date of the procedure


@dataclass(frozen=True, slots=True)
class Clinic:
    """The clinic whose schedules these are."""

    name: str
    phone: str  # as the admin wrote it: texts print it so
    time_zone: ZoneInfo
    country: str  # of phone numbers written without +, as an ISO 3166 code
    languages: tuple[str, ...]  # the first is the default
    quiet_hours: QuietHours
    resend_after: Duration  # a smaller move of a printed instant is not texted again


@dataclass(frozen=True, slots=True)
class Order:
    """A duration that a clinician may set per patient; a default of None is `none`."""

    default: Duration | None
    lowest: Duration
    highest: Duration


@dataclass(frozen=True, slots=True)
class Step:
    """One text of a protocol."""

    name: str
    send: When
    earliest: When | None  # default: the send time
    latest: When | None  # default: 4 hours after the send time
    critical: bool
    text: Texts


@dataclass(frozen=True, slots=True)
class Protocol:
    """What one kind of procedure asks of a patient."""

    name: str
    title: str
    duration: Duration  # procedure end = procedure + duration
    orders: Mapping[str, Order]
    moments: Mapping[str, When]
    steps: tuple[Step, ...]
    notices: Mapping[str, Texts]
    stop_line: Texts


class PatientStatus(StrEnum):
    """Where a booking stands."""

    BOOKED = "booked"
    ON_HOLD = "on-hold"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no-show"


@dataclass(frozen=True, slots=True)
class Patient:
    """One person's one procedure."""

    id: str  # of the booking, not of the person
    name: str
    phone: str  # E.164
    language: str
    time_zone: ZoneInfo
    consent: date | None
    protocol: str
    procedure: datetime
    arrival: datetime
    status: PatientStatus
    orders: Mapping[str, Duration | None]  # only those that the entry gives
    skip: frozenset[str]


@dataclass(frozen=True, slots=True)
class Schedules:
    """Everything the admin's files say, as far as it can be read."""

    clinic: Clinic
    protocols: Mapping[str, Protocol]
    patients: tuple[Patient, ...]


class Quiet(NamedTuple):
    """The quiet hours that hold for one patient: all that placing needs, without the files."""

    zone: str  # IANA name
    procedure_date: date  # the patient's local date of the procedure
    hours: QuietHours


class Draft(NamedTuple):
    """What the files say of one message, whatever `now` is."""

    patient: str
    to: str  # E.164
    body: str | None  # without the stop-line; None where a moment does not exist
    stop_line: str  # appended to the first text that a phone gets
    # Until here it is one person's OWN; the rest is the same for everybody who is alike.
    step: str
    position: int  # of the step in its protocol; a notice comes before them all
    critical: bool
    earliest: datetime | None  # None where an order is `none`
    latest: datetime | None
    place: datetime | None  # by rules 2 and 3 of section 3; None where there is none
    moments: Mapping[str, datetime]  # every instant that the text prints
    dates_only: frozenset[str]  # those of `moments` that it prints as a date only
    language: str  # in which the text is, after falling back
    procedure: datetime  # as the files had it when this was drafted, printed or not
    arrival: datetime
    quiet: Quiet


OWN = 4  # fields of a draft


class PlanStatus(StrEnum):
    """What the plan says of a message (section 3)."""

    OFF = "off"
    SKIPPED = "skipped"
    HELD = "held"
    PLANNED = "planned"
    LATE = "late"
    NO_WINDOW = "no-window"
    TOO_LATE = "too-late"


class Planned(NamedTuple):
    """One message of a plan: a draft and what becomes of it at the plan's `now`."""

    draft: Draft
    status: PlanStatus
    reason: str | None
    send_at: datetime | None
    instants: Mapping[str, datetime] = MappingProxyType({})  # all of the patient's, printed or not
    carries_stop_line: bool = False  # the first text to this phone, as far as the files tell

    @property
    def stands_at(self) -> datetime | None:
        """Where it stands in time: at its send time, else the place that it missed, else its E."""
        return self.send_at or self.draft.place or self.draft.earliest

    @property
    def text(self) -> str | None:
        """What would go out: None without a place."""
        if self.send_at is None or self.draft.body is None:
            return None
        return with_stop_line(self.draft.body, self.draft.stop_line) if self.carries_stop_line else self.draft.body


def with_stop_line(body: str | None, stop_line: str) -> str:
    """A text as the first that a phone gets."""
    return f"{body} {stop_line}"


@dataclass(frozen=True, slots=True)
class Plan:
    """All messages that the files ask for, in the contract's order."""

    now: datetime
    messages: tuple[Planned, ...]
