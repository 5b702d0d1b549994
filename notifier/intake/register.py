"""All patients of a reading by id and by phone, and who of them is said something else about than before."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import compress
from operator import attrgetter

from notifier.core.following import Calendar
from notifier.core.model import Patient, Schedules
from notifier.intake.understood import Understood

_PHONE = attrgetter("phone")
_AT_ONCE = 1000  # patients: lists of the same objects are compared fast


@dataclass(frozen=True, slots=True)
class Register:
    """The patients who can be planned."""

    files: Sequence[Understood]
    usable: AbstractSet[str]  # protocols by which patients can be planned
    broken: AbstractSet[str]  # ids that are given twice, or of entries with an error
    calendars: AbstractSet[Calendar]  # by which clocks, and in which years, their texts go

    def get(self, booking: str) -> Patient | None:
        """Return the patient of an id."""
        for file in () if booking in self.broken else self.files:
            patient = file.by_id.get(booking)
            if patient is not None:
                return patient if patient.protocol in self.usable else None
        return None

    def with_phones(self, phones: AbstractSet[str]) -> Iterator[Patient]:
        """Yield the patients who have one of these phones."""
        for file in self.files:
            have_one = map(phones.__contains__, map(_PHONE, file.good))
            yield from (patient for patient in compress(file.good, have_one) if self.get(patient.id) is patient)

    def differing(self, other: "Register") -> set[str]:
        """Return the ids in all places where the two differ: whoever is not among them is the same in both.

        A file that says the same is the same object in both, and a row that says the same a patient in both: where
        one row has changed, a few are looked at.
        """
        common = {id(file) for file in self.files} & {id(file) for file in other.files}
        mine = {file.file: file for file in self.files if id(file) not in common}
        found = set(self.broken ^ other.broken)
        for file in other.files:
            if id(file) not in common:
                twin = mine.pop(file.file, None)
                found.update(_differing([] if twin is None else twin.good, file.good))
        found.update(patient.id for file in mine.values() for patient in file.good)
        return found


def register_of(schedules: Schedules) -> Register:
    """Return the register of patients who are in no files."""
    none: AbstractSet[str] = frozenset()
    together = Understood(
        file="", is_whole=True, heading="", strange=none, text="", problems=[], good=list(schedules.patients)
    )
    return Register([together], schedules.protocols.keys(), none, together.calendars)


def _differing(one: Sequence[Patient], other: Sequence[Patient]) -> Iterator[str]:
    """Yield the ids of two lists but for those at the beginning and at the end that are the same."""
    most = min(len(one), len(other))
    begin = _alike(one, other)
    end = min(_alike(one[::-1], other[::-1]), most - begin)
    yield from (patient.id for patients in (one, other) for patient in patients[begin : len(patients) - end])


def _alike(one: Sequence[Patient], other: Sequence[Patient]) -> int:
    """Return how many of the first are the same."""
    most = min(len(one), len(other))
    for begin in range(0, most, _AT_ONCE):
        some, others = one[begin : begin + _AT_ONCE], other[begin : begin + _AT_ONCE]
        if some != others:
            pairs = enumerate(zip(some, others, strict=False), begin)
            return next((at for at, (mine, its) in pairs if mine is not its and mine != its), most)
    return most
