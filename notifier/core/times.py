"""When the texts of a patient's care may go: worked out once for all patients who are alike.

Most patients differ from another by whole days only: the same protocol and orders, and a procedure at the same time
of day. As long as no clock changes near either of them, their instants lie at the same distances from the procedure.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from notifier.core.model import Clinic, Patient, Protocol, Quiet, Step, When
from notifier.core.moments import Instants, resolve_moments, resolve_when
from notifier.core.placing import NO_PLACE, Placement, ideal_place
from notifier.core.wording import names_in

DEFAULT_USEFULNESS = timedelta(hours=4)  # `latest` where a step gives none
_MARGIN = 2  # days; calendar arithmetic and placing look about a day further than where they end
_MOST = 500  # distances that are kept: of patients one after the other many have the same procedure


class StepTimes(NamedTuple):
    """When one text may go; an instant is None where it needs an order that is `none`."""

    send: datetime | None  # S
    earliest: datetime | None  # E
    latest: datetime | None  # L
    ideal: Placement  # by rules 2 and 3 of section 3, whatever `now` is
    is_whole: bool  # all of them are there, and every instant that the text prints


@dataclass(frozen=True, slots=True)
class Times:
    """All instants of one patient."""

    instants: Instants
    known: Mapping[str, datetime]  # those of them that are there
    steps: tuple[StepTimes, ...]  # in the protocol's order


_Distance = timedelta | None


@dataclass(frozen=True, slots=True)
class _Shape:
    """The same as distances from the procedure."""

    instants: Mapping[str, _Distance]
    steps: tuple[tuple[_Distance, _Distance, _Distance, _Distance, StepTimes], ...]
    first: timedelta  # of all distances
    last: timedelta


class Timetable:
    """Knows the times of a protocol's patients."""

    def __init__(self, protocol: Protocol, clinic: Clinic) -> None:
        self.protocol, self.clinic = protocol, clinic
        self.printed = [names_in(step.text) for step in protocol.steps]  # by every language
        self._shapes: dict[Hashable, _Shape] = {}

    def of(self, patient: Patient) -> Times:
        """Return when everything is for a patient of this protocol."""
        zone, procedure = patient.time_zone, patient.procedure
        orders = frozenset(patient.orders.items())
        alike = zone.key, procedure.astimezone(zone).time(), procedure - patient.arrival, orders
        shape = self._shapes.get(alike)
        if shape is not None and is_steady(patient, shape.first, shape.last):
            return _placed(shape, procedure)
        here = (*alike, procedure)
        if here not in self._shapes:
            times = self._work_out(patient)
            self._keep(here, alike, _shape_of(times, procedure), patient)
            return times
        return _placed(self._shapes[here], procedure)

    def _keep(self, here: Hashable, alike: Hashable, shape: _Shape, patient: Patient) -> None:
        if len(self._shapes) >= _MOST:
            self._shapes.clear()
        self._shapes[alike if is_steady(patient, shape.first, shape.last) else here] = shape

    def _work_out(self, patient: Patient) -> Times:
        instants = resolve_moments(self.protocol, patient)
        quiet = quiet_of(patient, self.clinic)
        steps = [
            self._step_times(step, patient, instants, quiet, printed)
            for step, printed in zip(self.protocol.steps, self.printed, strict=True)
        ]
        return Times(instants, {name: at for name, at in instants.items() if at is not None}, tuple(steps))

    def _step_times(
        self, step: Step, patient: Patient, instants: Instants, quiet: Quiet, printed: frozenset[str]
    ) -> StepTimes:
        def resolve(when: When) -> datetime | None:
            return resolve_when(when, self.protocol, patient, instants)

        send = resolve(step.send)
        earliest = send if step.earliest is None else resolve(step.earliest)
        usual = None if send is None else send + DEFAULT_USEFULNESS
        latest = usual if step.latest is None else resolve(step.latest)
        if send is None or earliest is None or latest is None or any(instants[name] is None for name in printed):
            return StepTimes(send, earliest, latest, NO_PLACE, is_whole=False)
        ideal = ideal_place(send, earliest, latest, quiet, critical=step.critical)
        return StepTimes(send, earliest, latest, ideal, is_whole=True)


def quiet_of(patient: Patient, clinic: Clinic) -> Quiet:
    """Return the quiet hours that hold for a patient."""
    return Quiet(
        zone=patient.time_zone.key,
        procedure_date=patient.procedure.astimezone(patient.time_zone).date(),
        hours=clinic.quiet_hours,
    )


def is_steady(patient: Patient, first: timedelta, last: timedelta) -> bool:
    """Say whether the patient's clock keeps its offset from one distance from the procedure to another."""
    return _keeps_offset(
        patient.time_zone, (patient.procedure + first).toordinal(), (patient.procedure + last).toordinal()
    )


@lru_cache(maxsize=4096)  # many procedures share a day
def _keeps_offset(zone: ZoneInfo, first: int, last: int) -> bool:
    return len({_offset(zone, day) for day in range(first - _MARGIN, last + _MARGIN + 1)}) == 1


@lru_cache(maxsize=4096)
def _offset(zone: ZoneInfo, day: int) -> timedelta | None:
    return datetime.combine(date.fromordinal(day), time(0), UTC).astimezone(zone).utcoffset()


def _shape_of(times: Times, procedure: datetime) -> _Shape:
    def distance(at: datetime | None) -> _Distance:
        return None if at is None else at - procedure

    instants = {name: distance(at) for name, at in times.instants.items()}
    steps = tuple(
        (distance(one.send), distance(one.earliest), distance(one.latest), distance(one.ideal.at), one)
        for one in times.steps
    )
    reach = [each for each in instants.values() if each is not None]
    reach += [each for step in steps for each in step[:3] if each is not None]
    return _Shape(instants, steps, min(reach), max(reach))


def _placed(shape: _Shape, procedure: datetime) -> Times:
    def at(distance: _Distance) -> datetime | None:
        return None if distance is None else procedure + distance

    instants = {name: at(distance) for name, distance in shape.instants.items()}
    steps = tuple(
        StepTimes(
            at(send),
            at(earliest),
            at(latest),
            NO_PLACE if place is None else Placement(procedure + place, model.ideal.reason),
            model.is_whole,
        )
        for send, earliest, latest, place, model in shape.steps
    )
    return Times(instants, {name: instant for name, instant in instants.items() if instant is not None}, steps)
