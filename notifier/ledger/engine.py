"""The database behind a ledger: its URL, its connections, and how a transaction begins."""

import os
import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from notifier.ledger.errors import LedgerError
from notifier.ledger.postgres import begin_statement, connect_arguments
from notifier.ledger.purpose import Purpose
from notifier.ledger.sqlite_file import LOCK_WAIT

_PURPOSE = "notifier_purpose"
# KiB of a SQLite ledger's pages that a connection keeps at most. With the usual ones a page of a first plan does not
# stay until it is full: it goes to the disk several times.
USUAL_PAGES, MANY_PAGES = 2_000, 16_000


def read_url(url: str) -> URL:
    """Return the parsed URL of a ledger; raise LedgerError for one that could hold none."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number, a bracket that is not closed
        msg = "The ledger's address is not a database URL such as sqlite:////var/lib/notifier/ledger.db."
        raise LedgerError(msg) from None  # the text may hold a password
    if parsed.drivername == "postgres":
        msg = "The ledger's URL begins with 'postgres': write postgresql://."
        raise LedgerError(msg)
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        msg = f"The ledger's URL begins with {parsed.drivername!r}: a ledger is kept in sqlite or postgresql."
        raise LedgerError(msg)
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        msg = "The ledger's URL names no file; write it as sqlite:////var/lib/notifier/ledger.db."
        raise LedgerError(msg)
    if "@" in (parsed.host or ""):
        msg = "The ledger's URL has more than one @: in a password, write %40 for it."
        raise LedgerError(msg)
    return parsed


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite ledger, with links followed; None for another engine."""
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None
    return Path(os.path.realpath(url.database))


def make_engine(url: URL, *, poolclass: type[Pool] | None = None) -> Engine:
    """Return the engine for a ledger's URL, connected to nothing yet.

    `hide_parameters` keeps phones, names and texts out of every error that SQLAlchemy words.
    Raises LedgerError where the engine's driver is not installed.
    """
    is_sqlite = url.get_backend_name() == "sqlite"
    arguments = {"timeout": LOCK_WAIT, "check_same_thread": False} if is_sqlite else connect_arguments(url)
    try:
        # A server may have gone, and come back, since a connection was last used; a file has not.
        engine = create_engine(
            url, hide_parameters=True, poolclass=poolclass, connect_args=arguments, pool_pre_ping=not is_sqlite
        )
    except ModuleNotFoundError as error:
        msg = f"A ledger at {url.drivername}:// needs the Python package {error.name!r}, which is not installed."
        raise LedgerError(msg) from error
    except NoSuchModuleError:
        msg = f"The ledger's URL begins with {url.drivername!r}, for which there is no driver."
        raise LedgerError(msg) from None
    if is_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgres)
    return engine


def url_of(file: Path) -> str:
    """Return the URL of the SQLite ledger in a file, whatever characters its name has."""
    return URL.create("sqlite", database=str(file)).render_as_string()


def make_file(file: Path) -> None:
    """Make sure that the file exists and may be written; new ones are for this user's eyes only."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        msg = f"The ledger {file} cannot be opened for writing: {error.strerror}."
        raise LedgerError(msg) from error


def meant_for(engine: Engine, purpose: Purpose) -> Engine:
    """Return the same engine, with transactions that begin as their purpose needs."""
    if purpose is Purpose.READING and engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(**{_PURPOSE: purpose})


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")  # readers and the writer do not wait for each other
    cursor.execute(
        "PRAGMA synchronous = FULL"
    )  # what is committed survives a power cut: a claim must, before its request
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def keep_pages(connection: Connection, most: int) -> None:
    """Have a connection to a SQLite ledger keep so many KiB of its pages at most; servers see to that themselves."""
    if connection.dialect.name == "sqlite":
        # Past SQLAlchemy, which takes no statement while it still waits to hear that the transaction has failed.
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA cache_size = -{most}")
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for another writer: it fails
    # at once with "database is locked". Taking the write lock at the start makes it wait its turn.
    purpose = connection.get_execution_options().get(_PURPOSE, Purpose.READING)
    connection.exec_driver_sql("BEGIN" if purpose is Purpose.READING else "BEGIN IMMEDIATE")


def _begin_postgres(connection: Connection) -> None:
    statement = begin_statement(connection.get_execution_options().get(_PURPOSE, Purpose.READING))
    if statement is not None:
        connection.exec_driver_sql(statement)
