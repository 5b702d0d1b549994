"""Folders to start from: what `init` writes, and the demo's clinic."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier.actions.check_schedules import check_schedules
from notifier.actions.make_demo import make_demo
from notifier.actions.start_schedules import FolderError, example_card, move_up, start_schedules
from tests.actions.steps import DENVER, denver
from tests.fakes.clinic_folder import SHIPPED

NOW = denver("2026-11-22 09:00")
EXAMPLE = example_card(SHIPPED)
CARD = replace(EXAMPLE, name="Harbor Spine Care", phone="617-555-0101", time_zone="America/New_York")


def test_what_is_started_checks_clean_under_the_clinics_own_name(tmp_path: Path) -> None:
    files = start_schedules(SHIPPED, tmp_path / "new" / "schedules", CARD)
    checked = check_schedules(tmp_path / "new" / "schedules", NOW)
    assert checked.problems == ()
    assert checked.reading.schedules is not None
    clinic = checked.reading.schedules.clinic
    assert (clinic.name, clinic.phone, clinic.time_zone.key) == ("Harbor Spine Care", "617-555-0101", CARD.time_zone)
    assert {file.name for file in files} >= {"clinic.yaml", "mild.yaml", "patients.yaml", "README.md"}


@pytest.mark.parametrize("name", ['The "Spine" Clinic', "Back\\Care", "O'Connor: pain, gone", "yes"])
def test_a_clinics_name_comes_back_as_it_was_given(tmp_path: Path, name: str) -> None:
    start_schedules(SHIPPED, tmp_path / "schedules", replace(CARD, name=name))
    checked = check_schedules(tmp_path / "schedules", NOW)
    assert checked.reading.schedules is not None
    assert checked.reading.schedules.clinic.name == name


def test_the_remarks_of_the_shipped_clinic_file_stay(tmp_path: Path) -> None:
    start_schedules(SHIPPED, tmp_path / "schedules", CARD)
    started, shipped = (
        (folder / "clinic.yaml").read_text(encoding="utf-8") for folder in (tmp_path / "schedules", SHIPPED)
    )
    assert [line.partition("#")[2] for line in started.splitlines()] == [
        line.partition("#")[2] for line in shipped.splitlines()
    ]


def test_the_examples_own_card_leaves_its_file_as_it_is(tmp_path: Path) -> None:
    start_schedules(SHIPPED, tmp_path / "schedules", EXAMPLE)
    for name in ("clinic.yaml", "protocols/mild.yaml", "examples/colonoscopy.yaml", "README.md"):
        assert (tmp_path / "schedules" / name).read_bytes() == (SHIPPED / name).read_bytes()


def test_everything_that_a_clinic_says_of_itself_comes_back(tmp_path: Path) -> None:
    card = replace(CARD, languages=("es",), country="CA", every_day="22:00 to 07:00", procedure_day="22:00 to 04:30")
    start_schedules(SHIPPED, tmp_path, card)
    assert example_card(tmp_path) == card


@pytest.mark.parametrize("languages", [("en",), ("es",), ("es", "en")])
def test_a_clinic_gets_the_texts_in_its_own_languages(tmp_path: Path, languages: tuple[str, ...]) -> None:
    start_schedules(SHIPPED, tmp_path, replace(CARD, languages=languages))
    (tmp_path / "examples" / "colonoscopy.yaml").rename(tmp_path / "protocols" / "colonoscopy.yaml")
    checked = check_schedules(tmp_path, NOW)
    assert checked.problems == ()
    assert checked.reading.schedules is not None
    assert checked.reading.schedules.clinic.languages == languages
    for protocol in checked.reading.schedules.protocols.values():
        assert len(protocol.steps) > 10
        for texts in (*(step.text for step in protocol.steps), *protocol.notices.values(), protocol.stop_line):
            assert set(texts) == set(languages)


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    start_schedules(SHIPPED, tmp_path, CARD)
    assert (tmp_path / "clinic.yaml").is_file()


@contextmanager
def refused(why: str) -> Iterator[None]:
    with pytest.raises(FolderError, match=why):
        yield


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with refused("is there already and is not empty"):
        start_schedules(SHIPPED, tmp_path, CARD)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_the_folders_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "schedules").write_text("mine", encoding="utf-8")
    with refused("is there already"):
        start_schedules(SHIPPED, tmp_path / "schedules", CARD)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_failure_halfway_leaves_no_file_behind(tmp_path: Path, is_there: bool) -> None:  # noqa: FBT001 (a case)
    shutil.copytree(SHIPPED, tmp_path / "shipped")
    (tmp_path / "shipped" / "timeline.svg").unlink()
    if is_there:
        (tmp_path / "schedules").mkdir()
    with refused("cannot be written: No such file or directory"):
        start_schedules(tmp_path / "shipped", tmp_path / "schedules", CARD)
    assert [path.name for path in tmp_path.rglob("schedules")] == (["schedules"] if is_there else [])
    assert not is_there or list((tmp_path / "schedules").iterdir()) == []


def test_what_cannot_be_moved_into_its_place_takes_the_rest_back_out(tmp_path: Path) -> None:
    staging = tmp_path / "folder" / "staging"
    staging.mkdir(parents=True)
    for name in ("a", "b", "c"):
        (staging / name).touch()
    (tmp_path / "folder" / "b").mkdir()  # somebody else made it meanwhile
    with pytest.raises(IsADirectoryError):
        move_up(staging, tmp_path / "folder")
    assert sorted(path.name for path in staging.iterdir()) == ["a", "b", "c"]
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["b", "staging"]


@pytest.mark.parametrize(("name", "why"), [("file/schedules", "Not a directory"), ("s" * 300, "File name too long")])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "file").touch()
    with refused(f"cannot be written: {why}"):
        start_schedules(SHIPPED, tmp_path / name, CARD)


@pytest.mark.parametrize("day", range(7))
def test_the_demos_clinic_checks_clean_on_every_day_of_the_week(tmp_path: Path, day: int) -> None:
    now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC) + timedelta(days=day)
    folder = tmp_path / "schedules"
    [turn] = make_demo(SHIPPED, folder, now, DENVER)
    first = check_schedules(folder, now)
    turn.act()
    then = check_schedules(folder, turn.at)
    assert first.problems == then.problems == ()
    assert then.reading.schedules is not None
    patients = then.reading.schedules.patients
    assert [patient.id for patient in patients] == ["P-1001", "P-1002", "P-1004", "P-1003"]
    assert {patient.language for patient in patients} == {"en", "es"}
    assert len({patient.time_zone.key for patient in patients}) == 2
    assert all(patient.procedure > turn.at > now for patient in patients if patient.id == "P-1003")
    assert all(patient.procedure.astimezone(DENVER).weekday() < 5 for patient in patients)
