"""The call list: patients whom a person must telephone, because a text could not do its job (section 6)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from notifier.core.delivery import Record
from notifier.core.lifecycle import FINAL, State
from notifier.core.model import Patient, PatientStatus, Schedules
from notifier.core.moments import resolve_moments
from notifier.core.moved import is_moved, procedure_moved, resend_after
from notifier.core.notices import MOVED, MOVED_CALL, NOTICES
from notifier.core.planning import LISTED_IN_SKIP, NO_ORDER
from notifier.core.reconcile import ENTRY_ERROR, GONE, MISSED, OPTED_OUT, Standing, was_told
from notifier.core.replies import Inbound
from notifier.core.times import quiet_of


class CallReason(StrEnum):
    """Why somebody has to call."""

    NO_CONSENT = "no consent"
    OPTED_OUT = "opted out"
    ENTRY_ERROR = "error in the entry"
    TOO_LATE = "too late for the text"
    VOID = "the text no longer holds"  # nor does another replace it
    EXPIRED = "text not sent in time"
    REFUSED = "text refused"
    UNDELIVERED = "text not delivered"
    IN_DOUBT = "unknown whether the text was sent"
    UNCONFIRMED = "unknown whether the text arrived"
    MOVED = "procedure moved"
    CANCELLED = "procedure cancelled"
    ON_HOLD = "procedure on hold"
    GONE = "procedure gone from the files"
    ASKED = "asked in own words to stop"
    WROTE = "the patient wrote"


# These come from what a patient wrote, and the reply that they are about is in the ledger's own list: neither the
# files nor the time ends them.
WRITTEN = frozenset({CallReason.ASKED, CallReason.WROTE})

# These end by themselves once the files or the phone are put right, or the procedure is over (too late, section 6);
# the others end when a person has called.
PASSING = frozenset(
    {
        CallReason.NO_CONSENT,
        CallReason.OPTED_OUT,
        CallReason.ENTRY_ERROR,
        CallReason.ON_HOLD,
        CallReason.TOO_LATE,
        CallReason.VOID,
    }
)


@dataclass(frozen=True, slots=True)
class Call:
    """One entry of the call list."""

    patient: str
    reason: CallReason
    about: str  # what makes it one entry and not another: a message's key, a procedure's new time, a reply, or nothing
    name: str | None  # None where the files no longer say it
    phone: str
    say: str  # what the text would have said, or what has changed
    by: datetime  # after it the call comes too late

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two entries the same."""
        return self.patient, self.reason, self.about


def wanted_calls(
    schedules: Schedules, records: Iterable[Record], standing: Standing, opted_out: AbstractSet[str], now: datetime
) -> list[Call]:
    """Return the calls that are needed as things stand, the most urgent first.

    `records` are, after the changes of a reconciling, the highest revision of each message and
    the highest that was told.
    """
    patients = {patient.id: patient for patient in schedules.patients}
    booked = {
        (patient.phone, patient.procedure) for patient in schedules.patients if patient.status is PatientStatus.BOOKED
    }
    by_patient: defaultdict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda record: record.revision):
        if record.draft.critical and not record.is_purged:
            by_patient[record.draft.patient].append(record)
    calls: list[Call] = []
    for patient, own in by_patient.items():
        if all(record.state is State.PLANNED for record in own):
            continue  # nothing was told, and all of it will be
        case = _Case(own, patients.get(patient), schedules, booked, standing, opted_out, now)
        calls += _of_messages(case)
        calls += _of_waiting(case)
        calls += _of_changes(case)
    return sorted(calls, key=lambda call: (call.by, call.key))


@dataclass(frozen=True)
class _Case:
    """One patient's critical messages, and what the files say of the patient."""

    own: list[Record]  # by revision
    patient: Patient | None
    schedules: Schedules
    booked: AbstractSet[tuple[str, datetime]]  # phone and procedure of all who are
    standing: Standing
    opted_out: AbstractSet[str]  # phones
    now: datetime

    @cached_property
    def latest(self) -> Mapping[str, Record]:
        """Of each step the highest revision that was not withdrawn."""
        return {record.draft.step: record for record in self.own if record.state is not State.WITHDRAWN}

    @cached_property
    def told(self) -> Mapping[str, Record]:
        """Of each step the revision last told."""
        return {record.draft.step: record for record in self.own if was_told(record)}

    @cached_property
    def told_steps(self) -> list[Record]:
        """What was told, without notices."""
        return [record for step, record in self.told.items() if step not in NOTICES]

    @property
    def is_called_off(self) -> bool:
        """Whether nothing that the texts ask for is to be done any more."""
        return self.patient is not None and self.patient.status in (PatientStatus.CANCELLED, PatientStatus.NO_SHOW)


def _of_messages(case: _Case) -> Iterator[Call]:
    """Yield a call for each critical text that did not do its job, by its highest revision."""
    for step, record in case.latest.items():
        reason = _why_not_done(record, case.now)
        if reason is None or (case.is_called_off and step not in NOTICES) or _is_put_right(record, case):
            continue
        say = _SAY[reason] if reason is CallReason.VOID else record.draft.body
        yield _call(record, case, reason, record.key, say)


_BY_STATE: Mapping[State, CallReason] = {
    State.EXPIRED: CallReason.EXPIRED,
    State.FAILED: CallReason.UNDELIVERED,
    State.UNDELIVERED: CallReason.UNDELIVERED,
    State.UNCONFIRMED: CallReason.UNCONFIRMED,
}


def _why_not_done(record: Record, now: datetime) -> CallReason | None:
    if record.state is State.EXPIRED and record.reason != MISSED:
        reason = CallReason.VOID if record.reason in (NO_ORDER, LISTED_IN_SKIP) else CallReason.TOO_LATE
        return reason if record.draft.procedure > now else None
    if record.state in _BY_STATE:
        return _BY_STATE[record.state]
    if record.state is State.REFUSED:
        return None if record.reason == OPTED_OUT else CallReason.REFUSED
    is_open = record.state not in FINAL and was_told(record)
    if is_open and record.draft.latest is not None and now > record.draft.latest:
        return CallReason.IN_DOUBT if record.state in (State.IN_DOUBT, State.CLAIMED) else CallReason.UNCONFIRMED
    return None


def _is_put_right(record: Record, case: _Case) -> bool:
    """Say whether a correction that did not go out is not needed any more: what was told before it holds again."""
    told, patient, clinic = case.told.get(record.draft.step), case.patient, case.schedules.clinic
    if record.state is not State.EXPIRED or told is None or patient is None:
        return False
    instants = resolve_moments(case.schedules.protocols[patient.protocol], patient)
    known = {name: instant for name, instant in instants.items() if instant is not None}
    draft = record.draft._replace(to=patient.phone, quiet=quiet_of(patient, clinic))
    return not is_moved(told.draft, draft, known, clinic)


def _of_waiting(case: _Case) -> Iterator[Call]:
    """Yield a call where critical texts ahead do not go for a reason that is the patient's, not the text's."""
    waiting = [
        record
        for step, record in case.latest.items()
        if step not in NOTICES and record.state in (State.HELD, State.REFUSED) and _latest(record) >= case.now
    ]
    if waiting:
        first = min(waiting, key=_latest)
        reason = _why_waiting(first, case)
        if reason is not None:
            yield _call(first, case, reason, "", first.draft.body)


def _latest(record: Record) -> datetime:
    return record.draft.latest or record.draft.procedure


def _why_waiting(record: Record, case: _Case) -> CallReason | None:
    """Say why critical texts ahead do not go."""
    if record.draft.patient in case.standing.broken or record.reason == ENTRY_ERROR:
        return CallReason.ENTRY_ERROR
    if record.draft.to in case.opted_out:
        return CallReason.OPTED_OUT
    if case.patient is not None and case.patient.consent is None:
        return CallReason.NO_CONSENT
    return None


def _of_changes(case: _Case) -> Iterator[Call]:
    """Yield a call for what has become of a procedure, still ahead, that critical texts spoke of."""
    if not case.told_steps:
        return
    if case.patient is None:
        yield from _of_gone(case)
        return
    procedure, status = case.patient.procedure, case.patient.status
    last = case.told_steps[-1]
    if case.is_called_off and procedure > case.now:
        yield _change_call(last, case, CallReason.CANCELLED, procedure.isoformat(), procedure)
    elif status is PatientStatus.ON_HOLD and procedure > case.now:
        yield _change_call(last, case, CallReason.ON_HOLD, "", procedure)
    elif status is PatientStatus.BOOKED and (by := _moved_by(case, case.patient)) is not None:
        yield _change_call(last, case, CallReason.MOVED, procedure.isoformat(), by)


def _of_gone(case: _Case) -> Iterator[Call]:
    """Yield a call for an entry that is in no file, unless the same booking stands there under another id."""
    last, heard = max(case.own, key=_freshness), max(case.told.values(), key=_freshness)
    procedure = last.draft.procedure
    # Moved, and renamed before the notice went: the other id's texts contradict what was heard, and nobody says so.
    is_elsewhere = all(_is_booked(record, case) for record in (last, heard))
    is_gone = case.standing.whole and last.draft.patient not in case.standing.broken | case.standing.kept
    if is_gone and procedure > case.now and not is_elsewhere:
        yield _change_call(last, case, CallReason.GONE, procedure.isoformat(), procedure)


def _is_booked(record: Record, case: _Case) -> bool:
    """Say whether a patient of that phone is booked for that time."""
    smallest = resend_after(case.schedules.clinic)
    draft = record.draft
    return any(phone == draft.to and abs(procedure - draft.procedure) < smallest for phone, procedure in case.booked)


def _freshness(record: Record) -> tuple[bool, datetime]:
    """Order what the files last said of an entry after what they said when a text was sent."""
    return record.reason == GONE, record.sent_at or datetime.min.replace(tzinfo=UTC)


def _moved_by(case: _Case, patient: Patient) -> datetime | None:
    """Return until when a patient has to know of a move, the earlier procedure still ahead; None without a move."""
    clinic = case.schedules.clinic
    olds = [
        record.draft.procedure
        for record in case.told_steps
        if procedure_moved(record.draft, patient.procedure, patient.arrival, clinic)
    ]
    notices = [case.latest[step] for step in (MOVED, MOVED_CALL) if step in case.latest]
    has_notice = any(notice.draft.procedure == patient.procedure for notice in notices)
    if not olds and not has_notice:
        return None
    return min((at for at in (*olds, patient.procedure) if at > case.now), default=None)


def _call(record: Record, case: _Case, reason: CallReason, about: str, say: str | None) -> Call:
    """Return the call that does what a text could not."""
    patient, draft = case.patient, record.draft
    name, phone = (patient.name, patient.phone) if patient else (None, draft.to)
    return Call(draft.patient, reason, about, name, phone, say or "", _call_by(record, case.now))


def _call_by(record: Record, now: datetime) -> datetime:
    """Return L, and once that is over the next instant that the text prints, and then the procedure."""
    draft, latest = record.draft, _latest(record)
    later = (at for at in (*draft.moments.values(), draft.procedure) if at >= now)
    return latest if latest >= now else min(later, default=latest)


def _change_call(record: Record, case: _Case, reason: CallReason, about: str, by: datetime) -> Call:
    """Return the call that tells of a change."""
    patient = case.patient
    name, phone = (patient.name, patient.phone) if patient else (None, record.draft.to)
    return Call(record.draft.patient, reason, about, name, phone, _SAY[reason], by)


def call_about_reply(
    number: int, inbound: Inbound, reason: CallReason, meant_for: Sequence[Record], now: datetime
) -> Call:
    """Return the call about what was written from a phone: `number` is the reply's, `meant_for` the phone's texts.

    The first text's patient gets it. It is to be made before the next L of a critical text or procedure of
    anybody with that phone, and within a day in any case: nobody knows how urgent it is.
    """
    instants = [now + _READ_WITHIN]
    for record in meant_for:
        instants += [record.draft.procedure, *([_latest(record)] if record.draft.critical else [])]
    words = f"“{' '.join(inbound.body.split())}”" if inbound.body.strip() else "nothing in words; a picture perhaps"
    say = f"They wrote: {words}"
    if reason is CallReason.ASKED:
        say += f" Texts are off until you decide: “notifier optout add” or “notifier optout remove” {inbound.phone}."
    by = min(at for at in instants if at > now)
    return Call(meant_for[0].draft.patient, reason, f"reply {number}", None, inbound.phone, say, by)


_READ_WITHIN = timedelta(days=1)
_SAY = {
    CallReason.VOID: "What we texted about this no longer holds, and no other text replaces it: tell the patient.",
    CallReason.MOVED: "The procedure has a new time: make sure that the patient knows it, and what to do before it.",
    CallReason.CANCELLED: "The procedure is cancelled: make sure that the patient knows, and knows what to do now.",
    CallReason.ON_HOLD: "The procedure is on hold: tell the patient what to do meanwhile.",
    CallReason.GONE: "The booking is no longer in the schedule files: find out why, and tell the patient.",
}
