"""Bring the ledger in line with the files: gather what it holds, decide what changes, apply it or wait for a person.

Only those are planned whom a change in the files, in the ledger or of the time concerns (`find_concerned`), some
hundreds at a time, so that the messages of a large clinic are never in memory together; what one lot has come to is
written before the next is planned. All of it is one transaction: where the guard finds in the middle that a person
has to accept it, what was written is undone.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from notifier.actions.check_schedules import Checked
from notifier.actions.find_concerned import Concerned, Following, find_concerned
from notifier.actions.plan_lots import Lot, plan_lots
from notifier.core.calls import Call
from notifier.core.delivery import Change, ChangeKind, Record
from notifier.core.guard import Limits, Pending, Scales, fingerprint, why_wait
from notifier.core.model import Schedules
from notifier.ledger.book import Book
from notifier.ledger.following import CALLED_TO, FILES, OPTED_TO, PLANNED_TO
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import LoadOutcome


@dataclass(frozen=True, slots=True)
class Update:
    """What the files say, what it changes in the ledger, and whom somebody has to call."""

    checked: Checked
    changes: tuple[Change, ...] = ()  # left out where they are only counted
    new_calls: tuple[Call, ...] = ()  # those that are needed and not on the call list yet, the most urgent first
    waits: tuple[str, ...] = ()  # why a person has to accept it, in words
    outcome: LoadOutcome | None = None  # None where the ledger agrees with the files already
    records: tuple[Record, ...] = ()  # what the ledger held before, of those concerned; left out with the changes
    kinds: Mapping[ChangeKind, int] = field(default_factory=dict)  # how many changes there are of each
    patients: int = 0  # how many were planned
    following: Following | None = None  # what to have in mind for the next update; None where this one waits

    @property
    def is_in_force(self) -> bool:
        """Whether the ledger follows these files: they can be used, and nothing waits for a person."""
        return self.checked.reading.schedules is not None and not self.waits


@dataclass(frozen=True, slots=True)
class Terms:
    """How an update is made."""

    limits: Limits
    known: Following | None = None  # what the last update has left in mind, if it was this process's
    in_full: bool = True  # or changes are only counted: of thousands of patients they would fill the memory
    is_given_up: Callable[[], bool] = lambda: False  # asked every now and then


@dataclass(frozen=True, slots=True)
class Weighed:
    """An update that nothing is written of, and what tells its changes apart from others."""

    update: Update
    fingerprint: str


def preview_update(checked: Checked, ledger: Ledger, limits: Limits) -> Update:
    """Return what `update_plan` would do; nothing is written."""
    with ledger.reading() as book:
        return _Job(checked, book, Terms(limits)).weigh().update


def show_update(checked: Checked, ledger: Ledger, limits: Limits) -> Update:
    """Return what `update_plan` would do, for a person to see; what waits for a person is noted as shown.

    Only what was shown can be accepted (contract, section 5); nothing else is written.
    """
    with ledger.reading() as book:
        weighed = _Job(checked, book, Terms(limits)).weigh()
        is_noted = not weighed.update.waits or _was_shown(book, weighed)
    if not is_noted:
        with ledger.writing() as book:
            _note(book, weighed)
    return weighed.update


def watch_files(checked: Checked) -> Update:
    """Return how the files of a host that does not plan stand: no change of the ledger is its business."""
    return Update(checked, waits=checked.copy.objections(plans=False) if checked.copy else ())


class BrokenOffError(Exception):
    """An update was given up before its end: nothing is written of it."""


def update_plan(
    checked: Checked, ledger: Ledger, limits: Limits, known: Following | None = None, *, in_full: bool = True
) -> Update:
    """Record what the files ask for now; a change so large that the guard stops it is only noted.

    Where neither clinic.yaml nor its last good version can be used nothing changes: everybody
    keeps the last good plan. `known` and `in_full`: see `Terms`.
    """
    terms = Terms(limits, known, in_full)
    while True:
        update = apply_update(checked, ledger, terms)
        if update is not None:
            return update
        weighed = weigh_update(checked, ledger, terms)
        if weighed.update.waits:  # or else what it stood against has changed meanwhile
            note_waiting(weighed, ledger)
            return weighed.update


def apply_update(checked: Checked, ledger: Ledger, terms: Terms) -> Update | None:
    """Do as `update_plan` where the guard lets it; None, and nothing is written, where it does not.

    Raises BrokenOffError once it is given up.
    """
    try:
        with ledger.writing() as book:
            return _Job(checked, book, terms).apply(LoadOutcome.APPLIED)
    except _WaitsError:
        return None


def weigh_update(checked: Checked, ledger: Ledger, terms: Terms) -> Weighed:
    """Return all that `update_plan` would do; it only reads, and keeps nobody from writing however long it takes.

    Raises BrokenOffError once it is given up.
    """
    with ledger.reading() as book:
        return _Job(checked, book, terms).weigh()


def note_waiting(weighed: Weighed, ledger: Ledger) -> None:
    """Note that a change waits for a person, once: the same is not noted again at every look."""
    with ledger.writing() as book:
        _note(book, weighed)


def accept_update(checked: Checked, ledger: Ledger, limits: Limits) -> Update:
    """Apply the changes that wait, if they are still those last shown; else note the new ones and apply nothing."""
    with ledger.writing() as book:
        weighed = _Job(checked, book, Terms(limits)).weigh()
        if weighed.update.waits and not _was_shown(book, weighed):
            _note(book, weighed)
            return weighed.update
        outcome = LoadOutcome.ACCEPTED if weighed.update.waits else LoadOutcome.APPLIED
        return _Job(checked, book, Terms(limits), is_accepted=True).apply(outcome, weighed.fingerprint)


class _WaitsError(Exception):
    """What was applied so far is more than may be without a person."""


@dataclass(slots=True)
class _Sum:
    """What lots come to together."""

    in_full: bool
    scales: Scales = field(default_factory=Scales)
    kinds: Counter[ChangeKind] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    new_calls: list[Call] = field(default_factory=list)
    patients: int = 0

    def add(self, lot: Lot, changes: Sequence[Change], new_calls: Iterable[Call]) -> None:
        self.kinds.update(change.kind for change in changes)
        self.new_calls += new_calls
        self.patients += len(lot.patients)
        if self.in_full:
            self.changes += changes
            self.records += lot.records

    def update(self, checked: Checked, waits: tuple[str, ...], outcome: LoadOutcome) -> Update:
        return Update(
            checked,
            changes=tuple(self.changes),
            new_calls=tuple(sorted(self.new_calls, key=lambda call: (call.by, call.key))),
            waits=waits,
            outcome=outcome if self.kinds or waits else None,
            records=tuple(self.records),
            kinds=self.kinds,
            patients=self.patients,
        )


@dataclass(frozen=True, slots=True)
class _Job:
    """One update, in one transaction."""

    checked: Checked
    book: Book
    terms: Terms
    is_accepted: bool = False  # by a person

    def weigh(self) -> Weighed:
        """Return what an update would do."""
        schedules, sums, shown = self.checked.reading.schedules, _Sum(in_full=self.terms.in_full), fingerprint(())
        if schedules is None:
            return Weighed(Update(self.checked), shown)
        concerned = self._find(schedules)
        for lot in self._lots(schedules, concerned):
            sums.scales.add(lot.changes)
            sums.add(lot, lot.changes, self._not_listed(lot))
            shown = fingerprint(lot.changes, shown)
        waits = self._why_wait(sums, self._pending(concerned))
        outcome = LoadOutcome.WAITS if waits else LoadOutcome.APPLIED
        return Weighed(sums.update(self.checked, waits, outcome), shown)

    def apply(self, outcome: LoadOutcome, shown: str = "") -> Update:
        """Write lot after lot; _WaitsError as soon as it is more than may be without a person."""
        reading, now, book, sums = self.checked.reading, self.checked.now, self.book, _Sum(in_full=self.terms.in_full)
        schedules = reading.schedules
        if schedules is None:
            return Update(self.checked)
        concerned = self._find(schedules)
        pending, load = self._pending(concerned), None
        for lot in self._lots(schedules, concerned):
            sums.scales.add(lot.changes)
            if self._why_wait(sums, pending):
                raise _WaitsError
            if lot.changes and load is None:
                load = book.note_load(shown, outcome, (), 0, now)
            new_calls = list(self._not_listed(lot))
            sums.add(lot, self._write(lot, load), new_calls)
        if self._why_wait(sums, pending):
            raise _WaitsError
        if load is not None:
            book.count_load(load, sums.kinds.total())
            book.doubt_late(now)
        book.keep_files(reading.good_files, now)
        if self.checked.copy is not None:
            book.put_in_force(self.checked.copy, now)
        files, event, opted = concerned.files, book.last_event(), book.last_opt()
        if concerned.ids:
            book.set_bookmarks({PLANNED_TO: event, CALLED_TO: event, OPTED_TO: opted})
        if files != concerned.followed_files:
            book.set_bookmarks({FILES: files})
        following = Following(schedules, concerned.versions, concerned.said, files, event, opted)
        return replace(sums.update(self.checked, (), outcome), following=following)

    def _find(self, schedules: Schedules) -> Concerned:
        return find_concerned(self.book, self.checked.reading, schedules, self.checked.now, self.terms.known)

    def _lots(self, schedules: Schedules, concerned: Concerned) -> Iterator[Lot]:
        theirs = replace(schedules, patients=tuple(concerned.patients))
        for lot in plan_lots(self.book, self.checked.reading, theirs, concerned, self.checked.now):
            if self.terms.is_given_up():
                raise BrokenOffError
            yield lot

    def _pending(self, concerned: Concerned) -> Pending:
        """Return what the ledger holds before the changes; how many patients that are, only as far as it may matter."""
        patients, share, is_bare = len(concerned.ids), self.terms.limits.share, self.checked.reading.is_bare
        if not is_bare and patients <= self.terms.limits.patients:
            return Pending(0, self.book.is_empty())
        # All who are concerned are no more than the share of so many.
        enough = max(1, ceil(patients / share)) if share else None
        return Pending(self.book.patients_pending(enough), self.book.is_empty())

    def _why_wait(self, sums: _Sum, pending: Pending) -> tuple[str, ...]:
        if self.is_accepted:
            return ()
        copy, is_bare = self.checked.copy, self.checked.reading.is_bare
        waits = why_wait(sums.scales, pending, self.terms.limits, is_bare=is_bare)
        return waits + (copy.objections(plans=copy.plans) if copy else ())

    def _not_listed(self, lot: Lot) -> Iterator[Call]:
        """Yield the calls that the list would open: one that a person has closed stays closed while it is wanted."""
        entries = self.book.calls_of(lot.patients)
        listed = {entry.key for entry in entries if entry.is_wanted or entry.closed_at is None}
        return (call for call in lot.calls if call.key not in listed)

    def _write(self, lot: Lot, load: int | None) -> list[Change]:
        """Write what a lot has come to; return the changes that took effect."""
        now, files = self.checked.now, self.checked.reading.spots.files_of(lot.patients)
        self.book.list_calls(lot.calls, lot.patients, now, kept=lot.unspoken)
        self.book.follow(lot.follows)
        # For the story to tell: the file that the patient's entry is in.
        causes = {patient: f"{file}, load {load}" for patient, file in files.items()}
        return self.book.apply(lot.changes, now, f"files, load {load}", causes)


def _was_shown(book: Book, weighed: Weighed) -> bool:
    last = book.last_load()
    return last is not None and last.outcome is LoadOutcome.WAITS and last.fingerprint == weighed.fingerprint


def _note(book: Book, weighed: Weighed) -> None:
    if not _was_shown(book, weighed):
        update = weighed.update
        book.note_load(
            weighed.fingerprint, LoadOutcome.WAITS, update.waits, sum(update.kinds.values()), update.checked.now
        )
