"""Compare the plan with the ledger, giving the changes that make them agree (contract, section 5)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from notifier.core.delivery import Change, ChangeKind, Record
from notifier.core.lifecycle import GONE_OUT, UNSENT, State
from notifier.core.model import Clinic, Patient, Plan, Planned, PlanStatus, Schedules
from notifier.core.moved import is_moved
from notifier.core.notices import NOTICES, notice_for
from notifier.core.placing import place_again

GONE, STEP_GONE, ENTRY_ERROR = "gone from the files", "no longer in the protocol", "error in the entry"
MISSED = "missed its window"  # it was in the line and did not go, unlike what was too late from the start
ALREADY_SENT, OPTED_OUT = "already sent", "opted out"
STANDS_AGAIN, UNDONE, LEFT_OUT = "what was sent is right", "undone", "late, and not critical"
ASKED_TWICE = "in the line under another id"

_KIND = {
    State.WITHDRAWN: ChangeKind.WITHDRAWN,
    State.EXPIRED: ChangeKind.EXPIRED,
    State.REFUSED: ChangeKind.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the files say of patients whom the plan does not hold."""

    broken: AbstractSet[str] = frozenset()  # their entries have an error: what is unsent is held
    kept: AbstractSet[str] = frozenset()  # a mistake above them keeps them from planning: their last good plan stays
    whole: bool = True  # all files could be read, so that whoever is in none of them is gone


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows."""

    records: tuple[Record, ...] = ()  # of each message the highest revision, and the highest that was told
    sent_before: AbstractSet[tuple[str, str, str]] = frozenset()  # (phone, step, body) of all that went out
    opted_out: AbstractSet[str] = frozenset()  # phones


@dataclass(frozen=True, slots=True)
class _Past:
    """One message's past."""

    latest: Record  # the highest revision
    told: Record | None  # the highest that was told


def was_told(record: Record) -> bool:
    """Say whether a text counts as the last one sent: it is not sent again unless it has moved.

    That is the contract's *sent*, what the provider or the phone refused, and what went to the
    same phone under another id. Of one that was purged nothing is known that could have moved.
    """
    if record.is_purged:
        return False
    if record.state in GONE_OUT or record.reason == ALREADY_SENT:
        return True
    return record.state in (State.FAILED, State.UNDELIVERED, State.REFUSED) and record.reason != OPTED_OUT


def reconcile(schedules: Schedules, plan: Plan, known: Known, standing: Standing) -> list[Change]:
    """Return what has to change in the ledger; nothing where it agrees with the files already.

    What was claimed is never touched: what is sent is sent. That `now` has moved makes nothing
    different.
    """
    pasts = _pasts(known.records)
    asked: defaultdict[str, list[Planned]] = defaultdict(list)
    for message in plan.messages:
        asked[message.draft.patient].append(message)
    of_plan = {patient.id: pasts.pop(patient.id, {}) for patient in schedules.patients}
    unplanned = [
        (past.latest, _unplanned(past.latest, known, standing, plan.now))
        for own in pasts.values()
        for past in own.values()
    ]
    repeats = _repeats(plan.messages, (record for record, change in unplanned if change is None))
    changes: list[Change] = []
    for patient in schedules.patients:
        own = of_plan[patient.id]
        changes += _reconcile_patient(
            patient, asked[patient.id], own, schedules=schedules, known=known, repeats=repeats, now=plan.now
        )
    return [*changes, *(change for _, change in unplanned if change is not None)]


def left_out(schedules: Schedules, plan: Plan, known: Known) -> list[Planned]:
    """Return the messages whose text went out and is wrong now, and which do not go again: they would be late.

    A critical one always goes again, or is for the call list (contract, section 5).
    """
    pasts = _pasts(known.records)
    found = []
    for message in plan.messages:
        own = pasts.get(message.draft.patient, {})
        is_moved = _is_moved(message, own, schedules.clinic)
        if _wish(message, own.get(message.draft.step), known, is_moved=is_moved).reason == LEFT_OUT:
            found.append(message)
    return found


def _repeats(messages: Iterable[Planned], left: Iterable[Record]) -> AbstractSet[tuple[str, str]]:
    """Return patient and step of each message that is the same text, to the same phone, as another id's before it.

    Only one of them may be in the line: an id that was renamed while a file cannot be read is not
    gone yet, and a row may have been copied. `left` are the messages of patients in no plan.
    """
    seen = {(one.draft.to, one.draft.step, one.draft.body) for one in left if one.state is State.PLANNED}
    repeats = set()
    for message in messages:
        draft = message.draft
        if message.status in (PlanStatus.PLANNED, PlanStatus.LATE):
            if (draft.to, draft.step, draft.body) in seen:
                repeats.add((draft.patient, draft.step))
            seen.add((draft.to, draft.step, draft.body))
    return repeats


def _pasts(records: Iterable[Record]) -> dict[str, dict[str, _Past]]:
    """Return each patient's messages by step, with their past."""
    pasts: defaultdict[str, dict[str, _Past]] = defaultdict(dict)
    for record in sorted(records, key=lambda record: record.revision):
        own = pasts[record.draft.patient]
        told = own[record.draft.step].told if record.draft.step in own else None
        own[record.draft.step] = _Past(record, record if was_told(record) else told)
    return dict(pasts)


def _reconcile_patient(
    patient: Patient,
    messages: list[Planned],
    own: Mapping[str, _Past],
    *,
    schedules: Schedules,
    known: Known,
    repeats: AbstractSet[tuple[str, str]],
    now: datetime,
) -> Iterator[Change]:
    """Yield the changes of one patient whom the plan holds: notices, steps, and what is no step any more."""
    # A patient of whom the ledger knows nothing was told nothing that could be wrong.
    moved = {message.draft.step for message in messages if own and _is_moved(message, own, schedules.clinic)}
    notice = _notice(patient, messages, own, moved, schedules=schedules, now=now) if own else None
    for step in NOTICES if own else ():
        latest = own[step].latest if step in own else None
        wish = _Wish(None, UNDONE)
        if notice is not None and notice.draft.step == step:
            wish = _as_planned(notice, known)
        if (change := _settle(notice, latest, wish)) is not None:
            yield change
    for message in messages:
        past = own.get(message.draft.step)
        delayed = _after_notice(message, notice)
        wish = _wish(delayed, past, known, is_moved=message.draft.step in moved)
        if wish.state is State.PLANNED and (patient.id, message.draft.step) in repeats:
            wish = _Wish(None, ASKED_TWICE)
        if (change := _settle(delayed, past.latest if past else None, wish)) is not None:
            yield change
    steps = {message.draft.step for message in messages} | set(NOTICES)
    for step, past in own.items():
        if step not in steps and past.latest.state in UNSENT:
            yield _withdraw(past.latest, STEP_GONE)


def _notice(
    patient: Patient,
    messages: Iterable[Planned],
    own: Mapping[str, _Past],
    moved: AbstractSet[str],
    *,
    schedules: Schedules,
    now: datetime,
) -> Planned | None:
    """Return the notice that a patient needs, if any."""
    # Also a text that never went out: "we'll text new times" would promise one that cannot come.
    untold = moved | {message.draft.step for message in messages if not _was_told(message, own)}
    is_beyond_texting = any(
        message.draft.step in untold and message.draft.critical and message.status is PlanStatus.TOO_LATE
        for message in messages
    )
    return notice_for(
        patient,
        schedules,
        told=[past.told for past in own.values() if past.told],
        waiting=[own[step].latest for step in NOTICES if step in own and own[step].latest.state in UNSENT],
        must_call=is_beyond_texting,
        now=now,
    )


def _was_told(message: Planned, own: Mapping[str, _Past]) -> bool:
    past = own.get(message.draft.step)
    return past is not None and past.told is not None


def _is_moved(message: Planned, own: Mapping[str, _Past], clinic: Clinic) -> bool:
    """Say whether a text of this message went out and has become wrong since."""
    past = own.get(message.draft.step)
    if past is None or past.told is None:
        return False
    return is_moved(past.told.draft, message.draft, message.instants, clinic)


def _after_notice(message: Planned, notice: Planned | None) -> Planned:
    """Let a text that would go before the notice wait for it, where its L allows.

    The grace is for both, and the notice explains the text; it also says that earlier times no
    longer hold, which is wrong of a new time that has come before it.
    """
    if notice is None or notice.send_at is None or message.send_at is None or message.draft.latest is None:
        return message
    if message.send_at >= notice.send_at:
        return message
    draft = message.draft
    again = place_again(notice.send_at, message.draft.latest, draft.quiet, critical=draft.critical)
    return message if again.at is None else message._replace(send_at=again.at, reason=again.reason)


class _Wish(NamedTuple):
    """In which state the files want a message, or None for not at all, and why."""

    state: State | None
    reason: str | None


def _wish(message: Planned, past: _Past | None, known: Known, *, is_moved: bool) -> _Wish:
    """Say what the files and the past together want of a step's message."""
    wish, draft = _as_planned(message, known), message.draft
    if past is None or past.told is None:
        # Also where it would be too late by now: nobody has to call about what is on the phone.
        is_wanted = wish.state in UNSENT or wish.state is State.EXPIRED
        if is_wanted and (draft.to, draft.step, draft.body) in known.sent_before:
            return _Wish(State.WITHDRAWN, ALREADY_SENT)
        return wish
    if not is_moved:
        return _Wish(None, STANDS_AGAIN)
    if message.status is PlanStatus.SKIPPED and draft.critical:
        return _Wish(State.EXPIRED, message.reason)  # what it said is wrong, and no text will say so
    was_asked = past.latest.state is State.PLANNED and past.latest.draft == draft
    if message.status in (PlanStatus.LATE, PlanStatus.TOO_LATE) and not draft.critical and not was_asked:
        return _Wish(None, LEFT_OUT)
    return wish


def _as_planned(message: Planned, known: Known) -> _Wish:
    """Say what the plan alone wants of a message, and what its phone allows."""
    if message.status in (PlanStatus.TOO_LATE, PlanStatus.NO_WINDOW):
        return _Wish(State.EXPIRED, message.status)
    if message.status in (PlanStatus.OFF, PlanStatus.SKIPPED):
        return _Wish(None, message.reason)
    if message.send_at is None:  # held so long that no place is left
        return _Wish(None, MISSED)
    if message.draft.to in known.opted_out:
        return _Wish(State.REFUSED, OPTED_OUT)
    if message.status is PlanStatus.HELD:
        return _Wish(State.HELD, message.reason)
    return _Wish(State.PLANNED, message.reason)


def _settle(message: Planned | None, latest: Record | None, wish: _Wish) -> Change | None:
    """Return the change that brings the highest revision to what is wished of it."""
    if latest is not None and latest.state in UNSENT:
        return _change(message, latest, wish)
    if message is None or wish.state is None or (latest is not None and _is_known(latest, message, wish)):
        return None
    revision = 1 if latest is None else latest.revision + 1
    kind = ChangeKind.NEW if wish.state in UNSENT else _ending(wish.state, wish.reason)
    return Change(kind, None, _record(message, wish, revision))


def _ending(state: State, reason: str | None) -> ChangeKind:
    return ChangeKind.SKIPPED if reason == ALREADY_SENT else _KIND[state]


def _is_known(latest: Record, message: Planned, wish: _Wish) -> bool:
    """Say whether the ledger has already noted that a text, printing these instants, does not go.

    Printing others it is noted anew: whoever telephones must not read out stale times.
    """
    is_over = latest.state == wish.state and wish.state in (State.EXPIRED, State.REFUSED)
    return is_over and latest.draft.moments == message.draft.moments


def _change(message: Planned | None, latest: Record, wish: _Wish) -> Change | None:
    """Return the change of a message that is in the line, or held."""
    if message is None or wish.state is None:
        return _miss(latest) if wish.reason == MISSED else _withdraw(latest, wish.reason)
    if wish.state not in UNSENT:
        if wish.state is State.EXPIRED and latest.draft == message.draft:
            return _miss(latest)
        return Change(_ending(wish.state, wish.reason), latest, _record(message, wish, latest.revision))
    if latest.draft != message.draft:
        return Change(ChangeKind.UPDATED, latest, _record(message, wish, latest.revision))
    if latest.state == wish.state and (wish.state is State.PLANNED or latest.reason == wish.reason):
        return None
    kind = ChangeKind.HELD if wish.state is State.HELD else ChangeKind.RELEASED
    return Change(kind, latest, _record(message, wish, latest.revision))


def _record(message: Planned, wish: _Wish, revision: int) -> Record:
    state = wish.state or State.WITHDRAWN
    return Record(message.draft, revision, state, wish.reason, message.send_at if state in UNSENT else None)


def _unplanned(record: Record, known: Known, standing: Standing, now: datetime) -> Change | None:
    """Decide about a message of a patient whom the plan does not hold."""
    patient = record.draft.patient
    if record.state not in UNSENT:
        return None
    if patient in standing.kept or (patient not in standing.broken and not standing.whole):
        # The last good plan stays, and still none of it may go to a phone that has opted out.
        return _refuse(record) if record.draft.to in known.opted_out else None
    if patient not in standing.broken:
        return _withdraw(record, GONE)
    if record.draft.latest is not None and record.draft.latest < now:
        return _miss(record)
    if record.state is State.HELD and record.reason == ENTRY_ERROR:
        return None
    return Change(ChangeKind.HELD, record, record._replace(state=State.HELD, reason=ENTRY_ERROR))


def _miss(record: Record) -> Change:
    return Change(ChangeKind.EXPIRED, record, record._replace(state=State.EXPIRED, reason=MISSED, send_at=None))


def _refuse(record: Record) -> Change:
    return Change(ChangeKind.REFUSED, record, record._replace(state=State.REFUSED, reason=OPTED_OUT, send_at=None))


def _withdraw(record: Record, reason: str | None) -> Change:
    return Change(ChangeKind.WITHDRAWN, record, record._replace(state=State.WITHDRAWN, reason=reason))
