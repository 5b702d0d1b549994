"""Exports as scheduling systems write them, and what becomes of their rows."""

import sys
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import pytest

from notifier.intake.export_table import read_export
from notifier.intake.importing import Imported, import_rows, write_owned
from notifier.intake.mapping import ExportMapping, read_mapping
from notifier.intake.source import Source
from notifier.intake.splices import EditError
from tests.fakes.workbook import Value, a_workbook

MAPPING = """\
into: patients/appointments.yaml
columns:
  id: Booking
  name: First Name
  phone: Mobile
  procedure: [Date, Start]
  consent: Texts since
  status: Status
  order:lifting: Lifting
  skip: Without
always: { protocol: mild }
words: { status: { Confirmed: booked, Off: cancelled, Blocked: leave out } }
dates: MM/DD/YYYY
times: hh:mm AM
"""
HEADER = "Booking,First Name,Mobile,Date,Start,Texts since,Status,Lifting,Without\n"
MARIA = "17,Maria,(720) 555-0134,12/03/2026,07:30 AM,11/20/2026,Confirmed,,\n"


def a_mapping(text: str = MAPPING) -> ExportMapping:
    read = read_mapping(Source("m.yaml", text))
    assert isinstance(read, ExportMapping)
    return read


def imported(folder: Path, export: str | bytes | Sequence[Sequence[Value]], mapping: str = MAPPING) -> Imported:
    """Return what an export says: a text in CSV, or the rows of a workbook."""
    path = folder / "export"
    if isinstance(export, str | bytes):
        path.write_bytes(export.encode() if isinstance(export, str) else export)
    else:
        path.write_bytes(a_workbook({"Week": export}))
    return import_rows("export", read_export(path), a_mapping(mapping))


def says(found: Imported) -> list[str]:
    return [f"{one.spot.line}:{one.spot.column} {one.code}: {one.message}" for one in found.problems]


def test_rows_become_entries_by_procedure(tmp_path: Path) -> None:
    later = "16,Ann,7205550177,12/04/2026,12:15 PM,,off,36 hours,welcome recovery\n"
    found = imported(tmp_path, "Week 49\n\n" + HEADER + later + MARIA)
    data, places = write_owned(found.bookings)
    assert data.decode() == (
        "# This file belongs to “notifier import”: do not edit it, the next import writes it anew.\n"
        "patients:\n"
        "  - id: 17\n    name: Maria\n    phone: (720) 555-0134\n    consent: 2026-11-20\n    protocol: mild\n"
        "    procedure: 2026-12-03 07:30\n    status: booked\n"
        "  - id: 16\n    name: Ann\n    phone: 7205550177\n    protocol: mild\n    procedure: 2026-12-04 12:15\n"
        "    status: cancelled\n    orders: { lifting: 36 hours }\n    skip: [welcome, recovery]\n"
    )
    booking, field = places[16]
    assert (booking.row.number, field) == (4, "order:lifting")
    assert write_owned(())[0].endswith(b"patients: []\n")


def test_a_workbook_says_the_same_as_text(tmp_path: Path) -> None:
    day, since = date(2026, 12, 3), date(2026, 11, 20)
    rows: list[list[Value]] = [
        [*HEADER.strip().split(",")],
        [17.0, "Maria", 7205550134.0, day, time(7, 20), since, "Confirmed"],
        [18.0, "Ann", 7205550177.0, datetime(2026, 12, 4), time(13), None, "Confirmed"],  # noqa: DTZ001 - as in Excel
        [19.0, "Bo", "303-555-0112", "12/05/2026", "01:00 PM", None, "Confirmed"],
    ]
    first, second, third = (booking.values for booking in imported(tmp_path, rows).bookings)
    assert (first["id"], first["phone"], first["consent"]) == ("17", "7205550134", "2026-11-20")
    assert first["procedure"] == "2026-12-03 07:20"
    assert (second["procedure"], third["procedure"]) == ("2026-12-04 13:00", "2026-12-05 13:00")


def test_a_day_and_a_time_may_stand_in_one_column(tmp_path: Path) -> None:
    mapping = MAPPING.replace("[Date, Start]", "Date")
    found = imported(tmp_path, HEADER + MARIA.replace("12/03/2026", "12/03/2026 7:30 AM"), mapping)
    assert found.bookings[0].values["procedure"] == "2026-12-03 07:30"
    rows: list[list[Value]] = [
        [*HEADER.strip().split(",")],
        [17.0, "Maria", "720", datetime(2026, 12, 3, 7, 30, 20), None, None, "Confirmed"],  # noqa: DTZ001 - as in Excel
    ]
    assert imported(tmp_path, rows, mapping).bookings[0].values["procedure"] == "2026-12-03 07:30:20"


def test_half_an_arrival_is_none(tmp_path: Path) -> None:
    mapping = MAPPING.replace("  consent: Texts since\n", "  arrival: [Date, Texts since]\n")
    first = MARIA.replace("11/20/2026", "").replace("17,", "16,")
    found = imported(tmp_path, HEADER + first + MARIA.replace("11/20/2026", "06:30 AM"), mapping)
    assert [booking.values.get("arrival") for booking in found.bookings] == [None, "2026-12-03 06:30"]


def test_rows_that_a_word_leaves_out_are_counted_and_not_looked_at(tmp_path: Path) -> None:
    found = imported(tmp_path, HEADER + MARIA + MARIA.replace("Confirmed", "BLOCKED").replace("12/03", "lunch"))
    assert (len(found.bookings), found.left_out, found.problems) == (1, 1, ())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Confirmed", "Arrived", "2:7 unmapped-word: Under “Status”: The mapping does not say what “Arrived” means."),
        ("12/03/2026", "2026-12-03", "2:4 date: Under “Date”: “2026-12-03” is not written as the mapping says"),
        ("11/20/2026", "13/20/2026", "2:6 date: Under “Texts since”: “13/20/2026” is not written"),
        ("07:30 AM", "", "2:4 date: Under “Date”: The time of day is missing."),
        ("12/03/2026", "", "2:4 date: Under “Date”: The day is missing."),
        (MARIA, MARIA + "\n" + MARIA, "4:1 duplicate-id: Under “Booking”: “17” stands in row 2 already."),
        ("Without", "Mobile", "1:1 no-header: There is no column “Without”."),
        ("Without\n", "Without,Mobile\n", "1:10 duplicate-column: A second column is called “Mobile”, and the mapping"),
        ("Mobile", "Cell", "1:1 no-header: There is no column “Mobile”."),
        (HEADER + MARIA, "", "1:1 no-header: There is no column “Booking”, “First Name”, “Mobile”, “Date”, “Start”"),
    ],
)
def test_what_the_mapping_does_not_explain_is_told_at_its_row(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = imported(tmp_path, (HEADER + MARIA).replace(old, new))
    assert [line[: len(said)] for line in says(found)] == [said]


def test_a_twice_used_id_from_the_mapping_is_told_at_the_row(tmp_path: Path) -> None:
    mapping = MAPPING.replace("  id: Booking\n", "").replace("{ protocol", "{ id: P-1, protocol")
    assert says(imported(tmp_path, HEADER + MARIA + MARIA, mapping)) == [
        "3:1 duplicate-id: “P-1” stands in row 2 already."
    ]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_columns_may_be_separated_as_in_other_countries(tmp_path: Path, separator: str) -> None:
    text = "\ufeffWeek 49, all doctors\n" + (HEADER + MARIA).replace(",", separator).replace("\n", "\r\n")
    assert imported(tmp_path, text).bookings[0].values["name"] == "Maria"


def test_a_row_over_several_lines_is_told_by_its_first(tmp_path: Path) -> None:
    note = MARIA.replace("Maria", '"Maria\nAnna"').replace("Confirmed", "Odd").replace("17", "9")
    assert says(imported(tmp_path, HEADER + note + MARIA.replace("Confirmed", "Odd")))[0].startswith("2:7 unmapped")
    assert says(imported(tmp_path, HEADER + note + MARIA.replace("Confirmed", "Odd")))[1].startswith("4:7 unmapped")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a,b\nJos\xe9,1\n", r"export, line 2: this file is not saved as UTF-8\. Export it as UTF-8"),
        (b'a,b\n"Jo,1\n', r"export, line 2: this row cannot be read; a quote in it may not be closed\."),
        (b"PK\x03\x04...", r"export is an Excel workbook that cannot be opened"),
        (b"\n" * (32 * 1024 * 1024 + 1), r"export is larger than 32 MiB"),
    ],
)
def test_an_export_that_cannot_be_read_is_told_in_a_sentence(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(EditError, match=said):
        imported(tmp_path, data)


def test_an_export_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EditError, match=r"nowhere cannot be read: no such file or directory\."):
        read_export(tmp_path / "nowhere")


def test_a_sheet_is_found_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(a_workbook({"Info": [["x", True]], "Week": [[1.5]]}))
    assert [row.cells for row in read_export(path)] == [("x", "True")]
    assert [row.cells for row in read_export(path, "Week")] == [("1.5",)]
    with pytest.raises(EditError, match=r"has no sheet “Wek”\. It has “Info”, “Week”\."):
        read_export(path, "Wek")


def test_without_the_extra_a_workbook_is_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)  # how an installation without the extra looks
    with pytest.raises(EditError, match=r"Install “notifier\[xlsx\]”, or export the file as CSV\."):
        imported(tmp_path, [["Booking"]])
