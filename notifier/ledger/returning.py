"""What comes back into the line: texts that were on their way, and go again."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import exists, update

from notifier.core.delivery import Event
from notifier.core.lifecycle import State
from notifier.ledger.opting import Opting
from notifier.ledger.rows import AnyRow, in_chunks
from notifier.ledger.schema import in_state, messages

REPLACED = "a later revision has taken its place"


class Returning(Opting):
    """Texts that are planned again, though the files may have changed while they were on their way."""

    def _withdraw_replaced(self, keys: Collection[str], now: datetime, cause: str) -> frozenset[str]:
        """Withdraw those of the messages, planned again, that have a later revision; return their keys.

        Reconciling planned the later one since this one counted as sent and had become wrong. Both would go
        now: this one with its old words. Where the later one was withdrawn meanwhile, the next reconciling
        plans another.
        """
        later = messages.alias("later")
        has_later = exists().where(
            later.c.patient == messages.c.patient,
            later.c.step == messages.c.step,
            later.c.revision > messages.c.revision,
        )
        rows: list[AnyRow] = []
        for chunk in in_chunks(sorted(keys)):
            withdrawing = (
                update(messages)
                .where(messages.c.key.in_(chunk), in_state(messages, State.PLANNED), has_later)
                .values(state=State.WITHDRAWN, reason=REPLACED, updated_at=now)
                .returning(messages.c.patient, messages.c.key)
            )
            rows += self._connection.execute(withdrawing).all()
        self._tell([Event(now, row.patient, row.key, State.WITHDRAWN.value, REPLACED, cause) for row in rows])
        return frozenset(row.key for row in rows)
