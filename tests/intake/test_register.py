"""The register of a reading: who is in it, and who is not the same in two of them."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from notifier.core.model import Patient
from notifier.intake.folder import Reading, ScheduleReader, read_schedules
from tests.intake.desk import NOW, PATIENTS, PROTOCOL, Desk

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


def test_of_two_readings_only_what_lies_between_the_changes_is_looked_at(desk: Desk) -> None:
    rows = [row(number) for number in range(2_500)]
    desk.write("patients/a.csv", table(*rows))
    desk.write("patients/b.csv", table(row(3_000)))
    reader = ScheduleReader(desk.folder)
    before = reader.read(NOW).register
    assert reader.read(NOW).register.differing(before) == set()
    desk.write("patients/a.csv", table(*rows[:1_200], row(1_200, name="Bo"), *rows[1_201:]))
    after = reader.read(NOW).register
    assert after.differing(before) == {"P-1200"}
    desk.write("patients/a.csv", table(*rows[:2_000], *rows[2_001:]))
    assert reader.read(NOW).register.differing(before) == {"P-2000"}
    (desk.folder / "patients/b.csv").unlink()
    assert reader.read(NOW).register.differing(before) == {"P-2000", "P-3000"}


def test_a_patient_who_has_moved_to_another_file_is_looked_at(desk: Desk) -> None:
    desk.write("patients/a.csv", table(row(1), row(2)))
    reader = ScheduleReader(desk.folder)
    before = reader.read(NOW).register
    desk.write("patients/a.csv", table(row(1)))
    desk.write("patients/b.csv", table(row(2)))
    after = reader.read(NOW).register
    assert after.differing(before) == before.differing(after) == {"P-2"}
