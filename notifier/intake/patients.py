"""All patients' entries of a schedules folder.

Of an entry no more is kept than what it means and where it stands: a large clinic has a hundred thousand. A file that
says the same is not read again, and of a table that has changed only the rows that have, as long as the clinic, the
protocols and the day are the same.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import sha256
from weakref import ref

from notifier.core.allowing import Allow
from notifier.core.following import Calendar
from notifier.core.model import Patient
from notifier.core.problems import Problem, Spot
from notifier.intake.files import decode
from notifier.intake.forms import PatientsFile, PlacedForm, unreadable
from notifier.intake.memory import Memory
from notifier.intake.nearest import did_you_mean
from notifier.intake.odd_entries import AHEAD, SHARED_PHONE, shared_phones
from notifier.intake.patient import Context, Contexts, understand
from notifier.intake.patients_csv import read_csv_patients
from notifier.intake.patients_yaml import read_yaml_patients
from notifier.intake.source import Findings, Source, given_twice, has_errors
from notifier.intake.understood import Understood


class Places(Mapping[tuple[str, ...], Spot]):
    """Where findings belong: the entry of ("patient", id), or a place in a protocol; looked for when asked."""

    def __init__(self, protocols: Mapping[tuple[str, ...], Spot], files: Sequence[Understood]) -> None:
        self._protocols, self._files = protocols, files

    def __getitem__(self, subject: tuple[str, ...]) -> Spot:
        if subject in self._protocols:
            return self._protocols[subject]
        for file in self._files if subject[0] == "patient" else ():
            found = [spot for booking, spot in file.spots() if booking == subject[1]]
            if found:
                return min(found)
        raise KeyError(subject)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        yield from self._protocols
        yield from {("patient", booking): None for file in self._files for booking, _ in file.spots()}

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def files_of(self, patients: Collection[str]) -> dict[str, str]:
        """Return the files that these patients' entries are in, of each the first, by patient."""
        found: dict[str, str] = {}
        for file in reversed(self._files):
            found |= {patient: file.file for patient in patients if patient in file.by_id}
            found |= {booking: file.file for booking, _ in file.others if booking in patients}
        return found


@dataclass(frozen=True, slots=True)
class Patients:
    """All patients' entries of a folder."""

    good: Sequence[Patient]  # without a mistake in the entry, or above it in its file
    others: AbstractSet[str]  # ids of all the others, where they can be read
    broken: frozenset[str]
    is_whole: bool
    problems: Sequence[Problem]
    files: Sequence[Understood]
    calendars: AbstractSet[Calendar]  # by which clocks, and in which years, the texts of the good go
    allows: Sequence[Allow]


class PatientsDesk:
    """Reads the entries of all files, again and again; only those that say something new are checked anew."""

    def __init__(self) -> None:
        self._contexts: Contexts | None = None
        self._files = Memory[Understood]()
        self._before: Mapping[str, Understood] = {}  # by file

    def read(
        self, files: Sequence[tuple[str, bytes | Problem]], contexts: Contexts, allowed: AbstractSet[str] = frozenset()
    ) -> Patients:
        """Return what the entries of all files mean; of a file that could not be read the problem is given.

        `allowed` are the codes that clinic.yaml allows for all files.
        """
        if contexts != self._contexts:
            self._contexts, self._files, self._before = contexts, Memory(), {}
        self._files.turn()
        found = [self._understand(name, data, contexts) for name, data in files]
        self._before = {one.file: one for one in found}
        return _all_of(found, allowed)

    def _understand(self, name: str, data: bytes | Problem, contexts: Contexts) -> Understood:
        if isinstance(data, Problem):
            return _understand(unreadable(Source(name, ""), data), contexts, None)
        before = self._before.get(name)
        key = name, sha256(data).digest()
        return self._files.recall(key, lambda: _understand(read_patients_file(name, data), contexts, before).settle())


def read_patients_file(name: str, data: bytes) -> PatientsFile:
    """Return what a patients file holds."""
    source = decode(name, data)
    if isinstance(source, Problem):
        return unreadable(Source(name, ""), source)
    return read_csv_patients(source) if name.lower().endswith(".csv") else read_yaml_patients(source)


def _understand(file: PatientsFile, contexts: Contexts, before: Understood | None) -> Understood:
    strange = _strange_orders(file, contexts)
    problems = [*file.problems, *_tell_strange(file, strange, contexts.in_force)]
    text = file.source.text if file.heading else ""
    last = None if before is None else ref(before)
    found = Understood(file.source.file, file.is_whole, file.heading, strange, text, problems, before=last)
    is_same = before is not None and (before.heading, before.strange) == (file.heading, strange)
    rows = before.rows() if before is not None and is_same and file.heading else {}
    for entry in file.read(rows):
        if isinstance(entry, PlacedForm):
            _take(entry, found, contexts, is_sound=file.is_sound and not strange)
        elif before is not None:
            found.take_again(entry, before, rows)
    return found


def _take(placed: PlacedForm, found: Understood, contexts: Contexts, *, is_sound: bool) -> None:
    """Add what an entry means."""
    form = placed.form
    entry = understand(form, contexts, found.strange)
    spot = placed.in_file(entry.spot)
    found.tell(placed, entry.problems, form.allows)
    if entry.patient is not None and is_sound:
        phone = placed.in_file(form.source.spot(form.place_of("phone")))
        found.take(entry.patient, (spot, phone), (entry.problems, form.allows))
    elif entry.id is not None:
        found.others.append((entry.id, spot))
        if has_errors(entry.problems):
            found.broken.add(entry.id)
    else:
        found.nameless.append(spot)


def _all_of(files: Sequence[Understood], allowed: AbstractSet[str]) -> Patients:
    """Return what the files mean together: an id that is given twice is wrong in both places."""
    problems = [problem for file in files for problem in file.problems]
    twice = _given_twice(files)
    for booking, spots in twice.items():
        hint = "Give each booking an id of its own, or delete one of the two entries."
        problems += given_twice(spots, "duplicate-id", f"The id “{booking}” is given twice", hint)
    broken = twice.keys() | {booking for file in files for booking in file.broken}
    good = [patient for file in files for patient in file.good]
    return Patients(
        good=[patient for patient in good if patient.id not in broken] if broken else good,
        others={booking for file in files for booking, _ in file.others},
        broken=frozenset(broken),
        is_whole=all(file.is_whole and not file.nameless for file in files),
        # Where whole families share a phone these are tens of thousands.
        problems=[*problems, *(() if SHARED_PHONE in allowed else shared_phones(_sharing(files, broken)))],
        files=files,
        calendars={calendar for file in files for calendar in file.calendars},
        allows=[allow for file in files for allow in file.allows],
    )


def _sharing(files: Sequence[Understood], broken: AbstractSet[str]) -> Iterator[tuple[Patient, Understood, int]]:
    """Yield the entries whose texts are still to come to a phone that another of these has too, in order."""
    seen, shared = set[str](), set[str]()
    for file in files:
        for patient in file.good:
            if patient.status in AHEAD:
                (shared if patient.phone in seen else seen).add(patient.phone)
    for file in files if shared else ():
        for index, patient in enumerate(file.good):
            if patient.phone in shared and patient.id not in broken:
                yield patient, file, index


def _given_twice(files: Sequence[Understood]) -> Mapping[str, Sequence[Spot]]:
    """Return the places of each id that is given more than once, in order."""
    distinct: set[str] = set()
    for file in files:
        distinct.update(file.by_id, (booking for booking, _ in file.others))
    if len(distinct) == sum(len(file.good) + len(file.others) for file in files):
        return {}
    more = {booking for booking, count in Counter(_ids(files)).items() if count > 1}
    spots: defaultdict[str, list[Spot]] = defaultdict(list)
    for file in files:
        for booking, spot in sorted(file.spots(), key=lambda line: line[1]):
            if booking in more:
                spots[booking].append(spot)
    return spots


def _ids(files: Sequence[Understood]) -> Iterator[str]:
    for file in files:
        yield from (patient.id for patient in file.good)
        yield from (booking for booking, _ in file.others)


def _strange_orders(file: PatientsFile, contexts: Contexts) -> frozenset[str]:
    """Return the headings that name an order of no protocol at all, neither of one in force nor of one written."""
    strange = frozenset(file.order_columns)
    for context in (contexts.in_force, contexts.written):
        known = _known_orders(context)
        strange = frozenset() if known is None else strange - known
    return strange


def _known_orders(context: Context) -> AbstractSet[str] | None:
    """Return the orders of all protocols; None where one of them may be hidden."""
    protocols = context.protocols.values()
    if not context.are_all_named or None in protocols:
        return None
    return {order for protocol in protocols if protocol is not None for order in protocol.orders}


def _tell_strange(file: PatientsFile, strange: AbstractSet[str], context: Context) -> Sequence[Problem]:
    findings = Findings(file.source)
    known = _known_orders(context) or ()
    for name in sorted(strange):
        at = file.order_columns[name]
        findings.error(at, "unknown-order", f"No protocol has an order “{name}”.", did_you_mean(name, sorted(known)))
    return findings.problems
