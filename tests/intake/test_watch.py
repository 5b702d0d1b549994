"""Watching a folder: real files, real events; every change is heard, and no reading is."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifier.intake.folder import ScheduleReader
from notifier.intake.watch import FolderWatch
from tests.intake.desk import CLINIC, NOW, PATIENTS, Desk

DEADLINE = 10.0  # seconds; an event comes within milliseconds
MOMENT = 0.02  # seconds between two looks


class Ear:
    """Counts the calls of a watch."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1

    def hears(self, change: Callable[[], object]) -> bool:
        """Make a change, and say whether it is heard within the deadline."""
        self.calm_down()
        before = self.count
        change()
        return poll(lambda: self.count > before)

    def calm_down(self) -> None:
        """Wait until nothing has been heard for ten looks."""
        quiet, last = 0, self.count
        while quiet < 10:
            time.sleep(MOMENT)
            quiet, last = (quiet + 1 if self.count == last else 0), self.count


def poll(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(MOMENT)
    return False


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def watched(desk: Desk, ear: Ear) -> Iterator[Desk]:
    """Return a desk with a patient, that is watched."""
    desk.write("patients/a.yaml", PATIENTS)
    watch = FolderWatch(desk.folder, ear)
    watch.start()
    yield desk
    watch.stop()


def test_a_file_that_is_written_replaced_or_deleted_is_heard(watched: Desk, ear: Ear) -> None:
    patients = watched.folder / "patients"
    assert ear.hears(lambda: watched.write("patients/b.yaml", PATIENTS))
    assert ear.hears(lambda: watched.edit("patients/b.yaml", "Maria", "Marta"))
    assert ear.hears(lambda: watched.edit("clinic.yaml", "Denver", "Boise"))
    watched.folder.with_name("draft.yaml").write_text(PATIENTS)
    assert ear.hears(lambda: watched.folder.with_name("draft.yaml").replace(patients / "b.yaml"))
    assert ear.hears((patients / "b.yaml").unlink)


def test_an_editor_that_writes_beside_the_file_and_swaps_is_heard(watched: Desk, ear: Ear) -> None:
    path = watched.folder / "patients/a.yaml"

    def save() -> None:
        swap = path.with_name(".a.yaml.swp")
        swap.write_text("swap")
        path.replace(path.with_name("a.yaml~"))
        path.write_text(PATIENTS.replace("Maria", "Marta"))
        swap.unlink()

    assert ear.hears(save)
    assert [patient.name for patient in watched.patients()] == ["Marta"]


def test_a_new_folder_below_is_watched_with_all_that_comes_into_it(watched: Desk, ear: Ear) -> None:
    assert ear.hears(lambda: watched.write("patients/2026/12/b.yaml", PATIENTS))
    assert ear.hears(lambda: watched.edit("patients/2026/12/b.yaml", "Maria", "Marta"))
    assert ear.hears(lambda: shutil.rmtree(watched.folder / "patients/2026"))


def test_a_folder_that_is_renamed_away_and_back_is_heard_each_time_and_watched_again(watched: Desk, ear: Ear) -> None:
    away = watched.folder.with_name("away")
    assert ear.hears(lambda: watched.folder.rename(away))
    assert ear.hears(lambda: away.rename(watched.folder))
    assert ear.hears(lambda: watched.edit("patients/a.yaml", "Maria", "Marta"))


def test_a_folder_that_is_deleted_and_made_anew_is_watched_again(watched: Desk, ear: Ear) -> None:
    assert ear.hears(lambda: shutil.rmtree(watched.folder))
    assert ear.hears(lambda: watched.write("clinic.yaml", CLINIC))
    assert ear.hears(lambda: watched.write("clinic.yaml", CLINIC + "\n"))


def test_patients_renamed_away_and_back_are_heard(watched: Desk, ear: Ear) -> None:
    patients = watched.folder / "patients"
    assert ear.hears(lambda: patients.rename(watched.folder / "patiens"))
    assert ear.hears(lambda: (watched.folder / "patiens").rename(patients))
    assert ear.hears(lambda: watched.edit("patients/a.yaml", "Maria", "Marta"))


def test_a_link_that_is_switched_to_another_folder_is_heard_and_that_one_watched(tmp_path: Path, ear: Ear) -> None:
    old, new, link = Desk(tmp_path / "v1"), Desk(tmp_path / "v2"), tmp_path / "schedules"
    link.symlink_to("v1")
    watch = FolderWatch(link, ear)
    watch.start()
    try:
        assert ear.hears(lambda: old.edit("clinic.yaml", "Denver", "Boise"))
        (tmp_path / "next").symlink_to("v2")
        assert ear.hears(lambda: (tmp_path / "next").replace(link))
        assert ear.hears(lambda: new.edit("clinic.yaml", "Denver", "Boise"))
        ear.calm_down()
        before = ear.count
        old.edit("clinic.yaml", "Boise", "Denver")
        ear.calm_down()
        assert ear.count == before, "nobody reads the old folder any more"
    finally:
        watch.stop()


def test_a_folder_below_a_link_is_watched(tmp_path: Path, ear: Ear) -> None:
    desk = Desk(tmp_path / "real/schedules")
    (tmp_path / "link").symlink_to("real")
    watch = FolderWatch(tmp_path / "link/schedules", ear)
    watch.start()
    try:
        assert ear.hears(lambda: desk.edit("clinic.yaml", "Denver", "Boise"))
        assert ear.hears(lambda: desk.folder.rename(tmp_path / "real/away"))
        assert ear.hears(lambda: (tmp_path / "real/away").rename(desk.folder))
        assert ear.hears(lambda: desk.edit("clinic.yaml", "Boise", "Denver"))
    finally:
        watch.stop()


def test_a_folder_that_is_missing_at_the_start_is_watched_once_it_is_there(tmp_path: Path, ear: Ear) -> None:
    watch = FolderWatch(tmp_path / "schedules", ear)
    watch.start()
    try:
        assert ear.hears(lambda: Desk(tmp_path / "schedules"))
        assert ear.hears(lambda: (tmp_path / "schedules/clinic.yaml").write_text(CLINIC))
    finally:
        watch.stop()


def test_a_folder_whose_parent_is_missing_too_is_no_failure(tmp_path: Path, ear: Ear) -> None:
    watch = FolderWatch(tmp_path / "nowhere/schedules", ear)
    watch.start()
    watch.stop()
    assert ear.count == 0


def test_a_relative_path_is_that_of_the_start(
    tmp_path: Path, desk: Desk, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    watch = FolderWatch(Path("schedules"), ear)
    watch.start()
    try:
        monkeypatch.chdir("/")
        assert ear.hears(lambda: desk.edit("clinic.yaml", "Denver", "Boise"))
        assert ear.hears(lambda: desk.folder.rename(tmp_path / "away"))
    finally:
        watch.stop()


def test_reading_and_looking_are_not_heard(watched: Desk, ear: Ear) -> None:
    reader = ScheduleReader(watched.folder)
    ear.calm_down()
    before = ear.count
    for _ in range(3):
        reader.read(NOW)
        reader.may_have_changed()
    ear.calm_down()
    assert ear.count == before


def test_what_happens_beside_the_folder_is_not_heard(watched: Desk, ear: Ear) -> None:
    ear.calm_down()
    before = ear.count
    watched.folder.with_name("ledger.db").write_text("x")
    watched.folder.with_name("schedules-old").mkdir()
    ear.calm_down()
    assert ear.count == before


def test_a_stop_ends_every_thread_and_nothing_is_heard_after_it(desk: Desk, ear: Ear) -> None:
    before = threads()
    watch = FolderWatch(desk.folder, ear)
    watch.start()
    assert threads() > before
    watch.stop()
    assert poll(lambda: not (threads() - before - shared()))
    count = ear.count
    desk.edit("clinic.yaml", "Denver", "Boise")
    ear.calm_down()
    assert ear.count == count


def threads() -> set[threading.Thread]:
    return set(threading.enumerate())


def shared() -> set[threading.Thread]:
    """Return the one thread of watchdog's own that serves all watches of a process."""
    return {thread for thread in threads() if type(thread).__name__ == "InotifyFD"}


def test_a_watch_that_was_never_started_can_be_stopped(desk: Desk, ear: Ear) -> None:
    FolderWatch(desk.folder, ear).stop()


def test_a_folder_that_flickers_is_still_watched_in_the_end(watched: Desk, ear: Ear) -> None:
    away = watched.folder.with_name("away")
    for _ in range(50):
        os.rename(watched.folder, away)  # noqa: PTH104 (as fast as can be)
        os.rename(away, watched.folder)  # noqa: PTH104
    assert ear.hears(lambda: watched.edit("patients/a.yaml", "Maria", "Marta"))
