"""What the provider says later of what it took, and whom to ask about."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update

from notifier.core.delivery import Event, Receipt
from notifier.core.lifecycle import State, after
from notifier.ledger.page import Page
from notifier.ledger.rows import in_chunks
from notifier.ledger.schema import in_state, messages

_CAUSE = "receipt"


class Receipts(Page):
    """Receipts, and the messages that still lack a final one."""

    def take_receipt(self, receipt: Receipt, now: datetime) -> State | None:
        """Return the state that a receipt has led its message to; None where it changed nothing.

        It changes nothing where it says what is known already or comes after a final state
        (contract, section 6), says only that the message is on its way, or names no message of ours.
        """
        if receipt.happening is None:
            return None
        query = select(messages.c.key, messages.c.patient, messages.c.state).where(messages.c.sid == receipt.sid)
        row = self._connection.execute(query.with_for_update()).first()
        state = None if row is None else after(row.state, receipt.happening)
        if row is None or state is None:
            return None
        self._connection.execute(
            update(messages)
            .where(messages.c.key == row.key)
            .values(state=state, code=receipt.code, lease_until=None, looked_at=now, updated_at=now)
        )
        self._tell([Event(at=now, patient=row.patient, key=row.key, what=state.value, why=receipt.code, cause=_CAUSE)])
        return state

    def awaiting_receipts(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        """Return key and sid of messages without a final receipt, of which nothing was heard after `before`.

        Those that waited longest come first, at most `limit`.
        """
        query = (
            select(messages.c.key, messages.c.sid)
            .where(in_state(messages, State.ACCEPTED, State.SENT), messages.c.looked_at <= before)
            .order_by(messages.c.looked_at)
            .limit(limit)
        )
        return [(row.key, row.sid) for row in self._connection.execute(query)]

    def looked_at(self, keys: Collection[str], now: datetime) -> None:
        """Note that the provider was asked about these messages."""
        for chunk in in_chunks(keys):
            self._connection.execute(update(messages).where(messages.c.key.in_(chunk)).values(looked_at=now))
