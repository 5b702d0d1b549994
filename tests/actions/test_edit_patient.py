"""Which file and entry an edit goes to, and when it is refused."""

from datetime import datetime
from pathlib import Path

import pytest

from notifier.actions.edit_patient import add_patient, edit_patient, move_patient
from notifier.intake.editing import OWNED
from notifier.intake.splices import EditError
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients

HEADER = "id,name,phone,protocol,procedure,arrival\n"
NEW = {"id": "P-9", "name": "Ana", "phone": "720 555 0177", "protocol": "mild", "procedure": "2027-01-20 09:00"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Maria in December in YAML, Grace in January in CSV."""
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry(arrival="2026-12-03 06:30"), file="2026-12.yaml")
    (folder / "patients" / "2027-01.csv").write_text(
        f"{HEADER}P-1051,Grace,+1 303 555 0158,mild,1/5/2027 8:00 AM,1/5/2027 7:15 AM\nP-1052,Bo\nP-1053,Jo,,,soon,\n"
    )
    return folder


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_an_edit_goes_to_the_file_that_has_the_booking(folder: Path) -> None:
    version = edit_patient(folder, "P-1051", {"name": "Gracie"})
    assert (version.name, version.path) == ("patients/2027-01.csv", folder / "patients" / "2027-01.csv")
    assert version.after == version.path.read_bytes().replace(b"Grace", b"Gracie")
    assert not edit_patient(folder, "P-1051", {"name": "Grace"}).is_different


def test_an_arrival_moves_along_with_its_procedure(folder: Path) -> None:
    after = move_patient(folder, "P-1042", wall("2026-12-04 13:00")).after.decode()
    assert "    procedure: 2026-12-04 13:00\n    arrival: 2026-12-04 12:00\n" in after
    assert b",2027-01-06 09:00,2027-01-06 08:15\n" in move_patient(folder, "P-1051", wall("2027-01-06 09:00")).after


def test_an_arrival_that_is_given_is_taken(folder: Path) -> None:
    after = move_patient(folder, "P-1042", wall("2026-12-04 13:00"), wall("2026-12-04 11:00")).after
    assert b"arrival: 2026-12-04 11:00\n" in after


def test_a_procedure_without_an_arrival_gets_none(folder: Path) -> None:
    write_patients(folder, an_entry(), file="2026-12.yaml")
    assert b"arrival" not in move_patient(folder, "P-1042", wall("2026-12-04 13:00")).after


def test_a_time_that_cannot_be_read_does_not_move_along(folder: Path) -> None:
    write_patients(folder, an_entry(arrival="half past six"), file="2026-12.yaml")
    with pytest.raises(EditError, match=r"The “arrival” of the entry cannot be read: .* Give the new arrival with"):
        move_patient(folder, "P-1042", wall("2026-12-04 13:00"))


def test_a_booking_that_is_nowhere_is_told_with_what_may_hide_it(folder: Path) -> None:
    with pytest.raises(EditError, match=r"No entry has the id “p-1042”\. Check its capitals and hyphens\."):
        edit_patient(folder, "p-1042", {})
    write_patients(folder, "  - id: {", file="2026-11.yaml")
    with pytest.raises(
        EditError, match=r"No entry has the id “P-1”\. patients/2026-11\.yaml cannot be read: “notifier"
    ):
        edit_patient(folder, "P-1", {})


def test_a_booking_that_stands_twice_is_told_with_both_places(folder: Path) -> None:
    write_patients(folder, an_entry("P-1"), an_entry("P-1051"), file="other.yaml")
    places = r"patients/2027-01\.csv, line 2 and patients/other\.yaml, line 8"
    with pytest.raises(EditError, match=rf"The id “P-1051” is given twice: {places}\."):
        edit_patient(folder, "P-1051", {})


def test_a_file_of_the_import_is_not_edited(folder: Path) -> None:
    (folder / "patients" / "2026-12.yaml").write_text(f"{OWNED}.\npatients:\n{an_entry()}", encoding="utf-8")
    with pytest.raises(EditError, match=r"patients/2026-12\.yaml is written by “notifier import”, which would undo"):
        edit_patient(folder, "P-1042", {"status": "cancelled"})


def test_a_file_with_a_mistake_in_its_shape_is_not_edited(folder: Path) -> None:
    write_patients(folder, an_entry(), "  - Ann\n", file="2026-12.yaml")
    with pytest.raises(EditError, match=r"patients/2026-12\.yaml has a mistake and cannot be edited"):
        edit_patient(folder, "P-1042", {"status": "cancelled"})


def test_a_row_that_does_not_fit_its_header_is_not_edited(folder: Path) -> None:
    with pytest.raises(EditError, match=r"The cells of patients/2027-01\.csv, line 3 do not fit its header"):
        edit_patient(folder, "P-1052", {"name": "Bob"})


@pytest.mark.parametrize(
    ("procedure", "file"), [("2026-12-10 09:00", "patients/2026-12.yaml"), ("2027-01-20 09:00", "patients/2027-01.csv")]
)
def test_a_patient_is_added_where_the_nearest_booking_is(folder: Path, procedure: str, file: str) -> None:
    write_patients(folder, file="nobody.yaml")
    assert add_patient(folder, {**NEW, "procedure": procedure}).name == file


def test_a_file_of_the_import_is_nothing_to_add_to(tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    (folder / "patients").mkdir(exist_ok=True)
    (folder / "patients" / "a.yaml").write_text(f"{OWNED}.\npatients:\n{an_entry()}", encoding="utf-8")
    with pytest.raises(EditError, match=r"There is no file to add a patient to\. Name one, such as “--file patients/"):
        add_patient(folder, NEW)


def test_a_file_may_be_named_in_any_way_that_finds_it(folder: Path) -> None:
    for name in ("2026-12.yaml", "patients/2026-12.yaml", f"{folder}/patients/2026-12.yaml"):
        assert add_patient(folder, NEW, name).name == "patients/2026-12.yaml"


def test_a_file_that_is_not_there_is_begun(folder: Path) -> None:
    version = add_patient(folder, {**NEW, "procedure": "2027-02-02 09:00"}, "2027-02.yaml")
    assert (version.name, version.before) == ("patients/2027-02.yaml", None)
    assert version.after.decode() == (
        "patients:\n  - id: P-9\n    name: Ana\n    phone: 720 555 0177\n    protocol: mild\n"
        "    procedure: 2027-02-02 09:00\n"
    )


@pytest.mark.parametrize("name", ["new.csv", "new.yml", "../clinic.yaml", ".hidden.yaml", "2026-12"])
def test_a_file_that_would_not_be_read_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(EditError, match=r"is not a patients file that can be read\. A new file is named such as"):
        add_patient(folder, NEW, name)


def test_an_id_that_is_taken_is_told_with_its_place(folder: Path) -> None:
    with pytest.raises(EditError, match=r"The id “P-1042” is taken: patients/2026-12\.yaml, line 2\."):
        add_patient(folder, {**NEW, "id": "P-1042"})
