"""One daemon on one SQLite file, and nobody to upgrade, move or replace a ledger while any is at work on it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.pool import NullPool

from notifier.ledger.engine import make_engine, make_file, read_url, sqlite_file
from notifier.ledger.errors import LedgerError, LedgerOutOfOrderError
from notifier.ledger.opening import in_one_sentence
from notifier.ledger.postgres import take_seat


def lock_ledger(url: str) -> AbstractContextManager[None]:
    """Return a lock to hold while upgrading, moving or replacing; entering raises LedgerError where a service is there.

    A SQLite ledger belongs to one daemon, which holds it too. On PostgreSQL it is the planner's seat, which is taken
    wherever any daemon is at work.
    """
    parsed = read_url(url)
    file = sqlite_file(parsed)
    return _seated(parsed) if file is None else _locked(file)


def lock_holder(file: Path) -> str | None:
    """Return the process that holds the lock of a ledger's file; None where none does."""
    try:
        with _lock_path(file).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return _lock_path(file).read_text(encoding="ascii").strip() or "unknown"
    return None


def _lock_path(ledger: Path) -> Path:
    return ledger.with_name(ledger.name + ".lock")


@contextmanager
def _locked(ledger: Path) -> Iterator[None]:
    """Hold the lock beside the ledger's file; raise LedgerError where another process holds it.

    The system drops the lock with the process, however that ends. The lock's file stays:
    removing it would let two processes lock two files of one name.
    """
    make_file(ledger)  # and its folder, or the sentence that says why not
    path = _lock_path(ledger)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        msg = f"The lock {path} cannot be opened: {error.strerror}."
        raise LedgerError(msg) from error
    with os.fdopen(descriptor, "r+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read().strip() or "unknown"
            msg = (
                f"Another notifier is already running on this ledger (process {holder}). "
                f"Stop it first, or give this one a ledger of its own; the lock is {path}."
            )
            raise LedgerError(msg) from None
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        except OSError as error:  # the disk is full, say
            msg = f"The lock {path} cannot be written: {error.strerror}."
            raise LedgerOutOfOrderError(msg) from error
        yield


@contextmanager
def _seated(url: URL) -> Iterator[None]:
    engine = make_engine(url, poolclass=NullPool).execution_options(isolation_level="AUTOCOMMIT")
    with in_one_sentence(engine), engine.connect() as connection:
        if not take_seat(connection):
            raise LedgerError("A notifier is at work on this ledger, here or on another host. Stop them all first.")
        yield
