"""Every zone of the IANA database, its clock changes of 2026 to 2036, and wall times as whole minutes.

A minute is a count from 1970-01-01 00:00: of UTC where it is called `minute`, of the zone's own
clock where it is called `wall`. Nothing here is shared with `notifier.core`.
"""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

DAY = 24 * 60
# "Factory" says that no zone is set; "localtime" is whatever the machine has.
ZONES = tuple(sorted(available_timezones() - {"Factory", "localtime"}))


def minute_of(instant: datetime) -> int:
    """Return the minute of an aware datetime that lies on one."""
    minute, rest = divmod(instant - datetime(1970, 1, 1, tzinfo=UTC), timedelta(minutes=1))
    assert not rest, f"{instant} is not a whole minute"
    return minute


def instant_of(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


FIRST = minute_of(datetime(2026, 1, 1, tzinfo=UTC))
LAST = minute_of(datetime(2036, 12, 31, tzinfo=UTC))


def offset_at(minute: int, zone: ZoneInfo) -> int:
    """Return how many minutes the zone is ahead of UTC."""
    offset = datetime.fromtimestamp(minute * 60, zone).utcoffset()
    assert offset is not None
    return offset // timedelta(minutes=1)


def wall_at(minute: int, zone: ZoneInfo) -> int:
    return minute + offset_at(minute, zone)


def offsets_about(wall: int, zone: ZoneInfo) -> set[int]:
    """Return the offsets in force a day before and a day after: the only ones that the wall time can have."""
    return {offset_at(wall - DAY, zone), offset_at(wall + DAY, zone)}


def readings(wall: int, zone: ZoneInfo) -> list[int]:
    """Return the minutes at which the zone's clock shows `wall`: none in a gap, two where it is turned back."""
    return sorted(wall - offset for offset in offsets_about(wall, zone) if offset_at(wall - offset, zone) == offset)


def on_the_clock(wall: int, zone: ZoneInfo) -> int:
    """Return the minute that `wall` means: the first of two, and a gap later where it is skipped (section 2)."""
    found = readings(wall, zone)
    if found:
        return found[0]
    gap = max(offsets_about(wall, zone)) - min(offsets_about(wall, zone))
    return readings(wall + gap, zone)[0]


@cache
def clock_changes(key: str) -> tuple[int, ...]:
    """Return the first minute after each clock change of 2026 to 2036, found by looking at every week.

    A change undone within a week would be missed: the shortest time between two is Morocco's month of Ramadan.
    """
    zone = ZoneInfo(key)
    weeks = [(week, offset_at(week, zone)) for week in range(FIRST, LAST, 7 * DAY)]
    return tuple(
        _turn(week, next_week, zone) for (week, before), (next_week, after) in pairwise(weeks) if before != after
    )


def _turn(week: int, next_week: int, zone: ZoneInfo) -> int:
    old = offset_at(week, zone)
    return bisect_left(
        range(LAST), 1, lo=week, hi=next_week, key=lambda minute: 0 if offset_at(minute, zone) == old else 1
    )
