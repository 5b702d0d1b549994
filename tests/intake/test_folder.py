"""A whole folder: all problems in one go, good entries beside bad ones, and what may count as gone."""

from datetime import UTC, datetime

import pytest

from notifier.core.problems import Spot
from notifier.intake.folder import read_clinic_zone
from tests.intake.desk import PATIENTS, Desk

OTHER = PATIENTS.replace("P-1", "P-2").replace("0134", "0112")


def test_all_problems_of_all_files_come_in_one_go_in_the_order_of_files_and_lines(desk: Desk) -> None:
    desk.edit("clinic.yaml", "[en, es]", "[en, english]")
    desk.edit("protocols/mild.yaml", "critical: true", "critical: yes")
    desk.write("patients/b.yaml", OTHER.replace("2026-12-03", "2026-13-03"))
    desk.write("patients/a.csv", "id;name\nP-3;Ann\n")
    desk.write("patients/c.yaml", PATIENTS)
    assert [line.partition(": ")[0] for line in desk.says()] == [
        "clinic.yaml:5:19 unknown-language",
        "patients/a.csv:1:1 separator",
        "patients/b.yaml:7:16 date-time",
        "protocols/mild.yaml:14:15 true-or-false",
    ]
    reading = desk.read()
    assert reading.schedules is None
    assert (reading.broken, reading.kept, reading.whole) == (frozenset({"P-2"}), frozenset({"P-1"}), False)


def test_an_id_given_twice_is_told_in_both_entries_and_neither_is_planned(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    desk.write("patients/b.csv", "id,name,phone,protocol,procedure\nP-1,Al,303-555-0112,mild,2026-12-08 06:00\n")
    desk.write("patients/c.yaml", OTHER)
    hint = "Give each booking an id of its own, or delete one of the two entries."
    assert desk.says() == [
        (
            "patients/a.yaml:2:5 duplicate-id: "
            f"The id “P-1” is given twice: the other is in patients/b.csv, line 2. {hint}"
        ),
        (
            "patients/b.csv:2:1 duplicate-id: "
            f"The id “P-1” is given twice: the other is in patients/a.yaml, line 2. {hint}"
        ),
    ]
    assert desk.read().broken == {"P-1"}
    assert [patient.id for patient in desk.patients()] == ["P-2"]


def test_an_id_is_given_twice_even_if_one_of_the_entries_has_another_mistake(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS.replace("mild", "milt"))
    desk.write("patients/b.yaml", PATIENTS)
    assert [line.partition(": ")[0] for line in desk.says()] == [
        "patients/a.yaml:2:5 duplicate-id",
        "patients/a.yaml:6:15 unknown-protocol",
        "patients/b.yaml:2:5 duplicate-id",
    ]
    assert desk.patients() == ()


def test_nobody_counts_as_gone_while_an_id_cannot_be_read(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    assert desk.read().whole is True
    desk.edit("patients/a.yaml", "id: P-1", "id:")
    reading = desk.read()
    assert (reading.broken, reading.whole) == (frozenset(), False)


def test_each_patient_has_a_spot(desk: Desk) -> None:
    desk.write("patients/a.yaml", "# remark\n" + PATIENTS)
    desk.write("patients/b.csv", "id,name,phone,protocol,procedure\nP-2,Al,303-555-0112,mild,\n")
    spots = desk.read().spots
    assert spots["patient", "P-1"] == Spot("patients/a.yaml", 3, 5)
    assert spots["patient", "P-2"] == Spot("patients/b.csv", 2, 1)


@pytest.mark.parametrize(
    ("now", "is_future"),
    [
        (datetime(2026, 11, 23, 6, 59, tzinfo=UTC), True),  # 23:59 on the 22nd in Denver
        (datetime(2026, 11, 23, 7, 0, tzinfo=UTC), False),
    ],
)
def test_a_consent_is_in_the_future_by_the_clinics_own_date(desk: Desk, now: datetime, *, is_future: bool) -> None:
    desk.write("patients/a.yaml", PATIENTS.replace("2026-11-20", "2026-11-23"))
    assert [problem.code for problem in desk.read(now).problems] == (["future-consent"] if is_future else [])


def test_the_order_of_patients_is_that_of_files_and_entries(desk: Desk) -> None:
    desk.write("patients/b.yaml", PATIENTS)
    desk.write("patients/a.yaml", OTHER)
    assert [patient.id for patient in desk.patients()] == ["P-2", "P-1"]


def test_the_clinics_zone_is_known_where_its_file_can_be_used(desk: Desk) -> None:
    assert str(read_clinic_zone(desk.folder)) == "America/Denver"
    desk.edit("clinic.yaml", "+1 303", "+0 303")
    assert read_clinic_zone(desk.folder) is None
    (desk.folder / "clinic.yaml").unlink()
    assert read_clinic_zone(desk.folder) is None
