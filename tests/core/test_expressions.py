"""What an admin may write for lengths, times and ranges, and what is said of all else."""

from collections.abc import Callable
from datetime import time

import pytest

from notifier.core.expressions import (
    is_name,
    parse_daily_hours,
    parse_duration,
    parse_range,
    parse_time,
    parse_when,
)
from notifier.core.model import DailyHours, Duration, Offset, Unit, When
from notifier.core.problems import WordingError

WHOLE_NUMBER = "Write a whole number and minutes, hours, days or weeks, such as “8 hours”."
WHEN_FORMS = "Write it as “2 days before procedure at 10:00”, or “8 hours after procedure end”, or a moment's name."
CLOCK_FORMS = "Write hours and minutes on the 24-hour clock, from 00:00 to 23:59, such as “07:30” or “19:00”."


def told(parse: Callable[[str], object], text: str) -> WordingError:
    """Return what is said of a text that cannot be read."""
    with pytest.raises(WordingError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize("name", ["last-meal", "fasting", "A1", "keep_dry", "x"])
def test_a_name_begins_with_a_letter(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("text", ["", "1st-meal", "-meal", "last meal", "mañana", "last-meal!", "last-meal\n"])
def test_anything_else_is_no_name(text: str) -> None:
    assert not is_name(text)


# Durations.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90 minutes", Duration(90, Unit.MINUTES)),
        ("1 minute", Duration(1, Unit.MINUTES)),
        ("8 hours", Duration(8, Unit.HOURS)),
        ("1 hour", Duration(1, Unit.HOURS)),
        ("2 days", Duration(2, Unit.DAYS)),
        ("1 day", Duration(1, Unit.DAYS)),
        ("4 weeks", Duration(4, Unit.WEEKS)),
        ("1 week", Duration(1, Unit.WEEKS)),
        ("0 minutes", Duration(0, Unit.MINUTES)),
        ("8hours", Duration(8, Unit.HOURS)),
        ("  8 \t Hours ", Duration(8, Unit.HOURS)),
        ("3660 days", Duration(3660, Unit.DAYS)),
    ],
)
def test_a_length_of_time_is_a_count_and_a_unit(text: str, expected: Duration) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    ("text", "minutes"), [("90 minutes", 90), ("8 hours", 480), ("1 day", 1440), ("1 week", 10_080)]
)
def test_lengths_compare_with_a_day_as_24_hours(text: str, minutes: int) -> None:
    assert parse_duration(text).minutes == minutes


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("8h", "Write it as “8 hours”."),
        ("90 min", "Write it as “90 minutes”."),
        ("2 D", "Write it as “2 days”."),
        ("3w", "Write it as “3 weeks”."),
        ("8.0 hours", "Write it as “8 hours”."),
        ("1.5 hours", "Write a whole number, such as “90 minutes”."),
        ("0.5 days", "Write a whole number, such as “720 minutes”."),
        ("eight hours", WHOLE_NUMBER),
        ("-8 hours", WHOLE_NUMBER),
        ("8", WHOLE_NUMBER),
        ("8 hours or so", WHOLE_NUMBER),
        ("", WHOLE_NUMBER),
    ],
)
def test_what_is_nearly_a_length_is_shown_as_it_should_be(text: str, hint: str) -> None:
    error = told(parse_duration, text)
    assert (error.code, str(error), error.hint) == ("duration", f"“{text}” is not a length of time.", hint)
    assert error.offset == 0


@pytest.mark.parametrize("text", ["3661 days", "523 weeks", "999999999 weeks"])
def test_more_than_ten_years_are_a_slip_of_the_finger(text: str) -> None:
    error = told(parse_duration, text)
    assert (error.code, str(error)) == ("duration", f"“{text}” is longer than ten years.")
    assert error.hint == "Check the number and the unit."


# When.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("procedure", When("procedure")),
        ("procedure end", When("procedure end")),
        ("arrival", When("arrival")),
        ("last-meal", When("last-meal")),
        ("procedure at 06:30", When("procedure", at=time(6, 30))),
        ("8 hours before procedure", When("procedure", Offset(Duration(8, Unit.HOURS), is_after=False))),
        ("6 hours after procedure end", When("procedure end", Offset(Duration(6, Unit.HOURS), is_after=True))),
        ("fasting before procedure", When("procedure", Offset("fasting", is_after=False))),
        ("therapy after procedure at 10:00", When("procedure", Offset("therapy", is_after=True), time(10))),
        (
            "  1 day  before procedure  end  at 9:05 ",
            When("procedure end", Offset(Duration(1, Unit.DAYS), is_after=False), time(9, 5)),
        ),
    ],
)
def test_when_is_an_anchor_with_perhaps_a_length_and_a_wall_time(text: str, expected: When) -> None:
    assert parse_when(text) == expected


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("8 hours until procedure", 8),
        ("10 hours befor last-meal", 9),
        ("10 hours befor", 9),
        ("fasting befor procedure", 8),
        ("last-meal att 10:00", 10),
        ("procedure end att 10:00", 14),
        ("8 hours before", 0),
        ("before procedure", 0),
        ("8 hours after the end", 14),
    ],
)
def test_a_time_that_cannot_be_read_is_shown_with_the_forms_there_are(text: str, offset: int) -> None:
    error = told(parse_when, text)
    assert (error.code, str(error)) == ("when", f"“{text}” is not a time that this program can read.")
    assert (error.hint, error.offset) == (WHEN_FORMS, offset)


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_time_is_missing(text: str) -> None:
    error = told(parse_when, text)
    assert (error.code, str(error), error.hint) == ("when", "A time is missing here.", WHEN_FORMS)


def test_a_bad_length_or_wall_time_within_is_told_as_such() -> None:
    assert told(parse_when, "8h before procedure").code == "duration"
    assert told(parse_when, "procedure at 7pm").code == "time"


# Times of day.


@pytest.mark.parametrize(
    ("text", "expected"),
    [("07:30", time(7, 30)), ("7:30", time(7, 30)), (" 19:00 ", time(19)), ("00:00", time(0)), ("23:59", time(23, 59))],
)
def test_a_time_of_day_is_hours_and_minutes(text: str, expected: time) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("7 pm", "Write it on the 24-hour clock, as “19:00”."),
        ("7:30 P.M.", "Write it on the 24-hour clock, as “19:30”."),
        ("7:30am", "Write it on the 24-hour clock, as “07:30”."),
        ("12:15 am", "Write it on the 24-hour clock, as “00:15”."),
        ("12 p.m.", "Write it on the 24-hour clock, as “12:00”."),
        ("1 am", "Write it on the 24-hour clock, as “01:00”."),
        ("13 pm", CLOCK_FORMS),
        ("0 am", CLOCK_FORMS),
        ("24:00", CLOCK_FORMS),
        ("12:60", CLOCK_FORMS),
        ("7:5", CLOCK_FORMS),
        ("0730", CLOCK_FORMS),
        ("450", CLOCK_FORMS),
        ("", CLOCK_FORMS),
    ],
)
def test_what_is_no_time_of_day_is_shown_on_the_24_hour_clock(text: str, hint: str) -> None:
    error = told(parse_time, text)
    assert (error.code, str(error), error.hint) == ("time", f"“{text}” is not a time of day.", hint)


# Quiet hours and ranges.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("21:00 to 08:00", DailyHours(time(21), time(8))),
        (" 9:00  to  12:30 ", DailyHours(time(9), time(12, 30))),
        ("21:00 to 00:00", DailyHours(time(21), time(0))),
    ],
)
def test_hours_of_a_day_run_from_one_time_to_another(text: str, expected: DailyHours) -> None:
    assert parse_daily_hours(text) == expected


@pytest.mark.parametrize("text", ["21:00 - 08:00", "21:00", "to 08:00", ""])
def test_hours_without_a_beginning_and_an_end_are_told(text: str) -> None:
    error = told(parse_daily_hours, f" {text}")
    assert (error.code, str(error)) == ("hours", f"“{text}” is not a range of hours.")
    assert error.hint == "Write it as “21:00 to 08:00”."


def test_hours_that_end_where_they_begin_are_told() -> None:
    error = told(parse_daily_hours, "21:00 to 21:00")
    assert (error.code, str(error)) == ("hours", "These hours begin and end at the same minute.")
    assert error.hint == (
        "Give the hour at which quiet begins and the hour at which it ends, such as “21:00 to 08:00”."
    )


def test_either_end_of_hours_is_a_time_of_day() -> None:
    assert told(parse_daily_hours, "9pm to 08:00").hint == "Write it on the 24-hour clock, as “21:00”."
    assert told(parse_daily_hours, "21:00 to 8am").hint == "Write it on the 24-hour clock, as “08:00”."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8 hours to 12 hours", (Duration(8, Unit.HOURS), Duration(12, Unit.HOURS))),
        ("24 hours to  7 days", (Duration(24, Unit.HOURS), Duration(7, Unit.DAYS))),
        ("24 hours to 1 day", (Duration(24, Unit.HOURS), Duration(1, Unit.DAYS))),
    ],
)
def test_a_range_runs_from_the_shorter_to_the_longer(text: str, expected: tuple[Duration, Duration]) -> None:
    assert parse_range(text) == expected


def test_a_range_that_is_none_is_told() -> None:
    error = told(parse_range, " 8-12 hours ")
    assert (error.code, str(error)) == ("range", "“8-12 hours” is not a range.")
    assert error.hint == "Write it as “8 hours to 12 hours”."
    assert told(parse_range, "8 to 12 hours").code == "duration"


def test_a_range_the_wrong_way_round_is_turned_in_the_hint() -> None:
    error = told(parse_range, "7 days to 24 hours")
    assert (error.code, str(error)) == ("range", "This range ends before it begins.")
    assert error.hint == "Write it as “24 hours to 7 days”."


@pytest.mark.parametrize(
    ("text", "offset", "said"),
    [
        ("2 days before procedure at 25:00", 27, "“25:00” is not a time of day."),
        ("  8h before procedure", 2, "“8h” is not a length of time."),
        ("1.5 hours after  procedure end", 0, "“1.5 hours” is not a length of time."),
        ("2 days   before   procedure   at   7 pm", 35, "“7 pm” is not a time of day."),
    ],
)
def test_a_mistake_in_a_part_is_told_where_the_part_begins(text: str, offset: int, said: str) -> None:
    with pytest.raises(WordingError) as caught:
        parse_when(text)
    assert (caught.value.offset, str(caught.value)) == (offset, said)


def test_a_number_of_thousands_of_digits_is_no_length_of_time() -> None:
    with pytest.raises(WordingError, match="is not a length of time"):
        parse_duration("9" * 5000 + " hours")
