"""Calendar and clock arithmetic: minutes and hours elapse, days and weeks keep the wall time.

Aware `datetime` arithmetic in a zone is wall-clock arithmetic and drops `fold`; so hours are
counted in UTC, and days on naive dates that are then found again in their zone.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from notifier.core.model import Duration, Unit

MINUTE = timedelta(minutes=1)


def at_wall(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) at which clocks in `zone` show `wall` on `day`.

    A wall time that a clock change skips moves forward by the gap; one that happens twice is
    the first (contract, section 2). `fold=0` means just that (PEP 495).
    """
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def wall_problem(wall: datetime, zone: ZoneInfo) -> Literal["skipped", "doubled"] | None:
    """Say whether a clock change in `zone` skips the naive wall time, or makes it happen twice."""
    first = wall.replace(tzinfo=zone, fold=0).utcoffset()
    second = wall.replace(tzinfo=zone, fold=1).utcoffset()
    if first is None or second is None or first == second:
        return None
    return "doubled" if first > second else "skipped"


def shift(instant: datetime, duration: Duration, zone: ZoneInfo, *, is_after: bool) -> datetime:
    """Return the instant (UTC) that lies `duration` before or after `instant`.

    Days and weeks are counted on the calendar of `zone`, and land on the same wall time.
    """
    if duration.count == 0:
        return instant
    if duration.unit in (Unit.MINUTES, Unit.HOURS):
        span = timedelta(minutes=duration.minutes)
        return instant + span if is_after else instant - span
    local = instant.astimezone(zone)
    days = timedelta(minutes=duration.minutes)
    day = local.date() + days if is_after else local.date() - days
    return at_wall(day, local.time(), zone)


def ceil_minute(instant: datetime) -> datetime:
    """Round up to a whole minute."""
    floor = instant.replace(second=0, microsecond=0)
    return floor if floor == instant else floor + MINUTE
