"""The plan: all messages that the files ask for, a pure function of (files, now)."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from notifier.core.model import (
    OWN,
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
    Template,
)
from notifier.core.placing import NO_PLACE, Placement, place_again
from notifier.core.times import StepTimes, Times, Timetable, quiet_of
from notifier.core.wording import Letter, in_language, write_letter

_MOST = 64  # sheets that are kept: of patients one after the other many have the same procedure
NO_CONSENT, ON_HOLD, LISTED_IN_SKIP, NO_ORDER = "no consent", "on-hold", "listed in skip", "no order"


def plan(schedules: Schedules, now: datetime) -> Plan:
    """Return the plan at `now`, in the contract's order (section 7)."""
    messages = plan_messages(schedules.patients, Planner(schedules), now)
    return Plan(now, tuple(_with_stop_lines(messages)))


class Planner:
    """Plans patients one after the other, and has in mind what is the same for many of them."""

    def __init__(self, schedules: Schedules) -> None:
        self._timetables = {
            name: Timetable(protocol, schedules.clinic) for name, protocol in schedules.protocols.items()
        }
        self._sheets: dict[Hashable, _Sheet] = {}

    def plan_patient(self, patient: Patient, now: datetime) -> list[Planned]:
        """Return one patient's messages, in the protocol's step order, without stop-lines."""
        alike = (*_alike(patient), now)
        sheet = self._sheets.get(alike)
        if sheet is None:
            if len(self._sheets) >= _MOST:
                self._sheets.clear()
            self._sheets[alike] = sheet = _sheet_of(_care_of(patient, self._timetables[patient.protocol]), now)
        return _addressed(sheet, patient)


def plan_messages(patients: Iterable[Patient], planner: Planner, now: datetime) -> list[Planned]:
    """Return the patients' messages in the contract's order; none is known to carry the stop-line."""
    messages = [message for patient in patients for message in planner.plan_patient(patient, now)]
    messages.sort(key=_contract_order)
    return messages


def plan_patient(patient: Patient, protocol: Protocol, clinic: Clinic, now: datetime) -> list[Planned]:
    """Return one patient's messages, in the protocol's step order, without stop-lines."""
    return _addressed(_sheet_of(_care_of(patient, Timetable(protocol, clinic)), now), patient)


def cases_of(patient: Patient, protocol: Protocol, clinic: Clinic) -> "list[Case]":
    """Return what each step of a patient's protocol is to be planned with, in the protocol's order."""
    return _cases_of(_care_of(patient, Timetable(protocol, clinic)))


@dataclass(frozen=True, slots=True)
class Care:
    """What is the same for all steps of one patient."""

    patient: Patient
    protocol: Protocol
    clinic: Clinic
    times: Times
    quiet: Quiet


def _care_of(patient: Patient, timetable: Timetable) -> Care:
    clinic = timetable.clinic
    return Care(patient, timetable.protocol, clinic, timetable.of(patient), quiet_of(patient, clinic))


class Case(NamedTuple):
    """One step for one patient, with all that planning it needs."""

    step: Step
    position: int
    care: Care
    times: StepTimes


def _cases_of(care: Care) -> list[Case]:
    steps = zip(care.protocol.steps, care.times.steps, strict=True)
    return [Case(step, position, care, own) for position, (step, own) in enumerate(steps)]


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


class _Line(NamedTuple):
    """One message as everybody who is alike gets it."""

    letter: Letter | None  # None where a moment does not exist
    draft: tuple[object, ...]  # without what is one person's own
    status: PlanStatus
    reason: str | None
    send_at: datetime | None


class _Sheet(NamedTuple):
    """The messages of everybody who is alike: most patients have the procedure of many others."""

    lines: tuple[_Line, ...]  # in the protocol's step order
    stop_line: Letter
    instants: Mapping[str, datetime]


def _alike(patient: Patient) -> tuple[Hashable, ...]:
    """Return all that planning asks of a patient, but for id, name and phone."""
    times = patient.procedure, patient.arrival, patient.time_zone.key, frozenset(patient.orders.items())
    return (*times, patient.protocol, patient.language, patient.status, patient.consent is None, patient.skip)


def _sheet_of(care: Care, now: datetime) -> _Sheet:
    language, template = in_language(care.protocol.stop_line, care.patient.language, care.clinic)
    lines = tuple(_line_of(case, now) for case in _cases_of(care))
    return _Sheet(lines, _write(template, language, care), care.times.known)


def _line_of(case: Case, now: datetime) -> _Line:
    step, position, care, times = case
    decision = decide(case, now)
    language, template = in_language(step.text, care.patient.language, care.clinic)
    letter = _write(template, language, care) if times.is_whole else None
    draft = Draft(
        patient="",
        to="",
        body=None,
        stop_line="",
        step=step.name,
        position=position,
        critical=step.critical,
        earliest=times.earliest,
        latest=times.latest,
        place=decision.ideal.at,
        moments=letter.moments if letter else {},
        dates_only=letter.dates_only if letter else frozenset(),
        language=language,
        procedure=care.patient.procedure,
        arrival=care.patient.arrival,
        quiet=care.quiet,
    )
    return _Line(letter, draft[OWN:], decision.status, decision.reason, decision.send_at)


def _write(template: Template, language: str, care: Care) -> Letter:
    return write_letter(template, language, care.times.known, care.patient.time_zone, care.clinic)


def _addressed(sheet: _Sheet, patient: Patient) -> list[Planned]:
    """Return the messages of a sheet as one of those gets them who are alike."""
    name, stop_line, instants = patient.name, sheet.stop_line.to(patient.name), sheet.instants
    messages = []
    for letter, alike, status, reason, send_at in sheet.lines:
        body = letter.to(name) if letter else None
        draft = Draft._make((patient.id, patient.phone, body, stop_line, *alike))
        messages.append(Planned(draft, status, reason, send_at, instants))
    return messages


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
    return (message._replace(carries_stop_line=True) if id(message) in bearers else message for message in messages)
