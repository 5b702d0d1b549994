"""Bringing a ledger to this program's schema, with a verified copy of it as it was."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from notifier.ledger.copying import Tell, copy_ledger, keep_newest, stamp
from notifier.ledger.engine import read_url, sqlite_file
from notifier.ledger.opening import find_schema, make_schema
from notifier.ledger.schema import HEAD

KEEP = 5  # copies from before upgrades: enough to go back a year, and no disk is filled by them


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was found, and what was done about it."""

    before: str | None  # the schema; None where the ledger is new
    after: str
    backup: Path | None = None  # the copy from before

    @property
    def is_new(self) -> bool:
        """Whether there was no ledger yet."""
        return self.before is None


def upgrade_ledger(url: str, now: datetime, tell: Tell = lambda *_: None) -> Upgrade:
    """Bring a ledger to this program's schema, or make a new one; only for the holder of its lock.

    A SQLite ledger is copied first, beside itself: `ledger.db.before-0004-from-0003-20261203T090000Z`. All
    of the upgrade happens, or none of it. Raises LedgerError as `open_ledger` does.
    """
    before, file = find_schema(url), sqlite_file(read_url(url))
    if before == HEAD:
        return Upgrade(before, HEAD)
    backup = None
    if before is not None and file is not None:
        backup = file.with_name(f"{file.name}.before-{HEAD}-from-{before}-{stamp(now)}")
        copy_ledger(file, backup, tell)
    make_schema(url)
    if file is not None and backup is not None:
        keep_newest(file.parent.glob(f"{file.name}.before-*-from-*"), KEEP)
    return Upgrade(before, HEAD, backup)
