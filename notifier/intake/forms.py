"""Patients' entries as they are written: the same whether in YAML or in CSV, and not yet understood."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from notifier.core.problems import Problem
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
SKIP = "skip:"  # and the position of a name in the list, from 0


@dataclass(frozen=True, slots=True)
class Form:
    """One patient's entry."""

    source: Source
    start: int  # index of its first character in the file
    texts: Mapping[str, str]  # by field; an order's field is “order:lifting”; none is blank
    skip: tuple[str, ...]  # names of steps; the first is the field “skip:0”
    place_of: Callable[[str], int]  # index of a field's value, or of where it is missing
    place_of_order: Callable[[str], int]  # index of an order's name; in CSV of its value: the heading is all rows'
    required: tuple[str, ...]  # fields whose lack is this entry's own mistake
    problems: tuple[Problem, ...]  # of its shape
    is_table: bool  # Excel may have rewritten its dates


@dataclass(frozen=True, slots=True)
class PatientsFile:
    """What one file of patients holds."""

    source: Source
    forms: tuple[Form, ...]
    order_columns: Mapping[str, int]  # index of each order's heading, in CSV
    problems: tuple[Problem, ...]  # of the file as a whole
    is_whole: bool  # every entry of the file is in `forms`
    is_sound: bool  # no mistake in the headings makes every entry doubtful
