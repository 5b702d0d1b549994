"""Writing down what a reconciling has found."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Text, select, text

from notifier.core.delivery import Change, Record
from notifier.ledger.many import GivenRows, given
from notifier.ledger.message_rows import MESSAGE_COLUMNS, message_values, number_of
from notifier.ledger.numbers import as_number
from notifier.ledger.page import EventRow, Page
from notifier.ledger.rows import AnyRow
from notifier.ledger.schema import messages

_NEW = (*MESSAGE_COLUMNS, "key", "patient", "step", "revision", "due_at", "attempts", "sent_at", "updated_at")
_REWRITTEN = (*MESSAGE_COLUMNS, "due_at", "updated_at")
_TO = ", ".join(f'"{name}" = :{name}' for name in _REWRITTEN)
_REWRITE = text(f"UPDATE messages SET {_TO} WHERE key = :key")  # noqa: S608 (the names are the schema's)
_KEYS = GivenRows(key=Text)
_STORED = (
    select(messages.c.key, messages.c.state, messages.c.send_at, messages.c.due_at)
    .where(messages.c.key.in_(select(_KEYS["key"])))
    .with_for_update()
)


class Recording(Page):
    """Changes to messages that were not sent yet."""

    def apply(
        self, changes: Iterable[Change], now: datetime, cause: str, causes: Mapping[str, str] = MappingProxyType({})
    ) -> list[Change]:
        """Write the changes with an event each, and return those that took effect, in order.

        What set a change off is `cause`, or what `causes` has for its patient.

        A change is left out where its message is no longer in the state it was found in: it
        was claimed, say, in the meantime, and what was sent is never rewritten.
        """
        asked = [(change.after.key, change) for change in changes]
        stored = self._stored(key for key, _ in asked)
        fitting = [(key, change) for key, change in asked if _still_fits(change, stored.get(key))]
        at = as_number(now)
        self._insert(messages, _NEW, [_new(key, one.after, at) for key, one in fitting if one.before is None])
        self._update_messages(
            [(key, change.after) for key, change in fitting if change.before is not None], stored, now
        )
        self._append([_event(key, one, at, causes.get(one.after.draft.patient, cause)) for key, one in fitting])
        return [change for _, change in fitting]

    def _stored(self, keys: Iterable[str]) -> Mapping[str, AnyRow]:
        return {row.key: row for row in self._connection.execute(_STORED, given((key,) for key in keys))}

    def _update_messages(
        self, records: Sequence[tuple[str, Record]], stored: Mapping[str, AnyRow], now: datetime
    ) -> None:
        if not records:
            return
        rows = []
        for key, record in records:
            row = stored[key]
            # A new wording does not end a back-off; a new send time does.
            due_at = row.due_at if row.send_at == record.send_at else record.send_at
            values = (*message_values(record), number_of(due_at), as_number(now))
            rows.append({**dict(zip(_REWRITTEN, values, strict=True)), "key": key})
        self._connection.execute(_REWRITE, rows)


def _still_fits(change: Change, row: AnyRow | None) -> bool:
    if change.before is None:
        return row is None
    return row is not None and row.state == change.before.state


def _new(key: str, record: Record, now: int) -> tuple[object, ...]:
    """Return the values of _NEW."""
    draft = record.draft
    return (
        *message_values(record),
        key,
        draft.patient,
        draft.step,
        record.revision,
        number_of(record.send_at),
        0,
        number_of(record.sent_at),
        now,
    )


def _event(key: str, change: Change, now: int, cause: str) -> EventRow:
    after = change.after
    return now, after.draft.patient, key, change.kind.value, after.reason, cause
