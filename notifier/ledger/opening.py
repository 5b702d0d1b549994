"""Opening a ledger: its file, its schema, and the transactions on it."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from notifier.ledger.book import Book
from notifier.ledger.engine import for_writing, make_engine, read_url, sqlite_file
from notifier.ledger.errors import LedgerError
from notifier.ledger.lock import only_daemon
from notifier.ledger.schema import HEAD


class Ledger:
    """An open ledger; `with` closes it at the end."""

    def __init__(self, engine: Engine) -> None:
        """`engine` reaches a database whose schema is this program's."""
        self._engine = engine
        self._writer = for_writing(engine)

    @contextmanager
    def reading(self) -> Iterator[Book]:
        """Give a book in which everything read is of one instant; LedgerError where the database fails."""
        with _in_one_sentence(self._engine), self._engine.begin() as connection:
            yield Book(connection)

    @contextmanager
    def writing(self) -> Iterator[Book]:
        """Give a book whose writes are durable when the block ends, and undone where it raises.

        LedgerError: the database fails, or another writer keeps it for too long.
        """
        with _in_one_sentence(self._engine), self._writer.begin() as connection:
            yield Book(connection)

    def lock_for_daemon(self) -> AbstractContextManager[None]:
        """Return a lock to hold while dispatching; entering raises LedgerError where another process does.

        Only a SQLite ledger has it: that file belongs to one daemon at a time.
        """
        file = sqlite_file(self._engine.url)
        return nullcontext() if file is None else only_daemon(file)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_ledger(url: str) -> Ledger:
    """Return the ledger at a database URL, made or upgraded to this program's schema where need be.

    LedgerError, in one sentence: no such engine or driver, no access to the file, a file that
    is no ledger or is damaged, or a ledger newer than this program. Such a file is left as it is.
    """
    parsed = read_url(url)
    engine = make_engine(parsed)
    file = sqlite_file(parsed)
    if file is not None:
        _make_file(file)
    try:
        with _in_one_sentence(engine):
            _bring_to_head(engine)
    except BaseException:
        engine.dispose()
        raise
    return Ledger(engine)


def _make_file(file: Path) -> None:
    """Make sure that the file exists and may be written; new ones are for this user's eyes only."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        msg = f"The ledger {file} cannot be opened for writing: {error.strerror}."
        raise LedgerError(msg) from error


def _bring_to_head(engine: Engine) -> None:
    with engine.begin() as connection:
        found = _revision(connection)
    if found is not None and found > HEAD:
        msg = (
            f"The ledger {_name(engine)} was written by a newer notifier (schema {found}, "
            f"this one knows {HEAD}): install that version again."
        )
        raise LedgerError(msg)
    if found != HEAD:
        from notifier.ledger.migrating import upgrade  # noqa: PLC0415 (alembic costs every start 0.1 s, and only this one needs it)

        with for_writing(engine).begin() as connection:
            upgrade(connection)


def _revision(connection: Connection) -> str | None:
    """Return the schema's revision, None for an empty database."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision
    if tables:
        msg = f"{_name(connection.engine)} is a database, but not a notifier's ledger: it has other tables."
        raise LedgerError(msg)
    return None


@contextmanager
def _in_one_sentence(engine: Engine) -> Iterator[None]:
    """Say what a database's error was, in words without statements or values, and no more than that.

    A traceback in a log shows what an error was raised from: PostgreSQL's further lines quote whole rows.
    """
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig).partition("\n")[0]
        msg = f"The ledger {_name(engine)} cannot be used: {said}."
        raise LedgerError(msg) from None


def _name(engine: Engine) -> str:
    file = sqlite_file(engine.url)
    return engine.url.render_as_string(hide_password=True) if file is None else str(file)
