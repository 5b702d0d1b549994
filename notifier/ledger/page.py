"""What every part of a book stands on: one transaction, the events told in it, and rows written beside other work."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from sqlalchemy import Connection, Table

from notifier.core.delivery import Event
from notifier.ledger import schema
from notifier.ledger.bulk import insert_rows
from notifier.ledger.engine import MANY_PAGES, USUAL_PAGES, keep_pages
from notifier.ledger.numbers import as_number
from notifier.ledger.postgres import count_anew
from notifier.ledger.purpose import Purpose

EventRow = tuple[int, str, str | None, str, str | None, str]  # the values of _EVENT
_EVENT = ("at", "patient", "key", "what", "why", "cause")
_MANY = 100  # rows from which writing them takes longer than handing them to another thread


class Page:
    """One open transaction of the ledger."""

    def __init__(self, connection: Connection, purpose: Purpose) -> None:
        """`connection` is in a transaction for `purpose`, which whoever opened it ends after `finish`."""
        self._own = connection
        # Beside requests under way a third thread costs more in turns at the interpreter's lock than it saves:
        # one text in twenty.
        self._has_help = purpose is not Purpose.DISPATCHING
        self._writer: ThreadPoolExecutor | None = None
        self._behind: list[Future[None]] = []
        self._written = Counter[str]()  # rows, by table, where they were many

    def count_anew(self) -> None:
        """Have a server know of the many rows that were written: see there."""
        count_anew(self._connection, self._written)

    def finish(self) -> None:
        """Wait until all is written; raises what came of it."""
        try:
            self._catch_up()
        finally:
            if self._writer is not None:
                self._writer.shutdown()
                keep_pages(self._own, USUAL_PAGES)

    @property
    def _connection(self) -> Connection:
        """The connection, once nothing else is at work on it."""
        self._catch_up()
        return self._own

    def _insert(self, table: Table, names: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
        """Insert rows as `insert_rows` does; many are written while whoever asked for it works out what comes next."""
        if len(rows) < _MANY or not self._has_help:
            insert_rows(self._connection, table, names, rows)
            return
        if self._writer is None:
            self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
            keep_pages(self._own, MANY_PAGES)
        self._written[table.name] += len(rows)
        before = self._behind[-1] if self._behind else None
        self._behind.append(self._writer.submit(_insert_after, before, self._own, table, names, rows))

    def _catch_up(self) -> None:
        behind, self._behind = self._behind, []
        wait(behind)  # all of them, also where one fails: nobody else may use the connection before
        for one in behind:
            one.result()

    def _tell(self, events: Sequence[Event]) -> None:
        """Append the events: in the same transaction as what they tell of, so that neither is without the other."""
        self._append([(as_number(one.at), one.patient, one.key, one.what, one.why, one.cause) for one in events])

    def _append(self, rows: Sequence[EventRow]) -> None:
        """Append events whose rows are at hand: for thousands, an object in between takes longer than its row."""
        self._insert(schema.events, _EVENT, rows)


def _insert_after(
    before: Future[None] | None,
    connection: Connection,
    table: Table,
    names: tuple[str, ...],
    rows: Sequence[tuple[object, ...]],
) -> None:
    """Insert rows, but none after others that have failed: raises what came of those.

    Where the disk fails SQLite ends the transaction by itself, and each row after that would be committed at once.
    """
    if before is not None:
        before.result()
    insert_rows(connection, table, names, rows)
