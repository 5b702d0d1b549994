"""Find whom a reading of the files concerns: those for whom planning anew may change anything, and no others.

Concerned is whose entry, or the clinic or protocol that it is planned by, says something else than what the ledger
follows; to whose messages something has happened since; about whom time alone may have changed something; whose
phone has opted out or in; and who shares a phone with any of these, since of two texts with the same words only
one goes there.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from importlib.metadata import version

from notifier.core.following import BROKEN, KEPT, Versions
from notifier.core.model import Patient, Schedules
from notifier.intake.folder import Reading
from notifier.ledger.book import Book
from notifier.ledger.following import FILES, OPTED_TO, PLANNED_TO


@dataclass(frozen=True, slots=True)
class Said:
    """What the files say of each patient whom the ledger follows or will follow."""

    reading: Reading
    missing: AbstractSet[str] = frozenset()  # whom the files do not name, and who may only seem to be gone

    def of(self, patient: str) -> Patient | int | None:
        """Return a patient's entry; BROKEN, or KEPT, where there is none to plan by; None of one who is gone."""
        entry = self.reading.register.get(patient)
        if entry is not None:
            return entry
        if patient in self.reading.broken:
            return BROKEN
        return KEPT if patient in self.reading.kept or patient in self.missing else None


@dataclass(frozen=True, slots=True)
class Following:
    """What a process has in mind of the files that the ledger follows, so that it need not ask the ledger again."""

    schedules: Schedules
    versions: Versions
    said: Said
    files: int  # which version of them all: `Concerned.files`
    event: int  # up to which the messages are planned
    opted: int  # up to which opting out and in is heeded


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom a reading concerns."""

    ids: AbstractSet[str]
    said: Said
    versions: Versions
    followed_files: int  # which version of all files the ledger has followed until now

    @property
    def patients(self) -> list[Patient]:
        """The entries of those who are planned, by id."""
        return [entry for patient in sorted(self.ids) if isinstance(entry := self.said.of(patient), Patient)]

    @property
    def files(self) -> int:
        """Which version of all files this is; 0, which is none, where somebody may only seem to be gone."""
        reading = self.said.reading
        if not reading.whole:
            return 0
        return self.versions.of_all(reading.signature, reading.broken | reading.kept, reading.register.calendars)

    def version_of(self, patient: str) -> int | None:
        """Return the version of what the files say of a patient; None of one who is gone."""
        said = self.said.of(patient)
        return self.versions.of(said) if isinstance(said, Patient) else said


def find_concerned(
    book: Book, reading: Reading, schedules: Schedules, now: datetime, known: Following | None
) -> Concerned:
    """Return whom a reading concerns; `known` is what is in mind, without which the ledger is asked."""
    followed_files = book.bookmark(FILES)
    if known is not None and (_context(known.schedules), known.files) != (_context(schedules), followed_files):
        known = None  # everybody is planned by something else, or another process has applied other files
    if known is None:
        found = _ask_ledger(book, reading, schedules, followed_files)
        event, opted = book.bookmark(PLANNED_TO), book.bookmark(OPTED_TO)
    else:
        changed, missing = _changed(known.said, reading)
        found = Concerned(changed, Said(reading, missing), known.versions, followed_files)
        event, opted = known.event, known.opted
    ids = found.ids | book.patients_touched(event) | book.patients_due(now)
    return replace(found, ids=_with_neighbours(book, ids, book.phones_opted(opted), found.said))


def _changed(before: Said, reading: Reading) -> tuple[set[str], set[str]]:
    """Return who is said something else of than before, and who may only seem to be gone."""
    now_said, was = Said(reading), before.reading
    differing = reading.register.differing(was.register) | before.missing | (was.kept ^ reading.kept)
    gone = {patient for patient in differing if now_said.of(patient) is None and before.of(patient) is not None}
    changed = {patient for patient in differing if before.of(patient) != now_said.of(patient)}
    if reading.whole:
        return changed, set()
    return {patient for patient in changed if patient not in gone or before.of(patient) != KEPT}, gone


def _ask_ledger(book: Book, reading: Reading, schedules: Schedules, followed_files: int) -> Concerned:
    """Return who is said something else of than the ledger follows; everybody is asked about only if anything is."""
    concerned = Concerned(frozenset(), Said(reading), Versions(schedules, _program()), followed_files)
    if concerned.files == followed_files != 0:
        return concerned
    same, changed, missing = set[str](), set[str](), set[str]()
    for patient, before in book.followed():
        version_now = concerned.version_of(patient)
        if version_now is None and not reading.whole:
            missing.add(patient)
            version_now = KEPT
        (same if version_now == before else changed).add(patient)
    named = {patient.id for patient in schedules.patients} | reading.kept | reading.broken
    return replace(concerned, ids=changed | (named - same), said=Said(reading, missing))


def _context(schedules: Schedules) -> object:
    return schedules.clinic, schedules.protocols


@lru_cache
def _program() -> str:
    """Return which program plans, and which of babel's words it writes dates in."""
    return f"{version('notifier')} {version('babel')}"


def _with_neighbours(book: Book, ids: AbstractSet[str], phones: set[str], said: Said) -> AbstractSet[str]:
    """Return the patients with everybody who shares one of their phones, or of these, and so on."""
    found, fresh = set(ids), set(ids)
    seen: set[str] = set()
    while fresh or phones:
        entries = (said.of(patient) for patient in fresh)
        own = {entry.phone for entry in entries if isinstance(entry, Patient)}
        phones = (phones | own | book.phones_of(fresh)) - seen
        seen |= phones
        sharing = {patient.id for patient in said.reading.register.with_phones(phones)} if phones else set()
        fresh, phones = (sharing | book.patients_of(phones)) - found, set()
        found |= fresh
    return found
