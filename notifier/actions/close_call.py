"""Close an entry of the call list: somebody has called."""

from datetime import datetime

from notifier.ledger.opening import Ledger
from notifier.ledger.rows import CallEntry


def close_call(ledger: Ledger, entry_id: int, *, by: str, note: str, now: datetime) -> CallEntry | None:
    """Return the entry, closed and with who did it recorded; None where no open entry has that number."""
    with ledger.writing() as book:
        return book.close_call(entry_id, by, note or None, now)
