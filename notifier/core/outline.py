"""When each patient's texts go out, without writing them: what `check` asks about a hundred thousand patients.

Most patients differ from another by whole days only: the same protocol and orders, and a procedure at
the same time of day. As long as no clock changes near either of them, their texts lie at the same
distances from the procedure, and are worked out once. Whoever differs by nothing of this shares a course.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from notifier.core.model import Clinic, Patient, PlanStatus, Schedules
from notifier.core.placing import Placement, place_again
from notifier.core.planning import Case, cases_of, decide, status_at
from notifier.core.times import is_steady, quiet_of

GOING = (PlanStatus.PLANNED, PlanStatus.LATE)
OUTAGE = timedelta(minutes=5)  # what a text's window should outlast
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)  # a `now` to which no place has passed


@dataclass(frozen=True, slots=True)
class Outline:
    """One message of the plan, without its words; its times are counted from the procedure."""

    step: str
    critical: bool
    status: PlanStatus
    send: timedelta | None
    earliest: timedelta | None
    latest: timedelta | None
    is_brittle: bool  # its place is such that an outage of five minutes there misses it


@dataclass(frozen=True, slots=True)
class Course:
    """All messages of a patient, in the protocol's step order, and whose else they are, but for the words."""

    patients: Sequence[Patient]
    ideal: tuple[Outline, ...]  # had they been planned long before; one object for patients who are alike
    messages: tuple[Outline, ...]  # at `now`


@dataclass(frozen=True, slots=True)
class _Shape:
    """What patients who are alike have in common."""

    messages: tuple[Outline, ...]
    first: timedelta  # from the procedure: the first and the last of all instants in it
    last: timedelta


def outline(schedules: Schedules, now: datetime) -> list[Course]:
    """Return what `plan` says of every patient, without the texts; each patient is in one course."""
    twins: defaultdict[Hashable, list[Patient]] = defaultdict(list)
    for patient in schedules.patients:
        twins[_twin(patient)].append(patient)
    shapes: dict[Hashable, _Shape] = {}
    courses = []
    for patients in twins.values():
        patient = patients[0]
        shape = _shape_of(patient, schedules, shapes)
        ahead = patient.procedure + shape.first >= now
        messages = shape.messages if ahead else _at(now, shape.messages, patient, schedules.clinic)
        courses.append(Course(patients, shape.messages, messages))
    return courses


def _twin(patient: Patient) -> Hashable:
    """Return all that a course is worked out from; equal orders that are two objects make two courses of one."""
    own = (patient.protocol, patient.time_zone, patient.procedure, patient.arrival, id(patient.orders))
    return (*own, patient.skip, patient.status, patient.consent is None)


def _shape_of(patient: Patient, schedules: Schedules, shapes: dict[Hashable, _Shape]) -> _Shape:
    """Return the patient's shape: one that somebody alike has already, or a new one."""
    zone, procedure = patient.time_zone, patient.procedure
    alike = (
        *(patient.protocol, zone.key, procedure.astimezone(zone).time(), procedure - patient.arrival),
        *(frozenset(patient.orders.items()), patient.skip, patient.status, patient.consent is None),
    )
    shape = shapes.get(alike)
    if shape is not None and is_steady(patient, shape.first, shape.last):
        return shape
    here = (*alike, procedure)
    if here not in shapes:
        shapes[here] = _draw(patient, schedules)
    if shape is None and is_steady(patient, shapes[here].first, shapes[here].last):
        shapes[alike] = shapes[here]
    return shapes[here]


def _draw(patient: Patient, schedules: Schedules) -> _Shape:
    cases = cases_of(patient, schedules.protocols[patient.protocol], schedules.clinic)
    messages = tuple(map(_outline_of, cases))
    reach = [at - patient.procedure for case in cases[:1] for at in case.care.times.known.values()]
    for one in messages:
        reach += [at for at in (one.send, one.earliest, one.latest) if at is not None]
    return _Shape(messages, min(reach, default=timedelta(0)), max(reach, default=timedelta(0)))


def _outline_of(case: Case) -> Outline:
    decision = decide(case, _BEFORE_ALL)
    is_brittle = False
    times, care = case.times, case.care
    if decision.status is PlanStatus.PLANNED and decision.send_at is not None and times.latest is not None:
        after = place_again(decision.send_at + OUTAGE, times.latest, care.quiet, critical=case.step.critical)
        is_brittle = after.at is None
    send, earliest, latest = (
        None if at is None else at - care.patient.procedure for at in (decision.send_at, times.earliest, times.latest)
    )
    return Outline(case.step.name, case.step.critical, decision.status, send, earliest, latest, is_brittle)


def _at(now: datetime, messages: tuple[Outline, ...], patient: Patient, clinic: Clinic) -> tuple[Outline, ...]:
    """Return what `now` makes of messages: some are late, or too late."""
    quiet = quiet_of(patient, clinic)
    moved = []
    for one in messages:
        if one.send is None or one.latest is None or patient.procedure + one.send >= now:
            moved.append(one)
            continue
        place, latest = Placement(patient.procedure + one.send), patient.procedure + one.latest
        status, again = status_at(now, place, latest, quiet, critical=one.critical)
        moved.append(
            Outline(
                step=one.step,
                critical=one.critical,
                status=one.status if one.status is PlanStatus.HELD else status,
                send=None if again.at is None else again.at - patient.procedure,
                earliest=one.earliest,
                latest=one.latest,
                is_brittle=one.is_brittle,
            )
        )
    return tuple(moved)
