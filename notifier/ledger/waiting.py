"""Whose turn it is: the messages that wait, in which order, and how long."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, case, literal, select, update

from notifier.core.attempts import GRACE, LONGEST_BACKOFF
from notifier.core.delivery import Event, Record
from notifier.core.lifecycle import State
from notifier.ledger import line
from notifier.ledger.message_rows import record_of
from notifier.ledger.page import Page
from notifier.ledger.postgres import lock_phones
from notifier.ledger.rows import Due, in_chunks
from notifier.ledger.schema import Instant, in_state, messages, phones

_CAUSE = "dispatch"
_JUST_AFTER = timedelta(microseconds=1)


def not_past(latest: datetime, until: datetime) -> datetime:
    """Return when to look again at a message that waits `until`: just after L at the latest, to expire it."""
    return min(until, latest + _JUST_AFTER)


class Waiting(Page):
    """The line of planned messages."""

    def due(self, now: datetime, limit: int, min_gap: timedelta) -> list[Due]:
        """Return the messages whose turn it is at `now`, at most `limit`, in order of L (contract, section 6).

        For one phone that is the first in plan order, and none while another is claimed or the
        last attempt began less than `min_gap` ago; one that is to be tried again keeps its place before the
        later ones, for as long as they can wait. Messages past their L are among them whatever
        their phone does, to be expired. None goes to a phone that has opted out: reconciling takes those
        out of the line. Claim in the same transaction, so that nothing moves in between.
        """
        at = line.at(now, min_gap)
        # To sort a long line by L costs little. To ask of each message in it whether its phone is free does not, and
        # mostly that of the first ones is.
        for head in (2 * limit, 32 * limit):
            rows = self._connection.execute(line.DUE_IN_THE_HEAD, {**at, "limit": limit, "head": head}).all()
            if len(rows) == limit or self._connection.execute(line.RIPE, {"now": now}).scalar_one() <= head:
                break
        else:
            rows = self._connection.execute(line.DUE, {**at, "limit": limit}).all()
        return self._left_by_other_hosts([Due(*row) for row in rows], at)

    def _left_by_other_hosts(self, dues: list[Due], at: Mapping[str, datetime]) -> list[Due]:
        """Return those of the messages whose phones are this transaction's until its end, and whose turn it still is.

        Rows of messages do not tell of it: two hosts may be about to claim two messages to one phone. So each has to
        lock the phone, and look again afterwards: whoever had it locked may have texted it just now.
        """
        if self._connection.dialect.name != "postgresql" or not dues:
            return dues
        locked = lock_phones(self._connection, (due.to for due in dues))
        still = frozenset(self._connection.scalars(line.STILL_DUE, {**at, "keys": [due.key for due in dues]}))
        return [due for due in dues if due.to in locked and due.key in still]

    def records(self, keys: Collection[str]) -> dict[str, Record]:
        """Return messages by their keys."""
        if not keys:
            return {}
        rows = self._connection.execute(select(messages).where(messages.c.key.in_(keys)))
        return {row.key: record_of(row) for row in rows}

    def missed(self, now: datetime, limit: int) -> list[str]:
        """Return the keys of planned messages past their L, at most `limit`: whatever keeps them back, they expire."""
        return list(self._connection.scalars(line.MISSED, {"now": now, "limit": limit}))

    def next_due(self, min_gap: timedelta) -> datetime | None:
        """Return the earliest instant at which `due` can return something, if nothing else happens until then.

        Where a claimed message stands in the way, that is the end of its lease: `doubt_abandoned`
        comes first then. Reads in order of `due_at` and stops at the first that cannot be beaten, so that it
        reads little more than the messages of phones that have just been texted.
        """
        earliest: datetime | None = None
        with self._connection.execute(line.WAITING, execution_options={"stream_results": True}) as rows:
            for due_at, send_at, latest, last_attempt_at, lease_until, waits in rows:
                if earliest is not None and due_at >= earliest:
                    break
                turn = max(due_at, lease_until or due_at, last_attempt_at + min_gap if last_attempt_at else due_at)
                if waits:  # what it waits for is in the line itself, with its own turn
                    turn = max(turn, min(send_at + GRACE, latest - line.LAST_CALL))
                turn = min(turn, max(due_at, latest + _JUST_AFTER))
                earliest = turn if earliest is None else min(earliest, turn)
        return earliest

    def heed_clock(self, now: datetime) -> None:
        """Put right what was written while the clock was ahead, and would hold texts back until it is there again.

        A phone's last text, the last look at a receipt and the wait for another try cannot lie further ahead
        than that.
        """
        self._connection.execute(update(phones).where(phones.c.last_attempt_at > now).values(last_attempt_at=now))
        is_awaiting = in_state(messages, State.ACCEPTED, State.SENT)
        self._connection.execute(update(messages).where(is_awaiting, messages.c.looked_at > now).values(looked_at=now))
        waits_for_another_try = and_(in_state(messages, State.PLANNED), messages.c.due_at > messages.c.send_at)
        too_long = messages.c.due_at > now + 2 * LONGEST_BACKOFF
        soonest = case(
            (messages.c.send_at > now, messages.c.send_at), else_=literal(now, Instant)
        )  # never before its place
        self._connection.execute(update(messages).where(waits_for_another_try, too_long).values(due_at=soonest))

    def postpone(self, key: str, until: datetime, reason: str, now: datetime) -> bool:
        """Have a planned message wait until then, or just past its L; False where it is not planned any more."""
        latest = self._connection.scalar(
            select(messages.c.latest).where(messages.c.key == key, in_state(messages, State.PLANNED)).with_for_update()
        )
        if latest is None:
            return False
        values = {"due_at": not_past(latest, until)}
        return self._set([key], values, (State.PLANNED,), ("postponed", reason), now) == 1

    def replace(self, key: str, send_at: datetime, reason: str, now: datetime) -> bool:
        """Give a planned message the place that was found for it again; False where it is not planned any more."""
        values = {"send_at": send_at, "due_at": send_at, "reason": reason}
        return self._set([key], values, (State.PLANNED,), ("replaced", reason), now) == 1

    def expire(self, keys: Collection[str], reason: str, now: datetime) -> int:
        """Expire those of the messages that were not sent; return how many."""
        values = {"state": State.EXPIRED, "reason": reason}
        expired = (State.EXPIRED.value, reason)
        changed = [self._set(chunk, values, (State.PLANNED, State.HELD), expired, now) for chunk in in_chunks(keys)]
        return sum(changed)

    def _set(
        self,
        keys: Collection[str],
        values: Mapping[str, object],
        states: tuple[State, ...],
        story: tuple[str, str],
        now: datetime,
    ) -> int:
        """Change those of the messages that are in one of the states, with an event each."""
        statement = (
            update(messages)
            .where(messages.c.key.in_(keys), in_state(messages, *states))
            .values(**values, updated_at=now)
            .returning(messages.c.patient, messages.c.key)
        )
        changed = self._connection.execute(statement).all()
        what, why = story
        self._tell(
            [Event(at=now, patient=row.patient, key=row.key, what=what, why=why, cause=_CAUSE) for row in changed]
        )
        return len(changed)
