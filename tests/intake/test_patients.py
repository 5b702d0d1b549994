"""Patients' entries in YAML: what is read, and every mistake at its line and column."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from notifier.core.model import Duration, Patient, PatientStatus, Unit
from tests.intake.desk import Desk

PATIENTS = """\
patients:
  - id: P-1
    name: Maria
    phone: +1 720 555 0134
    protocol: mild
    procedure: 2026-12-03 07:30
"""
NEIGHBOUR = """\
  - id: P-2
    name: James
    phone: 303-555-0112
    protocol: mild
    procedure: 2026-12-08 06:00
"""


def said(desk: Desk) -> list[str]:
    """Return the problems of the one file of patients, without its name."""
    return [line.removeprefix("patients/a.yaml:") for line in desk.says()]


def test_an_entry_with_every_field_is_read(desk: Desk) -> None:
    desk.write(
        "patients/a.yaml",
        """\
patients:
  - id: P-1042
    name: Maria
    phone: +1 720 555 0134
    language: es
    time_zone: America/Phoenix
    consent: 2026-11-20
    protocol: mild
    procedure: 2026-12-03 07:30
    arrival: 2026-12-03T6:30
    status: Canceled
    orders: { fasting: 9 hours, thinner: 3 days }
    skip: [last-meal]
""",
    )
    assert desk.says() == []
    assert desk.patients() == (
        Patient(
            id="P-1042",
            name="Maria",
            phone="+17205550134",
            language="es",
            time_zone=ZoneInfo("America/Phoenix"),
            consent=date(2026, 11, 20),
            protocol="mild",
            procedure=datetime(2026, 12, 3, 14, 30, tzinfo=UTC),
            arrival=datetime(2026, 12, 3, 13, 30, tzinfo=UTC),
            status=PatientStatus.CANCELLED,
            orders={"fasting": Duration(9, Unit.HOURS), "thinner": Duration(3, Unit.DAYS)},
            skip=frozenset({"last-meal"}),
        ),
    )


def test_what_an_entry_does_not_give_has_its_default(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS)
    (patient,) = desk.patients()
    assert patient.language == "en"
    assert patient.time_zone == ZoneInfo("America/Denver")
    assert patient.consent is None
    assert patient.arrival == patient.procedure
    assert patient.status is PatientStatus.BOOKED
    assert patient.orders == {}
    assert patient.skip == frozenset()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "status: bokked",
            "7:13 unknown-status: “bokked” is not a status. Did you mean “booked”?",
        ),
        (
            "status: [booked]",
            (
                "7:13 wrong-type: “status” should be one value. Write one value on the same line. A text that "
                "begins with a bracket needs double quotes."
            ),
        ),
        (
            "statsu: booked",
            "7:5 unknown-key: This entry has nothing called “statsu”. Did you mean “status”?",
        ),
        (
            "name: Other",
            "7:5 duplicate-key: “name” is given twice: first in line 3. Delete one of the two.",
        ),
        (
            "time_zone: America/Devner",
            "7:16 unknown-time-zone: “America/Devner” is not a time zone. Did you mean “America/Denver”?",
        ),
        (
            "time_zone: Denver",
            "7:16 unknown-time-zone: “Denver” is not a time zone. Did you mean “America/Denver”?",
        ),
        (
            "time_zone: America",
            "7:16 unknown-time-zone: “America” is not a time zone. Write area and city, such as “America/Denver”.",
        ),
        (
            "time_zone: ../etc",
            "7:16 unknown-time-zone: “../etc” is not a time zone. Write area and city, such as “America/Denver”.",
        ),
        (
            "language: fr",
            "7:15 unknown-language: The clinic does not list the language “fr”. Known here: “en”, “es”.",
        ),
        (
            "language: english",
            "7:15 unknown-language: The clinic does not list the language “english”. Known here: “en”, “es”.",
        ),
        (
            "consent: 2026-11-23",
            (
                "7:14 future-consent: The consent of 2026-11-23 lies in the future. Write the day on which the "
                "patient agreed to texts; leave it out until then."
            ),
        ),
        (
            "consent: yes",
            (
                "7:14 date: “yes” is not a date that this program can read. Write year, month and day, such as "
                "“2026-11-20”."
            ),
        ),
        (
            "consent: 11/20/2026",
            (
                "7:14 date: “11/20/2026” is not a date that this program can read. Write year, month and day, "
                "such as “2026-11-20”."
            ),
        ),
        (
            "consent: 2026-02-30",
            "7:14 date: There is no such day as “2026-02-30”. Write year, month and day, such as “2026-11-20”.",
        ),
        (
            "arrival: 2026-12-03 07:31",
            "7:14 arrival: The arrival is after the procedure. Check both times.",
        ),
        (
            "arrival: 2026-12-03 01:29",
            "7:14 arrival: The arrival is more than 6 hours before the procedure. Check both days and times.",
        ),
        (
            "arrival: 6:30",
            (
                "7:14 date-time: “6:30” is not a date that this program can read. Write year, month, day and "
                "the time on the 24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
        (
            "orders: { fasting: 13 hours }",
            (
                "7:24 order-range: “fasting” is 13 hours, which the protocol does not allow. Allowed are 8 "
                "hours to 12 hours."
            ),
        ),
        (
            "orders: { thinner: 8 days }",
            (
                "7:24 order-range: “thinner” is 8 days, which the protocol does not allow. Allowed are 24 "
                "hours to 7 days."
            ),
        ),
        (
            "orders: { fasting: none }",
            (
                "7:24 order-none: “fasting” cannot be “none”. Write a length of time from 8 hours to 12 hours, "
                "or leave it out for 8 hours."
            ),
        ),
        (
            "orders: { fastin: 8 hours }",
            "7:15 unknown-order: This protocol has no order “fastin”. Did you mean “fasting”?",
        ),
        (
            "orders: { fasting: 8h }",
            "7:24 duration: “8h” is not a length of time. Write it as “8 hours”.",
        ),
        (
            "orders: { fasting: 8 hours, fasting: 9 hours }",
            "7:33 duplicate-key: “fasting” is given twice: first in line 7. Delete one of the two.",
        ),
        (
            "orders: fasting",
            (
                "7:13 wrong-type: “orders” should be a group of lines. Write each of them as “name: value” on "
                "a line below, indented."
            ),
        ),
        (
            "orders: { fasting: [8] }",
            (
                "7:24 wrong-type: “fasting” should be one value. Write one value on the same line. A text that "
                "begins with a bracket needs double quotes."
            ),
        ),
        (
            "skip: [last-mael]",
            "7:12 unknown-step: This protocol has no step “last-mael”. Did you mean “last-meal”?",
        ),
        (
            "skip: [last-meal, thiner]",
            "7:23 unknown-step: This protocol has no step “thiner”. Did you mean “thinner”?",
        ),
        (
            "skip: [[a]]",
            "7:11 wrong-type: “skip” should be a list of words. Write it as “skip: [one, two]”.",
        ),
        (
            "skip: {a: b}",
            "7:11 wrong-type: “skip” should be a list of words. Write it as “skip: [one, two]”.",
        ),
        (
            "<<: x",
            (
                "7:5 unknown-key: This entry has nothing called “<<”. Known here: “id”, “name”, “phone”, "
                "“language”, “time_zone”, “consent”, “protocol”, “procedure”, “arrival”, “status”, “orders”, "
                "“skip”, “allow”."
            ),
        ),
    ],
)
def test_a_line_that_is_wrong_is_told_at_its_spot(desk: Desk, line: str, expected: str) -> None:
    desk.write("patients/a.yaml", PATIENTS + f"    {line}\n" + NEIGHBOUR)
    assert said(desk) == [expected]
    reading = desk.read()
    assert reading.broken == {"P-1"}
    assert [patient.id for patient in desk.patients()] == ["P-2"]


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        (
            "id: P-1",
            "id: P 1",
            (
                "2:9 id: An id has no spaces, slashes or invisible characters in it. Use the booking's number, "
                "such as “P-1042”."
            ),
        ),
        (
            "id: P-1",
            "id: a/b",
            (
                "2:9 id: An id has no spaces, slashes or invisible characters in it. Use the booking's number, "
                "such as “P-1042”."
            ),
        ),
        (
            "id: P-1",
            "id:",
            "2:5 missing-key: This entry has no “id”. Give its “id”.",
        ),
        (
            "name: Maria",
            "name:",
            "3:5 missing-key: This entry has no “name”. Give its “name”.",
        ),
        (
            "name: Maria",
            'name: "Ma\\nria"',
            (
                "3:11 name: There is a line break, a tab or a character that nobody sees in this name. "
                "Type it again, on one line."
            ),
        ),
        (
            "phone: +1 720 555 0134",
            "phone: Maria's",
            (
                "4:12 phone: This is not a phone number. Write it with + and the country's code, such as “+1 "
                "720 555 0134”, or as it is dialled within US."
            ),
        ),
        (
            "phone: +1 720 555 0134",
            "phone: 0",
            (
                "4:12 phone: This is not a phone number. Write it with + and the country's code, such as “+1 "
                "720 555 0134”, or as it is dialled within US."
            ),
        ),
        (
            "phone: +1 720 555 0134",
            "phone: 720555013",
            (
                "4:12 phone-invalid: This is too long or too short for a phone number. Write it with + and the "
                "country's code, such as “+1 720 555 0134”, or as it is dialled within US."
            ),
        ),
        (
            "phone: +1 720 555 0134",
            "phone: 1.7205550134E+10",
            (
                "4:12 phone-excel: This phone has lost digits. Excel has turned it into a number: format the "
                "column as Text, and type the phone again."
            ),
        ),
        (
            "phone: +1 720 555 0134",
            "phone: 1,72056E+10",
            (
                "4:12 phone-excel: This phone has lost digits. Excel has turned it into a number: format the "
                "column as Text, and type the phone again."
            ),
        ),
        (
            "phone: +1 720 555 0134",
            "phone: 7205550134.0",
            (
                "4:12 phone-excel: This phone has lost digits. Excel has turned it into a number: format the "
                "column as Text, and type the phone again."
            ),
        ),
        (
            "phone: +1 720 555 0134",
            "phone: +1 555 555 0134",
            (
                "4:12 phone-invalid: No phone can have this number. Write it with + and the country's code, "
                "such as “+1 720 555 0134”, or as it is dialled within US."
            ),
        ),
        (
            "phone: +1 720 555 0134",
            "phone: +1 800 555 0134",
            (
                "4:12 phone-not-mobile: This is a toll-free number and cannot receive texts. Give the "
                "patient's mobile number."
            ),
        ),
        (
            "phone: +1 720 555 0134",
            "phone: +1 900 555 0134",
            (
                "4:12 phone-not-mobile: This is a premium-rate number and cannot receive texts. Give the "
                "patient's mobile number."
            ),
        ),
        (
            "phone: +1 720 555 0134",
            "phone: +44 20 7946 0958",
            "4:12 phone-not-mobile: This is a landline and cannot receive texts. Give the patient's mobile number.",
        ),
        (
            "phone: +1 720 555 0134",
            "phone: +1 720 555 0134 x5",
            "4:12 phone-extension: A text cannot reach an extension. Give the patient's mobile number.",
        ),
        (
            "phone: +1 720 555 0134",
            "phone: 720 555 0134 or 303 555 0112",
            (
                "4:12 phone: This is not a phone number. Write it with + and the country's code, such as “+1 "
                "720 555 0134”, or as it is dialled within US."
            ),
        ),
        (
            "phone: +1 720 555 0134",
            "phone: [1, 2]",
            (
                "4:12 wrong-type: “phone” should be one value. Write one value on the same line. A text that "
                "begins with a bracket needs double quotes."
            ),
        ),
        (
            "protocol: mild",
            "protocol: milt",
            "5:15 unknown-protocol: There is no protocol “milt”. Did you mean “mild”?",
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 2026-12-03",
            (
                "6:16 date-time: The time of day is missing. Write year, month, day and the time on the "
                "24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 2026-12-03 07:30:10",
            "6:16 date-time: Times are whole minutes. Leave the seconds out.",
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 2026-12-03 07:30-07:00",
            (
                "6:16 date-time: A time at the clinic needs no zone or offset. Write the time that clocks at "
                "the clinic show, and nothing after it."
            ),
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 2026-12-03T07:30Z",
            (
                "6:16 date-time: A time at the clinic needs no zone or offset. Write the time that clocks at "
                "the clinic show, and nothing after it."
            ),
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 12/3/2026 7:30",
            (
                "6:16 date-time: “12/3/2026” is not a date that this program can read. Write year, month, day "
                "and the time on the 24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 2026-12-03 7:30 PM",
            (
                "6:16 date-time: AM and PM are not read here. Write year, month, day and the time on the "
                "24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 2026-13-03 07:30",
            (
                "6:16 date-time: There is no such day as “2026-13-03”. Write year, month, day and the time on "
                "the 24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 2027-03-14 02:30",
            (
                "6:16 clock-change: 2027-03-14 02:30 does not exist: clocks skip it on that day. Check the "
                "time, and choose one before or after the clock change."
            ),
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 2026-11-01 01:30",
            (
                "6:16 clock-change: 2026-11-01 01:30 happens twice: clocks are set back on that day. Check the "
                "time, and choose one before or after the clock change."
            ),
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 1999-12-03 07:30",
            (
                "6:16 date-time: The year 1999 is not between 2000 and 2100. Write year, month, day and the "
                "time on the 24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 2101-12-03 07:30",
            (
                "6:16 date-time: The year 2101 is not between 2000 and 2100. Write year, month, day and the "
                "time on the 24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 2026-12-03 25:00",
            (
                "6:16 time: “25:00” is not a time of day. Write hours and minutes on the 24-hour clock, from "
                "00:00 to 23:59, such as “07:30” or “19:00”."
            ),
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: tomorrow",
            (
                "6:16 date-time: “tomorrow” is not a date that this program can read. Write year, month, day "
                "and the time on the 24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
        (
            "procedure: 2026-12-03 07:30",
            "procedure: 07:30",
            (
                "6:16 date-time: “07:30” is not a date that this program can read. Write year, month, day and "
                "the time on the 24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
    ],
)
def test_a_field_that_is_wrong_is_told_at_its_spot(desk: Desk, good: str, bad: str, expected: str) -> None:
    desk.write("patients/a.yaml", PATIENTS.replace(good, bad) + NEIGHBOUR)
    assert said(desk) == [expected]
    reading = desk.read()
    assert reading.broken == (frozenset() if "id" in good else {"P-1"})
    assert reading.whole is ("id" not in good)
    assert [patient.id for patient in desk.patients()] == ["P-2"]


@pytest.mark.parametrize(
    "line",
    [
        "status: Canceled",
        "status: NO-SHOW",
        "arrival: 2026-12-03 1:30",
        "arrival: 2026-12-03 07:30:00",
        "orders: { thinner: none }",
        "orders: { thinner: 168 hours }",
        "orders:",
        "skip: []",
        "skip: last-meal",
        "language: ''",
        "consent: 2026-11-22  # today",
    ],
)
def test_these_are_no_mistakes(desk: Desk, line: str) -> None:
    desk.write("patients/a.yaml", PATIENTS + f"    {line}\n")
    assert said(desk) == []
    assert len(desk.patients()) == 1


@pytest.mark.parametrize(
    "phone", ["720 555 0134", "(720) 555-0134", "1-720-555-0134", "+1.720.555.0134", "\u202a+1 720 555 0134\u202c"]
)
def test_phones_are_read_as_people_write_them(desk: Desk, phone: str) -> None:
    desk.write("patients/a.yaml", PATIENTS.replace("+1 720 555 0134", phone))
    assert [patient.phone for patient in desk.patients()] == ["+17205550134"]


def test_a_phone_without_country_code_is_dialled_in_the_clinics_country(desk: Desk) -> None:
    desk.edit("clinic.yaml", "  languages", "  country: NO\n  languages")
    desk.write("patients/a.yaml", PATIENTS.replace("+1 720 555 0134", "720 555 0134"))
    assert said(desk) == [
        (
            "4:12 phone-invalid: This is too long or too short for a phone number. "
            "Write it with + and the country's code, such as “+47 40 61 23 45”, or as it is dialled within NO."
        )
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("O'Connor", "O'Connor"),
        ("José-María", "José-María"),
        ("Jose\u0301", "José"),
        ("Nguyễn", "Nguyễn"),
        ("李", "李"),
        ("محمد", "محمد"),
        ("\u200fשרה", "שרה"),
        ("\u202eabc\u202c", "abc"),
        ("Rosa\u00adlinda\u2060", "Rosalinda"),
        ("Ana 👩‍⚕️", "Ana 👩‍⚕️"),
        ("A" * 60, "A" * 60),
        ("   Maria  ", "Maria"),
        ('"  Maria"', "Maria"),
        ("Mary {phone}", "Mary {phone}"),
        ("no", "no"),
        ("Null", "Null"),
        ("7:30", "7:30"),
    ],
)
def test_names_from_the_real_world_stay_what_they_are(desk: Desk, written: str, read: str) -> None:
    desk.write("patients/a.yaml", PATIENTS.replace("Maria", written))
    assert said(desk) == []
    assert [patient.name for patient in desk.patients()] == [read]


def test_ids_and_names_that_are_too_long_are_refused(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS.replace("P-1", "x" * 65).replace("Maria", "x" * 101))
    assert [line.partition(".")[0] for line in said(desk)] == [
        "2:9 id: This id is longer than 64 characters",
        "3:11 name: This name is longer than 100 characters",
    ]


def test_all_mistakes_of_an_entry_are_told_in_one_go(desk: Desk) -> None:
    desk.write(
        "patients/a.yaml",
        """\
patients:
  - id: P-1
    phone: 555
    language: fr
    procedure: 2026-12-03
    arrival: 6:30
    protocol: milt
""",
    )
    assert [line.partition(": ")[0] for line in said(desk)] == [
        "2:5 missing-key",
        "3:12 phone-invalid",
        "4:15 unknown-language",
        "5:16 date-time",
        "6:14 date-time",
        "7:15 unknown-protocol",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("patients:\n  P-1: { name: Maria }\n", "2:3 wrong-type: “patients” should be a list of entries."),
        ("patients:\n  - P-1\n", "2:5 wrong-type: This is not an entry of a patient."),
        ("patient:\n  - id: P-1\n", "1:1 missing-key: A file of patients has no “patients”."),
        ("- id: P-1\n", "1:1 wrong-type: This file does not consist of “name: value” lines."),
        ("", "1:1 empty-file: This file is empty."),
        ("''", "1:1 empty-file: This file is empty."),
    ],
)
def test_a_file_of_another_shape_hides_its_patients(desk: Desk, text: str, expected: str) -> None:
    desk.write("patients/a.yaml", text)
    assert said(desk)[0].startswith(expected)
    assert desk.read().whole is False


@pytest.mark.parametrize("text", ["patients:\n", "patients: []\n", "patients:\n  -\n"])
def test_a_file_may_hold_no_patients(desk: Desk, text: str) -> None:
    desk.write("patients/a.yaml", text)
    assert said(desk) == []
    assert desk.read().whole is True


def test_a_good_entry_beside_one_that_is_none_is_planned(desk: Desk) -> None:
    desk.write("patients/a.yaml", PATIENTS + "  - P-9\n")
    assert len(said(desk)) == 1
    assert [patient.id for patient in desk.patients()] == ["P-1"]
