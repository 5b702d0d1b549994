"""Writing down what a reconciling has found."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update

from notifier.core.delivery import Change, Event, Record
from notifier.ledger.bulk import insert_rows
from notifier.ledger.page import Page
from notifier.ledger.rows import AnyRow, in_chunks, message_values
from notifier.ledger.schema import messages


class Recording(Page):
    """Changes to messages that were not sent yet."""

    def apply(self, changes: Iterable[Change], now: datetime, cause: str) -> list[Change]:
        """Write the changes with an event each, and return those that took effect, in order.

        A change is left out where its message is no longer in the state it was found in: it
        was claimed, say, in the meantime, and what was sent is never rewritten.
        """
        applied: list[Change] = []
        for chunk in in_chunks(changes):
            stored = self._stored([change.after.key for change in chunk])
            fitting = [change for change in chunk if _still_fits(change, stored)]
            new = [_new_values(change.after, now) for change in fitting if change.before is None]
            insert_rows(self._connection, messages, new)
            self._update([change.after for change in fitting if change.before is not None], stored, now)
            self._tell([_event(change, now, cause) for change in fitting])
            applied += fitting
        return applied

    def _stored(self, keys: Sequence[str]) -> dict[str, AnyRow]:
        query = select(messages.c.key, messages.c.state, messages.c.send_at, messages.c.due_at)
        rows = self._connection.execute(query.where(messages.c.key.in_(keys)).with_for_update())
        return {row.key: row for row in rows}

    def _update(self, records: Sequence[Record], stored: dict[str, AnyRow], now: datetime) -> None:
        if not records:
            return
        values = []
        for record in records:
            row = stored[record.key]
            # A new wording does not end a back-off; a new send time does.
            due_at = row.due_at if row.send_at == record.send_at else record.send_at
            values.append({**message_values(record), "name": record.key, "due_at": due_at, "updated_at": now})
        self._connection.execute(update(messages).where(messages.c.key == bindparam("name")), values)


def _still_fits(change: Change, stored: dict[str, AnyRow]) -> bool:
    row = stored.get(change.after.key)
    if change.before is None:
        return row is None
    return row is not None and row.state == change.before.state


def _new_values(record: Record, now: datetime) -> dict[str, object]:
    return {
        **message_values(record),
        "key": record.key,
        "patient": record.draft.patient,
        "step": record.draft.step,
        "revision": record.revision,
        "due_at": record.send_at,
        "attempts": 0,
        "sent_at": record.sent_at,
        "updated_at": now,
    }


def _event(change: Change, now: datetime, cause: str) -> Event:
    after = change.after
    return Event(
        at=now, patient=after.draft.patient, key=after.key, what=change.kind.value, why=after.reason, cause=cause
    )
