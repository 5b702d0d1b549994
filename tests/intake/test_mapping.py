"""A mapping, and what is said of one that cannot be used."""

import pytest

from notifier.intake.mapping import ExportMapping, read_mapping
from notifier.intake.source import Source
from tests.intake.desk import as_line

GOOD = """\
into: patients/appointments.yaml
columns:
  id: Booking
  name: First Name
  phone: Mobile
  procedure: [Date, Start]
  status: Status
always: { protocol: mild }
words:
  status: { Confirmed: booked, "No  Show": no-show, "": booked, Blocked: Leave  out }
dates: M/D/YY
times: h:mm AM
sheet: Week
"""


def says(text: str) -> list[str]:
    """Return what is said of a mapping, without the file's name."""
    read = read_mapping(Source("m.yaml", text))
    return [] if isinstance(read, ExportMapping) else [as_line(problem).removeprefix("m.yaml:") for problem in read]


def test_a_mapping_says_what_columns_words_and_dates_mean() -> None:
    read = read_mapping(Source("m.yaml", GOOD))
    assert read == ExportMapping(
        into="patients/appointments.yaml",
        columns={
            "id": ("Booking",),
            "name": ("First Name",),
            "phone": ("Mobile",),
            "procedure": ("Date", "Start"),
            "status": ("Status",),
        },
        always={"protocol": "mild"},
        words={"status": {"confirmed": "booked", "no show": "no-show", "": "booked", "blocked": None}},
        dates="%m/%d/%y",
        times="%I:%M %p",
        sheet="Week",
    )


def test_dates_are_written_as_in_our_own_files_where_nothing_is_said() -> None:
    read = read_mapping(Source("m.yaml", GOOD.partition("dates:")[0]))
    assert isinstance(read, ExportMapping)
    assert (read.dates, read.times, read.sheet) == ("%Y-%m-%d", "%H:%M", None)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (GOOD, "", "1:1 empty-file: This file is empty."),
        (GOOD, "- a", "1:1 wrong-type: This file does not consist of “name: value” lines."),
        (GOOD, "{", "1:1 unclosed-bracket: "),
        ("always: { protocol: mild }", "always: mild", "8:9 wrong-type: “always” should be a group of lines."),
        ("into: patients/appointments.yaml\n", "", "1:1 missing-key: A mapping has no “into”."),
        ("patients/app", "protocols/app", "1:7 into: “protocols/appointments.yaml” is not the name of a patients file"),
        ("patients/app", "patients/../app", "1:7 into: “patients/../appointments.yaml” is not the name"),
        ("phone:", "fone:", "5:3 unknown-field: A patient has no field “fone”. Did you mean “phone”?"),
        ("  phone: Mobile\n", "", "3:3 missing-key: Nothing says what the “phone” is."),
        ("Mobile", "[Mobile, Home]", "5:10 wrong-type: “phone” should be one heading."),
        ("Mobile", "", "5:3 missing-key: There is nothing after “phone”."),
        ("protocol:", "id: x, protocol:", "8:11 duplicate-key: “id” has a column already."),
        ("  status: {", "  language: {", "10:3 unknown-key: “language” has no column whose words these could be."),
        ("M/D/YY", "month/D/YY", "11:8 pattern: “month” says nothing of how dates or times are written."),
    ],
)
def test_a_mistake_is_told_at_its_line(old: str, new: str, said: str) -> None:
    assert GOOD.count(old) == 1
    assert any(line.startswith(said) for line in says(GOOD.replace(old, new))), says(GOOD.replace(old, new))


def test_columns_are_a_group() -> None:
    assert says("into: patients/a.yaml\ncolumns: Booking\n")[0].startswith(
        "2:10 wrong-type: “columns” should be a group"
    )
