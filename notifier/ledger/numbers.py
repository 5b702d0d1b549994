"""Instants as the ledger stores them: microseconds since 1970 in UTC.

Microseconds, since that is what a datetime holds: an attempt's instants come back as they went in. A whole number
sorts, compares and indexes alike in every engine and names no zone.
"""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_number(instant: datetime) -> int:
    """Return an aware instant as the ledger stores it; a naive one raises TypeError."""
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_number(stored: int) -> datetime:
    """Return the instant, in UTC, that the ledger stores so."""
    return _EPOCH + timedelta(microseconds=stored)
