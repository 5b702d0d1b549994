"""CSV as spreadsheets write it: rows whose cells know where they stand.

Each line is read alone. No cell of a schedule holds a line break, and a quote that does not close
has swallowed the patients below it; so one bad line spoils no other. What a cell is, is what the
strict reader of Python's `csv` takes for one.
"""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from notifier.intake.source import Source

_CELL = re.compile(r'"[^"]*(?:""[^"]*)*"(?=,|\Z)|(?!")[^,\n]*')
_FURTHEST = 20  # lines over which one cell may run


@dataclass(frozen=True, slots=True)
class Row:
    """One line that is not blank."""

    cells: tuple[str, ...]  # those before the bad quote, if there is one
    line: str
    above: int  # lines above it in the file
    bad_quote: int | None  # index in the line of a quote that does not enclose a cell

    def place_of(self, column: int) -> int:
        """Return the index in the line of a cell's first character; of the line's end where it has no such cell."""
        if '"' not in self.line:
            return min(sum(map(len, self.cells[:column])) + column, len(self.line))
        starts, _ = _cell_starts(self.line)
        return starts[column] if column < len(starts) else len(self.line)


@dataclass(frozen=True, slots=True)
class Run:
    """Lines that were known, one after the other."""

    lines: Sequence[str]
    above: int  # lines above the first of them


def read_rows(source: Source) -> Iterator[Row]:
    """Yield the rows of a file that are not blank; the first is the header."""
    return (row for row in read_changed_rows(source, ()) if isinstance(row, Row))


def read_changed_rows(source: Source, known: Container[str]) -> Iterator[Row | Run]:
    """Yield the rows of a file that are not blank, but of those below the header that are known only the lines.

    `known` are lines whose cells were found to be well formed before, and are not asked for again.
    """
    lines = source.text.split("\n")
    number, width = 0, 0
    while number < len(lines):
        if width and (end := _end_of_run(lines, number, known)) > number:
            yield Run(lines[number:end], number)
            number = end
            continue
        row = _row(lines[number], number)
        if row.bad_quote is not None or any(map(str.strip, row.cells)):
            width = width or len(row.cells)
            yield row
        number += 1 if row.bad_quote is None else _lines_of_record(lines, number, width)


def _end_of_run(lines: Sequence[str], begin: int, known: Container[str]) -> int:
    """Return the number of the first line from `begin` on that is not known."""
    return next((number for number in range(begin, len(lines)) if lines[number] not in known), len(lines))


def _row(line: str, above: int) -> Row:
    if '"' not in line:
        return Row(tuple(line.split(",")), line, above, None)
    starts, bad_quote = _cell_starts(line)
    ends = [later - 1 for later in starts[1:]]
    if bad_quote is None:
        ends.append(len(line))
    cells = tuple(_unquoted(line[begin:end]) for begin, end in zip(starts, ends, strict=False))
    return Row(cells, line, above, bad_quote)


def _cell_starts(line: str) -> tuple[list[int], int | None]:
    """Return where the cells begin, and the place of a quote that does not enclose the last of them."""
    starts = [0]
    while (cell := _CELL.match(line, starts[-1])) is not None:
        if cell.end() == len(line):
            return starts, None
        if line[cell.end()] != ",":
            break
        starts.append(cell.end() + 1)
    return starts, starts[-1]


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


def _lines_of_record(lines: list[str], number: int, width: int) -> int:
    """Return over how many lines a record runs whose cell holds line breaks; 1 if a quote was only forgotten."""
    for taken in range(2, _FURTHEST + 1):
        starts, bad_quote = _cell_starts("\n".join(lines[number : number + taken]))
        if bad_quote is None and len(starts) == width:
            return taken
    return 1
