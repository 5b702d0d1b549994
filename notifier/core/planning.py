"""The plan: all messages that the files ask for, a pure function of (files, now)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from notifier.core.model import (
    Clinic,
    Draft,
    Patient,
    PatientStatus,
    Plan,
    Planned,
    PlanStatus,
    Protocol,
    Quiet,
    Schedules,
    Step,
)
from notifier.core.placing import NO_PLACE, Placement, place_again
from notifier.core.times import StepTimes, Times, Timetable, quiet_of
from notifier.core.wording import fill_in, in_language

NO_CONSENT, ON_HOLD, LISTED_IN_SKIP, NO_ORDER = "no consent", "on-hold", "listed in skip", "no order"


def plan(schedules: Schedules, now: datetime) -> Plan:
    """Return the plan at `now`, in the contract's order (section 7)."""
    messages = plan_messages(schedules.patients, Planner(schedules), now)
    return Plan(now, tuple(_with_stop_lines(messages)))


class Planner:
    """Plans patients one after the other, and has in mind what is the same for many of them."""

    def __init__(self, schedules: Schedules) -> None:
        self._clinic = schedules.clinic
        self._timetables = {
            name: Timetable(protocol, schedules.clinic) for name, protocol in schedules.protocols.items()
        }

    def plan_patient(self, patient: Patient, now: datetime) -> list[Planned]:
        """Return one patient's messages, in the protocol's step order, without stop-lines."""
        return [_plan_step(case, now) for case in _cases_of(patient, self._timetables[patient.protocol])]


def plan_messages(patients: Iterable[Patient], planner: Planner, now: datetime) -> list[Planned]:
    """Return the patients' messages in the contract's order; none is known to carry the stop-line."""
    messages = [message for patient in patients for message in planner.plan_patient(patient, now)]
    messages.sort(key=_contract_order)
    return messages


def plan_patient(patient: Patient, protocol: Protocol, clinic: Clinic, now: datetime) -> list[Planned]:
    """Return one patient's messages, in the protocol's step order, without stop-lines."""
    return [_plan_step(case, now) for case in cases_of(patient, protocol, clinic)]


def cases_of(patient: Patient, protocol: Protocol, clinic: Clinic) -> "list[Case]":
    """Return what each step of a patient's protocol is to be planned with, in the protocol's order."""
    return _cases_of(patient, Timetable(protocol, clinic))


def _cases_of(patient: Patient, timetable: Timetable) -> "list[Case]":
    times, clinic, protocol = timetable.of(patient), timetable.clinic, timetable.protocol
    care = Care(
        patient, protocol, clinic, times, quiet_of(patient, clinic), _stop_line(patient, protocol, clinic, times)
    )
    return [
        Case(step, position, care, own)
        for position, (step, own) in enumerate(zip(protocol.steps, times.steps, strict=True))
    ]


def _stop_line(patient: Patient, protocol: Protocol, clinic: Clinic, times: Times) -> str:
    language, template = in_language(protocol.stop_line, patient.language, clinic)
    return fill_in(template, language, times.known, patient, clinic).body


@dataclass(frozen=True, slots=True)
class Care:
    """What is the same for all steps of one patient."""

    patient: Patient
    protocol: Protocol
    clinic: Clinic
    times: Times
    quiet: Quiet
    stop_line: str


class Case(NamedTuple):
    """One step for one patient, with all that planning it needs."""

    step: Step
    position: int
    care: Care
    times: StepTimes

    def draft(self, placement: Placement) -> Draft:
        """Return what the files say of the message."""
        care, patient, times = self.care, self.care.patient, self.times
        language, template = in_language(self.step.text, patient.language, care.clinic)
        filled = fill_in(template, language, care.times.known, patient, care.clinic) if times.is_whole else None
        return Draft(
            patient=patient.id,
            step=self.step.name,
            position=self.position,
            critical=self.step.critical,
            earliest=times.earliest,
            latest=times.latest,
            place=placement.at,
            moments=filled.moments if filled else {},
            dates_only=filled.dates_only if filled else frozenset(),
            to=patient.phone,
            language=language,
            body=filled.body if filled else None,
            stop_line=care.stop_line,
            procedure=patient.procedure,
            arrival=patient.arrival,
            quiet=care.quiet,
        )


class Decision(NamedTuple):
    """What becomes of one step at an instant."""

    status: PlanStatus
    reason: str | None = None
    ideal: Placement = NO_PLACE  # whatever `now` is
    send_at: datetime | None = None


def decide(case: Case, now: datetime) -> Decision:
    """Decide what becomes of one step: the first that applies, as section 3 lists them."""
    if (off := _why_off(case)) is not None:
        return Decision(PlanStatus.OFF, off)
    care, times = case.care, case.times
    if case.step.name in care.patient.skip:
        return Decision(PlanStatus.SKIPPED, LISTED_IN_SKIP)
    if not times.is_whole or times.latest is None:
        return Decision(PlanStatus.SKIPPED, NO_ORDER)
    ideal = times.ideal
    status, placement = status_at(now, ideal, times.latest, care.quiet, critical=case.step.critical)
    if (held := _why_held(care.patient)) is not None:
        return Decision(PlanStatus.HELD, held, ideal, placement.at)
    return Decision(status, placement.reason, ideal, placement.at)


def _plan_step(case: Case, now: datetime) -> Planned:
    decision = decide(case, now)
    draft = case.draft(decision.ideal)
    return Planned(draft, decision.status, decision.reason, decision.send_at, case.care.times.known)


def status_at(
    now: datetime, ideal: Placement, latest: datetime, quiet: Quiet, *, critical: bool
) -> tuple[PlanStatus, Placement]:
    """Say what `now` makes of a place by rules 2 and 3: by rule 4 it is another, where that one has passed."""
    if ideal.at is None:
        return PlanStatus.NO_WINDOW, NO_PLACE
    if ideal.at >= now:
        return PlanStatus.PLANNED, ideal
    again = place_again(now, latest, quiet, critical=critical)
    return (PlanStatus.TOO_LATE if again.at is None else PlanStatus.LATE), again


def _why_off(case: Case) -> str | None:
    """Say why the booking's status rules the step out.

    Someone on hold is not off but held: section 3 names on-hold under both, and only `held`
    keeps the place for when the hold is lifted.
    """
    patient, send = case.care.patient, case.times.send
    status = patient.status
    if status in (PatientStatus.CANCELLED, PatientStatus.NO_SHOW):
        return status
    is_before = send is not None and send < patient.procedure
    if status is PatientStatus.COMPLETED and is_before:
        return status
    return None


def _why_held(patient: Patient) -> str | None:
    if patient.consent is None:
        return NO_CONSENT
    return ON_HOLD if patient.status is PatientStatus.ON_HOLD else None


def _contract_order(message: Planned) -> tuple[bool, datetime, str, int]:
    """Order by send time (those without one last), patient by code point, step."""
    at = message.send_at
    return at is None, at or datetime.max.replace(tzinfo=UTC), message.draft.patient, message.draft.position


def _with_stop_lines(messages: Sequence[Planned]) -> Iterable[Planned]:
    """Mark the first text that each phone gets; one that is held may never go, so others come first."""
    first: dict[str, Planned] = {}
    for statuses in ((PlanStatus.PLANNED, PlanStatus.LATE), (PlanStatus.HELD,)):
        for message in messages:
            if message.status in statuses and message.send_at is not None:
                first.setdefault(message.draft.to, message)
    bearers = {id(message) for message in first.values()}
    return (replace(message, carries_stop_line=True) if id(message) in bearers else message for message in messages)
