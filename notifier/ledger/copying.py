"""Copies of a SQLite ledger: taken while it is in use, verified before they count, and put in place whole."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from notifier.ledger.errors import LedgerError
from notifier.ledger.sqlite_file import Contents, find_damage, opened, read_contents

BACKUP_PREFIX = "ledger-"  # of the names of copies that are kept by number, in a folder of theirs
Tell = Callable[[int, int], None]  # pages copied so far, and of how many
_PAGES = 2_000  # 8 MB: copied between two words to whoever waits


def stamp(now: datetime) -> str:
    """Return an instant as part of a file's name: sorted by name is sorted by time."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def copy_ledger(source: Path, target: Path, tell: Tell = lambda *_: None) -> Contents:
    """Copy a ledger to a file that is not there yet, for its owner's eyes only; return what both hold.

    All of it is of one instant, also while others write. The copy is whole, or not there: it gets its name
    once it was read again from end to end, holds as many rows as its source, and is on the disk. Raises
    LedgerError, with nothing left behind.
    """
    with new_file(target) as part:
        with opened(source) as connection:
            connection.execute("BEGIN")  # what is read in it does not change: the copy need not begin anew
            contents = read_contents(connection, source)
            _copy_pages(connection, part, tell)
            connection.execute("ROLLBACK")
        _verify(part, contents)
    return contents


def examine_copy(file: Path) -> Contents:
    """Return what a backup holds; raises LedgerError where it cannot take a ledger's place."""
    if not file.is_file():
        raise LedgerError(f"There is no file {file}.")
    damage = find_damage(file)
    if damage:
        raise LedgerError(f"The backup {file} is damaged ({' '.join(damage[0].split())}): take an older one.")
    with opened(file) as connection:
        return read_contents(connection, file)


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Give a file to write beside `target`, that takes its name, durably, when the block ends well.

    Raises LedgerError where `target` is there already, or its folder cannot be written to.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        if target.exists():
            raise LedgerError(f"{target} is there already, and no backup is written over: name another file.")
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            yield part
            sync(part)
            part.rename(target)
            sync(target.parent)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise LedgerError(f"{target} cannot be written: {error.strerror}.") from error


def keep_newest(files: Iterator[Path], number: int) -> list[Path]:
    """Remove all but the `number` newest of files whose names tell their time; return those that are gone."""
    old = sorted(files)[:-number]
    for file in old:
        file.unlink(missing_ok=True)
    return old


def _copy_pages(source: sqlite3.Connection, target: Path, tell: Tell) -> None:
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source.backup(copy, pages=_PAGES, progress=lambda _, left, total: tell(total - left, total))
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, to be carried away as it is


def _verify(part: Path, expected: Contents) -> None:
    damage = find_damage(part)
    with opened(part) as copy:
        if damage or read_contents(copy, part) != expected:
            raise LedgerError(
                "The copy is not what was copied, and was thrown away. Look at the disk; "
                "“notifier doctor” tells whether the ledger itself is whole."
            )


def sync(path: Path) -> None:
    """Have the disk hold what was written to a file, or which files a folder has; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
