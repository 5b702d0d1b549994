"""From the rows of an export to patients' entries, and every cell that cannot be taken over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from notifier.core.problems import Problem, Severity, Spot
from notifier.intake.editing import OWNED
from notifier.intake.export_table import Cell, ExportRow, find_header
from notifier.intake.forms import FIELDS, ORDER
from notifier.intake.mapping import ExportMapping, fold
from notifier.intake.yaml_words import write_list, write_map, write_word

MARK = f"{OWNED}: do not edit it, the next import writes it anew."

_DATES, _DATE_TIMES = ("consent",), ("procedure", "arrival")
_HALF_SECOND = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Booking:
    """One row of an export as an entry."""

    row: ExportRow
    values: Mapping[str, str]  # by field; none is empty


@dataclass(frozen=True, slots=True)
class Imported:
    """What an export says."""

    bookings: tuple[Booking, ...]  # by procedure, then id
    left_out: int  # rows that the mapping's words leave out
    columns: Mapping[str, int]  # of each field the column from 0, of several the first
    headings: Mapping[str, str]
    problems: tuple[Problem, ...]  # at the export's own rows and columns


def import_rows(file: str, rows: Sequence[ExportRow], mapping: ExportMapping) -> Imported:
    """Return the bookings of an export; rows with a problem are not among them."""
    headings = [heading for names in mapping.columns.values() for heading in names]
    at = find_header(rows, headings)
    if at is None:
        return Imported((), 0, {}, {}, (_no_header(file, rows, headings),))
    header = rows[at]
    if alike := _alike(file, header, headings):
        return Imported((), 0, {}, {}, tuple(alike))
    table = _Table(file, {str(heading): column for column, heading in enumerate(header.cells)}, mapping)
    found = [table.booking(row) for row in rows[at + 1 :]]
    bookings = sorted((one for one in found if one is not None), key=_place)
    return Imported(
        bookings=tuple(bookings),
        left_out=table.left_out,
        columns={name: table.columns[names[0]] for name, names in mapping.columns.items()},
        headings={name: " and ".join(names) for name, names in mapping.columns.items()},
        problems=tuple(sorted([*table.problems, *_twice(bookings, table)], key=lambda problem: problem.spot)),
    )


def _place(booking: Booking) -> tuple[str, str]:
    return booking.values.get("procedure", ""), booking.values.get("id", "")


def _no_header(file: str, rows: Sequence[ExportRow], headings: Sequence[str]) -> Problem:
    """Return a problem of the row that is most like the header: what it lacks."""
    best = max(rows, key=lambda row: len(set(headings) & set(row.cells)), default=ExportRow(1, ()))
    missing = ", ".join(f"“{heading}”" for heading in dict.fromkeys(headings) if heading not in best.cells)
    hint = "Write the headings in the mapping just as the export has them."
    return Problem(Spot(file, best.number, 1), Severity.ERROR, "no-header", f"There is no column {missing}.", hint)


def _alike(file: str, header: ExportRow, headings: Sequence[str]) -> list[Problem]:
    """Return a problem of each column whose heading the mapping names and another column has as well."""
    hint = "Give one of the two another heading in the scheduling system, or delete its column."
    return [
        Problem(Spot(file, header.number, column + 1), Severity.ERROR, "duplicate-column", message, hint)
        for column, heading in enumerate(header.cells)
        if heading in headings and heading in header.cells[:column]
        for message in [f"A second column is called “{heading}”, and the mapping cannot tell them apart."]
    ]


def _twice(bookings: Sequence[Booking], table: "_Table") -> list[Problem]:
    rows: dict[str, list[int]] = {}
    for booking in bookings:
        rows.setdefault(booking.values.get("id", ""), []).append(booking.row.number)
    return [
        table.problem(row, "id", "duplicate-id", f"“{name}” stands in row {min(numbers)} already.", "Export each once.")
        for name, numbers in rows.items()
        for row in sorted(numbers)[1:]
    ]


@dataclass(slots=True)
class _Table:
    """The rows under one header; what is wrong with them is gathered as they are read."""

    file: str
    columns: Mapping[str, int]  # by heading, from 0
    mapping: ExportMapping
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0

    def booking(self, row: ExportRow) -> Booking | None:
        """Return a row as an entry; None where it is left out, or has a problem."""
        if any(words.get(fold(self._words(row, name)), name) is None for name, words in self.mapping.words.items()):
            self.left_out += 1
            return None
        before = len(self.problems)
        values = {name: self._value(row, name) for name in self.mapping.columns}
        if len(self.problems) > before:
            return None
        return Booking(row, {**self.mapping.always, **{name: text for name, text in values.items() if text}})

    def _cells(self, row: ExportRow, name: str) -> list[Cell]:
        headings = self.mapping.columns[name]
        return [cell for heading in headings if (cell := row.cell(self.columns[heading])) != ""]

    def _words(self, row: ExportRow, name: str) -> str:
        return " ".join(map(str, self._cells(row, name)))

    def _value(self, row: ExportRow, name: str) -> str:
        """Return what a field is; empty where it is not given, or cannot be told."""
        if name in _DATES or name in _DATE_TIMES:
            return self._time(row, name)
        text, words = self._words(row, name), self.mapping.words.get(name)
        if words is None:
            return text
        meaning = words.get(fold(text)) or ""
        if text and fold(text) not in words:
            hint = f"Add it to the mapping, under “words” and “{name}”, with what it means or “leave out”."
            self._note(row, name, "unmapped-word", f"The mapping does not say what “{text}” means.", hint)
        return meaning

    def _time(self, row: ExportRow, name: str) -> str:
        """Return a day, or a day and a time, as a patients file writes it; half an arrival is none."""
        cells, day, clock = self._cells(row, name), None, None
        for cell in cells:
            read = _day_and_clock(cell, self.mapping)
            if read is None:
                hint = "Say under “dates” and “times” of the mapping how the export writes them."
                message = f"“{cell}” is not written as the mapping says of dates and times."
                self._note(row, name, "date", message, hint)
                return ""
            day, clock = read[0] or day, read[1] or clock
        if day is not None and name in _DATES:
            return str(day)
        if day is not None and clock is not None:
            return _wall(day, clock)
        if cells and (name != "arrival" or len(cells) == len(self.mapping.columns[name])):
            hint = f"Name a column for it in the mapping as well: “{name}: [day, time]”."
            self._note(row, name, "date", f"The {'day' if day is None else 'time of day'} is missing.", hint)
        return ""

    def _note(self, row: ExportRow, name: str, code: str, message: str, hint: str) -> None:
        self.problems.append(self.problem(row.number, name, code, message, hint))

    def problem(self, row: int, name: str, code: str, message: str, hint: str) -> Problem:
        """Return a problem of a cell, by its row and field."""
        heading = self.mapping.columns[name][0] if name in self.mapping.columns else None
        column = 0 if heading is None else self.columns[heading]
        words = message if heading is None else f"Under “{heading}”: {message}"
        return Problem(Spot(self.file, row, column + 1), Severity.ERROR, code, words, hint)


def _day_and_clock(cell: Cell, mapping: ExportMapping) -> tuple[date | None, time | None] | None:
    """Return what a cell says of the day and of the time; None where it cannot be read."""
    if isinstance(cell, datetime):
        return cell.date(), cell.time() if cell.time() != time() else None
    if isinstance(cell, date):
        return cell, None
    if isinstance(cell, time):
        return None, cell
    for pattern, has_day, has_clock in (
        (f"{mapping.dates} {mapping.times}", True, True),
        (mapping.dates, True, False),
        (mapping.times, False, True),
    ):
        try:
            read = datetime.strptime(" ".join(cell.split()), pattern)  # noqa: DTZ007 - a wall time at the clinic
        except ValueError:
            continue
        return read.date() if has_day else None, read.time() if has_clock else None
    return None


def _wall(day: date, clock: time) -> str:
    """Return a wall time as files write it; Excel keeps times as fractions of a day, which are never quite right."""
    wall = (datetime.combine(day, clock) + _HALF_SECOND).replace(microsecond=0)
    return f"{wall:%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def write_owned(bookings: Sequence[Booking]) -> tuple[bytes, Mapping[int, tuple[Booking, str]]]:
    """Return the file that the import owns, and of each of its lines, from 1, the booking and the field.

    The same bookings give the same bytes.
    """
    lines, places = [MARK, "patients:" if bookings else "patients: []"], {}
    for booking in bookings:
        for number, (name, text) in enumerate(_fields(booking.values)):
            lines.append(("    " if number else "  - ") + text)
            places[len(lines)] = (booking, name)
    return ("\n".join(lines) + "\n").encode(), places


def _fields(values: Mapping[str, str]) -> list[tuple[str, str]]:
    orders = {name.removeprefix(ORDER): text for name, text in values.items() if name.startswith(ORDER)}
    fields = [(name, f"{name}: {write_word(values[name])}") for name in FIELDS if name in values]
    fields += [(ORDER + next(iter(orders)), f"orders: {write_map(orders)}")] if orders else []
    return fields + ([("skip", f"skip: {write_list(values['skip'].split())}")] if "skip" in values else [])
