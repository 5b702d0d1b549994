"""The register of a reading: who is in it, and who is not the same in two of them."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.model import Patient
from notifier.intake.folder import Reading, ScheduleReader, read_schedules
from notifier.intake.register import Register
from tests.fakes.watched_entries import watched
from tests.intake.desk import CLINIC, NOW, PATIENTS, PROTOCOL, Desk

HEADER = "id,name,phone,protocol,procedure,order:thinner,skip,allow"
PHONES = "720 555 0134", "720 555 0135", "720 555 0136", "720 555 0137"

# Good rows; odd ones, with and without an `allow`; and such as cannot be read in one way or another.
_ROWS = st.builds(
    "P-{},{},{},{},{},{},{},{}".format,
    st.integers(1, 9),
    st.sampled_from(["Al", "Al", "Bo", '"Lee, Jr."', "Maria 12345", '"Bo', "🙂"]),
    st.sampled_from([*PHONES, *PHONES, "7.2E9", ""]),
    st.sampled_from(["mild", "mild", "mild", "mild", "milt"]),
    st.sampled_from(["2026-12-08 07:00", "2026-12-08 07:00", "2026-12-12 07:00", "2027-01-05 23:00", "soon"]),
    st.sampled_from(["", "", "2 days", "99 days"]),
    st.sampled_from(["", "", "thinner", "thinner dinner"]),
    st.sampled_from(["", "", "weekend: a Saturday list", "weekend", "weekday: no"]),
)
_LINES = _ROWS | st.sampled_from(["", ",,,,,,,", "P-7", 'P-8,"Al'])


@st.composite
def tables(draw: st.DrawFn) -> list[str]:
    """Draw a table, and what becomes of it as it is saved again and again."""
    lines, versions = draw(st.lists(_LINES, max_size=7)), list[str]()
    for _ in range(draw(st.integers(1, 4))):
        versions.append("\n".join([HEADER, *lines, ""]))
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(lines)))
            change = draw(st.sampled_from(["insert", "replace", "delete", "move"]))
            taken = lines.pop(at) if change != "insert" and at < len(lines) else None
            if change in ("insert", "replace"):
                lines.insert(at, draw(_LINES))
            elif change == "move" and taken is not None:
                lines.insert(draw(st.integers(0, len(lines))), taken)
    return versions


def everybody(reading: Reading) -> Mapping[str, Patient]:
    assert reading.schedules is not None
    return {patient.id: patient for patient in reading.schedules.patients}


@pytest.mark.untraced
@given(tables=st.tuples(tables(), tables()))
def test_a_table_read_again_says_what_it_says_when_read_for_the_first_time(tables: tuple[list[str], list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        desk.write("patients/c.yaml", PATIENTS)
        reader, before = ScheduleReader(desk.folder), None
        for number in range(max(map(len, tables))):
            for name, versions in zip(("a", "b"), tables, strict=True):
                if number < len(versions):
                    desk.write(f"patients/{name}.csv", versions[number])
            reading, fresh = reader.read(NOW), read_schedules(desk.folder, NOW)
            assert reading == fresh
            assert reading.register.calendars == fresh.register.calendars
            ids = [f"P-{one}" for one in range(1, 10)]
            assert {one: entry for one in ids if (entry := reading.register.get(one))} == everybody(fresh)
            assert reading.spots.files_of(ids) == fresh.spots.files_of(ids)
            if before is not None:
                changed = {one for one in ids if before.register.get(one) != reading.register.get(one)}
                assert changed | (before.broken ^ reading.broken) <= reading.register.differing(before.register)
            before = reading


# What somebody does to a folder: a file is written, goes or gets another name; entries, a protocol or all is broken.
_NAMES = st.sampled_from(["patients/a.csv", "patients/b.csv", "patients/c/d.csv"])
_TABLES = st.lists(_LINES, max_size=6).map(lambda lines: "\n".join([HEADER, *lines, ""]))
_DEEDS = (
    st.tuples(_NAMES, _TABLES | st.sampled_from([b"\xff", "id,name\n", ""]))
    | st.tuples(_NAMES, _NAMES.map(Path) | st.none())
    | st.tuples(st.just("patients/e.yaml"), st.sampled_from([PATIENTS, PATIENTS.replace("Maria", "Al"), "patients: ["]))
    | st.tuples(st.just("protocols/mild.yaml"), st.sampled_from([PROTOCOL, PROTOCOL.replace("1 hour", "one hour")]))
    | st.tuples(st.just("clinic.yaml"), st.sampled_from([CLINIC, CLINIC.replace("Denver", "Phoenix"), "clinic: ["]))
)


def do(desk: Desk, name: str, what: str | bytes | Path | None) -> None:
    """Write a file; or give it another name, or delete it, if there is one."""
    path = desk.folder / name
    if isinstance(what, Path) and path.exists():
        (desk.folder / what).parent.mkdir(exist_ok=True)
        path.rename(desk.folder / what)
    elif what is None:
        path.unlink(missing_ok=True)
    elif not isinstance(what, Path):
        desk.write(name, what)


def entries(register: Register) -> Mapping[tuple[str, str], Patient]:
    """Return all good entries by file and id."""
    return {(file.file, patient.id): patient for file in register.files for patient in file.good}


def differences(one: Register, other: Register) -> set[str]:
    """Return who is not the same in both, by looking at everybody."""
    mine, its = entries(one), entries(other)
    changed = {
        booking for file, booking in mine.keys() | its.keys() if mine.get((file, booking)) != its.get((file, booking))
    }
    return changed | (one.broken ^ other.broken)


@given(deeds=st.lists(st.lists(_DEEDS, max_size=3), min_size=1, max_size=5), keeps=st.booleans())
def test_what_is_looked_up_in_a_register_is_what_a_look_at_everybody_finds(
    deeds: Sequence[Sequence[tuple[str, str | bytes | Path | None]]],
    keeps: bool,  # noqa: FBT001 (hypothesis gives arguments by name)
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk, registers = Desk(Path(folder)), list[Register]()
        reader = ScheduleReader(desk.folder)
        for some in [[], *deeds]:
            for deed in some:
                do(desk, *deed)
            reading = reader.read(NOW, desk.good_files)
            desk.good_files |= reading.good_files if keeps else {}
            patients = () if reading.schedules is None else reading.schedules.patients
            for phones in ({one} for one in {patient.phone for patient in entries(reading.register).values()}):
                found = [patient for patient in patients if patient.phone in phones]
                assert sorted(reading.register.with_phones(phones), key=id) == sorted(found, key=id)
            for before in registers:
                assert reading.register.differing(before) == differences(reading.register, before)
            registers.append(reading.register)


def row(number: int, phone: str = PHONES[0], name: str = "Al") -> str:
    return f"P-{number},{name},{phone},mild,2026-12-08 07:00,,,"


def table(*rows: str) -> str:
    return "\n".join([HEADER, *rows, ""])


def test_a_register_knows_its_patients_by_id_and_by_phone(desk: Desk) -> None:
    desk.write("patients/a.csv", table(row(1), row(2, PHONES[1]), row(3)))
    desk.write("patients/b.csv", table(row(4), row(3, PHONES[2])))
    register = desk.read().register
    assert [one is not None and one.phone for one in map(register.get, ("P-2", "P-3", "P-9"))] == [
        "+17205550135",
        False,
        False,
    ]
    assert [one.id for one in register.with_phones({"+17205550134"})] == ["P-1", "P-4"]
    assert list(register.with_phones({"+17205550136"})) == []


def test_whom_no_protocol_can_plan_is_in_no_register(desk: Desk) -> None:
    desk.write("patients/a.csv", table(row(1)))
    desk.keep()
    assert desk.read().register.get("P-1") is not None
    (desk.folder / "protocols/mild.yaml").write_text(PROTOCOL.replace("1 hour", "one hour"), encoding="utf-8")
    desk.good_files = {}
    assert desk.read().register.get("P-1") is None
    assert list(desk.read().register.with_phones({"+17205550134"})) == []


def test_who_differs_is_known_however_many_readings_lie_between(desk: Desk) -> None:
    rows = [row(number) for number in range(20)]
    desk.write("patients/a.csv", table(*rows))
    desk.write("patients/b.csv", table(row(30)))
    reader = ScheduleReader(desk.folder)
    before = reader.read(NOW).register
    assert reader.read(NOW).register.differing(before) == set()
    desk.write("patients/a.csv", table(*rows[:12], row(12, name="Bo"), *rows[13:]))
    assert reader.read(NOW).register.differing(before) == {"P-12"}
    desk.write("patients/a.csv", table(*rows[:15], *rows[16:]))
    assert reader.read(NOW).register.differing(before) == {"P-15"}
    (desk.folder / "patients/b.csv").unlink()
    assert reader.read(NOW).register.differing(before) == {"P-15", "P-30"}


def test_of_two_readings_nobody_is_looked_at_to_see_who_has_changed(desk: Desk) -> None:
    rows = [row(number) for number in range(500)]
    desk.write("patients/a.csv", table(*rows))
    reader = ScheduleReader(desk.folder)
    before = reader.read(NOW).register
    desk.write("patients/a.csv", table(*rows[:120], row(120, name="Bo"), *rows[121:499]))
    after = reader.read(NOW).register
    with watched(
        {id(one): one for register in (before, after) for one in entries(register).values()}.values()
    ) as looks:
        assert after.differing(before) == {"P-120", "P-499"}
        assert not looks


def test_who_has_a_phone_is_found_by_looking_at_a_few(desk: Desk) -> None:
    rows = [row(number, f"{201 + number // 100} 555 01{number % 100:02}") for number in range(500)]
    desk.write("patients/a.csv", table(*rows, row(500, "202 555 0134")))
    register = desk.read().register
    with watched(entries(register).values()) as looks:
        found = list(register.with_phones({"+12025550134"}))
        assert 0 < len(looks) < 20
    assert [one.id for one in found] == ["P-134", "P-500"]


def test_who_has_one_of_many_phones_is_found_by_one_look_at_everybody(desk: Desk) -> None:
    rows = [row(number, f"201 555 01{number:02}") for number in range(100)]
    desk.write("patients/a.csv", table(*reversed(rows)))
    phones = {f"+1201555010{number}" for number in range(10)}
    assert [one.phone for one in desk.read().register.with_phones(phones)] == sorted(phones)


def test_two_files_whose_names_look_the_same_are_told_apart(desk: Desk) -> None:
    names = [desk.folder / "patients" / os.fsdecode(name) for name in (b"\xfe.csv", b"\xff.csv")]
    for number, name in enumerate(names):
        name.write_text(table(row(number)), encoding="utf-8")
    reader = ScheduleReader(desk.folder)
    before = reader.read(NOW).register
    for name in names:
        name.unlink()
    assert reader.read(NOW).register.differing(before) == {"P-0", "P-1"}


def test_a_patient_who_has_moved_to_another_file_is_looked_at(desk: Desk) -> None:
    desk.write("patients/a.csv", table(row(1), row(2)))
    reader = ScheduleReader(desk.folder)
    before = reader.read(NOW).register
    desk.write("patients/a.csv", table(row(1)))
    desk.write("patients/b.csv", table(row(2)))
    after = reader.read(NOW).register
    assert after.differing(before) == before.differing(after) == {"P-2"}
