"""Plan the patients concerned lot by lot, and compare each lot with what the ledger holds of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from notifier.actions.find_concerned import Concerned
from notifier.core.calls import Call, wanted_calls
from notifier.core.delivery import Change, Record
from notifier.core.following import KEPT, next_looks
from notifier.core.model import Patient, Plan, Schedules
from notifier.core.planning import Planner, plan_messages
from notifier.core.reconcile import Known, Standing, reconcile
from notifier.core.retention import stale_patients
from notifier.intake.folder import Reading
from notifier.ledger.book import Book
from notifier.ledger.following import Followed
from notifier.ledger.rows import in_chunks

SIZE = 100  # patients: their messages take some megabytes


@dataclass(frozen=True, slots=True)
class Lot:
    """What the files and the ledger together come to for some patients."""

    patients: AbstractSet[str]
    records: Sequence[Record]  # what the ledger holds of them
    changes: Sequence[Change]
    calls: Sequence[Call]
    follows: Sequence[Followed]  # once the changes are applied
    unspoken: AbstractSet[
        str
    ]  # those of them of whom the files say nothing for now: nothing on their call list has ended


@dataclass(frozen=True, slots=True)
class _Files:
    """What the files say of those concerned."""

    schedules: Schedules  # of theirs only
    planned: AbstractSet[str]  # who is in them
    planner: Planner
    by_phone: Mapping[str, Sequence[Patient]]
    standing: Standing
    concerned: Concerned
    now: datetime


@dataclass(frozen=True, slots=True)
class _Past:
    """Some patients, and what the ledger knows of them."""

    ids: AbstractSet[str]
    patients: Sequence[Patient]  # those of them whom the plan holds
    known: Known


def plan_lots(book: Book, reading: Reading, schedules: Schedules, concerned: Concerned, now: datetime) -> Iterator[Lot]:
    """Yield what comes of everybody concerned; nothing is written.

    Who shares a phone is planned together, and whom the plan does not hold comes first: what is applied of one lot
    before the next is asked for changes nothing about that.
    """
    theirs = [patient for patient in schedules.patients if patient.id in concerned.ids]
    stale = stale_patients(theirs, book.purged([patient.id for patient in theirs]))
    planned = [patient for patient in theirs if patient.id not in stale]
    by_phone: defaultdict[str, list[Patient]] = defaultdict(list)
    for patient in sorted(planned, key=lambda patient: patient.procedure):  # one after the other, many are alike
        by_phone[patient.phone].append(patient)
    standing = Standing(reading.broken, reading.kept | stale, reading.whole)
    theirs_only = replace(schedules, patients=tuple(planned))
    ids = {patient.id for patient in planned}
    files = _Files(theirs_only, ids, Planner(schedules), by_phone, standing, concerned, now)
    absent = sorted(concerned.ids - files.planned)
    lots = chain(((set(some), ()) for some in in_chunks(absent, SIZE)), _by_shared_phones(by_phone))
    pasts = (_Past(ids, patients, _look_up(book, files, ids, patients)) for ids, patients in lots)
    past = next(pasts, None)
    while past is not None:
        lot = _plan_lot(files, past)
        # Looked up before this lot is written: while the ledger is at work on that, the next one is planned.
        past = next(pasts, None)
        yield lot


def _by_shared_phones(by_phone: Mapping[str, Sequence[Patient]]) -> Iterator[tuple[set[str], Sequence[Patient]]]:
    lot: list[Patient] = []
    for sharing in by_phone.values():
        lot += sharing
        if len(lot) >= SIZE:
            yield {patient.id for patient in lot}, lot
            lot = []
    if lot:
        yield {patient.id for patient in lot}, lot


def _look_up(book: Book, files: _Files, ids: AbstractSet[str], patients: Sequence[Patient]) -> Known:
    phones = {patient.phone for patient in patients}
    # A text with the same words that is in the line for the same phone, of somebody whom the plan does not hold.
    rivals = book.in_line_at(phones) - files.planned
    return book.known(ids | rivals, phones)


def _plan_lot(files: _Files, past: _Past) -> Lot:
    ids, patients, known = past.ids, past.patients, past.known
    plan = Plan(files.now, tuple(plan_messages(patients, files.planner, files.now)))
    schedules = replace(files.schedules, patients=tuple(patients))
    found = reconcile(schedules, plan, known, files.standing)
    changes = [change for change in found if change.after.draft.patient in ids]
    records = [record for record in known.records if record.draft.patient in ids]
    after = list(after_changes(records, changes))
    calls = wanted_calls(_neighbours(files, patients, after), after, files.standing, known.opted_out, files.now)
    follows = list(_follows(files, ids, next_looks(after, calls, files.now)))
    return Lot(ids, records, changes, calls, follows, _unspoken(files.standing, ids, patients))


def _neighbours(files: _Files, patients: Sequence[Patient], records: Iterable[Record]) -> Schedules:
    """Return the patients with those to whose phones any records went: a booking may stand under another id now."""
    phones = dict.fromkeys(record.draft.to for record in records)
    near = {patient.id: patient for phone in phones for patient in files.by_phone.get(phone, ())}
    near |= {patient.id: patient for patient in patients}
    return replace(files.schedules, patients=tuple(near.values()))


def after_changes(records: Iterable[Record], changes: Iterable[Change]) -> Iterable[Record]:
    """Return the records as they are once the changes are made."""
    changed = {change.after.key: change.after for change in changes}
    kept = [record for record in records if record.key not in changed]
    return [*kept, *changed.values()]


def _follows(files: _Files, ids: AbstractSet[str], looks: Mapping[str, datetime]) -> Iterator[Followed]:
    for patient in ids:
        version = KEPT if patient in files.standing.kept else files.concerned.version_of(patient)
        yield Followed(patient, version, looks.get(patient))


def _unspoken(standing: Standing, ids: AbstractSet[str], patients: Sequence[Patient]) -> AbstractSet[str]:
    if standing.whole:
        return ids & (standing.kept | standing.broken)
    return ids - {patient.id for patient in patients}
