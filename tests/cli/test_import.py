"""`notifier import`: what an admin sees of an export, and what then stands in the file that belongs to it."""

from pathlib import Path

import pytest

from tests.cli.rig import NOW, Desk, Outcome, notifier
from tests.fakes.clinic_folder import SHIPPED, an_entry

SAMPLE = SHIPPED / "examples" / "import"
OWN = "patients/appointments.yaml"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """The sample export and its mapping, to be changed."""
    for name in ("appointments.csv", "mapping.yaml"):
        (tmp_path / name).write_bytes((SAMPLE / name).read_bytes())
    return tmp_path / "appointments.csv"


def take(desk: Desk, export: Path, *options: str) -> Outcome:
    return desk.call("import", export, "--mapping", export.with_name("mapping.yaml"), "--now", NOW, *options)


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_an_export_is_shown_first_and_not_taken_where_nobody_can_be_asked(desk: Desk, export: Path) -> None:
    outcome = take(desk, export)
    assert (outcome.code, (desk.folder / OWN).exists()) == (1, False)
    assert outcome.err.endswith("\nNothing is written: nobody is here to ask. Say --yes to write it.\n")
    assert outcome.out.splitlines()[:2] == ["4 bookings: 4 new, 0 gone, 1 row left out.", OWN]
    assert "… and 30 lines more" in outcome.out
    assert "A-20311  Rosa" in outcome.out


def test_the_same_export_twice_changes_nothing(desk: Desk, export: Path) -> None:
    assert take(desk, export, "--yes").code == 0
    before = (desk.folder / OWN).read_bytes()
    assert desk.call("check", "--now", NOW).code == 0
    again = take(desk, export, "--yes")
    assert (again.code, (desk.folder / OWN).read_bytes()) == (0, before)
    assert again.out.endswith(f"{OWN} says so already: there is nothing to write.\n")


def test_who_vanishes_is_named_with_what_that_means(desk: Desk, export: Path) -> None:
    take(desk, export, "--yes")
    lines = export.read_text(encoding="utf-8").splitlines(keepends=True)
    export.write_text("".join(line for line in lines if "Rosa" not in line), encoding="utf-8")
    shown = take(desk, export).out.splitlines()
    assert shown[0] == "3 bookings: 0 new, 1 gone, 1 row left out."
    assert shown[1] == (
        "Gone from the export: A-20311. Texts to them end, and nobody tells them. "
        "Whoever is cancelled should stay in the export, with a status that says so."
    )


def test_of_many_who_vanish_some_are_listed(desk: Desk, export: Path) -> None:
    lines = export.read_text(encoding="utf-8").splitlines(keepends=True)
    more = [lines[4].replace("20317", f"3{number:04}") for number in range(15)]
    export.write_text("".join([*lines, *more]), encoding="utf-8")
    take(desk, export, "--yes")
    export.write_text("".join(lines[:4]), encoding="utf-8")
    assert ", A-30010 and 6 more. Texts to them end" in take(desk, export).out


def test_a_word_that_is_not_mapped_stops_the_import_at_its_row(desk: Desk, export: Path) -> None:
    change(export, "Confirmed", "Arived")
    outcome = take(desk, export, "--yes")
    assert (outcome.code, (desk.folder / OWN).exists()) == (1, False)
    assert outcome.out == (
        f"{export}:4: error: Under “Status”: The mapping does not say what “Arived” means. "
        "Add it to the mapping, under “words” and “status”, with what it means or “leave out”.\n\n"
        "Nothing is taken over: 1 problem.\n"
    )
    told = take(desk, export, "--json").json
    assert (told["written"], told["problems"][0]["line"], told["problems"][0]["column"]) == (False, 4, 10)


def test_a_value_that_no_patient_may_have_is_told_at_its_row(desk: Desk, export: Path) -> None:
    change(export, "(970) 555-0166", "970 555")
    outcome = take(desk, export, "--yes")
    assert (outcome.code, (desk.folder / OWN).exists()) == (1, False)
    assert f"{export}:7: error: Under “Mobile”: This is too long or too short for a phone number." in outcome.out


def test_a_booking_that_stands_in_another_file_is_told_at_its_row(desk: Desk, export: Path) -> None:
    desk.entries(an_entry("A-20311"))
    assert f"{export}:4: error: Under “Booking”: The id “A-20311” is given twice" in take(desk, export).out


def test_a_mistake_in_the_mapping_is_told_at_its_line(desk: Desk, export: Path) -> None:
    change(export.with_name("mapping.yaml"), "phone: Mobile", "fone: Mobile")
    outcome = take(desk, export)
    assert outcome.code == 1
    assert "mapping.yaml:8:3: error: A patient has no field “fone”. [unknown-field]" in outcome.out
    assert "     8 |   fone: Mobile" in outcome.out


def test_an_export_that_is_not_there_is_told_in_a_sentence(desk: Desk, export: Path) -> None:
    export.unlink()
    outcome = take(desk, export)
    assert (outcome.code, outcome.err) == (1, f"Error: {export} cannot be read: no such file or directory.\n")


def test_its_file_cannot_be_edited_by_hand_commands(desk: Desk, export: Path) -> None:
    take(desk, export, "--yes")
    outcome = desk.call("patient", "cancel", "A-20311", "--yes")
    assert outcome.code == 1
    assert f"{OWN} is written by “notifier import”, which would undo an edit." in outcome.err


def test_the_help_has_an_example() -> None:
    assert "Example: notifier import appointments.csv --mapping mapping.yaml" in notifier("import", "--help").out
