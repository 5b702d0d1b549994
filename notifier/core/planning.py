"""The plan: all messages that the files ask for, a pure function of (files, now)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

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
    When,
)
from notifier.core.moments import Instants, resolve_moments, resolve_when
from notifier.core.placing import NO_PLACE, Placement, ideal_place, place_again
from notifier.core.wording import fill_in, in_language, names_in

DEFAULT_USEFULNESS = timedelta(hours=4)  # `latest` where a step gives none
NO_CONSENT, ON_HOLD, LISTED_IN_SKIP, NO_ORDER = "no consent", "on-hold", "listed in skip", "no order"


def plan(schedules: Schedules, now: datetime) -> Plan:
    """Return the plan at `now`, in the contract's order (section 7)."""
    messages = [
        message
        for patient in schedules.patients
        for message in plan_patient(patient, schedules.protocols[patient.protocol], schedules.clinic, now)
    ]
    messages.sort(key=_contract_order)
    return Plan(now, tuple(_with_stop_lines(messages)))


def plan_patient(patient: Patient, protocol: Protocol, clinic: Clinic, now: datetime) -> list[Planned]:
    """Return one patient's messages, in the protocol's step order, without stop-lines."""
    return [_plan_step(case, now) for case in cases_of(patient, protocol, clinic)]


def cases_of(patient: Patient, protocol: Protocol, clinic: Clinic) -> "list[Case]":
    """Return what each step of a patient's protocol is to be planned with, in the protocol's order."""
    instants = resolve_moments(protocol, patient)
    quiet = quiet_of(patient, clinic)
    return [
        Case(step, position, patient, protocol, clinic, instants, quiet) for position, step in enumerate(protocol.steps)
    ]


def quiet_of(patient: Patient, clinic: Clinic) -> Quiet:
    """Return the quiet hours that hold for a patient."""
    return Quiet(
        zone=patient.time_zone.key,
        procedure_date=patient.procedure.astimezone(patient.time_zone).date(),
        hours=clinic.quiet_hours,
    )


@dataclass(frozen=True)
class Case:
    """One step for one patient, with all that planning it needs."""

    step: Step
    position: int
    patient: Patient
    protocol: Protocol
    clinic: Clinic
    instants: Instants
    quiet: Quiet

    @cached_property
    def send(self) -> datetime | None:
        """S, or None where it needs an order that is `none`."""
        return self._resolve(self.step.send)

    @cached_property
    def earliest(self) -> datetime | None:
        """E, or None where it needs an order that is `none`."""
        return self.send if self.step.earliest is None else self._resolve(self.step.earliest)

    @cached_property
    def latest(self) -> datetime | None:
        """L, or None where it needs an order that is `none`."""
        if self.step.latest is not None:
            return self._resolve(self.step.latest)
        return None if self.send is None else self.send + DEFAULT_USEFULNESS

    def _resolve(self, when: When) -> datetime | None:
        return resolve_when(when, self.protocol, self.patient, self.instants)

    @cached_property
    def window(self) -> tuple[datetime, datetime, datetime] | None:
        """S, E and L; None where one of them, or an instant that the text prints, hangs on an order that is `none`."""
        if None in (self.instants[name] for name in names_in(self.step.text)):
            return None
        if self.send is None or self.earliest is None or self.latest is None:
            return None
        return self.send, self.earliest, self.latest

    def draft(self, placement: Placement) -> Draft:
        """Return what the files say of the message."""
        language, template = in_language(self.step.text, self.patient.language, self.clinic)
        known = {name: instant for name, instant in self.instants.items() if instant is not None}
        filled = None if self.window is None else fill_in(template, language, known, self.patient, self.clinic)
        stop_language, stop_template = in_language(self.protocol.stop_line, self.patient.language, self.clinic)
        return Draft(
            patient=self.patient.id,
            step=self.step.name,
            position=self.position,
            critical=self.step.critical,
            earliest=self.earliest,
            latest=self.latest,
            place=placement.at,
            moments=filled.moments if filled else {},
            dates_only=filled.dates_only if filled else frozenset(),
            to=self.patient.phone,
            language=language,
            body=filled.body if filled else None,
            stop_line=fill_in(stop_template, stop_language, known, self.patient, self.clinic).body,
            procedure=self.patient.procedure,
            arrival=self.patient.arrival,
            quiet=self.quiet,
        )

    def planned(
        self, draft: Draft, status: PlanStatus, reason: str | None = None, send_at: datetime | None = None
    ) -> Planned:
        """Return the message with what becomes of it."""
        return Planned(
            draft, status, reason, send_at, {name: at for name, at in self.instants.items() if at is not None}
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one step at an instant."""

    status: PlanStatus
    reason: str | None = None
    ideal: Placement = NO_PLACE  # whatever `now` is
    send_at: datetime | None = None


def decide(case: Case, now: datetime) -> Decision:
    """Decide what becomes of one step: the first that applies, as section 3 lists them."""
    if (off := _why_off(case)) is not None:
        return Decision(PlanStatus.OFF, off)
    if case.step.name in case.patient.skip:
        return Decision(PlanStatus.SKIPPED, LISTED_IN_SKIP)
    if case.window is None:
        return Decision(PlanStatus.SKIPPED, NO_ORDER)
    send, earliest, latest = case.window
    ideal = ideal_place(send, earliest, latest, case.quiet, critical=case.step.critical)
    status, placement = status_at(now, ideal, latest, case.quiet, critical=case.step.critical)
    if (held := _why_held(case.patient)) is not None:
        return Decision(PlanStatus.HELD, held, ideal, placement.at)
    return Decision(status, placement.reason, ideal, placement.at)


def _plan_step(case: Case, now: datetime) -> Planned:
    decision = decide(case, now)
    return case.planned(case.draft(decision.ideal), decision.status, decision.reason, decision.send_at)


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
    status = case.patient.status
    if status in (PatientStatus.CANCELLED, PatientStatus.NO_SHOW):
        return status
    is_before = case.send is not None and case.send < case.patient.procedure
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
