"""Import an export of a scheduling system: the patients file that belongs to it, written anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from notifier.actions.propose_file import NewVersion
from notifier.core.problems import Problem, Spot
from notifier.intake.editing import OWNED
from notifier.intake.export_table import read_export
from notifier.intake.files import LIMITS, decode
from notifier.intake.importing import Booking, Imported, import_rows, write_owned
from notifier.intake.mapping import ExportMapping, read_mapping
from notifier.intake.patients import read_patients_file
from notifier.intake.source import Source
from notifier.intake.splices import EditError


@dataclass(frozen=True, slots=True)
class Import:
    """What an export would make of the file that belongs to it."""

    version: NewVersion
    bookings: int
    new: tuple[str, ...]  # ids that were not in it before
    gone: tuple[str, ...]  # ids that are in it no longer
    left_out: int  # rows, by the mapping's words
    _imported: Imported
    _lines: Mapping[int, tuple[Booking, str]]
    _export: str

    def place(self, problem: Problem) -> Problem:
        """Return a problem of the file as one of the export, at its own row and column."""
        if problem.spot.file != self.version.name or problem.spot.line not in self._lines:
            return problem
        booking, field = self._lines[problem.spot.line]
        column = self._imported.columns.get(field)
        spot = Spot(self._export, booking.row.number, (column or 0) + 1)
        heading = f"Under “{self._imported.headings[field]}”: " if column is not None else ""
        return replace(problem, spot=spot, message=heading + problem.message)


def read_export_mapping(path: Path) -> ExportMapping | tuple[Problem, ...]:
    """Return a mapping, or every mistake in it; raises EditError where there is no such file."""
    try:
        source = decode(str(path), path.read_bytes())
    except OSError as error:
        raise EditError(f"{path} cannot be read: {(error.strerror or 'unknown reason').lower()}.") from error
    return read_mapping(source) if isinstance(source, Source) else (source,)


def import_export(folder: Path, export: Path, mapping: ExportMapping) -> Import | Sequence[Problem]:
    """Return what an export would make of its file, or every reason at its row why nothing is taken over.

    Raises EditError where the export cannot be read or is empty, or the file is somebody else's.
    """
    imported = import_rows(str(export), read_export(export, mapping.sheet), mapping)
    if imported.problems:
        return imported.problems
    if not imported.bookings:
        raise EditError(f"{export} has no booking in it: nothing is taken over. Check the export and its mapping.")
    after, lines = write_owned(imported.bookings)
    path = folder / mapping.into
    if len(after) > LIMITS[path.suffix]:
        raise EditError(f"{export} has too many bookings for one file. Export fewer weeks at once.")
    before = _read_owned(path, mapping.into)
    was, will = _ids(mapping.into, before or b""), _ids(mapping.into, after)
    return Import(
        version=NewVersion(path, mapping.into, before, after),
        bookings=len(will),
        new=tuple(booking for booking in will if booking not in was),
        gone=tuple(booking for booking in was if booking not in will),
        left_out=imported.left_out,
        _imported=imported,
        _lines=lines,
        _export=str(export),
    )


def _read_owned(path: Path, name: str) -> bytes | None:
    """Return the file as it is; None where it is not there yet."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EditError(f"{path} cannot be read: {(error.strerror or 'unknown reason').lower()}.") from error
    if not data.removeprefix(b"\xef\xbb\xbf").startswith(OWNED.encode()):
        message = f"{name} does not belong to “notifier import”, and is not written over."
        raise EditError(f"{message} Name another file in the mapping, under “into”.")
    return data


def _ids(name: str, data: bytes) -> list[str]:
    return [placed.form.texts.get("id", "").strip() for placed in read_patients_file(name, data).forms]
