"""The clinic's file: what is read, and every mistake at its line and column."""

from zoneinfo import ZoneInfo

import pytest

from notifier.core.expressions import parse_daily_hours, parse_duration
from notifier.core.model import Clinic, QuietHours
from notifier.intake.folder import read_clinic_zone
from tests.intake.desk import PATIENTS, Desk


def said(desk: Desk) -> list[str]:
    """Return the problems of the clinic's file, without its name."""
    return [line.removeprefix("clinic.yaml:") for line in desk.says() if line.startswith("clinic.yaml:")]


def test_a_clinic_with_every_field_is_read(desk: Desk) -> None:
    desk.write(
        "clinic.yaml",
        """\
clinic:
  name: Anchor Healthcare
  phone: 303-555-0100
  time_zone: America/Denver
  country: us
  languages: [es, en]
  quiet_hours:
    every_day: 22:00 to 7:00
    procedure_day: 22:00 to 4:30
  resend_after: 1 hour
""",
    )
    reading = desk.read()
    assert reading.problems == ()
    assert reading.schedules is not None
    assert reading.schedules.clinic == Clinic(
        name="Anchor Healthcare",
        phone="303-555-0100",
        time_zone=ZoneInfo("America/Denver"),
        country="US",
        languages=("es", "en"),
        quiet_hours=QuietHours(parse_daily_hours("22:00 to 07:00"), parse_daily_hours("22:00 to 04:30")),
        resend_after=parse_duration("1 hour"),
    )


def test_what_a_clinic_does_not_give_has_its_default(desk: Desk) -> None:
    desk.write("clinic.yaml", "clinic: { name: A, phone: 303-555-0100, time_zone: America/Denver, quiet_hours: {} }\n")
    schedules = desk.read().schedules
    assert schedules is not None
    assert schedules.clinic.country == "US"
    assert schedules.clinic.languages == ("en",)
    assert schedules.clinic.quiet_hours == QuietHours(
        parse_daily_hours("21:00 to 08:00"), parse_daily_hours("21:00 to 05:00")
    )
    assert schedules.clinic.resend_after == parse_duration("15 minutes")


def test_one_language_needs_no_list(desk: Desk) -> None:
    desk.edit("clinic.yaml", "[en, es]", "en")
    schedules = desk.read().schedules
    assert schedules is not None
    assert schedules.clinic.languages == ("en",)


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        (
            "name: Anchor Healthcare",
            "name:",
            "2:3 missing-key: There is nothing after “name”. Write “name: …” and its value.",
        ),
        (
            "phone: +1 303 555 0100",
            "phone: call us",
            (
                "3:10 phone: This is not a phone number. Write it with + and the country's code, such as “+1 "
                "720 555 0134”, or as it is dialled within US."
            ),
        ),
        (
            "phone: +1 303 555 0100",
            "phone: 555",
            (
                "3:10 phone: This is too long or too short for a phone number. Write it with + and the "
                "country's code, such as “+1 720 555 0134”, or as it is dialled within US."
            ),
        ),
        (
            "time_zone: America/Denver",
            "time_zone: America/Denvr",
            "4:14 unknown-time-zone: “America/Denvr” is not a time zone. Did you mean “America/Denver”?",
        ),
        (
            "languages: [en, es]",
            "languages: [en, es, english]",
            (
                "5:23 unknown-language: “english” is not a language's code. Write the code of a language, such "
                "as “en” or “es”."
            ),
        ),
        (
            "languages: [en, es]",
            "languages: [en-US, es]",
            "5:15 unknown-language: “en-US” is not a language's code. Write it as “en”.",
        ),
        (
            "languages: [en, es]",
            "languages: [en, es, en]",
            "5:23 duplicate-language: “en” is listed twice. Delete one of the two.",
        ),
        (
            "languages: [en, es]",
            "languages: []",
            "5:14 wrong-type: “languages” should be a list of languages. Write it as “languages: [en, es]”.",
        ),
        (
            "languages: [en, es]",
            "languages: {en: es}",
            "5:14 wrong-type: “languages” should be a list of words. Write it as “languages: [one, two]”.",
        ),
        (
            "languages: [en, es]",
            "languages: [en, es]\n  country: USA",
            "6:12 unknown-country: “USA” is not a country's code. Write the code of two letters, such as “US”.",
        ),
        (
            "languages: [en, es]",
            "languages: [en, es]\n  quiet_hours: 21:00 to 08:00",
            (
                "6:16 wrong-type: “quiet_hours” should be a group of lines. Write each of them as “name: "
                "value” on a line below, indented."
            ),
        ),
        (
            "languages: [en, es]",
            "languages: [en, es]\n  quiet_hours: { every_day: 9pm to 8am }",
            "6:29 time: “9pm” is not a time of day. Write it on the 24-hour clock, as “21:00”.",
        ),
        (
            "languages: [en, es]",
            "languages: [en, es]\n  quiet_hours: { every_day: 21:00-08:00 }",
            "6:29 hours: “21:00-08:00” is not a range of hours. Write it as “21:00 to 08:00”.",
        ),
        (
            "languages: [en, es]",
            "languages: [en, es]\n  quiet_hours: { at_night: 21:00 to 08:00 }",
            (
                "6:18 unknown-key: “quiet_hours” has nothing called “at_night”. Known here: “every_day”, "
                "“procedure_day”."
            ),
        ),
        (
            "languages: [en, es]",
            "languages: [en, es]\n  resend_after: 15",
            (
                "6:17 duration: “15” is not a length of time. Write a whole number and minutes, hours, days or "
                "weeks, such as “8 hours”."
            ),
        ),
    ],
)
def test_a_field_that_is_wrong_is_told_at_its_spot(desk: Desk, good: str, bad: str, expected: str) -> None:
    desk.edit("clinic.yaml", good, bad)
    desk.write("patients/a.yaml", PATIENTS)
    reading = desk.read()
    assert said(desk) == [expected]
    assert reading.schedules is None
    assert reading.kept == {"P-1"}
    assert reading.whole is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "",
            "1:1 empty-file: This file is empty. Write its content, or delete the file.",
        ),
        (
            "hello",
            "1:1 wrong-type: This file does not consist of “name: value” lines. Begin it with “clinic:”.",
        ),
        (
            "- a",
            "1:1 wrong-type: This file does not consist of “name: value” lines. Begin it with “clinic:”.",
        ),
        (
            "clinic: x",
            (
                "1:9 wrong-type: “clinic” should be a group of lines. Write each of them as “name: value” on a "
                "line below, indented."
            ),
        ),
        (
            "clinic:\n",
            "1:1 missing-key: There is nothing after “clinic”. Write “clinic: …” and its value.",
        ),
        (
            "clinc:\n  name: x\n",
            "1:1 missing-key: This file has no “clinic”. Write “clinic: …” and its value.",
        ),
        (
            "clinic: [\n",
            (
                "1:9 unclosed-bracket: This “[” is not closed, or a comma is missing after it. Put “]” at the "
                "end, and a comma between any two parts."
            ),
        ),
    ],
)
def test_a_file_of_another_shape_is_told(desk: Desk, text: str, expected: str) -> None:
    desk.write("clinic.yaml", text)
    assert said(desk)[0] == expected
    assert desk.read().schedules is None


def test_a_mistyped_field_is_told_beside_the_one_that_is_missing(desk: Desk) -> None:
    desk.edit("clinic.yaml", "time_zone", "timezone")
    assert said(desk) == [
        "2:3 missing-key: The clinic has no “time_zone”. Write “time_zone: …” and its value.",
        "4:3 unknown-key: The clinic has nothing called “timezone”. Did you mean “time_zone”?",
    ]


def test_patients_of_a_clinic_that_cannot_be_read_are_still_checked(desk: Desk) -> None:
    desk.write("clinic.yaml", "clinic: {")
    desk.write(
        "patients/a.yaml",
        """\
patients:
  - id: P-1
    name: Maria
    phone: 720 555 0134
    language: fr
    consent: 2026-11-23
    protocol: mild
    procedure: 2027-03-14 02:30
  - id: P-2
    name: James
    phone: 303 555 01
    protocol: mild
    procedure: 2026-12-08 06:00
""",
    )
    assert [line.partition(": ")[0] for line in desk.says()] == [
        "clinic.yaml:1:9 unclosed-bracket",
        "patients/a.yaml:11:12 phone-invalid",
    ]
    reading = desk.read()
    assert (reading.broken, reading.kept) == (frozenset({"P-2"}), frozenset({"P-1"}))


def test_the_clinics_zone_can_be_read_alone(desk: Desk) -> None:
    assert read_clinic_zone(desk.folder) == ZoneInfo("America/Denver")
    desk.edit("clinic.yaml", "America/Denver", "America/Denvr")
    assert read_clinic_zone(desk.folder) is None
