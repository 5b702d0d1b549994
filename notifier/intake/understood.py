"""What one patients file means by itself, and where in it everybody stands."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from operator import attrgetter

from notifier.core.allowing import Allow
from notifier.core.following import Calendar
from notifier.core.model import Patient
from notifier.core.problems import Problem, Spot
from notifier.intake.csv_table import Run
from notifier.intake.forms import Placed

_ZONE, _YEAR = attrgetter("time_zone"), attrgetter("procedure.year")
_Where = tuple[int, int, int]  # the entry's column; its phone's lines further down, and column


@dataclass(frozen=True, eq=False)
class Understood:
    """What one file means by itself."""

    file: str
    is_whole: bool
    heading: str  # the first line, in CSV
    strange: AbstractSet[str]  # headings that name an order of no protocol
    text: str  # of a table, whose rows are compared with those of the next version
    problems: list[Problem]
    good: list[Patient] = field(default_factory=list)  # without a mistake in the entry, or above it in its file
    lines: "array[int]" = field(default_factory=partial(array, "I"))  # of the good
    where: list[_Where] = field(default_factory=list)  # likewise
    # Of the good about which something is said besides: that, as of the entry alone.
    odd: dict[int, tuple[Sequence[Problem], Sequence[Allow]]] = field(default_factory=dict)
    others: list[tuple[str, Spot]] = field(default_factory=list)  # id and place of the others, where the id can be read
    broken: set[str] = field(default_factory=set)
    nameless: list[Spot] = field(default_factory=list)  # where an entry stands whose id cannot be read
    allows: list[Allow] = field(default_factory=list)

    @cached_property
    def by_id(self) -> Mapping[str, Patient]:
        """The good patients, once all are there."""
        return {patient.id: patient for patient in self.good}

    @cached_property
    def calendars(self) -> AbstractSet[Calendar]:
        """By which clocks, and in which years, the good patients' texts go."""
        found = set(zip(map(_ZONE, self.good), map(_YEAR, self.good), strict=True))
        return {(zone.key, year) for zone, year in found}

    def spot_of(self, index: int) -> Spot:
        """Return where the entry of a good patient stands."""
        return Spot(self.file, self.lines[index], self.where[index][0])

    def phone_of(self, index: int) -> Spot:
        """Return where the phone of a good patient stands."""
        _, down, column = self.where[index]
        return Spot(self.file, self.lines[index] + down, column)

    def spots(self) -> Iterator[tuple[str, Spot]]:
        """Yield id and place of every entry whose id can be read, in no particular order."""
        yield from ((patient.id, self.spot_of(index)) for index, patient in enumerate(self.good))
        yield from self.others

    def rows(self) -> Mapping[str, int]:
        """Return the number of each good patient of a table by its line."""
        lines = self.text.split("\n")
        return {lines[number - 1]: index for index, number in enumerate(self.lines)}

    def tell(self, placed: Placed, problems: Sequence[Problem], allows: Sequence[Allow]) -> None:
        """Add what is said about an entry."""
        self.problems.extend(map(placed.tell, problems))
        self.allows.extend(map(placed.place, allows))

    def take(self, patient: Patient, spots: tuple[Spot, Spot], odd: tuple[Sequence[Problem], Sequence[Allow]]) -> None:
        """Add a good patient: where the entry and its phone stand, and what is said about them besides."""
        entry, phone = spots
        if any(odd):
            self.odd[len(self.good)] = odd
        self.lines.append(entry.line)
        self.where.append(_shared((entry.column, phone.line - entry.line, phone.column)))
        self.good.append(patient)

    def take_again(self, run: Run, before: "Understood", rows: Mapping[str, int]) -> None:
        """Add what rows of the file as it was mean, where they stand now."""
        indices = [rows[line] for line in run.lines]
        for above, index in enumerate(indices, run.above) if before.odd else ():
            if index in before.odd:
                self.odd[len(self.good) + above - run.above] = before.odd[index]
                self.tell(Placed(above), *before.odd[index])
        self.lines.extend(range(run.above + 1, run.above + 1 + len(indices)))
        self.where.extend([before.where[index] for index in indices])
        self.good.extend([before.good[index] for index in indices])


@lru_cache(maxsize=4096)
def _shared(where: _Where) -> _Where:
    """Return one object for equals: of a hundred thousand there are some hundreds."""
    return where
