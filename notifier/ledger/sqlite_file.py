"""A ledger's file as SQLite itself sees it: whether it is whole, and what it holds."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Timer
from urllib.parse import quote

from notifier.ledger.errors import LedgerError, LedgerOutOfOrderError
from notifier.ledger.numbers import from_number
from notifier.ledger.schema import HEAD

LOCK_WAIT = 20  # seconds that SQLite waits for another writer: its queue is not fair, and a busy one starves
MOVED = "moved"  # stands where the schema did in a ledger that was moved to a server
_MOST_FINDINGS = 5  # one is enough to know; a few tell where it is


@dataclass(frozen=True, slots=True)
class Contents:
    """What a ledger's file holds."""

    schema: str  # its revision
    as_of: datetime | None  # when the last event was written; None where nothing ever happened
    counts: Mapping[str, int]  # rows, by table


@contextmanager
def opened(file: Path, *, patience: float = LOCK_WAIT) -> Iterator[sqlite3.Connection]:
    """Give a connection to a file that is there; it begins no transaction by itself.

    It waits `patience` seconds for others that are in its way.
    Raises LedgerError, in one sentence, for whatever SQLite refuses in the block.
    """
    # This mode makes no file. One that only reads could not take in what a crash has left in the journal.
    address = f"file:{quote(str(file))}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=patience)) as connection:
            yield connection
    except sqlite3.Error as error:
        said = f"The ledger {file} cannot be used: {error}."
        # No room, or a lock that is held.
        raise (LedgerOutOfOrderError if isinstance(error, sqlite3.OperationalError) else LedgerError)(said) from error


def read_contents(connection: sqlite3.Connection, file: Path) -> Contents:
    """Return what the file behind a connection holds; in a transaction, all of one instant.

    Raises LedgerError where it is no ledger, or one of a newer program.
    """
    is_ours = _tables(connection) >= {"alembic_version", "messages", "events"}
    versions = connection.execute("SELECT version_num FROM alembic_version").fetchall() if is_ours else []
    if not versions:
        raise LedgerError(f"{file} is not a notifier's ledger.")
    [(schema,)] = versions
    refuse_newer(schema, str(file))
    last = connection.execute("SELECT at FROM events ORDER BY id DESC LIMIT 1").fetchone()
    return Contents(schema, None if last is None else from_number(last[0]), count_rows(connection))


def count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows each table has, by its name."""
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 (a table's own name)
        for name in sorted(_tables(connection))
        if not name.startswith("sqlite_")
    }


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def refuse_newer(schema: str, name: str) -> None:
    """Raise LedgerError for the schema of a program newer than this one: it may mean what we do not know.

    And for a ledger that was moved: what happens since stands in another.
    """
    if schema == MOVED:
        raise LedgerError(
            f"The ledger {name} was moved to PostgreSQL (“notifier db move”): have the setting “ledger” name that one."
        )
    if schema > HEAD:
        raise LedgerError(
            f"The ledger {name} was written by a newer notifier (schema {schema}, "
            f"this one knows {HEAD}): install that version again."
        )


def find_damage(file: Path, *, within: float | None = None) -> tuple[str, ...]:
    """Return what is wrong with a file, in SQLite's words, which quote no values; nothing where it is whole.

    `within` so many seconds only what breaks soonest is looked for, and what was not reached by then counts as
    whole: a service has to start. Without it every index is held against its table, and every reference
    followed. Raises LedgerError for a file that is no database.
    """
    looks = ["integrity_check", "foreign_key_check"] if within is None else ["quick_check"]
    with opened(file) as connection, _interrupted_after(within, connection):
        try:
            found = [row for look in looks for row in connection.execute(f"PRAGMA {look}").fetchmany(_MOST_FINDINGS)]
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                return ()
            if error.sqlite_errorcode != sqlite3.SQLITE_CORRUPT:
                raise
            return (str(error),)
    return tuple(_finding(row) for row in found if row != ("ok",))


def refuse_damaged(file: Path, *, within: float | None = None) -> None:
    """Raise LedgerError, with what to do, where `find_damage` finds anything."""
    damage = find_damage(file, within=within)
    if damage:
        first = " ".join(damage[0].split())
        raise LedgerError(
            f"The ledger {file} is damaged ({first}), and nothing is done with it. Keep the file; "
            "“notifier db restore BACKUP” puts the newest good backup in its place."
        )


def compact(file: Path, *, patience: float = LOCK_WAIT) -> None:
    """Write a file anew without what was deleted or overwritten in it; raises LedgerError where that cannot be now."""
    with opened(file, patience=patience) as connection:
        connection.execute("VACUUM")
        is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise LedgerError("Something reads the ledger, whose journal holds old bytes until it is done: try again.")


def _finding(row: tuple[object, ...]) -> str:
    if len(row) == 1:
        return str(row[0])
    table, number, referred, _ = row
    return f"row {number} of {table} refers to what is not in {referred}"


@contextmanager
def _interrupted_after(seconds: float | None, connection: sqlite3.Connection) -> Iterator[None]:
    if seconds is None:
        yield
        return
    timer = Timer(seconds, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
