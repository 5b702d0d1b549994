"""Put a backup in the ledger's place; what may have gone out since it was made starts in doubt (contract, 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from notifier.ledger.copying import Tell, copy_ledger, examine_copy
from notifier.ledger.engine import read_url, sqlite_file, url_of
from notifier.ledger.errors import LedgerError
from notifier.ledger.lock import lock_ledger
from notifier.ledger.opening import make_schema, open_ledger, require_ledger
from notifier.ledger.replacing import Rescued, close_journal, put_in_place, rescue
from notifier.ledger.rows import OptOut, Switch, Turned
from notifier.ledger.schema import HEAD
from notifier.ledger.sqlite_file import Contents

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that is the ledger now, and what it does not know."""

    contents: Contents  # the backup's
    aside: Path | None  # where the ledger that was there is kept; None where there was none
    doubtful: tuple[str, ...]  # keys of messages that were overdue: the provider is asked before any of them goes
    opt_outs: tuple[OptOut, ...]  # that the backup does not know, brought along
    pause: Turned | None  # likewise
    lost: Mapping[str, int] | None  # rows, by table, that the backup lacks; None where that could not be read


def restore_ledger(url: str, backup: Path, now: datetime, tell: Tell = lambda *_: None) -> Restored:
    """Make a backup the ledger, at this program's schema, and return what a person has to know.

    The ledger that is there is kept under another name. Where it can still be read, opt-outs that were made after
    the backup are brought along, and a pause: nobody gets a text who has asked for none. Raises LedgerError
    where a service is at work on the ledger, or the backup is damaged, no ledger's or a newer program's; then
    nothing has changed.
    """
    file = sqlite_file(read_url(url))
    if file is None:
        raise LedgerError(
            "This ledger is no file: put it back with its server's own tools, such as pg_restore, while all services "
            "are stopped, and then call “notifier db restore” without a file."
        )
    with lock_ledger(url):
        contents = examine_copy(backup)
        before = rescue(file)
        new = file.with_name(f".{file.name}.restored")
        new.unlink(missing_ok=True)
        try:
            copy_ledger(backup, new, tell)
            make_schema(url_of(new))
            opt_outs, doubtful = _bring_up_to_date(new, contents, before, now)
            close_journal(new)
            aside = put_in_place(new, file, now)
        finally:
            new.unlink(missing_ok=True)
    lost = None if before is None else _lacking(contents, before)
    return Restored(contents, aside, doubtful, opt_outs, before.pause if before else None, lost)


def note_restored(url: str, now: datetime) -> Restored:
    """Do for a ledger on a server, which its own tools have put back, what `restore_ledger` does for a file.

    What is overdue starts in doubt. Nothing of what was there before is known. Raises LedgerError where a service is
    at work on it.
    """
    require_ledger(url)
    with lock_ledger(url):
        make_schema(url)
        with open_ledger(url) as ledger, ledger.writing() as book:
            last = book.standing(now).last_event
            as_of = None if last is None else last.at
            book.note_restore(as_of or _NEVER, now)
            doubtful = tuple(book.doubt_overdue(now))
    return Restored(Contents(HEAD, as_of, {}), None, doubtful, (), None, None)


def _bring_up_to_date(
    new: Path, contents: Contents, before: Rescued | None, now: datetime
) -> tuple[tuple[OptOut, ...], tuple[str, ...]]:
    """Write down what has to be known before anything is sent; return the opt-outs brought along, and the doubts."""
    with open_ledger(url_of(new)) as ledger, ledger.writing() as book:
        known = set(book.opt_outs())
        opt_outs = tuple(one for one in before.opt_outs if one not in known) if before else ()
        book.adopt_opt_outs(opt_outs)
        if before is not None and before.pause is not None:
            book.turn(Switch.PAUSE, before.pause.by, before.pause.why, before.pause.at, is_on=True)
        book.note_restore(contents.as_of or _NEVER, now)
        return opt_outs, tuple(book.doubt_overdue(now))


def _lacking(contents: Contents, before: Rescued) -> dict[str, int]:
    missing = {table: number - contents.counts.get(table, 0) for table, number in before.counts.items()}
    return {table: number for table, number in missing.items() if number > 0}
