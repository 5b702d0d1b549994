"""Files as they lie on disks: kinds, links, permissions, sizes and encodings."""

import os
from pathlib import Path

import pytest

from notifier.core.problems import Problem
from notifier.intake.files import read_bytes
from notifier.intake.folder import read_schedules
from tests.intake.desk import CLINIC, NOW, PATIENTS, PROTOCOL, Desk, as_line

NOBODY = 65534


def test_a_folder_without_mistakes_says_nothing(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    reading = desk.read()
    assert reading.problems == ()
    assert reading.whole is True


def test_a_missing_folder_is_one_problem(desk: Desk, tmp_path: Path) -> None:
    reading = Desk(tmp_path / "other").read()
    assert reading.schedules is not None
    desk.folder.rename(tmp_path / "gone")
    reading = desk.read()
    assert [as_line(problem) for problem in reading.problems] == [
        ".:1:1 missing-folder: There is no schedules folder here. Check the path, or make one with “notifier init”."
    ]
    assert (reading.schedules, dict(reading.spots), reading.is_bare) == (None, {}, True)


def test_an_empty_folder_is_told_and_is_bare(desk: Desk, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    desk.folder = empty
    assert desk.says() == [
        (
            "clinic.yaml:1:1 missing-file: There is no “clinic.yaml”. "
            "Put a file “clinic.yaml” into the schedules folder; “notifier init” writes an example."
        ),
        (
            "patients:1:1 no-patients: There is no folder “patients”. "
            "Put the patients' files into a folder of the name “patients”."
        ),
        (
            "protocols:1:1 no-protocols: There is no protocol. "
            "Put a protocol into the folder “protocols”, such as “protocols/mild.yaml”."
        ),
    ]
    assert desk.read().is_bare is True


@pytest.mark.parametrize("below", ["protocols", "patients", "patients/2026"])
def test_a_folder_of_empty_folders_is_bare_and_says_that_there_is_nobody(tmp_path: Path, below: str) -> None:
    (tmp_path / below).mkdir(parents=True)
    (tmp_path / "README.md").write_text("# How to write schedules")
    (tmp_path / ".git").mkdir()
    reading = read_schedules(tmp_path, NOW)
    assert (reading.is_bare, reading.whole) == (True, True), "whether to believe it is for the guard"


@pytest.mark.parametrize(
    "name",
    [
        "clinic.yaml",
        "protocols/a.yaml",
        "patients/a.csv",
        "patients/a.yml",
        "patients/a.xlsx",
        "patient.yaml",
        "december.XLSX",
        "patiens/a.yaml",
        "patiens/ward/a.csv",
        "schedules/clinic.yaml",
    ],
)
def test_a_folder_with_anything_that_may_be_a_schedule_file_is_not_bare(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"")
    assert read_schedules(tmp_path, NOW).is_bare is False


@pytest.mark.parametrize("name", ["patiens/a.yaml", "patiens/ward/a.csv", "schedules/clinic.yaml"])
def test_nobody_counts_as_gone_while_there_are_only_folders_of_other_names(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_bytes(b"")
    assert read_schedules(tmp_path, NOW).whole is False


def test_a_link_to_patients_that_leads_nowhere_hides_them(tmp_path: Path) -> None:
    (tmp_path / "patients").symlink_to("/mnt/ward/patients")
    reading = read_schedules(tmp_path, NOW)
    assert (reading.is_bare, reading.whole) == (False, False)


def test_a_folder_of_another_name_that_may_not_be_read_hides_patients(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    let_others_come_to(desk.folder)
    (desk.folder / "patients").rename(desk.folder / "patiens")
    (desk.folder / "clinic.yaml").unlink()
    (desk.folder / "protocols/mild.yaml").unlink()
    (desk.folder / "patiens").chmod(0)
    _, whole = as_nobody(desk)
    (desk.folder / "patiens").chmod(0o755)
    assert whole is False


def test_patients_in_a_folder_of_another_name_do_not_count_as_gone(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    (desk.folder / "patients").rename(desk.folder / "patiens")
    assert [line.partition(": ")[0] for line in desk.says()] == ["patients:1:1 no-patients"]
    assert (desk.read().whole, desk.read().is_bare) == (False, False)


def test_patients_are_kept_while_there_is_no_protocol(desk: Desk) -> None:
    (desk.folder / "protocols/mild.yaml").unlink()
    desk.write("patients/a.yaml", PATIENTS)
    assert [line.partition(" ")[2].partition(":")[0] for line in desk.says()] == ["no-protocols"]
    assert desk.read().kept == {"P-1"}


def test_patients_are_found_in_folders_below_whatever_the_case_of_the_ending(desk: Desk) -> None:
    desk.write("patients/2026/12/a.yaml", PATIENTS)
    desk.write("patients/2026/b.CSV", "id,name,phone,protocol,procedure\nP-2,Al,303-555-0112,mild,2026-12-08 06:00\n")
    assert desk.says() == []
    assert [patient.id for patient in desk.patients()] == ["P-1", "P-2"]


@pytest.mark.parametrize(
    "name", [".hidden.yaml", ".a.yaml.swp", "a.yaml~", ".#a.yaml", "#a.yaml#", "~$a.csv", "README.md", "timeline.svg"]
)
def test_hidden_temporary_and_other_files_are_passed_over(desk: Desk, name: str) -> None:
    desk.write(f"patients/{name}", b"\xff nothing to read")
    desk.write(f"protocols/{name}", b"\xff nothing to read")
    desk.write(name, b"\xff nothing to read")
    assert desk.says() == []
    assert desk.read().whole is True


def test_a_file_ending_in_yml_is_not_read_and_told(desk: Desk) -> None:
    desk.write("patients/a.yml", PATIENTS)
    assert desk.says() == [
        (
            "patients/a.yml:1:1 file-ending: “patients/a.yml” is not read, because it ends in “.yml”. "
            "Rename it so that it ends in “.yaml”."
        )
    ]
    assert desk.read().whole is False, "its patients must not count as gone"


def test_a_workbook_is_not_read_and_told(desk: Desk) -> None:
    desk.write("patients/a.xlsx", b"PK\x03\x04")
    desk.write("protocols/a.xlsx", b"PK\x03\x04")
    assert desk.says() == [
        (
            "patients/a.xlsx:1:1 workbook: “patients/a.xlsx” is a workbook, and is not read. "
            "Save it as “CSV UTF-8”, beside this file."
        )
    ]
    assert desk.read().whole is True


def test_a_workbook_that_was_renamed_is_told(desk: Desk) -> None:
    desk.write("patients/a.csv", b"PK\x03\x04\x14\x00\x06\x00")
    assert desk.says() == [
        (
            "patients/a.csv:1:1 workbook-content: This file is an Excel workbook, whatever its name says. "
            "Save it from Excel as “CSV UTF-8”."
        )
    ]


def test_a_schedule_file_in_the_wrong_place_is_told(desk: Desk) -> None:
    desk.write("2026-12.yaml", PATIENTS)
    assert desk.says() == [
        (
            "2026-12.yaml:1:1 misplaced-file: “2026-12.yaml” is not read. "
            "Only “clinic.yaml” stands here; move others into “protocols” or “patients”."
        )
    ]


@pytest.mark.parametrize("name", ["patients/a.yaml", "protocols/mild.yaml", "clinic.yaml"])
def test_a_file_that_is_a_folder_is_told(desk: Desk, name: str) -> None:
    (desk.folder / name).unlink(missing_ok=True)
    (desk.folder / name).mkdir()
    assert desk.says() == [
        (
            f"{name}:1:1 is-a-folder: “{name}” is a folder, not a file. "
            "Give the folder a name that does not look like a file's, or put the file itself here."
        )
    ]
    assert desk.read().whole is (not name.startswith("patients"))


@pytest.mark.parametrize("name", ["patients/a.csv", "protocols/mild.yaml", "clinic.yaml"])
def test_a_dangling_link_is_told(desk: Desk, name: str) -> None:
    (desk.folder / name).unlink(missing_ok=True)
    (desk.folder / name).symlink_to("nowhere.yaml")
    assert desk.says() == [
        (
            f"{name}:1:1 dangling-link: “{name}” is a link to a file that is not there. "
            "Put the file itself here, or mend the link."
        )
    ]
    assert desk.read().whole is (not name.startswith("patients"))


def test_a_link_to_itself_is_told(desk: Desk) -> None:
    (desk.folder / "patients/a.yaml").symlink_to("a.yaml")
    (line,) = desk.says()
    assert line.startswith("patients/a.yaml:1:1 unreadable-file: “patients/a.yaml” cannot be read: too many levels of")


def test_a_pipe_is_told_and_not_waited_for(desk: Desk) -> None:
    os.mkfifo(desk.folder / "patients/a.yaml")
    assert desk.says() == [
        "patients/a.yaml:1:1 no-file: “patients/a.yaml” is not an ordinary file. Put the file itself here."
    ]


def test_links_between_folders_are_followed_once(desk: Desk) -> None:
    desk.write("patients/2026/a.yaml", PATIENTS)
    (desk.folder / "patients/2026/again").symlink_to("..")
    (desk.folder / "patients/also-2026").symlink_to("2026")
    assert desk.says() == []
    assert len(desk.patients()) == 1


def test_a_name_that_is_no_text_is_shown_all_the_same(desk: Desk) -> None:
    (desk.folder / "patients" / os.fsdecode(b"M\xe4rz.yaml")).write_text("")
    assert [problem.spot.file for problem in desk.read().problems] == ["patients/M�rz.yaml"]


@pytest.mark.parametrize(
    ("closed", "hides_patients"),
    [("patients/a.yaml", True), ("patients/2026", True), ("protocols/mild.yaml", False), ("clinic.yaml", False)],
)
def test_what_may_not_be_read_is_told(desk: Desk, closed: str, *, hides_patients: bool) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    desk.write("patients/2026/b.yaml", "patients:\n")
    let_others_come_to(desk.folder)
    (desk.folder / closed).chmod(0)
    says, whole = as_nobody(desk)
    (desk.folder / closed).chmod(0o755)
    assert says == [
        (
            f"{closed}:1:1 no-permission: “{closed}” may not be read by this program. "
            "Give the account that runs notifier leave to read it."
        )
    ]
    assert whole is not hides_patients


def test_a_folder_that_may_not_be_read_or_entered_is_told(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    let_others_come_to(desk.folder)
    (desk.folder / "patients").chmod(0o444)
    assert [line.partition(": ")[0] for line in as_nobody(desk)[0]] == ["patients/a.yaml:1:1 no-permission"]
    (desk.folder / "patients").chmod(0o755)
    desk.folder.chmod(0)
    says, whole = as_nobody(desk)
    assert [line.partition(": ")[0] for line in says] == [".:1:1 no-permission", "clinic.yaml:1:1 no-permission"]
    assert whole is False
    desk.folder.parent.chmod(0)
    says, whole = as_nobody(desk)
    assert [line.partition(": ")[0] for line in says] == [".:1:1 no-permission", "clinic.yaml:1:1 no-permission"]
    assert whole is False, "a folder that cannot be looked at is not missing"
    desk.folder.parent.chmod(0o755)
    desk.folder.chmod(0o755)


def let_others_come_to(folder: Path) -> None:
    """Open the way to a folder below pytest's own for everybody, where somebody else than its owner is to read it."""
    if os.geteuid() != 0:
        return
    for above in (folder, *folder.parents):
        above.chmod(above.stat().st_mode | 0o111)
        if above.name.startswith("pytest-of"):
            return


def as_nobody(desk: Desk) -> tuple[list[str], bool]:
    """Read the desk as somebody whom permissions hold: where we are root, in a child process that has given that up."""
    if os.geteuid() != 0:
        reading = desk.read()
        return [as_line(problem) for problem in reading.problems], reading.whole
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover (the child's coverage is not kept)
        status = 1
        try:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            reading = desk.read()
            lines = [str(reading.whole), *(as_line(problem) for problem in reading.problems)]
            os.write(outlet, "\n".join(lines).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(outlet)
    with os.fdopen(inlet, "rb") as pipe:
        whole, *says = pipe.read().decode().split("\n")
    assert os.waitpid(child, 0)[1] == 0
    return says, whole == "True"


@pytest.mark.parametrize(
    ("name", "size", "most"), [("patients/a.yaml", 2, 2), ("patients/a.csv", 10, 8), ("clinic.yaml", 10, 2)]
)
def test_a_file_that_is_too_large_is_told(desk: Desk, name: str, size: int, most: int) -> None:
    desk.write(name, b"# " + b"x" * (size * 1024 * 1024))
    assert desk.says() == [
        (
            f"{name}:1:1 too-large: “{name}” is larger than {most} MiB. "
            "Check that it is a schedule file, or split it into several."
        )
    ]


SAVE = "Save the file as UTF-8: in Excel “Save As”, type “CSV UTF-8”; in an editor “Save with encoding”."


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"patients:\r\n  - id: P-1\r\n    name: Jos\xe9\r\n", "3:14 not-utf-8: This character is not saved as UTF-8."),
        (b"\xef\xbb\xbfpatients: \xff", "1:11 not-utf-8: This character is not saved as UTF-8."),
        ("patients:\n".encode("utf-16"), "1:1 not-utf-8: This file is saved as UTF-16, not as UTF-8."),
        ("patients:\n".encode("utf-16-le"), "1:1 not-utf-8: This file is saved as UTF-16, not as UTF-8."),
        ("patients:\n".encode("utf-16-be"), "1:1 not-utf-8: This file is saved as UTF-16, not as UTF-8."),
    ],
)
def test_a_file_that_is_not_utf_8_is_told_at_the_first_bad_byte(desk: Desk, data: bytes, expected: str) -> None:
    desk.write("patients/a.yaml", data)
    assert desk.says() == [f"patients/a.yaml:{expected} {SAVE}"]
    assert desk.read().whole is False


@pytest.mark.parametrize("name", ["patients/a.yaml", "patients/a.csv"])
@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf", b" \r\n\r\n"])
def test_an_empty_file_is_none_without_patients_but_one_that_is_being_written(
    desk: Desk, name: str, data: bytes
) -> None:
    desk.write(name, data)
    assert [line.partition(": ")[0] for line in desk.says()] == [f"{name}:1:1 empty-file"]
    assert desk.read().whole is False


@pytest.mark.parametrize("text", ["patients: []\n", "patients:\n", "patients:\n# none this week\n"])
def test_a_file_that_says_that_there_is_nobody_is_believed(desk: Desk, text: str) -> None:
    desk.write("patients/a.yaml", text)
    assert desk.says() == []
    assert desk.read().whole is True


def test_a_file_that_is_gone_between_listing_and_reading_is_told_and_hides_its_patients(desk: Desk) -> None:
    problem = read_bytes(desk.folder, desk.folder / "patients/a.yaml")
    assert isinstance(problem, Problem)
    assert as_line(problem) == (
        "patients/a.yaml:1:1 vanished-file: “patients/a.yaml” was here a moment ago and is gone. "
        "If it has been moved or is being saved, there is nothing to do."
    )


@pytest.mark.parametrize("character", ["\0", "\x07", "\x7f", "\x85", "\u2028", "\ufeff", "\uffff"])
def test_an_invisible_character_is_told(desk: Desk, character: str) -> None:
    desk.write("patients/a.yaml", f"patients:\n  - id: P{character}1\n")
    assert desk.says() == [
        (
            f"patients/a.yaml:2:10 invisible-character: An invisible character stands here (U+{ord(character):04X}). "
            "Delete it: put the cursor after it and press Backspace, or write the line anew."
        )
    ]


CONFLICT = "<<<<<<< HEAD\n{}=======\n{}>>>>>>> from-the-desk\n"


@pytest.mark.parametrize(
    ("name", "text", "line", "mark"),
    [
        ("patients/a.yaml", "patients:\n" + CONFLICT.format("  - id: P-1\n", "  - id: P-2\n"), 2, "<<<<<<<"),
        ("patients/a.csv", "id,name\n" + CONFLICT.format("P-1,Maria\n", "P-2,Ana\n"), 2, "<<<<<<<"),
        ("clinic.yaml", CLINIC + "=======\n", CLINIC.count("\n") + 1, "======="),  # what somebody forgot to delete
        ("patients/a.csv", "id,name\nP-1,Maria\n>>>>>>> from-the-desk\n", 3, ">>>>>>>"),
    ],
)
def test_what_git_could_not_merge_is_told_once_at_its_first_mark(
    desk: Desk, name: str, text: str, line: int, mark: str
) -> None:
    desk.write(name, text)
    assert desk.says() == [
        (
            f"{name}:{line}:1 conflict: Two versions of this file meet here: git has left its mark “{mark}”. "
            "Keep the lines that are right, and delete the others and every line that begins with such a mark."
        )
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_any_line_end_and_a_byte_order_mark_are_fine(desk: Desk, end: str, mark: str) -> None:
    for name, text in (("clinic.yaml", CLINIC), ("protocols/mild.yaml", PROTOCOL), ("patients/a.yaml", PATIENTS)):
        desk.write(name, mark + text.replace("\n", end))
    assert desk.read(NOW).problems == ()
    assert len(desk.patients()) == 1
