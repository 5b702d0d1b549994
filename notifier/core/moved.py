"""Whether a text that went out has become wrong: *moved*, by what it prints (contract, section 5)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from notifier.core.calendar import MINUTE
from notifier.core.expressions import ARRIVAL, PROCEDURE
from notifier.core.model import Clinic, Draft


def resend_after(clinic: Clinic) -> timedelta:
    """Return the smallest move that is texted again; standing still is none."""
    return max(timedelta(minutes=clinic.resend_after.minutes), MINUTE)


def is_moved(told: Draft, draft: Draft, instants: Mapping[str, datetime], clinic: Clinic) -> bool:
    """Say whether an instant that the text last sent prints has moved, or is no longer.

    `told` is what was sent, `draft` the message as the files have it now, and `instants` all of
    the patient's: the text may print others by now. A critical text also counts as moved where
    its phone has been corrected.
    """
    if draft.critical and told.to != draft.to:
        return True
    for name, old in told.moments.items():
        new = instants.get(name)
        if new is None:
            return True
        if name in told.dates_only:
            if _date(name, old, told, clinic) != _date(name, new, draft, clinic):
                return True
        elif abs(new - old) >= resend_after(clinic):
            return True
    return False


def _date(name: str, instant: datetime, draft: Draft, clinic: Clinic) -> date:
    """Return the date that a text prints: by the clinic's clock for `procedure` and `arrival`, else the patient's."""
    zone = clinic.time_zone if name in (PROCEDURE, ARRIVAL) else ZoneInfo(draft.quiet.zone)
    return instant.astimezone(zone).date()


def procedure_moved(told: Draft, procedure: datetime, arrival: datetime, clinic: Clinic) -> bool:
    """Say whether the procedure or the arrival has moved since a text was drafted."""
    smallest = resend_after(clinic)
    return abs(procedure - told.procedure) >= smallest or abs(arrival - told.arrival) >= smallest
