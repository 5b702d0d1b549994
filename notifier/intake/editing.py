"""Editing patients' files in place: one entry changes or is added, and nothing else of the file does."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from notifier.core.problems import Problem
from notifier.intake.editing_csv import add_csv, edit_csv
from notifier.intake.editing_yaml import add_yaml, edit_yaml
from notifier.intake.files import find_files, name_of, read_bytes
from notifier.intake.forms import FIELDS, PatientsFile, PlacedForm
from notifier.intake.patients import read_patients_file
from notifier.intake.source import has_errors
from notifier.intake.splices import EditError, Splice, apply_splices

SKIP = "skip"  # this field's value is words separated by spaces, as in CSV
OWNED = "# This file belongs to “notifier import”"  # how the first line of a file begins that nobody else writes

_ORDER = {field: place for place, field in enumerate(FIELDS)}

_Said = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PatientsPage:
    """A patients file as it lies in the folder."""

    path: Path
    data: bytes
    file: PatientsFile

    @property
    def name(self) -> str:
        """The file's name, relative to the schedules folder."""
        return self.file.source.file

    @property
    def is_owned(self) -> bool:
        """Whether `notifier import` writes this file, so that an edit would be lost."""
        return self.file.source.text.startswith(OWNED)

    def line_of(self, placed: PlacedForm) -> int:
        """Return the line in which an entry begins, from 1."""
        return placed.in_file(placed.form.source.spot(placed.form.start)).line


def read_pages(folder: Path) -> tuple[list[PatientsPage], list[Problem]]:
    """Return the patients files of a folder, and the problems that keep entries from being seen."""
    pages, problems = [], []
    for path in find_files(folder).patients:
        data = read_bytes(folder, path)
        if isinstance(data, Problem):
            problems.append(data)
            continue
        page = PatientsPage(path, data, read_patients_file(name_of(folder, path), data))
        pages.append(page)
        problems += [problem for problem in page.file.problems if has_errors([problem]) and not page.file.is_whole]
    return pages, problems


def edit_entry(page: PatientsPage, placed: PlacedForm, values: Mapping[str, str]) -> bytes:
    """Return the file with these values, by field, in one entry; an empty value takes a field out.

    An order's field is `order:lifting`. Every line that need not change is the same byte for byte.
    Raises EditError where that cannot be had.
    """
    said, new = _said(placed), _clean(values)
    wanted = {field: value for field, value in new.items() if said.get(field, "") != value}
    if not wanted:
        return page.data
    if _is_csv(page.name):
        splices = edit_csv(page.file.source, placed.above, wanted)
    else:
        splices = edit_yaml(page.file.source, placed.form.start, wanted)
    after = {**said, **new}
    forms = page.file.forms
    return _spliced(page, splices, [after if one is placed else _said(one) for one in forms])


def add_entry(page: PatientsPage, values: Mapping[str, str]) -> bytes:
    """Return the file with one entry more, below the last and written as that one is; raises EditError."""
    add = add_csv if _is_csv(page.name) else add_yaml
    given = _given(_clean(values))
    splices = add(page.file.source, given)
    return _spliced(page, splices, [*map(_said, page.file.forms), given])


def _clean(values: _Said) -> _Said:
    """Return the values in the order in which entries are written; refuse what would not stay on its line."""
    for field, value in values.items():
        if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in value):
            raise EditError(
                f"There is a line break or an invisible character in “{field}”. Type it again, on one line."
            )
    return {field: values[field].strip() for field in sorted(values, key=lambda field: _ORDER.get(field, len(_ORDER)))}


def _is_csv(name: str) -> bool:
    return name.lower().endswith(".csv")


def _said(placed: PlacedForm) -> _Said:
    """Return what an entry says, by field."""
    form = placed.form
    texts = {field: text.strip() for field, text in form.texts.items() if field != SKIP}
    return {**texts, SKIP: " ".join(form.skip)}


def _spliced(page: PatientsPage, splices: list[Splice], wanted: list[_Said]) -> bytes:
    """Return the file with its places changed, if it then says what is wanted and nothing else.

    There are more ways to write an entry than anybody can list: whichever is not understood here
    is refused, and never spoilt.
    """
    data = apply_splices(page.data, splices)
    after = read_patients_file(page.name, data)
    if list(map(_given, map(_said, after.forms))) != list(map(_given, wanted)):
        message = f"{page.name} is written in a way that this program cannot edit safely."
        raise EditError(f"{message} Change it in the file itself; “notifier check” finds mistakes.")
    return data


def _given(said: _Said) -> _Said:
    return {field: value for field, value in said.items() if value}
