"""Edit one patient's entry in the file that it stands in, or add one to the file where it fits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from notifier.actions.propose_file import NewVersion
from notifier.core.problems import WordingError
from notifier.intake.editing import PatientsPage, add_entry, edit_entry, read_pages
from notifier.intake.files import PATIENTS, is_schedule_name
from notifier.intake.forms import PlacedForm
from notifier.intake.patients import read_patients_file
from notifier.intake.splices import EditError
from notifier.intake.values import read_date_time

_WALL = "%Y-%m-%d %H:%M"  # as files write a date and time
_NOBODY = "patients: []\n"  # what a file says that an entry makes new


class UnknownBookingError(EditError):
    """No entry has the id that was given, and every file could be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A patient's entry, and the file that it stands in."""

    page: PatientsPage
    placed: PlacedForm

    def text(self, field: str) -> str:
        """Return what stands in a field; empty where it is not given."""
        return self.placed.form.texts.get(field, "").strip()


def edit_patient(folder: Path, booking: str, values: Mapping[str, str]) -> NewVersion:
    """Return the file of a booking with other values in its entry, by field; an empty one takes a field out.

    Raises UnknownBookingError where there is no such entry, EditError where none may be edited.
    """
    return _edited(_find(folder, booking), values)


def move_patient(folder: Path, booking: str, procedure: datetime, arrival: datetime | None = None) -> NewVersion:
    """Return the file of a booking with another wall time of its procedure.

    Where the entry has an arrival and none is given, it stays as long before the procedure as it
    was. Raises as `edit_patient` does.
    """
    entry = _find(folder, booking)
    if arrival is None and entry.text("arrival"):
        arrival = procedure - (_wall(entry, "procedure") - _wall(entry, "arrival"))
    values = {"procedure": procedure.strftime(_WALL)}
    return _edited(entry, values if arrival is None else {**values, "arrival": arrival.strftime(_WALL)})


def add_patient(folder: Path, values: Mapping[str, str], file: str | None = None) -> NewVersion:
    """Return a file with one entry more: the one named, relative to the folder, or the one where it fits.

    It fits where the booking stands whose procedure is nearest to its own. A file in YAML that is
    not there yet is begun. Raises EditError.
    """
    pages, _ = read_pages(folder)
    for placed_in, placed in _entries(pages):
        if placed.form.texts.get("id", "").strip() == values["id"]:
            where = f"{placed_in.name}, line {placed_in.line_of(placed)}"
            raise EditError(f"The id “{values['id']}” is taken: {where}. Give the new booking an id of its own.")
    page = _named(folder, pages, file) if file else _fitting(pages, values["procedure"])
    _refuse_unsafe(page)
    before = page.data if page.path.exists() else None
    return NewVersion(page.path, page.name, before, add_entry(page, values))


def _edited(entry: Entry, values: Mapping[str, str]) -> NewVersion:
    page = entry.page
    return NewVersion(page.path, page.name, page.data, edit_entry(page, entry.placed, values))


def _find(folder: Path, booking: str) -> Entry:
    """Return the one entry of a booking that may be edited."""
    pages, problems = read_pages(folder)
    found = [
        Entry(page, placed) for page, placed in _entries(pages) if placed.form.texts.get("id", "").strip() == booking
    ]
    if not found:
        unread = sorted({problem.spot.file for problem in problems})
        if not unread:
            raise UnknownBookingError(f"No entry has the id “{booking}”. Check its capitals and hyphens.")
        hint = f"{' and '.join(unread)} cannot be read: “notifier check” says why."
        raise EditError(f"No entry has the id “{booking}”. {hint}")
    if len(found) > 1:
        places = " and ".join(f"{entry.page.name}, line {entry.page.line_of(entry.placed)}" for entry in found)
        raise EditError(f"The id “{booking}” is given twice: {places}. Delete one, or give it another id.")
    _refuse_unsafe(found[0].page)
    if found[0].placed.form.problems and found[0].placed.form.is_table:
        line = found[0].page.line_of(found[0].placed)
        raise EditError(f"The cells of {found[0].page.name}, line {line} do not fit its header: mend that line first.")
    return found[0]


def _entries(pages: Iterable[PatientsPage]) -> Iterable[tuple[PatientsPage, PlacedForm]]:
    return ((page, placed) for page in pages for placed in page.file.forms)


def _refuse_unsafe(page: PatientsPage) -> None:
    if page.is_owned:
        message = f"{page.name} is written by “notifier import”, which would undo an edit."
        raise EditError(f"{message} Make the change in the scheduling system, and import its export.")
    if not page.file.is_whole:
        raise EditError(f"{page.name} has a mistake and cannot be edited: “notifier check” says where; mend it first.")


def _named(folder: Path, pages: Iterable[PatientsPage], file: str) -> PatientsPage:
    """Return the file of a name, with or without the folders above it; one that is not there yet has nobody in it."""
    name = Path(file).as_posix().removeprefix(f"{folder.as_posix()}/").removeprefix(f"{PATIENTS}/")
    name = f"{PATIENTS}/{name}"
    page = next((page for page in pages if page.name == name), None)
    if page is not None:
        return page
    path = folder / name
    if ".." in path.parts or not is_schedule_name(path) or path.suffix != ".yaml" or path.exists():
        hint = f"A new file is named such as “{PATIENTS}/2026-12.yaml”."
        raise EditError(f"“{file}” is not a patients file that can be read. {hint}")
    data = _NOBODY.encode()
    return PatientsPage(path, data, read_patients_file(name, data))


def _fitting(pages: Iterable[PatientsPage], procedure: str) -> PatientsPage:
    """Return the file whose bookings are nearest in time; of files without any, the last by name."""
    open_pages = [page for page in pages if not page.is_owned and page.file.is_whole]
    if not open_pages:
        raise EditError(f"There is no file to add a patient to. Name one, such as “--file {PATIENTS}/2026-12.yaml”.")
    day = read_date_time(procedure).date()
    return min(reversed(open_pages), key=lambda page: _distance(page, day))


def _distance(page: PatientsPage, day: date) -> int:
    """Return the days from a day to the nearest booking of a file."""
    days = []
    for placed in page.file.forms:
        try:
            wall = read_date_time(placed.form.texts.get("procedure", ""), month_first=placed.form.is_table)
        except WordingError:
            continue
        days.append(abs((wall.date() - day).days))
    return min(days, default=date.max.toordinal())


def _wall(entry: Entry, field: str) -> datetime:
    try:
        return read_date_time(entry.text(field), month_first=entry.placed.form.is_table)
    except WordingError as error:
        message = f"The “{field}” of the entry cannot be read: {error}"
        raise EditError(f"{message} Give the new arrival with --arrival.") from error
