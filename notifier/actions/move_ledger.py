"""Move a ledger from its SQLite file to PostgreSQL, where several hosts can share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from notifier.ledger.engine import read_url, sqlite_file
from notifier.ledger.errors import LedgerError
from notifier.ledger.lock import lock_ledger
from notifier.ledger.moving import Tell, carry, mark_moved
from notifier.ledger.opening import find_schema, make_schema, require_ledger
from notifier.ledger.schema import HEAD
from notifier.ledger.sqlite_file import refuse_damaged


@dataclass(frozen=True, slots=True)
class Moved:
    """A ledger that is on a server now."""

    source: Path  # with all that it held, and marked: no service starts on it
    rows: Mapping[str, int]  # by table


def move_ledger(url: str, target: str, tell: Tell = lambda *_: None) -> Moved:
    """Carry the SQLite ledger at `url` to the empty database at `target`, and return what was carried.

    Raises LedgerError, and nothing has changed at the source, where a service is at work on either, the source is
    damaged or of another schema, or the target is no PostgreSQL or not empty.
    """
    file, parsed = sqlite_file(read_url(url)), read_url(target)
    if file is None or sqlite_file(parsed) is not None:
        raise LedgerError("A ledger is moved from its SQLite file to PostgreSQL: postgresql://notifier@HOST/notifier.")
    require_ledger(url)
    with lock_ledger(url), lock_ledger(target):
        if find_schema(url) != HEAD:
            raise LedgerError("The ledger is an older notifier's: bring it up first, by “notifier db upgrade”.")
        refuse_damaged(file)
        make_schema(target)
        rows = carry(file, parsed, tell)
        mark_moved(file)
    return Moved(file, rows)
