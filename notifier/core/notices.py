"""Notices: what a patient is told when a procedure that was texted about moves, or is cancelled (section 5)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from notifier.core.calendar import ceil_minute
from notifier.core.delivery import Record
from notifier.core.model import Draft, Patient, PatientStatus, Planned, PlanStatus, Quiet, Schedules
from notifier.core.moments import resolve_moments
from notifier.core.moved import procedure_moved
from notifier.core.placing import NEVER_QUIET, ideal_place
from notifier.core.times import quiet_of
from notifier.core.wording import fill_in, in_language

MOVED, MOVED_CALL, CANCELLED = "procedure-moved", "procedure-moved-call", "procedure-cancelled"
NOTICES = (MOVED, MOVED_CALL, CANCELLED)
GRACE = timedelta(minutes=3)  # to put right what was typed into the wrong row
URGENT = timedelta(hours=24)  # this near to the procedure a notice does not wait for the morning
_POSITION = -1  # of texts to one phone in the same minute, the notice comes first


def notice_for(
    patient: Patient,
    schedules: Schedules,
    *,
    told: Sequence[Record],
    waiting: Sequence[Record],
    must_call: bool,
    now: datetime,
) -> Planned | None:
    """Return the notice that the files call for now; None where they call for none.

    `told` are the texts last sent of each message, notices among them; `waiting` the notices not
    sent yet, whose grace has begun. `must_call`: a critical text can no longer be put right by texting.
    """
    if patient.consent is None or patient.status in (PatientStatus.ON_HOLD, PatientStatus.COMPLETED):
        return None
    is_cancelled = patient.status is not PatientStatus.BOOKED
    same_cause = [record for record in waiting if (record.draft.step == CANCELLED) == is_cancelled]
    begun = min((record.draft.earliest for record in same_cause if record.draft.earliest), default=None)
    send = ceil_minute(now) + GRACE if begun is None else begun
    latest = _until(patient, schedules, told, send - GRACE, is_cancelled=is_cancelled)
    if latest is None:
        return None
    step = CANCELLED if is_cancelled else MOVED_CALL if must_call else MOVED
    if step not in schedules.protocols[patient.protocol].notices:
        return None  # a protocol without the words: a person has to call
    return _planned(_draft(step, patient, schedules, send, latest))


def _until(
    patient: Patient, schedules: Schedules, told: Sequence[Record], as_of: datetime, *, is_cancelled: bool
) -> datetime | None:
    """Return L of the notice, the earlier of the old and new procedure still ahead; None where none is due."""
    # A notice that went to another phone is as good as none: this one has yet to hear of the change.
    heard = (record for record in told if record.draft.step in NOTICES and record.draft.to == patient.phone)
    last = max(heard, key=_sent_at, default=None)
    knows_cancelled = last is not None and last.draft.step == CANCELLED
    # What came before the last notice is what that notice has corrected.
    since = [record for record in told if last is None or record is last or _sent_at(record) > _sent_at(last)]
    moved = [
        record.draft.procedure
        for record in since
        if procedure_moved(record.draft, patient.procedure, patient.arrival, schedules.clinic)
    ]
    if is_cancelled:
        is_due = bool(told) and not knows_cancelled and patient.procedure > as_of
    else:
        is_due = knows_cancelled or bool(moved)
    olds = [last.draft.procedure] if last is not None and knows_cancelled else moved
    ahead = [procedure for procedure in (*olds, patient.procedure) if procedure > as_of]
    return min(ahead) if is_due and ahead else None


def _sent_at(record: Record) -> datetime:
    """Return when a text was sent; what was sent under another id came before all else."""
    return record.sent_at or datetime.min.replace(tzinfo=UTC)


def _draft(step: str, patient: Patient, schedules: Schedules, send: datetime, latest: datetime) -> Draft:
    protocol, clinic = schedules.protocols[patient.protocol], schedules.clinic
    instants = {name: at for name, at in resolve_moments(protocol, patient).items() if at is not None}
    language, template = in_language(protocol.notices[step], patient.language, clinic)
    stop_language, stop_template = in_language(protocol.stop_line, patient.language, clinic)
    filled = fill_in(template, language, instants, patient, clinic)
    usual = quiet_of(patient, clinic)
    is_urgent = latest - send <= URGENT
    quiet = Quiet(usual.zone, usual.procedure_date, NEVER_QUIET) if is_urgent else usual
    return Draft(
        patient=patient.id,
        step=step,
        position=_POSITION,
        critical=True,
        earliest=send,
        latest=latest,
        place=ideal_place(send, send, latest, quiet, critical=True).at,
        moments=filled.moments,
        dates_only=filled.dates_only,
        to=patient.phone,
        language=language,
        body=filled.body,
        stop_line=fill_in(stop_template, stop_language, instants, patient, clinic).body,
        procedure=patient.procedure,
        arrival=patient.arrival,
        quiet=quiet,
    )


def _planned(draft: Draft) -> Planned:
    status = PlanStatus.TOO_LATE if draft.place is None else PlanStatus.PLANNED
    return Planned(draft, status, None, draft.place)
