"""Have a ledger ready to be worked on: look whether it is whole, and bring it to this program's schema."""

from datetime import datetime

from notifier.ledger.copying import Tell
from notifier.ledger.engine import read_url, sqlite_file
from notifier.ledger.sqlite_file import refuse_damaged
from notifier.ledger.upgrading import Upgrade, upgrade_ledger

QUICK = 1.0  # seconds for the look at a start; `notifier doctor` and every backup take as long as it needs


def prepare_ledger(url: str, now: datetime, tell: Tell = lambda *_: None) -> Upgrade:
    """Return what was done to bring a ledger to this program's schema; only for the holder of its lock.

    Raises LedgerError for one that is damaged, of a newer program, or cannot be opened: it is left as it is, and
    no other is begun in its place.
    """
    file = sqlite_file(read_url(url))
    if file is not None and file.exists() and file.stat().st_size > 0:
        refuse_damaged(file, within=QUICK)
    return upgrade_ledger(url, now, tell)
