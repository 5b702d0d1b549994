"""Sections 2 and 3 of the contract word by word: what becomes of each step, by a plain scan over minutes.

It shares the data types of `notifier.core.model` with the program and no line of code, so that one
mistake cannot hide in both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from notifier.core.model import (
    Clinic,
    DailyHours,
    Duration,
    Patient,
    PatientStatus,
    Placeholder,
    Protocol,
    Step,
    Unit,
    When,
)
from tests.laws.zones import DAY, instant_of, minute_of, on_the_clock, wall_at

_ELAPSING = {Unit.MINUTES: 1, Unit.HOURS: 60}
_CALENDAR = {Unit.DAYS: DAY, Unit.WEEKS: 7 * DAY}
GIVE_WAY = "quiet hours give way"
_NEVER_SENT = (PatientStatus.CANCELLED, PatientStatus.NO_SHOW)


@dataclass(frozen=True)
class Verdict:
    """What a plan must say of one step."""

    status: str
    reason: str | None
    send_at: datetime | None
    earliest: datetime | None  # None where it needs an order that is none; so `latest`
    latest: datetime | None


@dataclass(frozen=True)
class _Times:
    """S, E and L of a step, in minutes; None where one needs an order that is none."""

    send: int | None
    earliest: int | None
    latest: int | None


def judge(clinic: Clinic, protocol: Protocol, patient: Patient, now: datetime) -> dict[str, Verdict]:
    """Return the verdict on each of the patient's steps, by name."""
    verdicts = {}
    for step in protocol.steps:
        times = _times(protocol, patient, step)
        status, reason, send_at = _fate(clinic, protocol, patient, step, times=times, now=now)
        earliest, latest = _instant(times.earliest), _instant(times.latest)
        verdicts[step.name] = Verdict(status, reason, _instant(send_at), earliest, latest)
    return verdicts


def _instant(minute: int | None) -> datetime | None:
    return None if minute is None else instant_of(minute)


_Fate = tuple[str, str | None, int | None]  # status, reason and the minute of sending


def _fate(clinic: Clinic, protocol: Protocol, patient: Patient, step: Step, *, times: _Times, now: datetime) -> _Fate:
    """Return the first status that applies."""
    is_before = times.send is not None and times.send < minute_of(patient.procedure)
    if patient.status in _NEVER_SENT or (patient.status == PatientStatus.COMPLETED and is_before):
        return "off", patient.status, None
    if step.name in patient.skip:
        return "skipped", "listed in skip", None
    if (
        times.send is None
        or times.earliest is None
        or times.latest is None
        or _prints_what_is_not(protocol, patient, step)
    ):
        return "skipped", "no order", None
    status, reason, place = _placed(
        step,
        send=times.send,
        earliest=times.earliest,
        latest=times.latest,
        is_allowed=_allowed(clinic, patient),
        now=now,
    )
    if patient.consent is None:
        return "held", "no consent", place
    if patient.status == PatientStatus.ON_HOLD:
        return "held", "on-hold", place
    return status, reason, place


def _placed(
    step: Step, *, send: int, earliest: int, latest: int, is_allowed: Callable[[int], bool], now: datetime
) -> _Fate:
    """Rules 2 to 4."""
    if earliest > latest:
        return "no-window", None, None
    last = max(earliest, latest - 5)
    place, reason = _nearest(send, earliest, last, is_allowed), None
    if place is None:
        if not step.critical:
            return "no-window", None, None
        place, reason = min(max(send, earliest), last), GIVE_WAY
    if instant_of(place) >= now:
        return "planned", reason, place

    soonest = -((datetime(1970, 1, 1, tzinfo=UTC) - now) // timedelta(minutes=1))  # rounded up
    again = _nearest(soonest, soonest, latest, is_allowed)
    if again is not None:
        return "late", None, again
    if step.critical and soonest <= latest:
        return "late", GIVE_WAY, soonest
    return "too-late", None, None


def _nearest(goal: int, first: int, last: int, is_allowed: Callable[[int], bool]) -> int | None:
    """Return the allowed minute from `first` to `last` nearest to `goal`, the earlier of two; None if there is none."""
    for distance in count(max(first - goal, goal - last, 0)):
        before, after = goal - distance, goal + distance
        if before < first and after > last:
            return None
        for minute in (before, after):
            if first <= minute <= last and is_allowed(minute):
                return minute
    raise AssertionError


def _allowed(clinic: Clinic, patient: Patient) -> Callable[[int], bool]:
    """Return rule 1 for this patient."""
    zone = patient.time_zone
    procedure_day = wall_at(minute_of(patient.procedure), zone) // DAY

    def is_allowed(minute: int) -> bool:
        day, clock = divmod(wall_at(minute, zone), DAY)
        quiet = clinic.quiet_hours
        return not is_within(clock, quiet.procedure_day if day == procedure_day else quiet.every_day)

    return is_allowed


def is_within(clock: int, hours: DailyHours) -> bool:
    """Tell whether a minute of a day lies in half-open hours, which may run over midnight."""
    start, end = clock_of(hours.start), clock_of(hours.end)
    return start <= clock < end if start <= end else clock >= start or clock < end


def clock_of(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def _times(protocol: Protocol, patient: Patient, step: Step) -> _Times:
    send = _resolve(step.send, protocol, patient)
    earliest = send if step.earliest is None else _resolve(step.earliest, protocol, patient)
    if step.latest is not None:
        return _Times(send, earliest, _resolve(step.latest, protocol, patient))
    return _Times(send, earliest, None if send is None else send + 4 * 60)


def _prints_what_is_not(protocol: Protocol, patient: Patient, step: Step) -> bool:
    """Tell whether a text of the step, in any language, prints a moment that does not exist."""
    printed = {part.name for text in step.text.values() for part in text if isinstance(part, Placeholder)}
    return any(moment_of(name, protocol, patient) is None for name in printed & set(protocol.moments))


def moment_of(name: str, protocol: Protocol, patient: Patient) -> int | None:
    """Return the minute of `procedure`, `procedure end`, `arrival` or a moment; None without its order."""
    match name:
        case "procedure":
            return minute_of(patient.procedure)
        case "arrival":
            return minute_of(patient.arrival)
        case "procedure end":
            return _moved(minute_of(patient.procedure), protocol.duration, patient.time_zone, sign=+1)
        case _:
            return _resolve(protocol.moments[name], protocol, patient)


def _resolve(when: When, protocol: Protocol, patient: Patient) -> int | None:
    minute = moment_of(when.anchor, protocol, patient)
    if minute is None:
        return None
    if when.offset is not None:
        duration = when.offset.duration
        if isinstance(duration, str):
            ordered = patient.orders.get(duration, protocol.orders[duration].default)
            if ordered is None:
                return None
            duration = ordered
        minute = _moved(minute, duration, patient.time_zone, sign=+1 if when.offset.is_after else -1)
    if when.at is not None:
        day = wall_at(minute, patient.time_zone) // DAY
        minute = on_the_clock(day * DAY + clock_of(when.at), patient.time_zone)
    return minute


def _moved(minute: int, duration: Duration, zone: ZoneInfo, *, sign: int) -> int:
    """Minutes and hours elapse; days and weeks are calendar; no time at all moves nothing."""
    if duration.count == 0:
        return minute
    if duration.unit in _ELAPSING:
        return minute + sign * duration.count * _ELAPSING[duration.unit]
    return on_the_clock(wall_at(minute, zone) + sign * duration.count * _CALENDAR[duration.unit], zone)
