"""What came of all texts of a soak: held against the files, the ledger and what the provider took."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles

from notifier.gateway.sandbox_messages import SandboxMessage
from tests.soak.bookings import Booking
from tests.soak.keeper import as_number

MONTH = timedelta(days=30)
_OVER = timedelta(days=1)  # after its L nothing of a text is open any longer
_NOT_ARRIVED = """SELECT key, state, reason FROM messages WHERE latest < ?
    AND state NOT IN ('delivered', 'withdrawn', 'refused')
    AND EXISTS (SELECT 1 FROM events WHERE events.key = messages.key AND what = 'new')"""
_FIRST_ATTEMPTS = """SELECT attempts.started_at, attempts.started_at - messages.send_at FROM attempts
    JOIN messages ON messages.key = attempts.key WHERE attempts.ordinal = 1 AND messages.send_at IS NOT NULL"""


def doubled(taken: Iterable[SandboxMessage]) -> Iterator[str]:
    """Yield the texts that the provider took more than once."""
    for (_, body), times in Counter((message.to, message.body) for message in taken).items():
        if times > 1:
            yield f"taken {times} times: {body}"


def lost(ledger: Path, now: datetime) -> Iterator[str]:
    """Yield the texts that once could go, whose time is over, and that did not arrive."""
    with closing(sqlite3.connect(ledger)) as connection:
        for key, state, reason in connection.execute(_NOT_ARRIVED, (as_number(now - _OVER),)):
            yield f"{key} is {state} ({reason})"


def miscounted(bookings: Iterable[Booking], taken: Iterable[SandboxMessage]) -> Iterator[str]:
    """Yield the patients to whom nothing happened but their procedure, and who did not get each text once."""
    got: defaultdict[str, set[str]] = defaultdict(set)
    for message in taken:
        got[message.to].add(message.body)
    for one in bookings:
        count = sum(one.name in body for body in got[one.phone])
        if one.is_plain and count != one.texts:
            yield f"{one.id} got {count} of {one.texts} texts"


def lateness(ledger: Path, begin: datetime) -> list[float]:
    """Return for each month the seconds from due to begun within which 95 of 100 texts had their first attempt."""
    months: defaultdict[int, list[float]] = defaultdict(list)
    with closing(sqlite3.connect(ledger)) as connection:
        for at, late in connection.execute(_FIRST_ATTEMPTS):
            months[(at - as_number(begin)) // (MONTH // timedelta(microseconds=1))].append(late / 1e6)
    return [
        quantiles(months[month], n=20)[-1] if len(months[month]) > 1 else 0.0
        for month in range(max(months, default=-1) + 1)
    ]
