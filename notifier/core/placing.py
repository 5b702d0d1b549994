"""When a text goes out: the placing rules of the contract, section 3, in UTC instants on whole minutes."""

from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from notifier.core.calendar import MINUTE, ceil_minute
from notifier.core.model import DailyHours, Quiet, QuietHours

QUIET_GIVES_WAY = "quiet hours give way"
LAST_MINUTES = timedelta(minutes=5)  # kept free before L, so that a text is not placed on the brink
_MIDNIGHT = time(0, 0)


class Placement(NamedTuple):
    """A place for a text, or none; `reason` where quiet hours had to give way to it."""

    at: datetime | None
    reason: str | None = None


NO_PLACE = Placement(None)
NEVER_QUIET = QuietHours(DailyHours(_MIDNIGHT, _MIDNIGHT), DailyHours(_MIDNIGHT, _MIDNIGHT))


def ideal_place(send: datetime, earliest: datetime, latest: datetime, quiet: Quiet, *, critical: bool) -> Placement:
    """Place a text by rules 1 to 3, whatever `now` is.

    The place is the allowed minute in [earliest, max(earliest, latest - 5 minutes)] nearest to
    `send`, the earlier of two equally near. Where all are quiet a critical text goes anyway, at
    `send` brought into that range. Where earliest lies after latest there is no place at all,
    for a critical text neither: L is a promise.
    """
    if earliest > latest:
        return NO_PLACE
    last = max(earliest, latest - LAST_MINUTES)
    wanted = min(max(send, earliest), last)
    before = _previous_allowed(wanted, earliest, quiet)
    after = _next_allowed(wanted, last, quiet)
    if before is not None and (after is None or wanted - before <= after - wanted):
        return Placement(before)
    if after is not None:
        return Placement(after)
    return Placement(wanted, QUIET_GIVES_WAY) if critical else NO_PLACE


def place_again(now: datetime, latest: datetime, quiet: Quiet, *, critical: bool) -> Placement:
    """Place a text whose place has passed, by rule 4: the next allowed minute from `now` to `latest`.

    A critical text with only quiet minutes left goes at once.
    """
    soonest = ceil_minute(now)
    if soonest > latest:
        return NO_PLACE
    allowed = _next_allowed(soonest, latest, quiet)
    if allowed is not None:
        return Placement(allowed)
    return Placement(soonest, QUIET_GIVES_WAY) if critical else NO_PLACE


def last_place(now: datetime, latest: datetime, quiet: Quiet) -> datetime | None:
    """Return the last instant at which `place_again` finds a place for a text that is not critical, if it does now."""
    return _previous_allowed(latest, ceil_minute(now), quiet)


def is_quiet(instant: datetime, quiet: Quiet) -> bool:
    """Say whether the minute lies in the quiet hours of its local date (rule 1)."""
    return _is_within(_local(instant, quiet).time(), _hours_of(instant, quiet))


def _next_allowed(start: datetime, limit: datetime, quiet: Quiet) -> datetime | None:
    """Return the first minute in [start, limit] that is not quiet."""
    at = start
    while at <= limit:
        wall, hours = _local(at, quiet).time(), _hours_of(at, quiet)
        if not _is_within(wall, hours):
            return at
        border = hours.end if wall < hours.end else _MIDNIGHT  # at midnight another day's hours begin
        at = _leap(at, timedelta(minutes=(_minutes(border) - _minutes(wall)) % _DAY), quiet)
    return None


def _previous_allowed(start: datetime, limit: datetime, quiet: Quiet) -> datetime | None:
    """Return the last minute in [limit, start] that is not quiet."""
    at = start
    while at >= limit:
        wall, hours = _local(at, quiet).time(), _hours_of(at, quiet)
        if not _is_within(wall, hours):
            return at
        border = hours.start if hours.start <= wall else _MIDNIGHT  # before it lies a minute of another kind
        at = _leap(at, timedelta(minutes=_minutes(border) - _minutes(wall) - 1), quiet)
    return None


def _leap(at: datetime, span: timedelta, quiet: Quiet) -> datetime:
    """Go on by `span`, over minutes that are all quiet; step by step where clocks change in between."""
    landing = at + span
    if _local(landing, quiet).utcoffset() == _local(at, quiet).utcoffset():
        return landing
    return at + MINUTE if span > timedelta(0) else at - MINUTE


_DAY = 24 * 60


def _minutes(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def _is_within(wall: time, hours: DailyHours) -> bool:
    if hours.start == hours.end:
        return False  # half-open, and so empty
    if hours.start < hours.end:
        return hours.start <= wall < hours.end
    return wall >= hours.start or wall < hours.end


def _hours_of(instant: datetime, quiet: Quiet) -> DailyHours:
    is_procedure_day = _local(instant, quiet).date() == quiet.procedure_date
    return quiet.hours.procedure_day if is_procedure_day else quiet.hours.every_day


def _local(instant: datetime, quiet: Quiet) -> datetime:
    return instant.astimezone(ZoneInfo(quiet.zone))
