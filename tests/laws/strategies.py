"""Random clinics, protocols, patients and instants of planning, many of them near a clock change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from notifier.core.model import (
    Clinic,
    DailyHours,
    Duration,
    Offset,
    Order,
    Patient,
    PatientStatus,
    Placeholder,
    Protocol,
    QuietHours,
    Schedules,
    Step,
    Template,
    Unit,
    When,
)
from tests.laws.zones import DAY, FIRST, LAST, ZONES, clock_changes, instant_of

ORDERS = ("fasting", "lifting", "blood-thinner")
ANCHORS = ("procedure", "procedure end", "arrival")
LANGUAGES = ("en", "es")

# One draw from a prepared choice costs a tenth of building a value from strategies, and the laws draw a million.
DURATIONS = tuple(
    Duration(length, unit)
    for unit, most in ((Unit.MINUTES, 300), (Unit.HOURS, 100), (Unit.DAYS, 20), (Unit.WEEKS, 5))
    for length in range(most + 1)
)
OFFSETS = tuple(Offset(duration, is_after) for duration in DURATIONS + 60 * ORDERS for is_after in (False, True))
MINUTES_OF_DAY = tuple(time(*divmod(minute, 60)) for minute in range(DAY))
USUAL_HOURS = (
    DailyHours(time(21), time(8)),
    DailyHours(time(21), time(5)),
    DailyHours(time(20, 30), time(7, 1)),
)
# Where rules change their mind: borders, the minutes before them, midnight, and 01:45, as far from 20:29 as from 07:01.
BORDERS = tuple(hours.start for hours in USUAL_HOURS) + tuple(hours.end for hours in USUAL_HOURS)
SHARP_TIMES = (
    *BORDERS,
    time(20, 29),
    time(20, 59),
    time(4, 59),
    time(7),
    time(7, 59),
    time(0),
    time(23, 59),
    time(1, 45),
)
CLOCK_TIMES = MINUTES_OF_DAY + 100 * SHARP_TIMES
ZONE_INFOS = tuple(ZoneInfo(key) for key in ZONES)

zones = st.sampled_from(ZONE_INFOS)
durations = st.sampled_from(DURATIONS)
offsets = st.sampled_from(OFFSETS)
clock_times = st.sampled_from(CLOCK_TIMES)
coins = st.booleans()
languages = st.sampled_from(LANGUAGES)


@st.composite
def daily_hours(draw: st.DrawFn) -> DailyHours:
    """Hours within a day or over midnight, from one minute to all but one; the usual ones more often."""
    if draw(coins):
        return draw(st.sampled_from(USUAL_HOURS))
    start, length = draw(st.integers(0, DAY - 1)), draw(st.integers(1, DAY - 1))
    return DailyHours(MINUTES_OF_DAY[start], MINUTES_OF_DAY[(start + length) % DAY])


@st.composite
def clinics(draw: st.DrawFn) -> Clinic:
    first = draw(languages)
    return Clinic(
        name="Anchor Healthcare",
        phone="+1 303 555 0100",
        time_zone=draw(zones),
        country="US",
        languages=(first, *(language for language in LANGUAGES if language != first)),
        quiet_hours=QuietHours(draw(daily_hours()), draw(daily_hours())),
        resend_after=Duration(15, Unit.MINUTES),
    )


def draw_when(draw: st.DrawFn, anchors: Sequence[str]) -> When:
    """Draw an expression of any form over these anchors."""
    anchor = draw(st.sampled_from(anchors))
    offset = draw(offsets) if draw(coins) else None
    return When(anchor, offset, draw(clock_times) if draw(coins) else None)


def draw_bound(draw: st.DrawFn, send: When, anchors: Sequence[str], *, is_after: bool) -> When | None:
    """Draw the bound of a step: none, any, or about the send time, so that there is a window more often than not."""
    match draw(st.integers(0, 3)):
        case 0:
            return None
        case 1:
            return draw_when(draw, anchors)
        case _:
            return When(send.anchor, Offset(draw(durations), is_after))


@st.composite
def orders(draw: st.DrawFn) -> Order:
    lowest, highest = sorted([draw(durations), draw(durations)], key=lambda duration: duration.minutes)
    return Order(default=draw(st.sampled_from([lowest, highest, None])), lowest=lowest, highest=highest)


def draw_moments(draw: st.DrawFn) -> dict[str, When]:
    """Draw up to four moments that may use each other, their entries in either order."""
    found: dict[str, When] = {}
    for index in range(draw(st.integers(0, 4))):
        found[f"moment-{index}"] = draw_when(draw, (*ANCHORS, *found))
    return found if draw(coins) else dict(reversed(found.items()))


def draw_template(draw: st.DrawFn, moments: Sequence[str]) -> Template:
    """Draw a text that prints moments as `moment-0=<Wed, Dec 2, 11:30 PM>`, for the laws to find and read back."""
    template: list[str | Placeholder] = ["{} ", Placeholder("name")]
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(["procedure", "arrival", *moments]))
        template += [f" {name}=<", Placeholder(name, draw(st.sampled_from([None, None, "time", "date"]))), ">"]
    return tuple(template)


def draw_step(draw: st.DrawFn, name: str, moments: Sequence[str]) -> Step:
    anchors = (*ANCHORS, *moments)
    send = draw_when(draw, anchors)
    return Step(
        name=name,
        send=send,
        earliest=draw_bound(draw, send, anchors, is_after=False),
        latest=draw_bound(draw, send, anchors, is_after=True),
        critical=draw(coins),
        text={language: draw_template(draw, moments) for language in LANGUAGES},
    )


@st.composite
def protocols(draw: st.DrawFn, name: str = "mild") -> Protocol:
    moments = draw_moments(draw)
    return Protocol(
        name=name,
        title="Minimally invasive lumbar decompression",
        duration=draw(durations),
        orders={order: draw(orders()) for order in ORDERS},
        moments=moments,
        steps=tuple(draw_step(draw, f"step-{index}", sorted(moments)) for index in range(draw(st.integers(1, 6)))),
        notices={},
        stop_line={"en": ("Reply STOP to end texts, HELP for help.",), "es": ("Responda STOP para no recibir más.",)},
    )


@st.composite
def procedures(draw: st.DrawFn, zone: ZoneInfo) -> datetime:
    """An instant of 2026 to 2036; in a zone with clock changes mostly within three days of one, often within hours."""
    changes = clock_changes(zone.key)
    if not changes or draw(st.integers(0, 3)) == 0:
        return instant_of(draw(st.integers(FIRST, LAST)))
    span = draw(st.sampled_from([90, DAY, 3 * DAY]))
    return instant_of(draw(st.sampled_from(changes)) + draw(st.integers(-span, span)))


@st.composite
def patients(draw: st.DrawFn, clinic: Clinic, protocol: Protocol, patient_id: str = "P-1042") -> Patient:
    zone = clinic.time_zone if draw(coins) else draw(zones)
    procedure = draw(procedures(zone if draw(coins) else clinic.time_zone))
    return Patient(
        id=patient_id,
        name=draw(st.sampled_from(["Maria", "O'Connor", "José-María", "李"])),
        phone=draw(st.sampled_from(["+17205550134", "+17205550135"])),
        language=draw(languages),
        time_zone=zone,
        consent=draw(st.sampled_from([date(2025, 11, 20)] * 4 + [None])),
        protocol=protocol.name,
        procedure=procedure,
        arrival=procedure - timedelta(minutes=draw(st.integers(0, 360)) if draw(coins) else 0),
        status=draw(st.sampled_from([PatientStatus.BOOKED] * 5 + list(PatientStatus))),
        orders={name: draw(durations) if draw(coins) else None for name in ORDERS if draw(coins)},
        skip=frozenset(step.name for step in protocol.steps[:1] if draw(st.integers(0, 4)) == 0),
    )


@st.composite
def instants_of_planning(draw: st.DrawFn, procedure: datetime) -> datetime:
    """An instant before, during or after the care around a procedure, not always on a whole minute."""
    span = draw(st.sampled_from([12 * 60, 3 * DAY, 40 * DAY]))
    seconds = draw(st.sampled_from([0, 0, 1, 59.999999]))
    return procedure + timedelta(minutes=draw(st.integers(-span, span)), seconds=seconds)


@dataclass(frozen=True)
class Case:
    """One patient of one protocol, at one instant of planning."""

    clinic: Clinic
    protocol: Protocol
    patient: Patient
    now: datetime

    def schedules(self) -> Schedules:
        return Schedules(self.clinic, {self.protocol.name: self.protocol}, (self.patient,))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    clinic, protocol = draw(clinics()), draw(protocols())
    patient = draw(patients(clinic, protocol))
    return Case(clinic, protocol, patient, draw(instants_of_planning(patient.procedure)))


@st.composite
def schedules(draw: st.DrawFn) -> Schedules:
    """A clinic with two protocols and up to five patients, some of whom share a phone."""
    clinic = draw(clinics())
    found: Mapping[str, Protocol] = {name: draw(protocols(name)) for name in ("mild", "other")}
    people = [
        draw(patients(clinic, found[draw(st.sampled_from(sorted(found)))], patient_id=f"P-{number}"))
        for number in range(draw(st.integers(1, 5)))
    ]
    return Schedules(clinic, found, tuple(people))
