"""What one patients file means by itself, and where in it everybody stands."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from itertools import compress, filterfalse
from operator import attrgetter, is_not
from weakref import ReferenceType

from notifier.core.allowing import Allow
from notifier.core.following import Calendar
from notifier.core.model import Patient
from notifier.core.problems import Problem, Spot
from notifier.intake.csv_table import Run
from notifier.intake.forms import Placed

_PHONE, _ZONE, _YEAR = attrgetter("phone"), attrgetter("time_zone"), attrgetter("procedure.year")
_STEPS = 20  # of a search among a million: looking at so many patients one after the other takes about as long
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
    # The version of the file that was read before this one, for as long as anybody has it in mind.
    before: "ReferenceType[Understood] | None" = None
    changed: set[str] = field(default_factory=set)  # who of the good is not the same in that, once settled
    by_phone: list[Patient] = field(default_factory=list)  # the good, once settled; a list, since it takes least memory

    @cached_property
    def by_id(self) -> Mapping[str, Patient]:
        """The good patients, once all are there."""
        return {patient.id: patient for patient in self.good}

    @cached_property
    def calendars(self) -> AbstractSet[Calendar]:
        """By which clocks, and in which years, the good patients' texts go."""
        found = set(zip(map(_ZONE, self.good), map(_YEAR, self.good), strict=True))
        return {(zone.key, year) for zone, year in found}

    def settle(self) -> "Understood":
        """Work out what is looked up at every reload, once all are there; return itself."""
        self.by_phone.extend(self.by_id.values())
        self.by_phone.sort(key=_PHONE)
        before = None if self.before is None else self.before()
        if before is not None:
            self.changed.update(_differing(before.by_id, self.by_id))
        return self

    def differing(self, other: "Understood") -> AbstractSet[str]:
        """Return the ids of the good patients who are not the same in both.

        They are at hand where the other is what was read before this one; else everybody is looked at.
        """
        if self.before is not None and self.before() is other:
            return self.changed
        return set(_differing(other.by_id, self.by_id))

    def with_phones(self, phones: AbstractSet[str]) -> Iterator[Patient]:
        """Yield the good patients who have one of these phones, by phone; of an id that is given twice, the last."""
        if len(phones) * _STEPS > len(self.by_phone):
            yield from compress(self.by_phone, map(phones.__contains__, map(_PHONE, self.by_phone)))
            return
        for phone in sorted(phones):
            begin = bisect_left(self.by_phone, phone, key=_PHONE)
            yield from self.by_phone[begin : bisect_right(self.by_phone, phone, begin, key=_PHONE)]

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


def _differing(one: Mapping[str, Patient], other: Mapping[str, Patient]) -> Iterator[str]:
    """Yield the ids under which the two do not hold the same; what is one object in both is seen to be so at once."""
    replaced = compress(one, map(is_not, one.values(), map(other.get, one)))
    yield from (booking for booking in replaced if one[booking] != other.get(booking))
    yield from filterfalse(one.__contains__, other)
