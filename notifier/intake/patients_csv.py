"""Patients' files in CSV: rows as forms."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from notifier.intake.allow import ALLOW, placed, read_allow_cell
from notifier.intake.csv_table import Row, Run, read_changed_rows, read_rows
from notifier.intake.forms import (
    FIELDS,
    ORDER,
    ORDER_NAME,
    REQUIRED,
    SKIP,
    Form,
    PatientsFile,
    PlacedForm,
    unreadable,
)
from notifier.intake.nearest import did_you_mean
from notifier.intake.source import Findings, Source, file_problem

_COLUMNS = (*FIELDS, "skip", ALLOW)
_WORD = re.compile(r'[^\s,"]+')
_SEPARATORS = {";": "semicolons", "\t": "tabs"}


def read_csv_patients(source: Source) -> PatientsFile:
    """Return the entries of a CSV file (contract, section 2)."""
    header = next(read_rows(source), None)
    if header is None:
        hint = "Write its header and rows, or delete the file."
        problem = file_problem(source.file, "empty-file", "This file is empty.", hint)
        return unreadable(source, problem, is_sound=False)
    findings = Findings(source)
    start = source.start_of_line(header.above)
    if (trouble := _unusable(header)) is not None:
        findings.error(start + (header.bad_quote or 0), *trouble)
        return unreadable(source, *findings.problems, is_sound=False)
    table = _Table(header, _columns(header, start, findings), source.file)
    return PatientsFile(
        source=source,
        read=partial(_read_entries, source, table),
        order_columns={
            name.removeprefix(ORDER): start + header.place_of(at)
            for name, at in table.columns.items()
            if name.startswith(ORDER)
        },
        problems=tuple(findings.problems),
        is_whole=True,
        is_sound=not findings.problems,
        heading=header.line,
    )


def _read_entries(source: Source, table: "_Table", known: Container[str]) -> Iterator[PlacedForm | Run]:
    rows = read_changed_rows(source, known)
    next(rows)  # the header
    return (row if isinstance(row, Run) else PlacedForm(row.above, table.form(row)) for row in rows)


def _unusable(header: Row) -> tuple[str, str, str] | None:
    """Return code, message and hint of what keeps a whole table from being read."""
    separator = next((name for sign, name in _SEPARATORS.items() if sign in header.line), None)
    if "," not in header.line and separator is not None:
        hint = "Save it as “CSV UTF-8 (Comma delimited)”."
        return "separator", f"The columns of this file are separated by {separator} instead of commas.", hint
    if header.line.strip().casefold().startswith("sep="):
        return "separator", "This line is only a note to Excel.", "Delete it: the headings have to come first."
    if header.bad_quote is not None:
        return _BAD_QUOTE
    if not any(_is_heading(cell.strip().casefold()) for cell in header.cells):
        hint = f"Write them above the patients: {', '.join(REQUIRED)}, and what else you need."
        return "no-headings", "This file does not begin with a row of headings.", hint
    return None


def _is_heading(name: str) -> bool:
    return name in _COLUMNS or name.startswith(ORDER)


_BAD_QUOTE = (
    "unclosed-quote",
    "This quote is not closed where its cell ends.",
    'Put a " at the end of the cell, on the same line; for a " inside the cell write "".',
)


def _columns(header: Row, start: int, findings: Findings) -> Mapping[str, int]:
    """Return the column of each field, and note what is wrong with the headings."""
    columns: dict[str, int] = {}
    for index, cell in enumerate(header.cells):
        name = cell.strip()
        if not name:
            continue
        if name in columns:
            message = f"There are two columns “{name}”."
            findings.error(start + header.place_of(index), "duplicate-column", message, "Delete one of the two.")
        elif name in _COLUMNS or (name.startswith(ORDER) and name != ORDER):
            columns[name] = index
        else:
            hint = did_you_mean(name, (*_COLUMNS, "order:…"))
            findings.error(start + header.place_of(index), "unknown-column", f"There is no field “{name}”.", hint)
    meant = {cell.strip().casefold() for cell in header.cells}  # wrong capitals are told above
    for field in REQUIRED:
        if field not in columns and field not in meant:
            message = f"There is no column “{field}”."
            findings.error(start, "missing-column", message, "Add the column; every patient needs it.")
    return columns


@dataclass(frozen=True, slots=True)
class _Table:
    """What is the same for every row."""

    header: Row
    columns: Mapping[str, int]  # by field
    file: str

    def form(self, row: Row) -> Form:
        """Return what a row says; its own line is the source, whatever stands above it."""
        source, cells = Source(self.file, row.line), row.cells
        findings = Findings(source)
        texts = {field: cells[at] for field, at in self.columns.items() if at < len(cells) and cells[at].strip()}
        required = tuple(field for field in REQUIRED if field in self.columns)
        skip = tuple(texts.get("skip", "").split())
        self._check_shape(row, findings)
        if findings.problems:  # its cells may stand in the wrong columns: only whose entry it is can be told
            texts = {field: text for field, text in texts.items() if field == "id"}
            required, skip = (), ()
        words = read_allow_cell(texts[ALLOW], row.place_of(self.columns[ALLOW]), findings) if ALLOW in texts else ()
        return Form(
            source=source,
            start=0,
            texts=texts,
            skip=skip,
            place_of=partial(_place_of, row, self.columns),
            required=required,
            problems=tuple(findings.problems),
            is_table=True,
            allows=tuple(placed(words, source, 0, len(source.text))),
        )

    def _check_shape(self, row: Row, findings: Findings) -> None:
        count, wanted = len(row.cells), len(self.header.cells)
        message = f"This row has {count} {'cell' if count == 1 else 'cells'}, and the header {wanted}."
        if row.bad_quote is not None:
            findings.error(row.bad_quote, *_BAD_QUOTE)
        elif count > wanted:
            hint = "Put a cell that has a comma in it in double quotes."
            findings.error(row.place_of(wanted), "long-row", message, hint)
        elif count < wanted:
            hint = "Add a comma for each cell that is missing."
            findings.error(row.place_of(count), "short-row", message, hint)
        else:
            for index, cell in enumerate(self.header.cells):
                if not cell.strip() and row.cells[index].strip():
                    hint = "Write a heading over it, or empty it."
                    findings.error(row.place_of(index), "no-heading", "This cell has no heading above it.", hint)


def _place_of(row: Row, columns: Mapping[str, int], field: str) -> int:
    if field.startswith(ORDER_NAME):
        field = ORDER + field.removeprefix(ORDER_NAME)
    if not field.startswith(SKIP):
        return row.place_of(columns[field])
    words = list(_WORD.finditer(row.line, row.place_of(columns["skip"])))
    return words[int(field.removeprefix(SKIP))].start()
