"""When a text goes out: section 3 of the contract, rule by rule, by the clock of a patient in Denver.

The procedure is on Thursday, December 3, 2026. Quiet are 21:00 to 08:00, and on the procedure day 21:00 to 05:00.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from notifier.core.placing import NO_PLACE, QUIET_GIVES_WAY, Placement, ideal_place, is_quiet, place_again
from tests.core.clinics import DENVER, PHOENIX, local, quiet_around, shown

PROCEDURE_DAY = "2026-12-03"
DATES = {
    "Sun": "2026-11-29",
    "Mon": "2026-11-30",
    "Tue": "2026-12-01",
    "Wed": "2026-12-02",
    "Thu": PROCEDURE_DAY,
    "Fri": "2026-12-04",
}
USUAL = quiet_around(PROCEDURE_DAY)


def on(day_and_time: str) -> datetime:
    """Return the instant of `Wed 13:30` in the week of the procedure."""
    day, wall = day_and_time.split()
    return local(f"{DATES[day]} {wall}")


def clock(placement: Placement) -> str | None:
    """Return a place as `Wed 13:30`."""
    return None if placement.at is None else placement.at.astimezone(ZoneInfo(DENVER)).strftime("%a %H:%M")


# Rule 1: which minutes are allowed.


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        pytest.param("Tue 20:59", False, id="20:59 is the last minute of the day"),
        pytest.param("Tue 21:00", True, id="21:00 is quiet"),
        pytest.param("Tue 23:59", True, id="the last minute before midnight"),
        pytest.param("Wed 00:00", True, id="midnight"),
        pytest.param("Wed 07:59", True, id="07:59 is quiet"),
        pytest.param("Wed 08:00", False, id="08:00 is not"),
        pytest.param("Wed 05:00", True, id="the day before: 05:00 is quiet"),
        pytest.param("Thu 00:00", True, id="procedure day: midnight"),
        pytest.param("Thu 04:59", True, id="procedure day: 04:59 is quiet"),
        pytest.param("Thu 05:00", False, id="procedure day: 05:00 is not"),
        pytest.param("Thu 21:00", True, id="procedure day: its evening is quiet too"),
        pytest.param("Fri 05:00", True, id="the day after: 05:00 is quiet again"),
    ],
)
def test_quiet_hours_are_those_of_the_local_date(wall: str, *, expected: bool) -> None:
    assert is_quiet(on(wall), USUAL) is expected


@pytest.mark.parametrize(
    ("wall", "expected"), [("11:59", False), ("12:00", True), ("13:59", True), ("14:00", False), ("23:00", False)]
)
def test_quiet_hours_may_lie_within_a_day(wall: str, *, expected: bool) -> None:
    assert is_quiet(on(f"Tue {wall}"), quiet_around(PROCEDURE_DAY, hours="12:00 to 14:00")) is expected


def test_quiet_hours_go_by_the_patients_clock() -> None:
    early_in_phoenix = local("2026-07-13 07:30", PHOENIX)  # where Denver has 08:30
    assert is_quiet(early_in_phoenix, quiet_around("2026-07-16", PHOENIX))
    assert not is_quiet(early_in_phoenix, quiet_around("2026-07-16", DENVER))


# Rule 2: the allowed minute in [E, max(E, L - 5 minutes)] nearest to S, the earlier of two.


@pytest.mark.parametrize(
    ("send", "earliest", "latest", "expected"),
    [
        pytest.param("Wed 13:30", "Wed 09:30", "Wed 22:00", "Wed 13:30", id="its own minute, in the day"),
        pytest.param("Wed 20:59", "Wed 09:30", "Thu 00:00", "Wed 20:59", id="its own minute, the last before quiet"),
        pytest.param("Wed 21:00", "Wed 09:30", "Thu 00:00", "Wed 20:59", id="quiet begins at 21:00: a minute earlier"),
        pytest.param("Wed 08:00", "Tue 08:00", "Thu 00:00", "Wed 08:00", id="quiet ends at 08:00: its own minute"),
        pytest.param("Wed 07:59", "Tue 08:00", "Thu 00:00", "Wed 08:00", id="07:59 is quiet: a minute later"),
        pytest.param("Thu 04:30", "Wed 17:30", "Thu 05:15", "Thu 05:00", id="05:00 on the procedure day"),
        pytest.param("Thu 03:00", "Wed 16:00", "Thu 03:45", "Wed 20:59", id="only the evening before is left"),
        pytest.param("Thu 00:59", "Wed 16:00", "Thu 06:00", "Wed 20:59", id="quiet on both sides: evening is nearer"),
        pytest.param("Thu 01:00", "Wed 16:00", "Thu 06:00", "Thu 05:00", id="quiet on both sides: morning is nearer"),
        pytest.param(
            "Thu 04:00", "Wed 20:59", "Thu 05:04", "Wed 20:59", id="05:00 is within 5 minutes of L: back to E"
        ),
        pytest.param("Wed 22:00", "Wed 21:00", "Thu 05:05", "Thu 05:00", id="20:59 is before E: on to L - 5 minutes"),
    ],
)
def test_a_text_goes_at_the_allowed_minute_nearest_to_its_send_time(
    send: str, earliest: str, latest: str, expected: str
) -> None:
    for critical in (True, False):
        placement = ideal_place(on(send), on(earliest), on(latest), USUAL, critical=critical)
        assert (clock(placement), placement.reason) == (expected, None)


@pytest.mark.parametrize(
    ("send", "expected"),
    [
        pytest.param("Tue 01:59", "Mon 19:59", id="a minute nearer to the evening"),
        pytest.param("Tue 02:00", "Mon 19:59", id="6 hours and a minute either way"),
        pytest.param("Tue 02:01", "Tue 08:01", id="a minute nearer to the morning"),
    ],
)
def test_of_two_minutes_equally_near_the_earlier_is_taken(send: str, expected: str) -> None:
    even_night = quiet_around(PROCEDURE_DAY, hours="20:00 to 08:01")
    placement = ideal_place(on(send), on("Mon 08:00"), on("Tue 20:00"), even_night, critical=False)
    assert clock(placement) == expected


@pytest.mark.parametrize(
    ("send", "earliest", "latest", "expected"),
    [
        pytest.param("Wed 09:00", "Wed 11:00", "Wed 19:00", "Wed 11:00", id="S before E: at E"),
        pytest.param("Wed 20:00", "Wed 11:00", "Wed 19:00", "Wed 18:55", id="S after L: 5 minutes before L"),
        pytest.param("Wed 18:56", "Wed 11:00", "Wed 19:00", "Wed 18:55", id="S 4 minutes before L: 5 before it"),
        pytest.param("Wed 18:55", "Wed 11:00", "Wed 19:00", "Wed 18:55", id="S 5 minutes before L: at S"),
        pytest.param("Wed 20:00", "Wed 18:57", "Wed 19:00", "Wed 18:57", id="a window of 3 minutes: at E"),
        pytest.param("Wed 20:00", "Wed 19:00", "Wed 19:00", "Wed 19:00", id="E is L: there"),
        pytest.param("Thu 06:30", "Wed 17:30", "Thu 05:03", "Wed 20:59", id="S after L, and quiet at L: the evening"),
        pytest.param("Tue 12:00", "Tue 22:00", "Wed 20:00", "Wed 08:00", id="S before E, and quiet at E: the morning"),
    ],
)
def test_a_text_keeps_within_its_bounds_wherever_its_send_time_lies(
    send: str, earliest: str, latest: str, expected: str
) -> None:
    assert clock(ideal_place(on(send), on(earliest), on(latest), USUAL, critical=False)) == expected


@pytest.mark.parametrize(
    ("hours", "send", "expected"),
    [
        pytest.param("12:00 to 14:00", "Tue 12:59", "Tue 11:59", id="noon's rest, first half"),
        pytest.param("12:00 to 14:00", "Tue 13:00", "Tue 14:00", id="noon's rest, second half"),
        pytest.param("21:00 to 00:00", "Tue 23:00", "Wed 00:00", id="quiet until midnight"),
        pytest.param("00:00 to 08:00", "Tue 03:00", "Mon 23:59", id="quiet from midnight"),
        pytest.param("12:01 to 12:00", "Tue 00:00", "Mon 12:00", id="one minute a day: the one before"),
        pytest.param("12:01 to 12:00", "Tue 00:01", "Tue 12:00", id="one minute a day: the one after"),
        pytest.param("00:01 to 00:00", "Tue 12:00", "Tue 00:00", id="only at midnight: the one before"),
        pytest.param("00:01 to 00:00", "Tue 12:01", "Wed 00:00", id="only at midnight: the one after"),
    ],
)
def test_quiet_hours_of_every_shape_have_an_edge_on_either_side(hours: str, send: str, expected: str) -> None:
    quiet = quiet_around(PROCEDURE_DAY, hours=hours)
    assert clock(ideal_place(on(send), on("Sun 00:00"), on("Wed 20:00"), quiet, critical=False)) == expected


@pytest.mark.parametrize(
    ("send", "earliest", "latest", "expected"),
    [
        pytest.param("Wed 20:00", "Wed 12:00", "Thu 12:00", "Thu 08:00", id="into the procedure day"),
        pytest.param("Fri 02:00", "Thu 12:00", "Fri 08:30", "Thu 23:59", id="back into the procedure day"),
    ],
)
def test_each_side_of_midnight_has_the_hours_of_its_own_date(
    send: str, earliest: str, latest: str, expected: str
) -> None:
    quiet = quiet_around(PROCEDURE_DAY, hours="09:00 to 08:59", procedure_hours="00:00 to 08:00")
    assert clock(ideal_place(on(send), on(earliest), on(latest), quiet, critical=False)) == expected


@pytest.mark.parametrize(
    ("hours", "send", "expected"),
    [
        pytest.param(
            "21:00 to 08:00", local("2026-11-01 01:59", again=True), "Sat 20:59", id="back: 6:00 ago, 6:01 on"
        ),
        pytest.param("21:00 to 08:00", local("2026-11-01 02:00"), "Sun 08:00", id="back: 6:01 ago, 6:00 on"),
        pytest.param("21:00 to 08:02", local("2027-03-14 03:00"), "Sat 20:59", id="forward: 5:01 ago, 5:02 on"),
        pytest.param("21:00 to 08:00", local("2027-03-14 03:00"), "Sun 08:00", id="forward: 5:01 ago, 5:00 on"),
        pytest.param("02:15 to 08:00", local("2027-03-14 03:10"), "Sun 01:59", id="quiet begins in the skipped hour"),
        pytest.param("21:00 to 02:30", local("2027-03-14 01:30"), "Sun 03:00", id="quiet ends in the skipped hour"),
        pytest.param("01:30 to 08:00", local("2026-11-01 01:45", again=True), "Sun 01:29", id="begins in the doubled"),
        pytest.param("21:00 to 01:30", local("2026-11-01 01:15"), "Sun 01:30", id="ends in the doubled hour"),
    ],
)
def test_minutes_elapse_in_a_night_in_which_clocks_change(hours: str, send: datetime, expected: str) -> None:
    half_a_day = local("2026-12-01 12:00") - local("2026-12-01 00:00")
    quiet = quiet_around(PROCEDURE_DAY, hours=hours)
    assert clock(ideal_place(send, send - half_a_day, send + half_a_day, quiet, critical=False)) == expected


@pytest.mark.parametrize(
    ("send", "expected"),
    [
        pytest.param("2026-11-01 01:44", "Sun 2026-11-01 01:29 MDT", id="a quarter of an hour ago"),
        pytest.param("2026-11-01 01:45", "Sun 2026-11-01 01:00 MST", id="a quarter of an hour on, by clocks set back"),
    ],
)
def test_an_hour_that_happens_twice_is_quiet_twice_and_allowed_twice(send: str, expected: str) -> None:
    quiet = quiet_around(PROCEDURE_DAY, hours="01:30 to 08:00")
    placement = ideal_place(local(send), local("2026-10-31 12:00"), local("2026-11-01 12:00"), quiet, critical=False)
    assert shown(placement.at) == expected


# Rule 3: where all minutes are quiet.


@pytest.mark.parametrize(
    ("send", "earliest", "latest", "expected"),
    [
        pytest.param("Thu 02:30", "Wed 22:00", "Thu 04:00", "Thu 02:30", id="at S"),
        pytest.param("Wed 18:00", "Wed 22:00", "Thu 04:00", "Wed 22:00", id="S before E: at E"),
        pytest.param("Thu 06:00", "Wed 22:00", "Thu 04:00", "Thu 03:55", id="S after L: 5 minutes before L"),
        pytest.param("Thu 04:30", "Wed 21:00", "Thu 05:04", "Thu 04:30", id="05:00 is within 5 minutes of L"),
    ],
)
def test_where_all_is_quiet_a_critical_text_goes_anyway_and_any_other_has_no_window(
    send: str, earliest: str, latest: str, expected: str
) -> None:
    critical = ideal_place(on(send), on(earliest), on(latest), USUAL, critical=True)
    assert (clock(critical), critical.reason) == (expected, "quiet hours give way")
    assert ideal_place(on(send), on(earliest), on(latest), USUAL, critical=False) == NO_PLACE


def test_where_earliest_lies_after_latest_even_a_critical_text_has_no_place() -> None:
    for critical in (True, False):
        assert ideal_place(on("Wed 10:00"), on("Wed 10:01"), on("Wed 10:00"), USUAL, critical=critical) == NO_PLACE


# Rule 4: where the place has passed.


@pytest.mark.parametrize(
    ("now", "latest", "expected"),
    [
        pytest.param("Wed 10:00", "Wed 22:00", "Wed 10:00", id="at once"),
        pytest.param("Wed 10:00:01", "Wed 22:00", "Wed 10:01", id="at the next whole minute"),
        pytest.param("Wed 20:59", "Thu 22:00", "Wed 20:59", id="in the last minute before quiet"),
        pytest.param("Wed 20:59:30", "Thu 22:00", "Thu 05:00", id="not at 21:00, which is quiet: in the morning"),
        pytest.param("Tue 21:15", "Wed 22:00", "Wed 08:00", id="late in the evening: at 08:00"),
        pytest.param("Wed 21:15", "Thu 22:00", "Thu 05:00", id="the evening before the procedure: at 05:00"),
        pytest.param("Wed 21:15", "Thu 05:00", "Thu 05:00", id="up to L itself"),
        pytest.param("Wed 19:00", "Wed 19:00", "Wed 19:00", id="at L itself"),
        pytest.param("Wed 18:59:01", "Wed 19:00", "Wed 19:00", id="in the minute before L"),
    ],
)
def test_a_late_text_goes_at_the_next_allowed_minute(now: str, latest: str, expected: str) -> None:
    for critical in (True, False):
        placement = place_again(on(now), on(latest), USUAL, critical=critical)
        assert (clock(placement), placement.reason) == (expected, None)


@pytest.mark.parametrize(
    ("now", "latest", "expected"),
    [
        pytest.param("Wed 21:15", "Wed 22:00", "Wed 21:15", id="an hour before L, all of it quiet"),
        pytest.param("Wed 21:15:01", "Thu 04:59", "Wed 21:16", id="at the next whole minute, though L is near morning"),
        pytest.param("Wed 22:00", "Wed 22:00", "Wed 22:00", id="at L itself"),
    ],
)
def test_a_late_critical_text_with_only_quiet_minutes_left_goes_at_once(now: str, latest: str, expected: str) -> None:
    placement = place_again(on(now), on(latest), USUAL, critical=True)
    assert (clock(placement), placement.reason) == (expected, QUIET_GIVES_WAY)
    assert place_again(on(now), on(latest), USUAL, critical=False) == NO_PLACE


@pytest.mark.parametrize("now", ["Wed 19:00:01", "Wed 19:01", "Fri 10:00"])
def test_after_latest_it_is_too_late_even_for_a_critical_text(now: str) -> None:
    assert place_again(on(now), on("Wed 19:00"), USUAL, critical=True) == NO_PLACE
