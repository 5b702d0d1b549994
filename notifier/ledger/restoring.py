"""What a ledger that was a backup does not know: texts that may have gone out since, and opt-outs made since."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, insert, select, update

from notifier.core.delivery import AnswerKind, Event
from notifier.core.lifecycle import State
from notifier.ledger.page import Page
from notifier.ledger.rows import RESTORED, OptOut, in_chunks
from notifier.ledger.schema import attempts, in_state, messages, opt_outs, restores

_CAUSE, _WHY = "restore", "restored from a backup"


class Restoring(Page):
    """What the ledger does not know since it was replaced by a backup."""

    def note_restore(self, as_of: datetime, now: datetime) -> None:
        """Note that the ledger knows nothing of what happened between `as_of` and `now`."""
        self._connection.execute(insert(restores).values(at=now, as_of=as_of))

    def adopt_opt_outs(self, lost: Iterable[OptOut]) -> None:
        """Append what phones have asked for since the backup was made, as another ledger tells it."""
        rows = [{"phone": one.phone, "at": one.at, "is_out": one.is_out, "why": one.why, "by": one.by} for one in lost]
        if rows:
            self._connection.execute(insert(opt_outs), rows)

    def doubt_overdue(self, now: datetime) -> list[str]:
        """Put in doubt what is overdue: it may have gone out after the backup was made (section 6); return the keys."""
        return self._doubt(messages.c.due_at <= now, now)

    def doubt_late(self, now: datetime) -> list[str]:
        """Put in doubt what the files ask for only now, in a place before the restore; return the keys.

        The backup does not know a text that was planned, or released, after it was made: to a reconciling it is
        new and late, and yet it may have gone out. Each is doubted once.
        """
        restored_at = self._connection.scalar(select(restores.c.at).order_by(restores.c.id.desc()).limit(1))
        if restored_at is None:
            return []
        is_doubted = exists().where(
            attempts.c.key == messages.c.key, attempts.c.code == RESTORED, attempts.c.ended_at >= restored_at
        )
        return self._doubt(and_(messages.c.place <= restored_at, ~is_doubted), now)

    def _doubt(self, condition: ColumnElement[bool], now: datetime) -> list[str]:
        """Put planned messages in doubt, each with an attempt that stands for all those of which nothing is known."""
        as_of = self._connection.scalar(select(restores.c.as_of).order_by(restores.c.id.desc()).limit(1))
        query = select(messages).where(in_state(messages, State.PLANNED), condition).order_by(messages.c.key)
        rows = self._connection.execute(query.with_for_update()).all()
        for chunk in in_chunks(rows):
            doubted = {
                "state": State.IN_DOUBT,
                "attempts": messages.c.attempts + 1,
                "sent_at": now,
                "updated_at": now,
            }
            self._connection.execute(
                update(messages).where(messages.c.key.in_([row.key for row in chunk])).values(doubted)
            )
            lost = [
                {
                    "key": row.key,
                    "ordinal": row.attempts + 1,
                    "to": row.to,
                    "text": row.body,
                    "carried_stop_line": False,
                    "started_at": as_of,
                    "ended_at": now,
                    "answer": AnswerKind.IN_DOUBT,
                    "code": RESTORED,
                }
                for row in chunk
            ]
            self._connection.execute(insert(attempts), lost)
        self._tell([Event(now, row.patient, row.key, State.IN_DOUBT.value, _WHY, _CAUSE) for row in rows])
        return [row.key for row in rows]
