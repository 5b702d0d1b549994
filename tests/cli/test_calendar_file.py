"""What goes out as a calendar file: read again by a calendar's own rules, and fit to lie on other people's servers."""

from datetime import datetime, timedelta

import pytest
from icalendar import Calendar, Event

from notifier.cli.calendar_file import calendar_file
from notifier.core.model import Patient, PatientStatus
from notifier.core.planning import plan
from tests.core.clinics import a_patient, local, schedules
from tests.core.mild import MILD

NOW = datetime.fromisoformat("2026-11-22T09:00:00-07:00")
MARIA = a_patient(name="Maria; DROP, \\ “table”\u2028" + "ñ" * 60)


def written(*patients: Patient, with_names: bool = False) -> bytes:
    files = schedules(MILD, *patients)
    return calendar_file(files, plan(files, NOW), with_names=with_names)


def events(data: bytes) -> dict[str, tuple[datetime, str, str]]:
    """Return each event's start, summary and description, by its name."""
    found = {}
    for event in Calendar.from_ical(data).walk("VEVENT"):
        assert isinstance(event, Event)
        assert isinstance(event.start, datetime)
        found[str(event["UID"])] = event.start, str(event["SUMMARY"]), str(event["DESCRIPTION"])
    return found


def test_each_text_that_goes_out_is_an_event_at_its_minute() -> None:
    found = events(written(MARIA))
    assert len(found) == 12
    assert found["P-1042/last-meal@notifier"] == (
        local("2026-12-02 13:30"),
        "P-1042: last-meal",
        "Critical text, useful until Wed 2026-12-02 22:00",
    )
    assert found["P-1042/welcome@notifier"][0] == NOW  # late, so at once
    assert {at.utcoffset() for at, _, _ in found.values()} == {timedelta(0)}


def test_a_moved_text_is_the_same_event_at_another_time() -> None:
    before, after = events(written(MARIA)), events(written(a_patient(procedure="2026-12-04 13:00")))
    assert before.keys() == after.keys()
    assert after["P-1042/last-meal@notifier"][0] == local("2026-12-03 19:00")


@pytest.mark.parametrize("status", [PatientStatus.ON_HOLD, PatientStatus.CANCELLED])
def test_what_is_held_or_off_goes_out_at_no_time(status: PatientStatus) -> None:
    assert events(written(a_patient(status=status))) == {}


def test_bookings_and_steps_are_all_that_a_calendar_tells() -> None:
    data = written(MARIA).decode()
    assert "Maria" not in data
    assert "7205550134" not in data
    assert "finish eating" not in data
    assert data.count("CLASS:PRIVATE") == 12


def test_names_and_words_are_told_where_that_is_asked_for_and_still_no_phone() -> None:
    data = written(MARIA, with_names=True)
    _, summary, description = events(data)["P-1042/last-meal@notifier"]
    assert summary.startswith("P-1042 Maria; DROP, \\ “table”")
    assert "22:00\n\nFinish your last meal by Wed, Dec 2, 11:30 PM" in description
    assert b"7205550134" not in data
    assert data.count(b"CLASS:CONFIDENTIAL") == 12


def test_lines_are_as_rfc_5545_wants_them() -> None:
    data = written(MARIA, with_names=True)
    lines = data.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # no letter is cut in two


def test_the_same_plan_is_the_same_file() -> None:
    assert written(MARIA) == written(MARIA)
