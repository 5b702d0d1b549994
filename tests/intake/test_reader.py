"""Reading a folder again and again: what is parsed and checked anew, and that it never makes a difference."""

import os
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.model import Patient
from notifier.core.problems import Spot
from notifier.intake.folder import Reading, ScheduleReader, read_schedules
from tests.intake.desk import CLINIC, NOW, PATIENTS, PROTOCOL, Desk

HEADER = "id,name,phone,protocol,procedure"
TOMORROW = NOW + timedelta(days=1)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def row(number: int, name: str = "Al") -> str:
    return f"P-{number},{name},720 555 {100 + number % 100:04d},mild,2026-12-08 {6 + number % 12:02d}:00"


def table(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


def by_id(reading: Reading) -> dict[str, Patient]:
    assert reading.schedules is not None
    return {patient.id: patient for patient in reading.schedules.patients}


def rest(folder: Path) -> None:
    """Let all files look as if nobody had touched them for long."""
    for path in folder.rglob("*"):
        os.utime(path, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))


def test_a_file_that_says_the_same_is_not_parsed_again_and_its_patients_stay_the_same_objects(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    desk.write("patients/b.csv", table(row(2)))
    reader = ScheduleReader(desk.folder)
    before = by_id(reader.read(NOW))
    desk.write("patients/a.yaml", PATIENTS)
    desk.write("patients/c.csv", table(row(3)))
    after = by_id(reader.read(NOW + timedelta(minutes=1)))
    assert (after["P-1"] is before["P-1"], after["P-2"] is before["P-2"]) == (True, True)
    assert list(after) == ["P-1", "P-2", "P-3"]


def test_of_a_table_only_the_rows_that_changed_are_checked_again(desk: Desk) -> None:
    desk.write("patients/a.csv", table(row(1), row(2), row(3)))
    reader = ScheduleReader(desk.folder)
    before = by_id(reader.read(NOW))
    desk.write("patients/a.csv", table(row(9), "", row(3), row(1), row(2, "Bo")))
    reading = reader.read(NOW)
    after = by_id(reading)
    assert (after["P-1"] is before["P-1"], after["P-3"] is before["P-3"]) == (True, True)
    assert after["P-2"].name == "Bo"
    assert reading.spots["patient", "P-3"] == Spot("patients/a.csv", 4, 1), "where it stands now"


def test_a_mistake_in_a_row_that_has_moved_is_told_where_it_stands_now(desk: Desk) -> None:
    desk.write("patients/a.csv", table(row(1).replace("mild", "milt")))
    reader = ScheduleReader(desk.folder)
    assert [problem.spot for problem in reader.read(NOW).problems] == [Spot("patients/a.csv", 2, 21)]
    desk.write("patients/a.csv", table(row(2), row(3), row(1).replace("mild", "milt")))
    assert [problem.spot for problem in reader.read(NOW).problems] == [Spot("patients/a.csv", 4, 21)]


def test_a_remark_on_a_good_row_that_has_moved_is_made_where_it_stands_now(desk: Desk) -> None:
    at_night = row(1).replace("07:00", "02:00")
    desk.write("patients/a.csv", table(at_night))
    reader = ScheduleReader(desk.folder)
    [before] = reader.read(NOW).problems
    desk.write("patients/a.csv", table(row(2), row(3), at_night))
    [after] = reader.read(NOW).problems
    assert (before.code, after.code) == ("night", "night")
    assert (before.spot.line, after.spot.line) == (2, 4)


def test_there_is_a_spot_for_every_entry_and_none_for_others(desk: Desk) -> None:
    desk.write("patients/a.csv", table(row(1), row(2)))
    spots = desk.read().spots
    assert {subject for subject in spots if subject[0] == "patient"} == {("patient", "P-1"), ("patient", "P-2")}
    assert len(spots) == len(set(spots))
    assert ("patient", "P-9") not in spots


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("clinic.yaml", "Denver", "Chicago"), ("protocols/mild.yaml", "duration: 1 hour", "duration: 2 hours")],
)
def test_a_new_clinic_or_protocol_has_every_entry_checked_again(desk: Desk, name: str, old: str, new: str) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    reader = ScheduleReader(desk.folder)
    before = by_id(reader.read(NOW))
    desk.edit(name, old, new)
    assert by_id(reader.read(NOW))["P-1"] is not before["P-1"]


def test_a_consent_of_tomorrow_holds_tomorrow_although_no_file_has_changed(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS.replace("2026-11-20", "2026-11-23"))
    reader = ScheduleReader(desk.folder)
    assert reader.read(NOW).broken == {"P-1"}
    assert reader.read(TOMORROW).problems == ()


def test_an_id_given_twice_is_found_although_only_one_of_its_files_is_new(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    reader = ScheduleReader(desk.folder)
    reader.read(NOW)
    desk.write("patients/b.csv", table(row(1), row(2)))
    assert reader.read(NOW).broken == {"P-1"}
    (desk.folder / "patients/b.csv").unlink()
    assert list(by_id(reader.read(NOW))) == ["P-1"]


def test_the_signature_is_that_of_what_the_files_say(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    first = desk.read().signature
    desk.write("patients/a.yaml", PATIENTS)
    assert desk.read(TOMORROW).signature == first
    desk.write("patients/a.yaml", PATIENTS + "# remark\n")
    assert desk.read().signature != first
    desk.write("patients/a.yaml", PATIENTS)
    assert desk.read().signature == first
    (desk.folder / "patients/a.yaml").rename(desk.folder / "patients/b.yaml")
    assert desk.read().signature != first


def test_the_signature_tells_a_folder_that_is_gone_from_one_that_is_empty(desk: Desk) -> None:
    empty = desk.read().signature
    (desk.folder / "patients").rmdir()
    assert desk.read().signature != empty


def test_files_that_were_not_read_yet_may_have_changed(desk: Desk) -> None:
    assert ScheduleReader(desk.folder).may_have_changed()


@pytest.mark.parametrize("change", ["edit", "same size", "old date", "replace", "add", "delete", "clinic", "away"])
def test_a_look_sees_every_change_without_opening_a_file(desk: Desk, change: str) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    desk.write("patients/b.csv", table(row(2)))
    rest(desk.folder)
    reader = ScheduleReader(desk.folder)
    reader.read(NOW)
    assert not reader.may_have_changed()
    make(change, desk)
    assert reader.may_have_changed()
    rest(desk.folder) if desk.folder.exists() else None
    reader.read(NOW)
    assert not reader.may_have_changed()


def make(change: str, desk: Desk) -> None:
    patients = desk.folder / "patients"
    if change == "edit":
        desk.edit("patients/a.yaml", "Maria", "Marianne")
    elif change == "same size":
        desk.edit("patients/a.yaml", "Maria", "Marta")
    elif change == "old date":
        desk.edit("patients/a.yaml", "Maria", "Marta")
        os.utime(patients / "a.yaml", (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    elif change == "replace":
        desk.write("patients/.new", PATIENTS.replace("Maria", "Marta"))
        (patients / ".new").replace(patients / "a.yaml")
    elif change == "add":
        desk.write("patients/2026/c.csv", table(row(3)))
    elif change == "delete":
        (patients / "b.csv").unlink()
    elif change == "clinic":
        desk.edit("clinic.yaml", "Denver", "Boise")
    else:
        desk.folder.rename(desk.folder.parent / "away")


@pytest.mark.parametrize("name", ["patients/.a.yaml.swp", "patients/notes.txt", "README.md"])
def test_a_look_does_not_heed_files_that_nobody_reads(desk: Desk, name: str) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    rest(desk.folder)
    reader = ScheduleReader(desk.folder)
    reader.read(NOW)
    desk.write(name, "x")
    assert not reader.may_have_changed()


def test_a_file_that_was_just_written_is_read_once_more_because_its_time_may_be_too_coarse_to_tell(desk: Desk) -> None:
    rest(desk.folder)
    desk.write("patients/a.yaml", PATIENTS)
    written = datetime.fromtimestamp((desk.folder / "patients/a.yaml").stat().st_mtime, UTC)
    reader = ScheduleReader(desk.folder)
    reader.read(written + timedelta(seconds=1))
    assert reader.may_have_changed()
    reader.read(written + timedelta(seconds=4))
    assert not reader.may_have_changed()


@pytest.mark.untraced
def test_one_row_of_ten_thousand_is_read_again_in_a_fraction_of_the_time_that_all_take(desk: Desk) -> None:
    rows = [row(number) for number in range(10_000)]
    desk.write("patients/a.csv", table(*rows))
    reader = ScheduleReader(desk.folder)
    start = time.process_time()
    reader.read(NOW)
    first, again = time.process_time() - start, []
    for number in (1, 5_000, 9_999):
        rows[number] = row(number, f"Bo {number}")
        desk.write("patients/a.csv", table(*rows))
        start = time.process_time()
        reading = reader.read(NOW)
        again.append(time.process_time() - start)
        assert by_id(reading)[f"P-{number}"].name == f"Bo {number}"
    assert min(again) < first * 3 / 4


@dataclass(frozen=True)
class Edit:
    """A file's new content; None to delete it."""

    name: str
    data: str | None
    minutes: int  # until the next


def variants(text: str, *pairs: tuple[str, str]) -> list[str | None]:
    return [None, "", text, text[: len(text) // 2], *(text.replace(old, new) for old, new in pairs)]


MILD = variants(PROTOCOL, ("{last-meal}", "{last-mael}"), ("mild", "light"), ("thinner:", "lifting:"), ("en:", "fr:"))
CONTENTS: dict[str, list[str | None]] = {
    "clinic.yaml": variants(CLINIC, ("Denver", "Chicago"), ("Denver", "Denwer"), ("[en, es]", "[es, fr]"), ("+1", "")),
    "protocols/a.yaml": MILD,
    "protocols/b.yaml": MILD,
    "patients/a.yaml": variants(
        PATIENTS, ("P-1", "P-2"), ("mild", "light"), ("2026-11-20", "2026-11-23"), ("Maria", "Ann"), ("+1 720", "720")
    ),
    "patients/b.csv": variants(
        table(row(2), row(3), row(4)),
        ("P-3", "P-2"),
        (row(3) + "\n", ""),
        ("Al", "Bo"),
        ("mild", "light"),
        (row(2), f'"{row(2)}'),
        (HEADER, "\n" + HEADER.replace("name", "order:lifting")),
        ("procedure\n", "procedure,order:thinner\n"),
    ),
}
EDITS = st.lists(
    st.sampled_from(
        [Edit(name, data, minutes) for name in CONTENTS for data in CONTENTS[name] for minutes in (1, 900)]
    ),
    max_size=12,
)


@pytest.mark.untraced
@given(edits=EDITS)
def test_reading_again_gives_what_reading_for_the_first_time_gives(edits: list[Edit]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        desk.write("patients/a.yaml", PATIENTS)
        desk.write("patients/b.csv", table(row(2), row(3), row(4)))
        desk.keep()
        reader, now = ScheduleReader(desk.folder), NOW
        reader.read(now, desk.good_files)
        for edit in edits:
            if edit.data is None:
                (desk.folder / edit.name).unlink(missing_ok=True)
            else:
                desk.write(edit.name, edit.data)
            now += timedelta(minutes=edit.minutes)
            reading = reader.read(now, desk.good_files)
            assert reading == read_schedules(desk.folder, now, desk.good_files)
            check(reading)
            desk.good_files |= reading.good_files


def check(reading: Reading) -> None:
    """Check what holds of every reading that follows one with a good clinic."""
    assert reading.schedules is not None
    assert reading.in_force["clinic.yaml"]
    planned = {patient.id for patient in reading.schedules.patients}
    assert not planned & (reading.broken | reading.kept)
    assert not reading.broken & reading.kept
    assert {patient.protocol for patient in reading.schedules.patients} <= reading.schedules.protocols.keys()
    assert {("patient", booking) for booking in planned | reading.broken | reading.kept} <= reading.spots.keys()
