"""Exports of a scheduling system, as CSV or as an Excel workbook: rows of cells that know where they stand."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from notifier.intake.splices import EditError

Cell = str | date | datetime | time  # text is stripped; a workbook knows dates and times as what they are

_SEPARATORS = ",;\t"
_BEGINNING = 4096  # characters in which the most frequent of them is told; the first line may be a title
_WORKBOOK = b"PK\x03\x04"
_LARGEST = 32 * 1024 * 1024  # bytes; a year's appointments are a few MiB


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One row that is not blank."""

    number: int  # in CSV the line in which it begins, from 1
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        """Return a cell; an empty text where the row is too short."""
        return self.cells[column] if column < len(self.cells) else ""


def read_export(path: Path, sheet: str | None = None) -> list[ExportRow]:
    """Return the rows of an export that are not blank; of a workbook those of one sheet, by default its first.

    Raises EditError where the file cannot be read.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise EditError(f"{path} is larger than {_LARGEST // 1024**2} MiB. Check that it is the export.")
        data = path.read_bytes()
    except OSError as error:
        raise EditError(f"{path} cannot be read: {(error.strerror or 'unknown reason').lower()}.") from error
    rows = _workbook_rows(path, data, sheet) if data.startswith(_WORKBOOK) else _csv_rows(path, data)
    return [row for row in rows if any(cell != "" for cell in row.cells)]


def _csv_rows(path: Path, data: bytes) -> Iterator[ExportRow]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"{path}, line {line}: this file is not saved as UTF-8."
        raise EditError(f"{message} Export it as UTF-8, or open it in Excel and save it as “CSV UTF-8”.") from error
    separator = max(_SEPARATORS, key=text[:_BEGINNING].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in rows:
            yield ExportRow(line, tuple(cell.strip() for cell in cells))
            line = rows.line_num + 1
    except csv.Error as error:
        message = f"{path}, line {line}: this row cannot be read; a quote in it may not be closed."
        raise EditError(f"{message} Export the file again, without opening it in between.") from error


def _workbook_rows(path: Path, data: bytes, sheet: str | None) -> Iterator[ExportRow]:
    try:
        import python_calamine as calamine  # noqa: PLC0415 - an extra: who has no workbooks does without
    except ImportError:
        message = f"{path} is an Excel workbook, and this installation cannot read workbooks."
        raise EditError(f"{message} Install “notifier[xlsx]”, or export the file as CSV.") from None
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            name = sheet or workbook.sheet_names[0]
            if name not in workbook.sheet_names:
                listed = ", ".join(f"“{known}”" for known in workbook.sheet_names)
                raise EditError(f"{path} has no sheet “{name}”. It has {listed}.")
            cells = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (calamine.CalamineError, IndexError) as error:
        message = f"{path} is an Excel workbook that cannot be opened; it may have a password, or be cut off."
        raise EditError(f"{message} Export the file again.") from error
    for number, row in enumerate(cells, start=1):
        yield ExportRow(number, tuple(map(_from_workbook, row)))


def _from_workbook(value: float | str | date | time | timedelta) -> Cell:
    """Return a cell as a person sees it: Excel keeps phones and ids as numbers with a fraction."""
    if isinstance(value, date | time):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def find_header(rows: Sequence[ExportRow], headings: Sequence[str]) -> int | None:
    """Return the index of the first row that has all of these headings; exports may begin with a title."""
    return next((at for at, row in enumerate(rows) if set(headings) <= set(row.cells)), None)
