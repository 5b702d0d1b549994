"""Opening a ledger: its file, its schema, and the transactions on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import URL, Connection, Engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import StaticPool

from notifier.ledger.book import Book
from notifier.ledger.engine import make_engine, make_file, meant_for, read_url, sqlite_file
from notifier.ledger.errors import LedgerError, LedgerOutOfOrderError, NoLedgerError
from notifier.ledger.making import make_tables
from notifier.ledger.postgres import signature
from notifier.ledger.purpose import Purpose
from notifier.ledger.schema import HEAD
from notifier.ledger.sqlite_file import compact, refuse_newer


class Ledger:
    """An open ledger; `with` closes it at the end."""

    def __init__(self, engine: Engine) -> None:
        """`engine` reaches a database whose schema is this program's."""
        self._engine = engine
        self._engines = {purpose: meant_for(engine, purpose) for purpose in Purpose}

    @contextmanager
    def reading(self) -> Iterator[Book]:
        """Give a book in which everything read is of one instant; LedgerError where the database fails."""
        with self._begin(Purpose.READING) as book:
            yield book

    @contextmanager
    def writing(self) -> Iterator[Book]:
        """Give a book whose writes are durable when the block ends, and undone where it raises.

        Nobody else writes meanwhile. LedgerError: the database fails, or another writer keeps it for too long.
        """
        with self._begin(Purpose.WRITING) as book:
            yield book
            book.count_anew()
            book.wake_hosts(self._signature())

    @contextmanager
    def dispatching(self) -> Iterator[Book]:
        """Give a book as `writing` does, for what hosts do beside each other: claims, their outcomes, and receipts.

        Nobody writes otherwise meanwhile. On SQLite, which has one writer, it is `writing`.
        """
        with self._begin(Purpose.DISPATCHING) as book:
            yield book

    @contextmanager
    def aside(self) -> Iterator[Book]:
        """Give a book as `writing` does, for what is about no message: no work on those is waited for."""
        with self._begin(Purpose.ASIDE) as book:
            yield book

    def led(self, term: Callable[[], int | None]) -> "Ledger":
        """Return the same ledger for what only the host that plans does: `writing` raises where that is another.

        `term`: the number of this host's term, None while it does not plan.
        """
        return _LedLedger(self._engine, term)

    def compact(self) -> None:
        """Write the ledger anew without what was deleted or overwritten in it; LedgerError where that cannot be.

        SQLite leaves such bytes in the file, and in its journal, until something else needs the room. A server's
        own vacuuming does it for other engines.
        """
        file = sqlite_file(self._engine.url)
        if file is not None:
            compact(file)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _signature(self) -> str:
        """Return by what the host that has written knows that it was itself; "" for whoever may be anybody."""
        return ""

    @contextmanager
    def _begin(self, purpose: Purpose) -> Iterator[Book]:
        with in_one_sentence(self._engine), self._engines[purpose].begin() as connection:
            book = Book(connection, purpose)
            try:
                yield book
            finally:
                book.finish()


class _LedLedger(Ledger):
    def __init__(self, engine: Engine, term: Callable[[], int | None]) -> None:
        super().__init__(engine)
        self._term = term

    @contextmanager
    def writing(self) -> Iterator[Book]:
        with super().writing() as book:
            book.require_term(self._term())  # read within: nobody can begin another term until this is committed
            yield book

    def _signature(self) -> str:
        return signature(self._term())


def open_ledger(url: str) -> Ledger:
    """Return the ledger at a database URL, made where there is none.

    LedgerError, in one sentence: no such engine or driver, no access to the file, a file that
    is no ledger or is damaged, or a ledger of a newer or an older program. Such a file is left as it is.
    """
    schema = find_schema(url)
    if schema is None:
        make_schema(url)
    elif schema != HEAD:
        # Not brought up in passing: a service of the older program may be at work on it.
        raise LedgerError(
            f"The ledger {_name(read_url(url))} is an older notifier's (schema {schema}, this one needs {HEAD}): "
            "“notifier db upgrade” brings it up, and so does a start of the service."
        )
    return Ledger(make_engine(read_url(url)))


def open_existing(url: str) -> Ledger:
    """Return the ledger at a database URL, to look at: as `open_ledger`, but NoLedgerError where there is none."""
    require_ledger(url)
    return open_ledger(url)


def require_ledger(url: str) -> None:
    """Raise NoLedgerError where there is no ledger at a URL; and LedgerError as `find_schema` does."""
    parsed = read_url(url)
    file = sqlite_file(parsed)
    if (file is not None and not file.exists()) or find_schema(url) is None:
        raise NoLedgerError(
            f"There is no ledger at {_name(parsed)}: the service has not run yet, or these settings are not its own."
        )


def empty_ledger() -> Ledger:
    """Return a ledger without anything in it, that leaves nothing behind: to compare with where there is none."""
    engine = make_engine(make_url("sqlite://"), poolclass=StaticPool)
    with engine.begin() as connection:
        make_tables(connection)
    return Ledger(engine)


def find_schema(url: str) -> str | None:
    """Return the revision of the ledger's schema, None for a database without anything in it; makes the file.

    Raises LedgerError as `open_ledger` does, for all but an older schema.
    """
    parsed = read_url(url)
    engine = make_engine(parsed)
    file = sqlite_file(parsed)
    if file is not None:
        make_file(file)
    try:
        with in_one_sentence(engine), engine.begin() as connection:
            return _schema_of(connection)
    finally:
        engine.dispose()


def make_schema(url: str) -> None:
    """Make the ledger in an empty database, or bring one to this program's schema: all of it, or nothing.

    Raises LedgerError as `find_schema` does.
    """
    engine = make_engine(read_url(url))
    try:
        with in_one_sentence(engine), meant_for(engine, Purpose.WRITING).begin() as connection:
            schema = _schema_of(connection)  # by now another process may have made it
            if schema is None:
                make_tables(connection)
            elif schema != HEAD:
                from notifier.ledger.migrating import upgrade  # noqa: PLC0415 (alembic takes 0.1 s, and only this needs it)

                upgrade(connection)
    finally:
        engine.dispose()


def _schema_of(connection: Connection) -> str | None:
    tables, name = inspect(connection).get_table_names(), _name(connection.engine.url)
    if "alembic_version" in tables:
        schema: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if schema is not None:
            refuse_newer(schema, name)
            return schema
    if tables:
        raise LedgerError(f"{name} is a database, but not a notifier's ledger: it has other tables.")
    return None


@contextmanager
def in_one_sentence(engine: Engine) -> Iterator[None]:
    """Say what a database's error was, in words without statements or values, and no more than that.

    A traceback in a log shows what an error was raised from: PostgreSQL's further lines quote whole rows.
    """
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig).partition("\n")[0]
        msg = f"The ledger {_name(engine.url)} cannot be used: {said}."
        # No room, no such host, a lock that is held: nothing is wrong with the ledger or the settings themselves.
        raise (LedgerOutOfOrderError if isinstance(error, OperationalError) else LedgerError)(msg) from None


def _name(url: URL) -> str:
    file = sqlite_file(url)
    # What comes after a question mark may hold a password as well.
    return url.set(query={}).render_as_string(hide_password=True) if file is None else str(file)
