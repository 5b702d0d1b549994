"""Find whom a reading of the files concerns: those for whom planning anew may change anything, and no others.

Concerned is whose entry, or the clinic or protocol that it is planned by, says something else than what the ledger
follows; to whose messages something has happened since; about whom time alone may have changed something; whose
phone has opted out or in; and who shares a phone with any of these, since of two texts with the same words only
one goes there.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.metadata import version

from notifier.core.following import BROKEN, KEPT, Versions
from notifier.core.model import Patient, Schedules
from notifier.intake.folder import Reading
from notifier.ledger.book import Book
from notifier.ledger.following import OPTED_TO, PLANNED_TO

Said = Mapping[str, Patient | int]  # by patient: the entry; BROKEN, or KEPT


@dataclass(frozen=True, slots=True)
class Following:
    """What a process has in mind of the files that the ledger follows, so that it need not ask the ledger again."""

    schedules: Schedules
    versions: Versions
    said: Said
    event: int  # up to which the messages are planned
    opted: int  # up to which opting out and in is heeded


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom a reading concerns."""

    ids: AbstractSet[str]
    said: Said  # of everybody whom the ledger follows or will follow; who is not among them is gone
    versions: Versions

    def version_of(self, patient: str) -> int | None:
        """Return the version of what the files say of a patient; None of one who is gone."""
        said = self.said.get(patient)
        return self.versions.of(said) if isinstance(said, Patient) else said


def find_concerned(
    book: Book, reading: Reading, schedules: Schedules, now: datetime, known: Following | None
) -> Concerned:
    """Return whom a reading concerns; `known` is what is in mind, without which the ledger is asked."""
    if known is not None and _context(known.schedules) != _context(schedules):
        known = None  # everybody is planned by something else
    said: dict[str, Patient | int] = {**dict.fromkeys(reading.kept, KEPT), **dict.fromkeys(reading.broken, BROKEN)}
    said |= {patient.id: patient for patient in schedules.patients}
    if known is None:
        versions = Versions(schedules, _program())
        ids = set(_changed_since(book.followed(), said, versions, is_whole=reading.whole))
        event, opted = book.bookmark(PLANNED_TO), book.bookmark(OPTED_TO)
    else:
        versions, event, opted = known.versions, known.event, known.opted
        ids = set(_changed(known.said, said, is_whole=reading.whole))
    ids |= book.patients_touched(event) | book.patients_due(now)
    phones = book.phones_opted(opted)
    return Concerned(_with_neighbours(book, ids, phones, schedules, said), said, versions)


def _changed(before: Said, said: dict[str, Patient | int], *, is_whole: bool) -> Iterator[str]:
    """Yield who is said something else of than before, and keep whoever may only seem to be gone."""
    for patient in before.keys() - said.keys():
        if not is_whole:
            said[patient] = KEPT
        if is_whole or before[patient] != KEPT:
            yield patient
    yield from [
        patient
        for patient, now_said in said.items()
        if before.get(patient) is not now_said and before.get(patient) != now_said
    ]


def _changed_since(
    followed: Iterable[tuple[str, int]], said: dict[str, Patient | int], versions: Versions, *, is_whole: bool
) -> Iterator[str]:
    """Yield the same of what the ledger follows."""
    same: set[str] = set()
    for patient, before in followed:
        if patient not in said and is_whole:
            yield patient
            continue
        now_said = said.setdefault(patient, KEPT)
        if before == (versions.of(now_said) if isinstance(now_said, Patient) else now_said):
            same.add(patient)
    yield from [patient for patient in said if patient not in same]


def _context(schedules: Schedules) -> object:
    return schedules.clinic, schedules.protocols


@lru_cache
def _program() -> str:
    """Return which program plans, and which of babel's words it writes dates in."""
    return f"{version('notifier')} {version('babel')}"


def _with_neighbours(book: Book, ids: set[str], phones: set[str], schedules: Schedules, said: Said) -> set[str]:
    """Return the patients with everybody who shares one of their phones, or of these, and so on."""
    seen: set[str] = set()
    fresh = set(ids)
    while fresh or phones:
        entries = (said.get(patient) for patient in fresh)
        own = {entry.phone for entry in entries if isinstance(entry, Patient)}
        phones = (phones | own | book.phones_of(fresh)) - seen
        seen |= phones
        sharing = {patient.id for patient in schedules.patients if patient.phone in phones} | book.patients_of(phones)
        fresh, phones = sharing - ids, set()
        ids |= fresh
    return ids
