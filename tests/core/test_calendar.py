"""Minutes and hours elapse, days and weeks keep the wall time, and clock changes surprise nobody."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from notifier.core.calendar import at_wall, ceil_minute, shift, wall_problem
from notifier.core.expressions import parse_duration
from tests.core.clinics import DENVER, PHOENIX, local, shown


@pytest.mark.parametrize(
    ("day", "wall", "zone", "expected"),
    [
        pytest.param("2026-12-03", "07:30", DENVER, "2026-12-03T14:30Z", id="an ordinary winter morning"),
        pytest.param("2026-07-16", "07:30", DENVER, "2026-07-16T13:30Z", id="an ordinary summer morning"),
        pytest.param("2026-07-16", "07:30", PHOENIX, "2026-07-16T14:30Z", id="Phoenix keeps winter time"),
        pytest.param("2027-03-14", "02:30", DENVER, "2027-03-14T09:30Z", id="skipped: 2:30 becomes 3:30"),
        pytest.param("2027-03-14", "03:00", DENVER, "2027-03-14T09:00Z", id="the first minute after the gap"),
        pytest.param("2026-11-01", "01:30", DENVER, "2026-11-01T07:30Z", id="doubled: 1:30 is the first of the two"),
        pytest.param("2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03T15:45Z", id="a gap of half an hour"),
    ],
)
def test_a_wall_time_is_found_in_its_zone(day: str, wall: str, zone: str, expected: str) -> None:
    found = at_wall(date.fromisoformat(day), time.fromisoformat(wall), ZoneInfo(zone))
    assert found == datetime.fromisoformat(expected)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("wall", "zone", "expected"),
    [
        pytest.param("2027-03-14 01:59", DENVER, None, id="before the gap"),
        pytest.param("2027-03-14 02:00", DENVER, "skipped", id="the first minute of the gap"),
        pytest.param("2027-03-14 02:59", DENVER, "skipped", id="the last minute of the gap"),
        pytest.param("2027-03-14 03:00", DENVER, None, id="after the gap"),
        pytest.param("2026-11-01 00:59", DENVER, None, id="before the hour that happens twice"),
        pytest.param("2026-11-01 01:00", DENVER, "doubled", id="the first minute that happens twice"),
        pytest.param("2026-11-01 01:59", DENVER, "doubled", id="the last minute that happens twice"),
        pytest.param("2026-11-01 02:00", DENVER, None, id="after the hour that happens twice"),
        pytest.param("2026-11-01 01:30", PHOENIX, None, id="Phoenix has no clock changes"),
    ],
)
def test_a_wall_time_that_a_clock_change_skips_or_doubles_is_told(wall: str, zone: str, expected: str | None) -> None:
    assert wall_problem(datetime.fromisoformat(wall), ZoneInfo(zone)) == expected


@pytest.mark.parametrize(
    ("instant", "duration", "is_after", "expected"),
    [
        pytest.param("2026-12-03 07:30", "90 minutes", False, "Thu 2026-12-03 06:00 MST", id="minutes before"),
        pytest.param("2026-12-03 07:30", "8 hours", False, "Wed 2026-12-02 23:30 MST", id="hours before"),
        pytest.param("2026-12-03 08:30", "6 hours", True, "Thu 2026-12-03 14:30 MST", id="hours after"),
        pytest.param("2026-12-03 07:30", "1 day", False, "Wed 2026-12-02 07:30 MST", id="a day before"),
        pytest.param("2026-12-03 07:30", "2 weeks", True, "Thu 2026-12-17 07:30 MST", id="weeks after"),
        pytest.param(
            "2026-11-01 07:30", "8 hours", False, "Sun 2026-11-01 00:30 MDT", id="hours over the longer night"
        ),
        pytest.param(
            "2027-03-14 07:30", "8 hours", False, "Sat 2027-03-13 22:30 MST", id="hours over the shorter night"
        ),
        pytest.param("2026-11-01 07:30", "1 day", False, "Sat 2026-10-31 07:30 MDT", id="a day of 25 hours"),
        pytest.param("2027-03-13 07:30", "1 day", True, "Sun 2027-03-14 07:30 MDT", id="a day of 23 hours"),
        pytest.param("2027-03-14 07:30", "24 hours", False, "Sat 2027-03-13 06:30 MST", id="24 hours are no such day"),
        pytest.param("2027-03-07 02:30", "1 week", True, "Sun 2027-03-14 03:30 MDT", id="a day that lands in the gap"),
        pytest.param(
            "2026-11-08 01:30", "1 week", False, "Sun 2026-11-01 01:30 MDT", id="a day that lands where 1:30 is twice"
        ),
    ],
)
def test_hours_elapse_and_days_keep_the_wall_time(
    instant: str, duration: str, *, is_after: bool, expected: str
) -> None:
    moved = shift(local(instant), parse_duration(duration), ZoneInfo(DENVER), is_after=is_after)
    assert shown(moved) == expected
    assert moved.tzinfo is UTC


def test_days_are_counted_on_the_calendar_of_the_given_zone() -> None:
    evening_in_denver = local("2026-10-31 23:30")  # already Sunday in UTC
    day_after = shift(evening_in_denver, parse_duration("1 day"), ZoneInfo(DENVER), is_after=True)
    assert shown(day_after) == "Sun 2026-11-01 23:30 MST"


@pytest.mark.parametrize("nothing", ["0 minutes", "0 days"])
def test_no_time_at_all_stays_in_the_second_of_two_equal_hours(nothing: str) -> None:
    second = local("2026-11-01 01:30", again=True)
    assert shift(second, parse_duration(nothing), ZoneInfo(DENVER), is_after=True) == second


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("20:30:00", "20:30:00"),
        ("20:30:00.000001", "20:31:00"),
        ("20:30:01", "20:31:00"),
        ("20:59:59.999999", "21:00:00"),
    ],
)
def test_a_minute_that_has_begun_is_over(clock: str, expected: str) -> None:
    day = "2026-12-02T{}+00:00"
    assert ceil_minute(datetime.fromisoformat(day.format(clock))) == datetime.fromisoformat(day.format(expected))
