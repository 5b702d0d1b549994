"""What comes back into the line: texts that were on their way, and go again."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Integer, Text, and_, exists, func, or_, select, update

from notifier.core.delivery import NOT_BEGUN, AnswerKind, Event
from notifier.core.lifecycle import State
from notifier.ledger.many import GivenRows, given
from notifier.ledger.opting import Opting
from notifier.ledger.rows import AnyRow, in_chunks
from notifier.ledger.schema import attempts, in_state, messages

REPLACED = "a later revision has taken its place"
_LATER = GivenRows(key=Text, ordinal=Integer)
_WAS_CALLED_BACK = and_(attempts.c.answer == NOT_BEGUN.kind, attempts.c.code == NOT_BEGUN.code)
_SPARED = (
    select(attempts.c.key, func.count().label("spared"))
    .where(attempts.c.key == _LATER["key"], attempts.c.ordinal < _LATER["ordinal"])
    .where(or_(_WAS_CALLED_BACK, attempts.c.answer == AnswerKind.CONFIGURATION))
    .group_by(attempts.c.key)
)


class Returning(Opting):
    """Texts that are planned again, though the files may have changed while they were on their way."""

    def _spared(self, names: Iterable[tuple[str, int]]) -> dict[str, int]:
        """Return of how many attempts before these, each a key and an ordinal, no wait becomes longer, by key.

        The provider has heard nothing of them, or refused them for a mistake in our settings, which burns nothing.
        """
        later = [name for name in names if name[1] > 1]  # most texts go at the first
        return {row.key: row.spared for row in self._connection.execute(_SPARED, given(later))} if later else {}

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
