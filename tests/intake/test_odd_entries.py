"""Entries that are legal but odd: each oddity at its field, and good entries left in peace."""

import pytest

from notifier.core.problems import Severity
from tests.intake.desk import Desk

# Sun Nov 22, 2026 is today at the clinic (`desk.NOW`).
ENTRY = """\
patients:
  - id: P-1
    name: {name}
    phone: {phone}
    consent: 2026-11-20
    protocol: mild
    procedure: {procedure}
    status: {status}
"""


def told(desk: Desk, **fields: str) -> list[str]:
    """Return what is said of an entry with these fields."""
    given = {"name": "Maria", "phone": "+1 720 555 0134", "procedure": "2026-12-03 07:30", "status": "booked"} | fields
    desk.write("patients/a.yaml", ENTRY.format(**given))
    assert all(problem.severity is Severity.WARNING for problem in desk.read().problems)
    return [line.removeprefix("patients/a.yaml:") for line in desk.says()]


CHECK = "Check the date; if it has taken place, write “status: completed”, and the texts for afterwards go on."


@pytest.mark.parametrize(
    ("procedure", "said"),
    [
        (
            "2026-12-05 07:30",
            "7:16 weekend: The procedure is on a weekend, on Sat 2026-12-05. Check day and month.",
        ),
        ("2026-11-21 07:30", f"7:16 past: The procedure lies in the past, on Sat 2026-11-21. {CHECK}"),
        ("2025-12-03 07:30", f"7:16 past: The procedure lies in the past, on Wed 2025-12-03. {CHECK}"),
        (
            "2027-12-03 07:30",
            "7:16 far-ahead: The procedure is more than a year ahead, on Fri 2027-12-03. Check the year.",
        ),
        (
            "2026-12-03 02:30",
            (
                "7:16 night: 02:30 is in the night: times are written on the 24-hour clock. "
                "Check the time: is 14:30 meant?"
            ),
        ),
        (
            "2026-12-03 20:00",
            (
                "7:16 night: 20:00 is in the night: times are written on the 24-hour clock. "
                "Check the time: is 08:00 meant?"
            ),
        ),
    ],
)
def test_an_odd_time_is_told(desk: Desk, procedure: str, said: str) -> None:
    assert told(desk, procedure=procedure) == [said]


@pytest.mark.parametrize("procedure", ["2026-11-23 05:00", "2026-12-04 19:59", "2027-11-23 09:00"])
def test_a_usual_time_is_not(desk: Desk, procedure: str) -> None:
    assert told(desk, procedure=procedure) == []


@pytest.mark.parametrize("status", ["completed", "cancelled", "no-show"])
def test_a_time_that_no_longer_matters_is_not(desk: Desk, status: str) -> None:
    assert told(desk, procedure="2026-11-21 02:30", status=status) == []


@pytest.mark.parametrize("name", ["720 555 0134", "12/3", "2026-12-03", "maria@example.com", "Maria 5550134", "17"])
def test_a_name_that_looks_like_something_else_is_told(desk: Desk, name: str) -> None:
    assert told(desk, name=name) == [
        (
            f"3:11 odd-name: “{name}” looks like a number or a date, not like a name. "
            "Write how a text should address the person, such as “Maria”."
        )
    ]


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("“Maria”", "“"),  # a word processor's quotes, which YAML takes for letters
        ("Maria;", ";"),
        ("GARCIA, MARIA", ","),
    ],
)
def test_a_name_with_what_no_name_has_is_told(desk: Desk, name: str, sign: str) -> None:
    assert told(desk, name=name) == [
        (
            f"3:11 odd-name: The name has a “{sign}” in it, and the texts would print it. "
            "Write how a text should address the person, such as “Maria” or “Ms. Garcia”."
        )
    ]


@pytest.mark.parametrize("name", ["Ms. O'Dell", "李小龍", "John 3rd", "Anne-Marie", "Lee, Jr.", "Al (bed 12)"])
def test_a_name_is_a_name(desk: Desk, name: str) -> None:
    assert told(desk, name=name) == []


def test_the_clinics_own_phone_is_told(desk: Desk) -> None:
    assert told(desk, phone="(303) 555-0100") == [
        (
            "4:12 clinic-phone: This is the clinic's own phone: the clinic would get the texts. "
            "Give the patient's own phone."
        )
    ]
    desk.edit("clinic.yaml", "+1 303 555 0100", "800 555 0100")  # no text could reach it
    assert told(desk, phone="(303) 555-0100") == []


def test_oddities_are_told_beside_errors(desk: Desk) -> None:
    desk.write("patients/a.yaml", ENTRY.format(name="12/3", phone="1", procedure="2026-12-05 07:30", status="gone"))
    assert [line.split()[1] for line in desk.says()] == ["odd-name:", "phone:", "weekend:", "unknown-status:"]


def test_nothing_seems_odd_by_the_clock_of_a_clinic_that_cannot_be_read(desk: Desk) -> None:
    desk.edit("clinic.yaml", "America/Denver", "America/Dever")
    entry = ENTRY.format(name="Al", phone="720 555 0134", procedure="2026-12-05 02:30", status="booked")
    desk.write("patients/a.yaml", entry)
    assert [line.split()[1] for line in desk.says()] == ["unknown-time-zone:"]


COLUMNS = "id,name,phone,consent,protocol,procedure\n"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "3/12/2026 7:30",
            (
                "swapped-date: “3/12/2026” is read as Thu 2026-03-12, month first. "
                "If Thu 2026-12-03 is meant, write it as “2026-12-03”, which cannot be misread."
            ),
        ),
        ("12/3/2026 7:30", None),  # good as it is read
        ("3/13/2026 7:30", "past"),  # there is no month 13
        ("1/5/2026 7:30", "past"),  # the other way round it is past too
        ("3/12/2028 7:30", "far-ahead"),
    ],
)
def test_a_date_of_excels_whose_day_and_month_are_likely_swapped_is_told(
    desk: Desk, written: str, said: str | None
) -> None:
    desk.write("patients/a.csv", f"{COLUMNS}P-1,Maria,+1 720 555 0134,2026-11-20,mild,{written}\n")
    lines = [line.removeprefix("patients/a.csv:2:43 ") for line in desk.says()]
    assert [line[: len(said or "")] for line in lines] == ([said] if said else [])


def test_two_patients_with_one_phone_are_told_at_the_second(desk: Desk) -> None:
    rows = "P-1,Maria,+1 720 555 0134,,mild,2026-12-03 07:30\nP-2,Jo,720-555-0134,,mild,2026-12-04 07:30\n"
    desk.write("patients/a.csv", COLUMNS + rows)
    desk.write("patients/b.csv", COLUMNS + "P-3,maria,+17205550134,,mild,2026-12-04 07:30\n")
    both = "has the same phone (patients/a.csv, line 2): it would get the texts of both."
    assert desk.says() == [
        f"patients/a.csv:3:8 shared-phone: “P-1” {both} Check both phones.",
        f"patients/b.csv:2:11 shared-phone: “P-1” {both} If this is the same booking twice, delete one of the two.",
    ]


def test_a_phone_of_somebody_who_gets_no_more_texts_is_not_shared(desk: Desk) -> None:
    rows = "P-1,Maria,+1 720 555 0134,,mild,2026-12-03 07:30,\nP-2,Jo,720-555-0134,,mild,2026-12-04 07:30,no-show\n"
    desk.write("patients/a.csv", COLUMNS.replace("procedure", "procedure,status") + rows)
    assert desk.says() == []
