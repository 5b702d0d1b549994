"""Carrying a SQLite ledger to PostgreSQL: all of it, verified, in one transaction."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import URL, Boolean, Connection, Table, func, select, text
from sqlalchemy.pool import NullPool

from notifier.ledger.engine import make_engine, meant_for
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import in_one_sentence
from notifier.ledger.postgres import count_anew
from notifier.ledger.purpose import Purpose
from notifier.ledger.schema import metadata
from notifier.ledger.sqlite_file import MOVED, opened

Tell = Callable[[int, int], None]  # rows carried so far, and of how many
_Row = Sequence[object]
_TOLD_EVERY = 10_000  # rows


@dataclass(frozen=True, slots=True)
class Digest:
    """What a table holds: alike for the same rows in whatever order."""

    rows: int
    sum: int  # of a hash of each row


def carry(file: Path, target: URL, tell: Tell = lambda *_: None) -> Mapping[str, int]:
    """Copy everything in a SQLite ledger to a ledger on a server, and return how many rows each table has.

    Both are at this program's schema, and the target is empty. It holds all of it, compared row by row with what it
    gives back, or nothing: LedgerError says why. The caller has locked both.
    """
    engine = make_engine(target, poolclass=NullPool)
    with opened(file) as source, in_one_sentence(engine), meant_for(engine, Purpose.WRITING).begin() as connection:
        _refuse_what_is_not_empty(connection)
        source.execute("BEGIN")
        total = sum(_count(source, table) for table in metadata.sorted_tables)
        progress = _Progress(tell, total)
        carried = {table.name: _carry_table(source, connection, table, progress) for table in metadata.sorted_tables}
        source.execute("ROLLBACK")
        count_anew(connection, carried)
    return carried


def mark_moved(file: Path) -> None:
    """Have no program take a ledger's file for the one in force any more; nothing else in it changes."""
    with opened(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (MOVED,))


class _Progress:
    def __init__(self, tell: Tell, total: int) -> None:
        self._tell, self._total, self._done = tell, total, 0

    def through(self, rows: Iterable[_Row]) -> Iterator[_Row]:
        for row in rows:
            yield row
            self._done += 1
            if self._done % _TOLD_EVERY == 0 or self._done == self._total:
                self._tell(self._done, self._total)


def _refuse_what_is_not_empty(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        if connection.execute(select(table).limit(1)).first() is not None:
            raise LedgerError(
                f"The ledger to move to is not empty: its table {table.name} has rows. Name an empty database."
            )


def _count(source: SqliteConnection, table: Table) -> int:
    number: int = source.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0]  # noqa: S608 (a table's own name)
    return number


def _carry_table(source: SqliteConnection, connection: Connection, table: Table, progress: _Progress) -> int:
    sent = _Summing()
    _write(connection, table, sent.through(progress.through(_rows(source, table))))
    received = _Summing()
    for _ in received.through(_read(connection, table)):
        pass
    if received.digest != sent.digest:
        raise LedgerError(f"The table {table.name} did not arrive as it was sent: nothing was moved.")
    if "id" in table.columns:
        _continue_numbers(connection, table)
    return sent.digest.rows


def _rows(source: SqliteConnection, table: Table) -> Iterator[_Row]:
    """Yield the rows as they are stored, but for truth, which SQLite stores as 0 and 1."""
    is_truth = [isinstance(column.type, Boolean) for column in table.columns]
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    for row in source.execute(f'SELECT {names} FROM "{table.name}"'):  # noqa: S608 (names of the schema's own)
        yield [bool(value) if truth else value for value, truth in zip(row, is_truth, strict=True)]


def _write(connection: Connection, table: Table, rows: Iterable[_Row]) -> None:
    """Insert rows as PostgreSQL takes them fastest: a nation's ledger has tens of millions."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    cursor = connection.connection.cursor()
    with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _read(connection: Connection, table: Table) -> Iterator[_Row]:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    query = text(f'SELECT {names} FROM "{table.name}"')  # noqa: S608 (names of the schema's own)
    with connection.execute(query, execution_options={"yield_per": _TOLD_EVERY}) as rows:
        yield from rows


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Have the next row's number be after those that were carried along."""
    last = connection.scalar(select(func.max(table.c.id)))
    if last is not None:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"), {"name": table.name, "last": last}
        )


class _Summing:
    """Digests the rows that pass."""

    def __init__(self) -> None:
        self._rows = self._sum = 0

    def through(self, rows: Iterable[_Row]) -> Iterator[_Row]:
        for row in rows:
            yield row
            self._rows += 1
            self._sum += int.from_bytes(hashlib.sha256(repr(tuple(map(_plain, row))).encode()).digest())

    @property
    def digest(self) -> Digest:
        return Digest(self._rows, self._sum)


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value
