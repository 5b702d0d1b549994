"""Bring the ledger in line with the files: gather what it holds, decide what changes, apply it or wait for a person."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from notifier.actions.check_schedules import Checked
from notifier.core.calls import Call, wanted_calls
from notifier.core.delivery import Change, Record
from notifier.core.guard import Limits, Pending, fingerprint, why_wait
from notifier.core.reconcile import Known, Standing, reconcile
from notifier.core.retention import stale_patients, without
from notifier.intake.folder import Reading
from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import LoadOutcome


@dataclass(frozen=True, slots=True)
class Update:
    """What the files say, what it changes in the ledger, and whom somebody has to call."""

    checked: Checked
    changes: tuple[Change, ...] = ()
    calls: tuple[Call, ...] = ()  # all that are needed, the most urgent first
    new_calls: tuple[Call, ...] = ()  # those of them that are not on the call list yet
    waits: tuple[str, ...] = ()  # why a person has to accept it, in words
    outcome: LoadOutcome | None = None  # None where the ledger agrees with the files already
    known: Known = field(default_factory=Known)  # what the ledger held before

    @property
    def is_in_force(self) -> bool:
        """Whether the ledger follows these files: they can be used, and nothing waits for a person."""
        return self.checked.reading.schedules is not None and not self.waits


def preview_update(checked: Checked, ledger: Ledger, limits: Limits) -> Update:
    """Return what `update_plan` would do; nothing is written."""
    with ledger.reading() as book:
        return _decide(checked, book, limits)


def show_update(checked: Checked, ledger: Ledger, limits: Limits) -> Update:
    """Return what `update_plan` would do, for a person to see; what waits for a person is noted as shown.

    Only what was shown can be accepted (contract, section 5); nothing else is written.
    """
    with ledger.reading() as book:
        update = _decide(checked, book, limits)
        is_noted = not update.waits or _was_shown(book, update)
    if not is_noted:
        with ledger.writing() as book:
            _note(book, update)
    return update


def watch_files(checked: Checked) -> Update:
    """Return how the files of a host that does not plan stand: no change of the ledger is its business."""
    return Update(checked, waits=checked.copy.objections(plans=False) if checked.copy else ())


def update_plan(checked: Checked, ledger: Ledger, limits: Limits) -> Update:
    """Record what the files ask for now; a change so large that the guard stops it is only noted.

    Where neither clinic.yaml nor its last good version can be used nothing changes: everybody
    keeps the last good plan.
    """
    with ledger.writing() as book:
        update = _decide(checked, book, limits)
        if update.waits:
            _note(book, update)
            return update
        return _apply(book, update)


def accept_update(checked: Checked, ledger: Ledger, limits: Limits) -> Update:
    """Apply the changes that wait, if they are still those last shown; else note the new ones and apply nothing."""
    with ledger.writing() as book:
        update = _decide(checked, book, limits)
        if update.waits and not _was_shown(book, update):
            _note(book, update)
            return update
        outcome = LoadOutcome.ACCEPTED if update.waits else update.outcome
        return _apply(book, replace(update, waits=(), outcome=outcome))


def _decide(checked: Checked, book: Book, limits: Limits) -> Update:
    reading, now = checked.reading, checked.plan.now
    if reading.schedules is None:
        return Update(checked)
    standing, known = standing_of(reading), book.known()
    stale = stale_patients(reading.schedules, book.purged())
    schedules, plan = without(stale, reading.schedules, checked.plan)
    changes = reconcile(schedules, plan, known, replace(standing, kept=standing.kept | stale))
    records = after_changes(known, changes)
    calls = wanted_calls(schedules, records, standing, known.opted_out, now)
    waits = why_wait(changes, Pending(known.records, book.is_empty()), limits, is_bare=reading.is_bare)
    waits += checked.copy.objections(plans=True) if checked.copy else ()
    outcome = LoadOutcome.WAITS if waits else LoadOutcome.APPLIED if changes else None
    return Update(checked, tuple(changes), tuple(calls), tuple(_not_listed(calls, book)), waits, outcome, known)


def standing_of(reading: Reading) -> Standing:
    """Return what the files say of patients whom the plan does not hold."""
    return Standing(reading.broken, reading.kept, reading.whole)


def after_changes(known: Known, changes: Iterable[Change]) -> list[Record]:
    """Return the records as they are once the changes are made."""
    changed = {change.after.key: change.after for change in changes}
    kept = [record for record in known.records if record.key not in changed]
    return [*kept, *changed.values()]


def _not_listed(calls: Iterable[Call], book: Book) -> Iterable[Call]:
    """Return the calls that the list would open: an entry that a person has closed stays closed while it is wanted."""
    listed = {entry.key for entry in book.calls(open_only=False) if entry.is_wanted or entry.closed_at is None}
    return (call for call in calls if call.key not in listed)


def _was_shown(book: Book, update: Update) -> bool:
    last = book.last_load()
    return last is not None and last.outcome is LoadOutcome.WAITS and last.fingerprint == fingerprint(update.changes)


def _note(book: Book, update: Update) -> None:
    """Note what waits, once: the same changes are not noted again at every look."""
    if not _was_shown(book, update):
        now = update.checked.plan.now
        book.note_load(fingerprint(update.changes), LoadOutcome.WAITS, update.waits, len(update.changes), now)


def _apply(book: Book, update: Update) -> Update:
    reading, now = update.checked.reading, update.checked.plan.now
    if reading.schedules is None:
        return update
    applied: list[Change] = []
    if update.outcome is not None:
        load = book.note_load(fingerprint(update.changes), update.outcome, (), len(update.changes), now)
        for file, changes in _by_file(update.changes, reading).items():
            applied += book.apply(changes, now, cause=f"{file}, load {load}")
        book.doubt_late(now)
    book.list_calls(update.calls, now, kept=unspoken_of(reading, book))
    book.keep_files(reading.good_files, now)
    if update.checked.copy is not None:
        book.put_in_force(update.checked.copy, now)
    return replace(update, changes=tuple(applied))


def _by_file(changes: Iterable[Change], reading: Reading) -> Mapping[str, list[Change]]:
    """Return the changes by the file that their patient's entry is in, for the story to tell; of no file: `files`."""
    found: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        spot = reading.spots.get(("patient", change.after.draft.patient))
        found["files" if spot is None else spot.file].append(change)
    return found


def unspoken_of(reading: Reading, book: Book) -> AbstractSet[str]:
    """Return the patients of whom the files say nothing for now: nothing on their call list has ended."""
    if reading.schedules is None or reading.whole:
        return reading.kept | reading.broken
    return book.patients() - {patient.id for patient in reading.schedules.patients}
