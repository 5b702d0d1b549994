"""What every part of a book stands on: one transaction, and the events told in it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from sqlalchemy import BigInteger, Connection, Text, insert, select

from notifier.core.delivery import Event
from notifier.ledger import schema
from notifier.ledger.many import GivenRows, given

_EVENTS = GivenRows(at=BigInteger, patient=Text, key=Text, what=Text, why=Text, cause=Text)
_APPEND = insert(schema.events).from_select(_EVENTS.names, select(*_EVENTS.columns))


class Page:
    """One open transaction of the ledger."""

    def __init__(self, connection: Connection) -> None:
        """`connection` is in a transaction, which whoever opened it ends."""
        self._connection = connection

    def undone_if_it_raises(self) -> AbstractContextManager[object]:
        """Return a block whose writes are undone where it raises; the transaction goes on."""
        return self._connection.begin_nested()

    def _tell(self, events: Sequence[Event]) -> None:
        """Append the events: in the same transaction as what they tell of, so that neither is without the other."""
        if events:
            rows = ((schema.as_number(one.at), one.patient, one.key, one.what, one.why, one.cause) for one in events)
            self._connection.execute(_APPEND, given(rows))
