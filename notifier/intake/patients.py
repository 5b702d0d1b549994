"""All patients' entries of a schedules folder."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial

from notifier.core.allowing import Allow
from notifier.core.model import Patient
from notifier.core.problems import Problem, Spot
from notifier.intake.forms import Form, PatientsFile, PlacedForm
from notifier.intake.memory import Memory
from notifier.intake.nearest import did_you_mean
from notifier.intake.odd_entries import shared_phones
from notifier.intake.patient import Context, Contexts, Entry, understand
from notifier.intake.source import Findings, given_twice, has_errors


@dataclass(frozen=True, slots=True)
class Patients:
    """All patients' entries of a folder."""

    good: Sequence[Patient]  # without a mistake in the entry, or above it in its file
    readable: AbstractSet[str]  # ids
    broken: frozenset[str]
    is_whole: bool
    problems: Sequence[Problem]
    places: Mapping[tuple[str, ...], Spot]
    allows: Sequence[Allow]


@dataclass(frozen=True, slots=True, eq=False)
class _Understood:
    """What one file means by itself."""

    entries: Mapping[Form, Entry]
    good: Sequence[tuple[PlacedForm, Patient]]
    spots: Sequence[tuple[str, Spot]]  # of every entry whose id can be read
    broken: AbstractSet[str]
    is_whole: bool
    problems: Sequence[Problem]
    allows: Sequence[Allow]


class PatientsDesk:
    """Reads the entries of all files, again and again; only those that say something new are checked anew."""

    def __init__(self) -> None:
        self._contexts: Contexts | None = None
        self._files = Memory[_Understood]()
        self._before: Mapping[str, _Understood] = {}  # by file

    def read(self, files: Sequence[PatientsFile], contexts: Contexts) -> Patients:
        """Return what the entries of all files mean."""
        if contexts != self._contexts:
            self._contexts, self._files, self._before = contexts, Memory(), {}
        self._files.turn()
        found = [self._understand(file, contexts) for file in files]
        self._before = {file.source.file: understood for file, understood in zip(files, found, strict=True)}
        return _all_of(found)

    def _understand(self, file: PatientsFile, contexts: Contexts) -> _Understood:
        before = self._before.get(file.source.file)
        make = partial(_understand, file, contexts, before.entries if before else {})
        return self._files.recall(file, make)


def _understand(file: PatientsFile, contexts: Contexts, before: Mapping[Form, Entry]) -> _Understood:
    strange = _strange_orders(file, contexts)
    forms = {placed.form for placed in file.forms}
    entries = {form: before.get(form) or understand(form, contexts, strange) for form in forms}
    lines = [(placed, entries[placed.form]) for placed in file.forms]
    problems = [placed.tell(problem) for placed, entry in lines if entry.problems for problem in entry.problems]
    is_sound = file.is_sound and not strange
    return _Understood(
        entries=entries,
        good=[(placed, entry.patient) for placed, entry in lines if entry.patient is not None] if is_sound else (),
        spots=[(entry.id, placed.in_file(entry.spot)) for placed, entry in lines if entry.id is not None],
        broken={entry.id for entry in entries.values() if entry.id is not None and has_errors(entry.problems)},
        is_whole=file.is_whole and all(entry.id is not None for entry in entries.values()),
        problems=[*file.problems, *_tell_strange(file, strange, contexts.in_force), *problems],
        allows=[allow for placed in file.forms if placed.form.allows for allow in placed.allows()],
    )


def _all_of(files: Sequence[_Understood]) -> Patients:
    """Return what the files mean together: an id that is given twice is wrong in both places."""
    spots = [line for file in files for line in file.spots]
    problems = [problem for file in files for problem in file.problems]
    places = dict(reversed(spots))  # of each id the first
    twice: defaultdict[str, list[Spot]] = defaultdict(list)
    if len(places) < len(spots):
        counts = Counter(booking for booking, _ in spots)
        for booking, spot in spots:
            if counts[booking] > 1:
                twice[booking].append(spot)
    for booking, others in twice.items():
        hint = "Give each booking an id of its own, or delete one of the two entries."
        problems += given_twice(others, "duplicate-id", f"The id “{booking}” is given twice", hint)
    broken = twice.keys() | {booking for file in files for booking in file.broken}
    good = [line for file in files for line in file.good if line[1].id not in broken]
    return Patients(
        good=[patient for _, patient in good],
        readable=places.keys(),
        broken=frozenset(broken),
        is_whole=all(file.is_whole for file in files),
        problems=[*problems, *shared_phones(good)],
        allows=[allow for file in files for allow in file.allows],
        places={("patient", booking): spot for booking, spot in places.items()},
    )


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
