"""Editing a patients file in CSV: the touched cells alone, in the file's own manner of quoting."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from notifier.intake.csv_table import Row, read_rows
from notifier.intake.source import Source
from notifier.intake.splices import EditError, Splice

_NEEDS_QUOTES = re.compile(r'[,"]|^\s|\s$')


def edit_csv(source: Source, line: int, values: Mapping[str, str]) -> list[Splice]:
    """Return what gives the row in a line, counted from 0, these values by field; an empty one empties its cell.

    A field that has no column yet gets one, the last: every row then ends in one more comma.
    Raises EditError where a row that would get one has too few or too many cells.
    """
    table = _Table.of(source)
    row = next(row for row in table.rows if row.above == line)
    known = {field: value for field, value in values.items() if field in table.columns}
    splices = [table.replace(row, table.columns[field], value) for field, value in known.items()]
    new = {field: value for field, value in values.items() if field not in known and value}
    return splices + table.add_columns(new, row)


def add_csv(source: Source, values: Mapping[str, str]) -> list[Splice]:
    """Return what puts a row below the last one, with a column for each field that has none yet."""
    table = _Table.of(source)
    last = table.rows[-1] if table.rows else table.header
    new = [field for field in values if field not in table.columns]
    cells = [values.get(heading.strip(), "") for heading in table.header.cells]
    cells += [values[field] for field in new]
    quoted = _cells_quoted(last)
    row = ",".join(_cell(cell, quoted=at < len(quoted) and quoted[at]) for at, cell in enumerate(cells))
    splices = table.add_columns(dict.fromkeys(new, ""), None)
    at = table.end_of(last)
    return [*splices, Splice(at, at, "\n" + row)]


@dataclass(frozen=True, slots=True)
class _Table:
    source: Source
    header: Row
    rows: Sequence[Row]
    columns: Mapping[str, int]  # by field

    @classmethod
    def of(cls, source: Source) -> Self:
        header, *rows = read_rows(source)
        return cls(source, header, rows, {cell.strip(): at for at, cell in enumerate(header.cells) if cell.strip()})

    def end_of(self, row: Row) -> int:
        return self.source.start_of_line(row.above) + len(row.line)

    def replace(self, row: Row, column: int, value: str) -> Splice:
        """Return what puts a value into a cell; quotes and blanks around the old one stay."""
        start, end = row.place_of(column), len(row.line)
        if column + 1 < len(row.cells):
            end = row.place_of(column + 1) - 1
        old = row.line[start:end]
        text = _cell(value, quoted=old.startswith('"'))
        if old.strip() and not old.startswith('"'):
            text = old[: len(old) - len(old.lstrip())] + text + old[len(old.rstrip()) :] if text == value else text
        above = self.source.start_of_line(row.above)
        return Splice(above + start, above + end, text)

    def add_columns(self, fields: Mapping[str, str], target: Row | None) -> list[Splice]:
        """Return what puts columns after the last one, with values in the target's cells."""
        if not fields:
            return []
        names = list(fields)
        splices = [self._append(self.header, names)]
        for row in self.rows:
            if row.bad_quote is not None or len(row.cells) != len(self.header.cells):
                line = row.above + 1
                message = f"{self.source.file} needs a column “{names[0]}”, and cannot get one while line {line} has a"
                raise EditError(f"{message} mistake. Mend that line first: “notifier check” says how.")
            splices.append(self._append(row, [fields[name] if row is target else "" for name in names]))
        return splices

    def _append(self, row: Row, cells: Sequence[str]) -> Splice:
        at = self.end_of(row)
        quoted = all(_cells_quoted(row))
        return Splice(at, at, "".join("," + _cell(cell, quoted=quoted) for cell in cells))


def _cells_quoted(row: Row) -> list[bool]:
    return [row.line[row.place_of(column) :].startswith('"') for column in range(len(row.cells))]


def _cell(value: str, *, quoted: bool) -> str:
    return '"' + value.replace('"', '""') + '"' if quoted or _NEEDS_QUOTES.search(value) else value
