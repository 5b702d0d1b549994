"""Patients in CSV: what spreadsheets write is read, and every mistake is told at its line and column."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.intake.csv_table import read_rows
from notifier.intake.source import Source
from tests.intake.desk import Desk

HEADER = "id,name,phone,consent,protocol,procedure,order:fasting,skip\n"
ROW = "P-1,Maria,+1 720 555 0134,11/20/2026,mild,12/3/2026 7:30,9 hours,\n"
NEIGHBOUR = "P-2,James,+1 303 555 0112,,mild,2026-12-08 06:00,,\n"


def said(desk: Desk) -> list[str]:
    """Return the problems of the one file of patients, without its name."""
    return [line.removeprefix("patients/a.csv:") for line in desk.says()]


@pytest.mark.parametrize(
    "written",
    [
        "12/3/2026 7:30",
        "12/3/2026 7:30 AM",
        "12/03/2026 07:30 am",
        "12/3/2026 7:30:00 AM",
        "2026-12-03 07:30",
        "2026-12-03 7:30",
        "2026-12-03T07:30",
    ],
)
def test_dates_that_excel_has_rewritten_are_read(desk: Desk, written: str) -> None:
    desk.write("patients/a.csv", HEADER + ROW.replace("12/3/2026 7:30", written))
    assert said(desk) == []
    (patient,) = desk.patients()
    assert f"{patient.procedure:%Y-%m-%d %H:%M} {patient.consent}" == "2026-12-03 14:30 2026-11-20"


@pytest.mark.parametrize(("written", "hour"), [("12:00 AM", 0), ("12:30 PM", 12), ("1:00 PM", 13), ("11:00 p.m.", 23)])
def test_the_twelve_hour_clock_is_read_behind_a_date_by_excel(desk: Desk, written: str, hour: int) -> None:
    desk.write("patients/a.csv", HEADER + ROW.replace("7:30", written))
    schedules = desk.read().schedules
    assert schedules is not None
    (patient,) = schedules.patients
    assert patient.procedure.astimezone(schedules.clinic.time_zone).hour == hour


def test_an_entry_reads_the_same_from_csv_and_from_yaml(desk: Desk) -> None:
    desk.write(
        "patients/a.csv",
        """\
status,id,name,phone,language,time_zone,consent,protocol,procedure,order:fasting,order:thinner,skip
canceled,P-1,"O'Connor, ""Al"" Jr.",720 555 0134,es,US/Mountain,,mild,2026-12-03 07:30,9 hours,3 days,thinner last-meal
""",
    )
    from_csv = desk.patients()
    (desk.folder / "patients/a.csv").unlink()
    desk.write(
        "patients/a.yaml",
        """\
patients:
  - id: P-1
    name: O'Connor, "Al" Jr.
    phone: 720 555 0134
    language: es
    time_zone: US/Mountain
    protocol: mild
    procedure: 2026-12-03 07:30
    status: canceled
    orders: { fasting: 9 hours, thinner: 3 days }
    skip: [thinner, last-meal]
""",
    )
    assert len(from_csv) == 1
    assert from_csv == desk.patients()


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + HEADER + ROW,
        (HEADER + ROW).replace("\n", "\r\n"),
        (HEADER + ROW).replace("\n", "\r"),
        "\n" + HEADER + "\n,,,,,,,\n" + ROW + " , ,,,,,,\n\n",
        HEADER + ROW.rstrip("\n"),
        HEADER.replace("\n", ",,\n") + ROW.replace("\n", ",,\n"),
        HEADER.replace("name", " name "),
        ",".join(f'"{cell}"' for cell in HEADER.strip().split(",")) + "\n" + ROW,
    ],
)
def test_these_are_no_mistakes(desk: Desk, text: str) -> None:
    desk.write("patients/a.csv", text)
    assert said(desk) == []
    assert desk.read().whole is True


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            'P-1,"Maria,+1 720 555 0134,,mild,2026-12-03 07:30,,',
            (
                '2:5 unclosed-quote: This quote is not closed where its cell ends. Put a " at the end of the '
                'cell, on the same line; for a " inside the cell write "".'
            ),
        ),
        (
            'P-1,"Maria\nLopez",+1 720 555 0134,,mild,2026-12-03 07:30,,',
            (
                '2:5 unclosed-quote: This quote is not closed where its cell ends. Put a " at the end of the '
                'cell, on the same line; for a " inside the cell write "".'
            ),
        ),
        (
            'P-1,"Maria" Lopez,+1 720 555 0134,,mild,2026-12-03 07:30,,',
            (
                '2:5 unclosed-quote: This quote is not closed where its cell ends. Put a " at the end of the '
                'cell, on the same line; for a " inside the cell write "".'
            ),
        ),
        (
            "P-1,Lopez, Maria,+1 720 555 0134,,mild,2026-12-03 07:30,,",
            (
                "2:58 long-row: This row has 9 cells, and the header 8. Put a cell that has a comma in it in "
                "double quotes."
            ),
        ),
        (
            "P-1,Maria,+1 720 555 0134",
            "2:26 short-row: This row has 3 cells, and the header 8. Add a comma for each cell that is missing.",
        ),
        (
            "P-1,,+1 720 555 0134,,mild,2026-12-03 07:30,,",
            "2:5 missing-key: This entry has no “name”. Give its “name”.",
        ),
        (
            'P-1,"Lopez, ""M"" Jr.",1.72056E+10,,mild,2026-12-03 07:30,,',
            (
                "2:24 phone-excel: This phone has lost digits. Excel has turned it into a number: format the "
                "column as Text, and type the phone again."
            ),
        ),
        (
            "P-1,Maria,17205550134.0,,mild,2026-12-03 07:30,,",
            (
                "2:11 phone-excel: This phone has lost digits. Excel has turned it into a number: format the "
                "column as Text, and type the phone again."
            ),
        ),
        (
            "P-1,Maria,+1 720 555 0134,11/23/2026,mild,2026-12-03 07:30,,",
            (
                "2:27 future-consent: The consent of 2026-11-23 lies in the future. Write the day on which the "
                "patient agreed to texts; leave it out until then."
            ),
        ),
        (
            "P-1,Maria,+1 720 555 0134,,mild,13/3/2026 7:30,,",
            (
                "2:33 date-time: There is no such day as “13/3/2026”. Write year, month, day and the time on "
                "the 24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
        (
            "P-1,Maria,+1 720 555 0134,,mild,12/3/26 7:30,,",
            (
                "2:33 date-time: “12/3/26” is not a date that this program can read. Write year, month, day "
                "and the time on the 24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
        (
            "P-1,Maria,+1 720 555 0134,,mild,12/3/2026 13:30 PM,,",
            (
                "2:33 date-time: There is no such hour on a 12-hour clock. Write year, month, day and the time "
                "on the 24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
        (
            "P-1,Maria,+1 720 555 0134,,mild,2026-12-03 7:30 AM,,",
            (
                "2:33 date-time: AM and PM are not read here. Write year, month, day and the time on the "
                "24-hour clock, such as “2026-12-03 07:30”."
            ),
        ),
        (
            "P-1,Maria,+1 720 555 0134,,mild,2026-12-03 07:30,13 hours,",
            (
                "2:50 order-range: “fasting” is 13 hours, which the protocol does not allow. Allowed are 8 "
                "hours to 12 hours."
            ),
        ),
        (
            "P-1,Maria,+1 720 555 0134,,mild,2026-12-03 07:30,,last-meal lst",
            "2:61 unknown-step: This protocol has no step “lst”. Known here: “last-meal”, “thinner”.",
        ),
        (
            'P-1,Maria,+1 720 555 0134,,mild,2026-12-03 07:30,,"last-meal  lst"',
            "2:63 unknown-step: This protocol has no step “lst”. Known here: “last-meal”, “thinner”.",
        ),
    ],
)
def test_a_row_that_is_wrong_is_told_at_its_spot(desk: Desk, row: str, expected: str) -> None:
    desk.write("patients/a.csv", f"{HEADER}{row}\n{NEIGHBOUR}")
    assert said(desk) == [expected]
    reading = desk.read()
    assert (reading.broken, reading.whole) == (frozenset({"P-1"}), True)
    assert [patient.id for patient in desk.patients()] == ["P-2"]


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        (
            "consent",
            "concent",
            "1:15 unknown-column: There is no field “concent”. Did you mean “consent”?",
        ),
        (
            "consent",
            "name",
            "1:15 duplicate-column: There are two columns “name”. Delete one of the two.",
        ),
        (
            "order:fasting",
            "order:fastin",
            "1:42 unknown-order: No protocol has an order “fastin”. Did you mean “fasting”?",
        ),
        (
            "skip",
            "order:",
            "1:56 unknown-column: There is no field “order:”. Did you mean “order:…”?",
        ),
        (
            "skip",
            "Skip",
            "1:56 unknown-column: There is no field “Skip”. Did you mean “skip”?",
        ),
    ],
)
def test_a_heading_that_is_wrong_is_told_once_and_keeps_all_its_rows(
    desk: Desk, good: str, bad: str, expected: str
) -> None:
    desk.write("patients/a.csv", HEADER.replace(good, bad) + ROW + NEIGHBOUR)
    assert expected in said(desk)
    assert {line.partition(":")[0] for line in said(desk)} == {"1"}
    reading = desk.read()
    assert (reading.broken, reading.kept, reading.whole) == (frozenset(), frozenset({"P-1", "P-2"}), True)
    assert desk.patients() == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "\n\n",
            "1:1 empty-file: This file is empty. Write its header and rows, or delete the file.",
        ),
        (
            (
                "id;name;phone;consent;protocol;procedure;order:fasting;skip\nP-1;Maria;+1 720 555 "
                "0134;11/20/2026;mild;12/3/2026 7:30;9 hours;\n"
            ),
            (
                "1:1 separator: The columns of this file are separated by semicolons instead of commas. Save "
                "it as “CSV UTF-8 (Comma delimited)”."
            ),
        ),
        (
            (
                "id\tname\tphone\tconsent\tprotocol\tprocedure\torder:fasting\tskip\nP-1\tMaria\t+1 720 555 "
                "0134\t11/20/2026\tmild\t12/3/2026 7:30\t9 hours\t\n"
            ),
            (
                "1:1 separator: The columns of this file are separated by tabs instead of commas. Save it as "
                "“CSV UTF-8 (Comma delimited)”."
            ),
        ),
        (
            'id,"name\n',
            (
                '1:4 unclosed-quote: This quote is not closed where its cell ends. Put a " at the end of the '
                'cell, on the same line; for a " inside the cell write "".'
            ),
        ),
        (
            (
                "name,phone,consent,protocol,procedure,order:fasting,skip\nMaria,+1 720 555 "
                "0134,11/20/2026,mild,12/3/2026 7:30,9 hours,\n"
            ),
            "1:1 missing-column: There is no column “id”. Add the column; every patient needs it.",
        ),
        (
            "sep=,\n" + HEADER + ROW,
            ("1:1 separator: This line is only a note to Excel. Delete it: the headings have to come first."),
        ),
        (
            ROW,
            (
                "1:1 no-headings: This file does not begin with a row of headings. "
                "Write them above the patients: id, name, phone, protocol, procedure, and what else you need."
            ),
        ),
        (
            HEADER.replace("id,name", "ID,name") + ROW,
            "1:1 unknown-column: There is no field “ID”. Did you mean “id”?",
        ),
    ],
)
def test_a_table_that_cannot_be_read_hides_its_patients(desk: Desk, text: str, expected: str) -> None:
    desk.write("patients/a.csv", text)
    assert said(desk) == [expected]
    assert desk.read().whole is False


def test_a_cell_without_a_heading_is_a_problem_only_if_something_stands_in_it(desk: Desk) -> None:
    desk.write("patients/a.csv", HEADER.replace("skip", "") + ROW + NEIGHBOUR.replace(",\n", ",note\n"))
    assert said(desk) == ["3:51 no-heading: This cell has no heading above it. Write a heading over it, or empty it."]
    assert [patient.id for patient in desk.patients()] == ["P-1"]


def test_an_order_of_another_protocol_is_told_in_the_row(desk: Desk) -> None:
    desk.write(
        "protocols/other.yaml",
        """\
protocol: other
title: Another operation
duration: 1 hour
orders: { lifting: { default: 1 day, allowed: 1 day to 2 days } }
steps: { hello: { send: procedure, text: { en: Hello, es: Hola } } }
stop-line: { en: Stop, es: Alto }
""",
    )
    desk.write("patients/a.csv", HEADER.replace("fasting", "lifting") + ROW + NEIGHBOUR)
    assert said(desk) == ["2:58 unknown-order: This protocol has no order “lifting”. Did you mean “fasting”?"]
    assert [patient.id for patient in desk.patients()] == ["P-2"]


def test_order_columns_are_not_doubted_while_a_protocol_cannot_be_read(desk: Desk) -> None:
    desk.write("protocols/other.yaml", "protocol: {")
    desk.write("patients/a.csv", HEADER.replace("fasting", "lifting") + ROW.replace("9 hours", ""))
    assert desk.says() == [
        (
            "protocols/other.yaml:1:11 unclosed-bracket: This “{” is not closed, or a comma is missing after it. "
            "Put “}” at the end, and a comma between any two parts."
        )
    ]
    assert len(desk.patients()) == 1


def test_a_record_over_several_lines_is_one_problem(desk: Desk) -> None:
    desk.write(
        "patients/a.csv",
        HEADER + 'P-1,"Maria\nof the\nhill",+1 720 555 0134,,mild,2026-12-03 07:30,,\n' + NEIGHBOUR,
    )
    assert [line.partition(": ")[0] for line in said(desk)] == ["2:5 unclosed-quote"]
    assert [patient.id for patient in desk.patients()] == ["P-2"]


def test_a_record_over_several_lines_that_is_too_short_swallows_no_other(desk: Desk) -> None:
    desk.write("patients/a.csv", HEADER + 'P-1,"Maria\nLopez",mild\n' + NEIGHBOUR)
    assert [line.partition(": ")[0] for line in said(desk)] == ["2:5 unclosed-quote", "3:12 short-row"]
    assert [patient.id for patient in desk.patients()] == ["P-2"]


@given(st.lists(st.text(alphabet='ab ,";x', max_size=12), min_size=1, max_size=6))
def test_a_row_has_the_cells_that_pythons_own_reader_finds(parts: list[str]) -> None:
    line = ",".join(parts)
    rows = list(read_rows(Source("a.csv", line)))
    try:
        expected = next(csv.reader([line], strict=True), [])
    except csv.Error:
        assert [row.bad_quote is None for row in rows] == [False]
        return
    if any(cell.strip() for cell in expected):
        (row,) = rows
        assert list(row.cells) == expected
        assert row.bad_quote is None
        for column, cell in enumerate(expected):
            written = line[row.place_of(column) :]
            assert written.startswith((cell, '"'))
    else:
        assert rows == []
