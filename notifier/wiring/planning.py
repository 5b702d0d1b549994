"""Who plans, and how much a plan may do by itself."""

from notifier.clock import Clock
from notifier.core.guard import Limits
from notifier.ledger.engine import read_url
from notifier.ledger.opening import Ledger
from notifier.ledger.seat import Seat
from notifier.settings import Settings
from notifier.wiring.ledger import ledger_is_file


def limits_of(settings: Settings) -> Limits:
    """Return how much a reload may do by itself; in the sandbox a first plan may send late texts: nobody gets them."""
    guard = settings.guard
    return Limits(guard.patients, guard.share, guard.at_once, first_late=settings.transport == "sandbox")


def seat_of(settings: Settings, ledger: Ledger, clock: Clock) -> Seat | None:
    """Return the planner's seat, where several hosts may be at the ledger; None for a file, which has one daemon."""
    return None if ledger_is_file(settings) else Seat(read_url(settings.ledger), settings.host, ledger, clock.now)


def host_of(settings: Settings) -> str | None:
    """Return what this host is called among those on its ledger; None for a file, which has one."""
    return None if ledger_is_file(settings) else settings.host
