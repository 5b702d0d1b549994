"""Patients' entries as they are written: the same whether in YAML or in CSV, and not yet understood."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from notifier.core.allowing import Allow
from notifier.core.problems import Problem, Spot
from notifier.intake.csv_table import Run
from notifier.intake.source import Source

REQUIRED = ("id", "name", "phone", "protocol", "procedure")
FIELDS = (
    "id",
    "name",
    "phone",
    "language",
    "time_zone",
    "consent",
    "protocol",
    "procedure",
    "arrival",
    "status",
)
ORDER = "order:"  # and the order's name: a column of CSV
ORDER_NAME = "order name:"  # and the order's name: where it stands; in CSV its value, as the heading is all rows'
SKIP = "skip:"  # and the position of a name in the list, from 0


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One patient's entry."""

    source: Source  # in CSV the row alone, so that a form stays what it is when rows above it come and go
    start: int  # index of its first character in the source
    texts: Mapping[str, str]  # by field; an order's field is “order:lifting”; none is blank
    skip: tuple[str, ...]  # names of steps; the first is the field “skip:0”
    place_of: Callable[[str], int]  # index of a field's value, or of where it is missing
    required: tuple[str, ...]  # fields whose lack is this entry's own mistake
    problems: tuple[Problem, ...]  # of its shape
    is_table: bool  # Excel may have rewritten its dates
    allows: tuple[Allow, ...] = ()  # in the source, as if the form were all of it


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an entry stands: what was found in it alone is told as of the file."""

    above: int  # lines of the file above the entry's source

    def in_file(self, spot: Spot) -> Spot:
        """Return the place in the file of a place in the form's source."""
        return Spot(spot.file, spot.line + self.above, spot.column) if self.above else spot

    def tell(self, problem: Problem) -> Problem:
        """Return a problem of the form as one of the file."""
        return replace(problem, spot=self.in_file(problem.spot)) if self.above else problem

    def place(self, allow: Allow) -> Allow:
        """Return what the form allows as it stands in the file."""
        lines = allow.lines and range(allow.lines.start + self.above, allow.lines.stop + self.above)
        return replace(allow, spot=self.in_file(allow.spot), lines=lines)


@dataclass(frozen=True, slots=True)
class PlacedForm(Placed):
    """A form, and where it stands."""

    form: Form


ReadEntries = Callable[[Container[str]], Iterator[PlacedForm | Run]]


@dataclass(frozen=True, eq=False)
class PatientsFile:
    """What one file of patients holds."""

    source: Source
    read: ReadEntries  # gives the entries one after the other; of a table's lines that are contained, only those
    order_columns: Mapping[str, int]  # index of each order's heading, in CSV
    problems: tuple[Problem, ...]  # of the file as a whole
    is_whole: bool  # no entry of the file can have been overlooked
    is_sound: bool  # no mistake in the headings makes every entry doubtful
    heading: str = ""  # the first line, in CSV

    @cached_property
    def forms(self) -> tuple[PlacedForm, ...]:
        """All entries together: of a large file they fill the memory."""
        return tuple(entry for entry in self.read(()) if isinstance(entry, PlacedForm))


def unreadable(source: Source, *problems: Problem, is_sound: bool = True) -> PatientsFile:
    """Return a file whose entries cannot be told: none of them counts as gone."""
    return PatientsFile(source, _nothing, {}, problems, is_whole=False, is_sound=is_sound)


def _nothing(_: Container[str]) -> Iterator[PlacedForm]:
    return iter(())
