"""What an entry means, worked out a second time: instants, dates and quiet hours, sharing no code with the program."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.laws.machine_world import Entry

OFF = ("cancelled", "no-show")  # statuses of a procedure that will not be


def procedure_of(entry: Entry) -> datetime:
    """Return the procedure's instant."""
    return entry.booking.procedure.replace(tzinfo=ZoneInfo(entry.house.zone)).astimezone(UTC)


def moments(entry: Entry) -> dict[str, datetime]:
    """Return each instant that a text of the shipped protocol may print, by its name."""
    booking = entry.booking
    procedure, day = procedure_of(entry), booking.procedure.date()
    end = procedure + timedelta(hours=1)
    return {
        "procedure": procedure,
        "arrival": (booking.procedure - booking.lead).replace(tzinfo=ZoneInfo(entry.house.zone)).astimezone(UTC),
        "last-meal": procedure - timedelta(hours=booking.orders.get("fasting", entry.house.fasting)),
        "last-liquids": procedure - timedelta(hours=2),
        "night-before": _at(day - timedelta(days=1), time(19), entry),
        "dry-ends": end + timedelta(hours=48),
        "lifting-ends": end + timedelta(hours=booking.orders.get("lifting", 48)),
        "therapy-starts": _at(day + timedelta(weeks=4), time(10), entry),
    }


def _at(day: date, clock: time, entry: Entry) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(entry.house.zone)).astimezone(UTC)


def date_in(zone: str, instant: datetime) -> date:
    """Return the date that a text prints for an instant: here everybody lives by the clinic's clock."""
    return instant.astimezone(ZoneInfo(zone)).date()


def allowed(instant: datetime, entry: Entry) -> bool:
    """Say whether the minute lies outside the quiet hours (contract, section 3.1)."""
    local = instant.astimezone(ZoneInfo(entry.house.zone))
    every_day, procedure_day = entry.house.quiet
    hours = procedure_day if local.date() == entry.booking.procedure.date() else every_day
    start, end = (time.fromisoformat(part) for part in hours.split(" to "))
    clock = local.time().replace(second=0, microsecond=0)
    return not (start <= clock < end if start <= end else clock >= start or clock < end)
