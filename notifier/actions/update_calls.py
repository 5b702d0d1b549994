"""Keep the call list true as time passes and texts fare: what no change in the files would bring about."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from notifier.core.calls import Call, wanted_calls
from notifier.core.delivery import Record
from notifier.core.following import next_looks
from notifier.core.lifecycle import State
from notifier.core.model import Patient, Schedules
from notifier.core.reconcile import MISSED, Known, Standing
from notifier.intake.folder import Reading
from notifier.intake.register import Register
from notifier.ledger.book import Book
from notifier.ledger.following import CALLED_TO
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import CallEntry, in_chunks


@dataclass(frozen=True, slots=True)
class CallsUpdate:
    """What a look has changed."""

    turned: tuple[CallEntry, ...] = ()  # entries that were opened or closed
    expired: tuple[str, ...] = ()  # keys of held messages whose time is over


def update_calls(reading: Reading, ledger: Ledger, now: datetime, *, is_in_force: bool) -> CallsUpdate:
    """Bring the call list up to date for the patients concerned; return what has changed.

    Concerned are those to whom something happened since the last look, and those with an instant
    behind them now that matters: the L of a critical or a held text, a procedure, the end of a call's
    use. Held texts past their L expire: they would miss it unseen until the files change again.

    `reading` is the last that the ledger follows; where there is none since the start, as the
    guard stopped it, it is not `is_in_force`, and what it says of patients counts for nothing: whoever is concerned
    stays so.
    """
    schedules = reading.schedules
    if schedules is None:
        return CallsUpdate()
    with ledger.reading() as book:
        if not _find_concerned(book, now):
            return CallsUpdate()
    desk = _Desk(reading, schedules, now, is_in_force)
    with ledger.writing() as book:
        looks = [_look(book, desk, set(some)) for some in in_chunks(sorted(_find_concerned(book, now)))]
        if is_in_force:
            book.set_bookmarks({CALLED_TO: book.last_event()})
    return CallsUpdate(
        tuple(entry for look in looks for entry in look.turned), tuple(key for look in looks for key in look.expired)
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the files say, and when it is."""

    reading: Reading
    schedules: Schedules
    now: datetime
    is_in_force: bool


def _find_concerned(book: Book, now: datetime) -> AbstractSet[str]:
    return book.patients_since(book.bookmark(CALLED_TO)) | book.patients_due(now)


def _look(book: Book, desk: _Desk, concerned: AbstractSet[str]) -> CallsUpdate:
    """Bring the call list of some patients up to date."""
    now = desk.now
    known, expired = _expire_held(book, book.known(concerned), now)
    calls = _calls(desk, known, concerned)
    kept = _unspoken(desk, concerned) if desk.is_in_force else concerned
    turned = book.list_calls(calls, concerned, now, kept)
    if desk.is_in_force:
        looks = next_looks(known.records, calls, now)
        book.look_again([(patient, looks.get(patient)) for patient in sorted(concerned)])
    return CallsUpdate(tuple(turned), expired)


def _expire_held(book: Book, known: Known, now: datetime) -> tuple[Known, tuple[str, ...]]:
    """Expire the held messages whose L has passed, as a reconciling would; return what is known then and their keys."""
    over = {record.key: record for record in known.records if _is_over(record, now)}
    book.expire(list(over), MISSED, now)
    after = tuple(
        record._replace(state=State.EXPIRED, reason=MISSED, send_at=None) if record.key in over else record
        for record in known.records
    )
    return replace(known, records=after), tuple(over)


def _is_over(record: Record, now: datetime) -> bool:
    return record.state is State.HELD and record.draft.latest is not None and record.draft.latest < now


def _calls(desk: _Desk, known: Known, concerned: AbstractSet[str]) -> list[Call]:
    reading = desk.reading
    standing = Standing(reading.broken, reading.kept, reading.whole and desk.is_in_force)
    phones = {record.draft.to for record in known.records}  # a booking may stand under another id now
    near = _near(desk.reading.register, concerned, phones) if desk.is_in_force else ()
    return wanted_calls(replace(desk.schedules, patients=near), known.records, standing, known.opted_out, desk.now)


def _near(register: Register, concerned: AbstractSet[str], phones: AbstractSet[str]) -> tuple[Patient, ...]:
    own = [entry for patient in sorted(concerned) if (entry := register.get(patient)) is not None]
    return (*own, *(patient for patient in register.with_phones(phones) if patient.id not in concerned))


def _unspoken(desk: _Desk, concerned: AbstractSet[str]) -> AbstractSet[str]:
    """Return those of whom the files say nothing for now: nothing on their call list has ended."""
    if desk.reading.whole:
        return concerned & (desk.reading.kept | desk.reading.broken)
    return {patient for patient in concerned if desk.reading.register.get(patient) is None}
