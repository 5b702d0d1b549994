"""Keep the call list true as time passes and texts fare: what no change in the files would bring about."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from notifier.actions.update_plan import standing_of, unspoken_of
from notifier.core.calls import Call, wanted_calls
from notifier.core.delivery import Record
from notifier.core.lifecycle import State
from notifier.core.model import Schedules
from notifier.core.reconcile import MISSED, Known
from notifier.intake.folder import Reading
from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import CallEntry


@dataclass(frozen=True, slots=True)
class Watch:
    """How far the ledger was looked at, and when to look at a patient to whom nothing happens until then."""

    event: int  # the number of the last event that was seen
    deadlines: Mapping[str, datetime]  # by patient


@dataclass(frozen=True, slots=True)
class CallsUpdate:
    """What a look has changed."""

    watch: Watch  # for the next look
    turned: tuple[CallEntry, ...] = ()  # entries that were opened or closed
    expired: tuple[str, ...] = ()  # keys of held messages whose time is over


def update_calls(
    reading: Reading, ledger: Ledger, watch: Watch | None, now: datetime, *, is_in_force: bool
) -> CallsUpdate:
    """Bring the call list up to date for the patients concerned; return what has changed.

    Concerned are those to whom something happened since the last look, and those with an instant
    behind them now that matters: the L of a critical or a held text, a procedure, the end of a call's
    use. Without `watch` all are. Held texts past their L expire: they would miss it unseen until
    the files change again.

    `reading` is the last that the ledger follows; where there is none since the start, as the
    guard stopped it, it is not `is_in_force`, and what it says of patients counts for nothing.
    """
    with ledger.reading() as book:
        happened, last = book.patients_since(watch.event if watch else 0)
    deadlines = dict(watch.deadlines) if watch else {}
    concerned = happened | {patient for patient, at in deadlines.items() if at < now}
    schedules = reading.schedules
    if not concerned or schedules is None:
        return CallsUpdate(watch or Watch(0, {}))
    with ledger.writing() as book:
        known, expired = _expire_held(book, book.known(concerned if watch else None), now)
        calls = _calls(schedules, reading, known, now, is_in_force=is_in_force)
        kept = _kept(reading, book, concerned, is_in_force=is_in_force)
        turned = book.list_calls(calls, now, kept)
    for patient in concerned:
        deadlines.pop(patient, None)
    return CallsUpdate(Watch(last, {**deadlines, **_deadlines(known.records, calls, now)}), tuple(turned), expired)


def _expire_held(book: Book, known: Known, now: datetime) -> tuple[Known, tuple[str, ...]]:
    """Expire the held messages whose L has passed, as a reconciling would; return what is known then and their keys."""
    over = {record.key: record for record in known.records if _is_over(record, now)}
    book.expire(list(over), MISSED, now)
    after = tuple(
        replace(record, state=State.EXPIRED, reason=MISSED, send_at=None) if record.key in over else record
        for record in known.records
    )
    return replace(known, records=after), tuple(over)


def _is_over(record: Record, now: datetime) -> bool:
    return record.state is State.HELD and record.draft.latest is not None and record.draft.latest < now


def _calls(schedules: Schedules, reading: Reading, known: Known, now: datetime, *, is_in_force: bool) -> list[Call]:
    standing = standing_of(reading)
    if not is_in_force:
        schedules, standing = replace(schedules, patients=()), replace(standing, whole=False)
    return wanted_calls(schedules, known.records, standing, known.opted_out, now)


def _kept(reading: Reading, book: Book, concerned: AbstractSet[str], *, is_in_force: bool) -> AbstractSet[str]:
    """Return those of whose calls nothing may end now: who was not looked at, and of whom the files say nothing."""
    everybody = book.patients()
    return (everybody - concerned) | unspoken_of(reading, book) if is_in_force else everybody


def _deadlines(records: Iterable[Record], calls: Iterable[Call], now: datetime) -> dict[str, datetime]:
    """Return for each patient the next instant that changes a call, if nothing else happens until then."""
    instants: defaultdict[str, list[datetime]] = defaultdict(list)
    for record in records:
        draft = record.draft
        if draft.critical or record.state is State.HELD:
            instants[draft.patient] += [draft.procedure, draft.latest or draft.procedure]
    for call in calls:
        instants[call.patient].append(call.by)
    ahead = {patient: [at for at in found if at >= now] for patient, found in instants.items()}
    return {patient: min(found) for patient, found in ahead.items() if found}
