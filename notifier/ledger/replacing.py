"""Putting another file in a ledger's place, without losing the one that was there, nor what nobody may lose of it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from notifier.ledger.copying import stamp, sync
from notifier.ledger.errors import LedgerError
from notifier.ledger.numbers import from_number
from notifier.ledger.rows import OptOut, Switch, Turned
from notifier.ledger.sqlite_file import count_rows, opened

_JOURNALS = ("-wal", "-shm")  # SQLite's own, beside its file

_AT_ONCE = 0.2  # seconds


@dataclass(frozen=True, slots=True)
class Rescued:
    """What a ledger that is to be replaced still tells."""

    opt_outs: tuple[OptOut, ...]  # each time that a phone opted out or in, in order
    pause: Turned | None  # where it is paused
    counts: Mapping[str, int]  # rows, by table


def rescue(file: Path) -> Rescued | None:
    """Return what a ledger in whatever state still tells, also a newer program's; None where it tells nothing.

    Read without this program's schema: whoever goes back to an older version restores the copy from before the
    upgrade, and what patients asked for meanwhile must not be lost.
    """
    try:
        with opened(file) as connection:
            connection.execute("BEGIN")
            counts = count_rows(connection)
            out = connection.execute("SELECT phone, at, is_out, why, by FROM opt_outs ORDER BY id").fetchall()
            turned = connection.execute(
                "SELECT is_on, at, by, why FROM switches WHERE switch = ? ORDER BY id DESC LIMIT 1", (Switch.PAUSE,)
            ).fetchone()
    except LedgerError:
        return None
    opt_outs = tuple(OptOut(phone, from_number(at), bool(is_out), why, by) for phone, at, is_out, why, by in out)
    return Rescued(opt_outs, _pause_of(turned), counts)


def _pause_of(turned: tuple[bool, int, str, str | None] | None) -> Turned | None:
    if turned is None or not turned[0]:
        return None
    _, at, by, why = turned
    return Turned(Switch.PAUSE, is_on=True, at=from_number(at), by=by, why=why)


def close_journal(file: Path) -> None:
    """Take what SQLite's journal holds into the file itself; raises LedgerError where that cannot be at once."""
    with opened(file, patience=_AT_ONCE) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def put_in_place(new: Path, file: Path, now: datetime) -> Path | None:
    """Give a closed ledger's file the name of another, and return under which name that one is kept; None for none.

    A crash leaves one or the other there. Raises LedgerError where the folder cannot be written to.
    """
    aside = file.with_name(f"{file.name}.before-restore-{stamp(now)}")
    was_there = file.exists() and file.stat().st_size > 0
    try:
        if was_there:
            with suppress(LedgerError):  # damaged, or read by somebody: it is kept with its journal
                close_journal(file)
            aside.hardlink_to(file)
        for journal in _JOURNALS:  # or SQLite would take it for the new file's
            path = file.with_name(file.name + journal)
            if path.exists():
                path.rename(file.with_name(aside.name + journal))
        new.replace(file)
        sync(file.parent)
    except OSError as error:
        raise LedgerError(f"{file} cannot be replaced: {error.strerror}.") from error
    return aside if was_there else None
