"""Patients' files in CSV: rows as forms."""

import re
from collections.abc import Mapping
from functools import partial

from notifier.intake.csv_table import Row, read_rows
from notifier.intake.forms import FIELDS, ORDER, REQUIRED, SKIP, Form, PatientsFile
from notifier.intake.nearest import did_you_mean
from notifier.intake.source import Findings, Source

_COLUMNS = (*FIELDS, "skip")
_WORD = re.compile(r'[^\s,"]+')
_SEPARATORS = {";": "semicolons", "\t": "tabs"}


def read_csv_patients(source: Source) -> PatientsFile:
    """Return the entries of a CSV file (contract, section 2)."""
    findings = Findings(source)
    rows = read_rows(source)
    header = next(rows, None)
    if header is None:
        findings.error(0, "empty-file", "This file is empty.", "Write its header and rows, or delete the file.")
        return PatientsFile(source, (), {}, tuple(findings.problems), is_whole=False, is_sound=False)
    if (problem := _unusable(header)) is not None:
        findings.error(header.start + (header.bad_quote or 0), *problem)
        return PatientsFile(source, (), {}, tuple(findings.problems), is_whole=False, is_sound=False)
    columns = _columns(header, findings)
    forms = tuple(_form(row, header, columns, source) for row in rows)
    orders = {name.removeprefix(ORDER): header.place_of(at) for name, at in columns.items() if name.startswith(ORDER)}
    return PatientsFile(source, forms, orders, tuple(findings.problems), is_whole=True, is_sound=not findings.problems)


def _unusable(header: Row) -> tuple[str, str, str] | None:
    """Return code, message and hint of what keeps a whole table from being read."""
    separator = next((name for sign, name in _SEPARATORS.items() if sign in header.line), None)
    if "," not in header.line and separator is not None:
        hint = "Save it as “CSV UTF-8 (Comma delimited)”."
        return "separator", f"The columns of this file are separated by {separator} instead of commas.", hint
    return None if header.bad_quote is None else _BAD_QUOTE


_BAD_QUOTE = (
    "unclosed-quote",
    "This quote is not closed where its cell ends.",
    'Put a " at the end of the cell, on the same line; for a " inside the cell write "".',
)


def _columns(header: Row, findings: Findings) -> Mapping[str, int]:
    """Return the column of each field, and note what is wrong with the headings."""
    columns: dict[str, int] = {}
    for index, cell in enumerate(header.cells):
        name = cell.strip()
        if not name:
            continue
        if name in columns:
            message = f"There are two columns “{name}”."
            findings.error(header.place_of(index), "duplicate-column", message, "Delete one of the two.")
        elif name in _COLUMNS or (name.startswith(ORDER) and name != ORDER):
            columns[name] = index
        else:
            hint = did_you_mean(name, (*_COLUMNS, "order:…"))
            findings.error(header.place_of(index), "unknown-column", f"There is no field “{name}”.", hint)
    for field in REQUIRED:
        if field not in columns:
            message = f"There is no column “{field}”."
            findings.error(header.start, "missing-column", message, "Add the column; every patient needs it.")
    return columns


def _form(row: Row, header: Row, columns: Mapping[str, int], source: Source) -> Form:
    findings = Findings(source)
    cells = row.cells
    texts = {field: cells[at] for field, at in columns.items() if at < len(cells) and cells[at].strip()}
    required = tuple(field for field in REQUIRED if field in columns)
    skip = tuple(texts.get("skip", "").split())
    _check_shape(row, header, findings)
    if findings.problems:  # its cells may stand in the wrong columns: only whose entry it is can be told
        texts = {field: text for field, text in texts.items() if field == "id"}
        required, skip = (), ()
    place_of = partial(_place_of, row, columns)
    return Form(
        source=source,
        start=row.start,
        texts=texts,
        skip=skip,
        place_of=place_of,
        place_of_order=lambda name: place_of(ORDER + name),
        required=required,
        problems=tuple(findings.problems),
        is_table=True,
    )


def _check_shape(row: Row, header: Row, findings: Findings) -> None:
    count, wanted = len(row.cells), len(header.cells)
    message = f"This row has {count} {'cell' if count == 1 else 'cells'}, and the header {wanted}."
    if row.bad_quote is not None:
        findings.error(row.start + row.bad_quote, *_BAD_QUOTE)
    elif count > wanted:
        hint = "Put a cell that has a comma in it in double quotes."
        findings.error(row.place_of(wanted), "long-row", message, hint)
    elif count < wanted:
        hint = "Add a comma for each cell that is missing."
        findings.error(row.place_of(count), "short-row", message, hint)
    else:
        for index, cell in enumerate(header.cells):
            if not cell.strip() and row.cells[index].strip():
                hint = "Write a heading over it, or empty it."
                findings.error(row.place_of(index), "no-heading", "This cell has no heading above it.", hint)


def _place_of(row: Row, columns: Mapping[str, int], field: str) -> int:
    if not field.startswith(SKIP):
        return row.place_of(columns[field])
    cell = row.place_of(columns["skip"])
    words = list(_WORD.finditer(row.line, cell - row.start))
    return row.start + words[int(field.removeprefix(SKIP))].start()
