"""What every part of a book stands on: one transaction, and the events told in it."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from notifier.core.delivery import Event
from notifier.ledger import schema
from notifier.ledger.rows import event_values


class Page:
    """One open transaction of the ledger."""

    def __init__(self, connection: Connection) -> None:
        """`connection` is in a transaction, which whoever opened it ends."""
        self._connection = connection

    def _tell(self, events: Sequence[Event]) -> None:
        """Append the events: in the same transaction as what they tell of, so that neither is without the other."""
        if events:
            self._connection.execute(insert(schema.events), [event_values(event) for event in events])
