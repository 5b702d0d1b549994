"""The ledger that the settings name, as each command opens it."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta

from notifier.actions.prepare_ledger import prepare_ledger
from notifier.ledger.engine import read_url, sqlite_file
from notifier.ledger.lock import lock_ledger
from notifier.ledger.opening import Ledger, find_schema, open_existing, open_ledger
from notifier.ledger.schema import HEAD
from notifier.ledger.upgrading import Upgrade
from notifier.settings import Settings


def open_the_ledger(settings: Settings) -> Ledger:
    """Return the ledger that the settings name, made where there is none; raises LedgerError, with one sentence."""
    return open_ledger(settings.ledger)


def open_to_look(settings: Settings) -> Ledger:
    """Return the ledger that the settings name; raises NoLedgerError where there is none, LedgerError for all else."""
    return open_existing(settings.ledger)


def ledger_is_file(settings: Settings) -> bool:
    """Return whether the ledger is a SQLite file, which one host has for itself; raises LedgerError for no URL."""
    return sqlite_file(read_url(settings.ledger)) is not None


@contextmanager
def ledger_of_service(settings: Settings, now: datetime) -> Iterator[tuple[Ledger, Upgrade]]:
    """Give the ledger for a service to work on, whole and at this program's schema, and what was done for that.

    Nobody else can dispatch from a file while the block runs. Raises LedgerError where somebody does, where an older
    program's services are at work on a server's ledger, and as `prepare_ledger` does.
    """
    url = settings.ledger
    is_file = ledger_is_file(settings)
    with lock_ledger(url) if is_file else nullcontext():
        # A server's ledger is for all hosts: they are kept from it only while it is brought up.
        with lock_ledger(url) if not is_file and find_schema(url) not in {None, HEAD} else nullcontext():
            upgrade = prepare_ledger(url, now)
        with open_ledger(url) as ledger:
            yield ledger, upgrade


def keep_of(settings: Settings) -> timedelta:
    """Return how long after the end of a patient's care their name, phone and texts are kept."""
    return timedelta(days=settings.retention.days)
