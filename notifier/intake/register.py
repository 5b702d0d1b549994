"""All patients of a reading by id and by phone, and who of them is said something else about than before."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from notifier.core.following import Calendar
from notifier.core.model import Patient, Schedules
from notifier.intake.understood import Understood


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
            yield from (patient for patient in file.with_phones(phones) if self.get(patient.id) is patient)

    def differing(self, other: "Register") -> set[str]:
        """Return the ids in all places where the two differ: whoever is not among them is the same in both.

        A file that says the same is the same object in both; of one that has changed since the other was read, who
        has is known from the reading.
        """
        common = {id(file) for file in self.files} & {id(file) for file in other.files}
        others = defaultdict[str, list[Understood]](list)  # two names that are no UTF-8 may look the same
        for file in other.files:
            if id(file) not in common:
                others[file.file].append(file)
        found = set(self.broken ^ other.broken)
        for file in self.files:
            if id(file) not in common:
                twins = others[file.file]
                found.update(file.differing(twins.pop()) if twins else file.by_id)
        found.update(*(file.by_id for twins in others.values() for file in twins))
        return found


def register_of(schedules: Schedules) -> Register:
    """Return the register of patients who are in no files."""
    none: AbstractSet[str] = frozenset()
    together = Understood(
        file="", is_whole=True, heading="", strange=none, text="", problems=[], good=list(schedules.patients)
    )
    return Register([together.settle()], schedules.protocols.keys(), none, together.calendars)
