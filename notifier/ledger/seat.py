"""A host's own line to a common ledger: it holds the planner's seat while it may, and hears when others write."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import URL, Connection, text
from sqlalchemy.pool import NullPool

from notifier.ledger.engine import make_engine
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger, in_one_sentence
from notifier.ledger.postgres import CHANNEL, LOST_AFTER, take_seat

MOST_ASTRAY = 20.0  # seconds; a lease outlasts its request by half a minute
GOODBYE_WITHIN = 1.0  # seconds; a server takes milliseconds, or stands still
_TIME = text("SELECT extract(epoch FROM clock_timestamp())")


class Seat:
    """One connection that is never idle for long, and a lock that goes with it, however it ends.

    A host that is killed loses the seat at once. One that stands still, or is cut off, loses it when the server has
    heard nothing for `LOST_AFTER` seconds; should it go on later, its term is over and what it writes is refused.
    A host whose clock is not the server's does not get it: leases and doubt go by the clock.
    For one thread at a time.
    """

    def __init__(self, url: URL, host: str, ledger: Ledger, now: Callable[[], datetime]) -> None:
        """`host`: the name of this one; `ledger`: the same, where terms are noted."""
        self._engine = make_engine(url, poolclass=NullPool).execution_options(isolation_level="AUTOCOMMIT")
        self.host = host
        self._ledger, self._now = ledger, now
        self._connection: Connection | None = None
        self._line: socket.socket | None = None  # the connection's own, to see its end when all else has let go of it
        self.term: int | None = None  # while this host plans
        self.ahead = 0.0  # seconds that this host's clock was ahead of the server's, when last compared

    def keep(self, patience: float) -> frozenset[str]:
        """Take or keep the seat, then wait for `patience` seconds, or until something was written.

        Returns what was said of it: nothing where nothing was, else PLAN or an empty word.

        Raises LedgerError where the server cannot be reached: then the seat is lost, and the next call tries again.
        """
        try:
            with in_one_sentence(self._engine):
                self.ahead = self._now().timestamp() - float(self._connected().scalar(_TIME) or 0)
                if abs(self.ahead) > MOST_ASTRAY:
                    if self.term is not None:
                        self.leave()
                elif self.term is None and take_seat(self._connected()):
                    self._begin_term()
                return _hears(self._connected(), patience)
        except LedgerError:
            self.leave()
            raise

    def leave(self) -> None:
        """Give the seat up, if it is held: another host may take it at once.

        The server hangs up as well, once it has let go of the lock. One that does not within `GOODBYE_WITHIN` seconds
        is not waited for: it has stopped, or cannot be reached, and lets go when it has found out.
        """
        self.term = None
        connection, self._connection = self._connection, None
        line, self._line = self._line, None
        if connection is not None:
            connection.invalidate()  # says goodbye, which needs no answer
            connection.close()
        if line is not None:
            _await_end(line)

    def _begin_term(self) -> None:
        with self._ledger.writing() as book:
            self.term = book.begin_term(self.host, self._now())

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._line = _line_of(self._connection)
            self._connection.exec_driver_sql(f"SET idle_session_timeout = '{LOST_AFTER}s'")
            self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        return self._connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()


def _line_of(connection: Connection) -> socket.socket | None:
    """Return the connection's socket a second time; None where no more files may be open, or it has just broken."""
    driver = connection.connection.driver_connection
    with suppress(OSError, connection.dialect.loaded_dbapi.Error):
        return socket.socket(fileno=os.dup(driver.fileno())) if driver else None
    return None


def _await_end(line: socket.socket) -> None:
    with line, suppress(OSError):
        line.settimeout(GOODBYE_WITHIN)
        while line.recv(4096):  # what it has still said
            pass


def _hears(connection: Connection, patience: float) -> frozenset[str]:
    line = connection.connection.driver_connection
    try:
        return frozenset(one.payload for one in line.notifies(timeout=patience, stop_after=1)) if line else frozenset()
    except connection.dialect.loaded_dbapi.Error as error:
        raise LedgerError("The connection to the ledger was lost.") from error
