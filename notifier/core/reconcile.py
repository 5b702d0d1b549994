"""Compare the plan with the ledger, giving the changes that make them agree."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from notifier.core.delivery import Change, ChangeKind, Record
from notifier.core.lifecycle import UNSENT, State
from notifier.core.model import Plan, Planned, PlanStatus

GONE, STEP_GONE, ENTRY_ERROR = "gone from the files", "no longer in the protocol", "error in the entry"
MISSED = "missed its window"  # it was in the line and did not go, unlike what was too late from the start


@dataclass(frozen=True, slots=True)
class Standing:
    """What the files say of patients whom the plan does not hold."""

    broken: AbstractSet[str] = frozenset()  # their entries have an error: what is unsent is held
    kept: AbstractSet[str] = frozenset()  # their clinic or protocol has an error: their last good plan stays
    whole: bool = True  # all files could be read, so that whoever is in none of them is gone


def reconcile(plan: Plan, records: Iterable[Record], standing: Standing) -> list[Change]:
    """Return what has to change in the ledger; nothing where it agrees with the plan already.

    `records` are the highest revisions of all patients' messages. A message that has been
    claimed is never touched: what is sent is sent. That `now` has moved makes nothing different.
    """
    latest = {(record.draft.patient, record.draft.step): record for record in records}
    changes = []
    for message in plan.messages:
        change = _reconcile_one(message, latest.pop((message.draft.patient, message.draft.step), None))
        if change is not None:
            changes.append(change)
    planned = {message.draft.patient for message in plan.messages}
    changes += [change for record in latest.values() if (change := _unplanned(record, planned, standing, plan.now))]
    return changes


def _reconcile_one(message: Planned, record: Record | None) -> Change | None:
    wanted = _wanted(message)
    if record is None or record.state in (State.WITHDRAWN, State.EXPIRED):
        return _begin(message, wanted, record)
    if record.state not in UNSENT:
        return None
    if wanted is None:
        return _drop(message, record)
    if record.draft != message.draft:
        return Change(ChangeKind.UPDATED, record, _record(message, wanted, record.revision))
    is_same_hold = record.reason == message.reason
    if record.state == wanted and (wanted is State.PLANNED or is_same_hold):
        return None
    kind = ChangeKind.HELD if wanted is State.HELD else ChangeKind.RELEASED
    return Change(kind, record, _record(message, wanted, record.revision))


def _wanted(message: Planned) -> State | None:
    """Say in which unsent state the plan wants a message; None where it wants none."""
    if message.send_at is None:
        return None
    return State.HELD if message.status is PlanStatus.HELD else State.PLANNED


def _is_missed(message: Planned) -> bool:
    """Say whether the files ask for a text that no minute is left for."""
    return message.status in (PlanStatus.TOO_LATE, PlanStatus.NO_WINDOW)


def _begin(message: Planned, wanted: State | None, record: Record | None) -> Change | None:
    """Record a message that the ledger has not, or no longer, on its list.

    What the files ask for but no minute is left for is recorded as expired, once, so that a
    report can tell who did not get what.
    """
    revision = 1 if record is None else record.revision + 1
    if wanted is not None:
        return Change(ChangeKind.NEW, None, _record(message, wanted, revision))
    was_told = record is not None and record.state is State.EXPIRED
    if _is_missed(message) and not was_told:
        return Change(ChangeKind.EXPIRED, None, _record(message, State.EXPIRED, revision))
    return None


def _drop(message: Planned, record: Record) -> Change | None:
    was_in_line = record.draft == message.draft
    if message.status is PlanStatus.HELD or (_is_missed(message) and was_in_line):
        return _miss(record)
    if _is_missed(message):
        return Change(ChangeKind.EXPIRED, record, _record(message, State.EXPIRED, record.revision))
    withdrawn = replace(record, state=State.WITHDRAWN, reason=message.reason)
    return Change(ChangeKind.WITHDRAWN, record, withdrawn)


def _record(message: Planned, state: State, revision: int) -> Record:
    reason = message.status.value if state is State.EXPIRED else message.reason
    return Record(message.draft, revision, state, reason, message.send_at)


def _unplanned(record: Record, planned: AbstractSet[str], standing: Standing, now: datetime) -> Change | None:
    """Decide about a message that the plan does not name."""
    patient = record.draft.patient
    if record.state not in UNSENT or patient in standing.kept:
        return None
    if patient in standing.broken:
        return _hold(record, now)
    if patient in planned:
        return _withdraw(record, STEP_GONE)
    return _withdraw(record, GONE) if standing.whole else None


def _hold(record: Record, now: datetime) -> Change | None:
    if record.draft.latest is not None and record.draft.latest < now:
        return _miss(record)
    if record.state is State.HELD and record.reason == ENTRY_ERROR:
        return None
    return Change(ChangeKind.HELD, record, replace(record, state=State.HELD, reason=ENTRY_ERROR))


def _miss(record: Record) -> Change:
    return Change(ChangeKind.EXPIRED, record, replace(record, state=State.EXPIRED, reason=MISSED, send_at=None))


def _withdraw(record: Record, reason: str) -> Change:
    return Change(ChangeKind.WITHDRAWN, record, replace(record, state=State.WITHDRAWN, reason=reason))
