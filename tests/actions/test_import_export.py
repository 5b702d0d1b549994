"""What an export would make of the file that belongs to it."""

from pathlib import Path

import pytest

from notifier.actions.import_export import Import, import_export, read_export_mapping
from notifier.core.problems import Problem, Severity, Spot
from notifier.intake.mapping import ExportMapping
from notifier.intake.splices import EditError
from tests.fakes.clinic_folder import SHIPPED, copy_shipped

SAMPLE = SHIPPED / "examples" / "import"
OWN = "patients/appointments.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A schedules folder without patients."""
    return copy_shipped(tmp_path / "schedules")


def an_export(folder: Path, *, without: str = "", **changes: str) -> Path:
    """Write the sample export, less the rows of one patient; return it."""
    lines = (SAMPLE / "appointments.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(line for line in lines if not without or without not in line)
    for old, new in changes.items():
        text = text.replace(old, new)
    path = folder.parent / "appointments.csv"
    path.write_text(text, encoding="utf-8")
    return path


def the_import(folder: Path, export: Path) -> Import:
    found = import_export(folder, export, the_mapping())
    assert isinstance(found, Import)
    return found


def the_mapping() -> ExportMapping:
    mapping = read_export_mapping(SAMPLE / "mapping.yaml")
    assert isinstance(mapping, ExportMapping)
    return mapping


def take_over(folder: Path, found: Import) -> None:
    path = folder / OWN
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(found.version.after)


def test_the_same_export_twice_changes_nothing(folder: Path) -> None:
    first = the_import(folder, an_export(folder))
    assert (first.bookings, len(first.new), first.gone, first.left_out) == (4, 4, (), 1)
    assert first.version.before is None
    take_over(folder, first)
    again = the_import(folder, an_export(folder))
    assert (again.new, again.gone, again.version.is_different) == ((), (), False)


def test_rows_in_another_order_change_nothing(folder: Path) -> None:
    take_over(folder, the_import(folder, an_export(folder)))
    path = an_export(folder)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:3], *reversed(lines[3:])]), encoding="utf-8")
    assert not the_import(folder, path).version.is_different


def test_who_vanishes_from_the_export_is_named(folder: Path) -> None:
    take_over(folder, the_import(folder, an_export(folder)))
    found = the_import(folder, an_export(folder, without="Rosa"))
    assert (found.new, found.gone) == ((), ("A-20311",))


def test_a_problem_of_the_file_is_told_at_the_exports_own_cell(folder: Path) -> None:
    found = the_import(folder, an_export(folder))
    lines = found.version.after.decode().splitlines()
    at = next(number for number, line in enumerate(lines, start=1) if "(970) 555-0166" in line)
    problem = Problem(Spot(OWN, at, 5), Severity.ERROR, "phone", "This is not a phone number.", "Write it.")
    placed = found.place(problem)
    assert placed.spot == Spot(str(folder.parent / "appointments.csv"), 7, 4)
    assert placed.message == "Under “Mobile”: This is not a phone number."
    order = next(number for number, line in enumerate(lines, start=1) if "keep-dry" in line)
    unheaded = found.place(Problem(Spot(OWN, order, 5), Severity.ERROR, "order-range", "Too long.", ""))
    assert (unheaded.spot.line, unheaded.spot.column, unheaded.message) == (4, 1, "Too long.")
    elsewhere = Problem(Spot("clinic.yaml", 1, 1), Severity.ERROR, "x", "y", "z")
    assert found.place(elsewhere) is elsewhere


def test_a_row_with_a_mistake_stops_the_whole_import(folder: Path) -> None:
    found = import_export(folder, an_export(folder, Confirmed="Arived"), the_mapping())
    assert not isinstance(found, Import)
    assert [problem.code for problem in found] == ["unmapped-word"]


def test_an_export_without_bookings_is_refused(folder: Path) -> None:
    path = an_export(folder)
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:3]), encoding="utf-8")
    with pytest.raises(EditError, match=r"appointments\.csv has no booking in it: nothing is taken over\."):
        the_import(folder, path)


def test_a_file_that_somebody_else_writes_is_not_written_over(folder: Path) -> None:
    (folder / "patients").mkdir(exist_ok=True)
    (folder / OWN).write_text("patients: []\n", encoding="utf-8")
    with pytest.raises(EditError, match=r"appointments\.yaml does not belong to “notifier import”, and is not"):
        the_import(folder, an_export(folder))


def test_a_file_that_cannot_be_read_is_told_in_a_sentence(folder: Path) -> None:
    (folder / OWN).mkdir(parents=True)
    with pytest.raises(EditError, match=r"appointments\.yaml cannot be read: is a directory\."):
        the_import(folder, an_export(folder))


def test_more_than_a_file_may_hold_is_refused(folder: Path) -> None:
    path = an_export(folder)
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    many = [rows[3].replace("20311", str(number)).replace("Rosa", "R" * 2000) for number in range(1000)]
    path.write_text("".join([*rows[:3], *many]), encoding="utf-8")
    with pytest.raises(EditError, match=r"has too many bookings for one file\. Export fewer weeks at once\."):
        the_import(folder, path)


def test_a_mapping_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(EditError, match=r"m\.yaml cannot be read: no such file or directory\."):
        read_export_mapping(tmp_path / "m.yaml")
    (tmp_path / "m.yaml").write_bytes(b"into: \xff")
    problems = read_export_mapping(tmp_path / "m.yaml")
    assert isinstance(problems, tuple)
    [problem] = problems
    assert (problem.spot.line, problem.spot.column, problem.code) == (1, 7, "not-utf-8")
