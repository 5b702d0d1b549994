"""The small language of schedule files: `8 hours`, `10 hours before last-meal`, `21:00 to 08:00`."""

import re
from collections.abc import Callable
from datetime import time
from typing import TypeVar

from notifier.core.model import DailyHours, Duration, Offset, Unit, When
from notifier.core.problems import WordingError

PROCEDURE, PROCEDURE_END, ARRIVAL = "procedure", "procedure end", "arrival"
ANCHORS = (PROCEDURE, PROCEDURE_END, ARRIVAL)
RESERVED = frozenset({PROCEDURE, ARRIVAL, "clinic", "name", "phone"})
LONGEST_DAYS = 3660  # ten years: what is longer is a slip of the finger, and leaves the calendar

_Part = TypeVar("_Part")

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
DURATION = re.compile(r"(\d{1,9})\s*(minute|hour|day|week)s?", re.IGNORECASE)
_NEARLY_DURATION = re.compile(
    r"(\d+(?:\.\d+)?)\s*(m|min|mins|h|hr|hrs|d|w|minutes?|hours?|days?|weeks?)", re.IGNORECASE
)
_UNITS = {"m": Unit.MINUTES, "h": Unit.HOURS, "d": Unit.DAYS, "w": Unit.WEEKS}
_WHEN = re.compile(
    r"\s*(?:(?P<duration>\S.*?)\s+(?P<side>before|after)\s+)?(?P<anchor>\S.*?)(?:\s+at\s+(?P<at>\S.*?))?\s*",
    re.DOTALL,
)
# What stands where “before”, “after” or “at” should, behind a length of time, an order or an anchor.
_NO_SIDE = re.compile(
    rf"\s*(?:\d+\s*[A-Za-z]+|procedure\s+end|(?!before\b|after\b){NAME.pattern})"
    r"\s+(?P<word>(?!before\b|after\b)\S+).*",
    re.DOTALL,
)
TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_TWELVE_HOURS = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*([ap])\.?m\.?", re.IGNORECASE)
_RANGE = re.compile(r"(?P<low>.*\S)\s+to\s+(?P<high>\S.*)")


def is_name(text: str) -> bool:
    """Say whether `text` can name an order, a moment, a step or a protocol."""
    return NAME.fullmatch(text) is not None


def parse_duration(text: str) -> Duration:
    """Read `N minutes|hours|days|weeks`, singular too.

    Raises WordingError for anything else, and for more than ten years.
    """
    words = " ".join(text.split())
    match = DURATION.fullmatch(words)
    if match is None:
        raise WordingError("duration", f"“{words}” is not a length of time.", _duration_hint(words))
    duration = Duration(int(match[1]), _UNITS[match[2][0].lower()])
    if duration.minutes > LONGEST_DAYS * 24 * 60:
        raise WordingError("duration", f"“{words}” is longer than ten years.", "Check the number and the unit.")
    return duration


def _duration_hint(words: str) -> str:
    match = _NEARLY_DURATION.fullmatch(words)
    if match is None:
        return "Write a whole number and minutes, hours, days or weeks, such as “8 hours”."
    unit = _UNITS[match[2][0].lower()]
    count = float(match[1])
    if not count.is_integer():
        minutes = count * Duration(1, unit).minutes
        return f"Write a whole number, such as “{minutes:.0f} minutes”."
    return f"Write it as “{count:.0f} {unit}”."


def parse_when(text: str) -> When:
    """Read `[DURATION before|after] ANCHOR [at HH:MM]`; a duration may be an order's name.

    Whether the anchor and the order exist is for the protocol to say. Raises WordingError, whose
    offset is that of the part that cannot be read.
    """
    match = _WHEN.fullmatch(text)
    if match is None:
        raise WordingError("when", "A time is missing here.", _WHEN_HINT)
    anchor = " ".join(match["anchor"].split())
    if anchor not in ANCHORS and not is_name(anchor):
        said = " ".join(text.split())
        message = f"“{said}” is not a time that this program can read."
        wrong = _NO_SIDE.fullmatch(text)
        raise WordingError("when", message, _WHEN_HINT, wrong.start("word") if wrong else match.start("anchor"))
    at = _read_part(match, "at", parse_time) if match["at"] else None
    if match["duration"] is None:
        return When(anchor=anchor, at=at)
    is_order = is_name(match["duration"])
    duration = match["duration"] if is_order else _read_part(match, "duration", parse_duration)
    return When(anchor=anchor, offset=Offset(duration, is_after=match["side"] == "after"), at=at)


_WHEN_HINT = "Write it as “2 days before procedure at 10:00”, or “8 hours after procedure end”, or a moment's name."


def _read_part(match: re.Match[str], name: str, reader: Callable[[str], _Part]) -> _Part:
    """Read one part of an expression; a mistake in it is told where that part begins."""
    try:
        return reader(match[name])
    except WordingError as error:
        raise WordingError(error.code, str(error), error.hint, match.start(name)) from None


def parse_time(text: str) -> time:
    """Read a time of day, `07:30` or `7:30`, on the 24-hour clock. Raises WordingError."""
    words = text.strip()
    match = TIME.fullmatch(words)
    if match is None:
        raise WordingError("time", f"“{words}” is not a time of day.", _time_hint(words))
    return time(int(match[1]), int(match[2]))


def _time_hint(words: str) -> str:
    match = _TWELVE_HOURS.fullmatch(words)
    if match is not None and 1 <= int(match[1]) <= 12:  # noqa: PLR2004 - a clock's own numbers
        hour = int(match[1]) % 12 + (12 if match[3] in "pP" else 0)
        return f"Write it on the 24-hour clock, as “{hour:02}:{match[2] or '00'}”."
    return "Write hours and minutes on the 24-hour clock, from 00:00 to 23:59, such as “07:30” or “19:00”."


def parse_daily_hours(text: str) -> DailyHours:
    """Read `21:00 to 08:00`, half-open hours of a day. Raises WordingError."""
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        raise WordingError("hours", f"“{text.strip()}” is not a range of hours.", "Write it as “21:00 to 08:00”.")
    hours = DailyHours(parse_time(match["low"]), parse_time(match["high"]))
    if hours.start == hours.end:
        hint = "Give the hour at which quiet begins and the hour at which it ends, such as “21:00 to 08:00”."
        raise WordingError("hours", "These hours begin and end at the same minute.", hint)
    return hours


def parse_range(text: str) -> tuple[Duration, Duration]:
    """Read `8 hours to 12 hours`: the lowest and the highest of a range. Raises WordingError."""
    match = _RANGE.fullmatch(" ".join(text.split()))
    if match is None:
        raise WordingError("range", f"“{text.strip()}” is not a range.", "Write it as “8 hours to 12 hours”.")
    low, high = parse_duration(match["low"]), parse_duration(match["high"])
    if low.minutes > high.minutes:
        raise WordingError(
            "range", "This range ends before it begins.", f"Write it as “{match['high']} to {match['low']}”."
        )
    return low, high
