"""One daemon on one SQLite file."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from notifier.ledger.errors import LedgerError


@contextmanager
def only_daemon(ledger: Path) -> Iterator[None]:
    """Hold the lock beside the ledger's file; raise LedgerError where another process holds it.

    The system drops the lock with the process, however that ends. The lock's file stays:
    removing it would let two processes lock two files of one name.
    """
    path = ledger.with_name(ledger.name + ".lock")
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
            raise LedgerError(msg) from error
        yield
