"""Back a ledger up while it is in use: a verified copy in one file."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from notifier.ledger.copying import BACKUP_PREFIX, Tell, copy_ledger, keep_newest, stamp
from notifier.ledger.engine import read_url, sqlite_file
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import require_ledger
from notifier.ledger.sqlite_file import Contents


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was made."""

    file: Path
    contents: Contents
    removed: tuple[Path, ...] = ()  # older ones in its folder that had to make room


def ledger_file(url: str) -> Path:
    """Return the file of the SQLite ledger at a URL; raises LedgerError where it is on another engine, or not there."""
    file = sqlite_file(read_url(url))
    if file is None:
        raise LedgerError("This ledger is no file: use its server's own tools, such as pg_dump and pg_restore.")
    require_ledger(url)
    return file


def back_up_ledger(
    url: str, target: Path, now: datetime, *, keep: int | None = None, tell: Tell = lambda *_: None
) -> BackedUp:
    """Copy a ledger to the file `target`, or into that folder under a name that tells the time.

    In a folder the `keep` newest backups stay, where a number is given. Raises LedgerError as
    `copy_ledger` does; then nothing is removed.
    """
    source, is_folder = ledger_file(url), target.is_dir()
    file = target / f"{BACKUP_PREFIX}{stamp(now)}.db" if is_folder else target
    contents = copy_ledger(source, file, tell)
    removed = keep_newest(target.glob(f"{BACKUP_PREFIX}*Z.db"), keep) if is_folder and keep is not None else []
    return BackedUp(file, contents, tuple(removed))
