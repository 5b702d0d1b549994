"""Whose turn it is: the messages that wait, in which order, and how long."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, FromClause, and_, case, exists, func, literal, or_, select, tuple_, update

from notifier.core.attempts import GRACE, LONGEST_BACKOFF
from notifier.core.delivery import Event
from notifier.core.lifecycle import State
from notifier.ledger.opting import is_opted_out
from notifier.ledger.page import Page
from notifier.ledger.postgres import lock_phones
from notifier.ledger.rows import Due, in_chunks, record_of
from notifier.ledger.schema import Instant, in_state, messages, phones

_CAUSE = "dispatch"
_JUST_AFTER = timedelta(microseconds=1)
# A text waits for an earlier one to its phone that is to be tried again, but no longer than GRACE after its own place,
# and not in this time before its L: a carrier that fails one text for hours must not make the others late.
_LAST_CALL = timedelta(minutes=5)


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
        ripe = and_(in_state(messages, State.PLANNED), messages.c.due_at <= now, ~is_opted_out(messages.c.to))
        turn = _is_its_turn(now, min_gap)
        query = (
            select(messages, phones.c.stop_line_at)
            .outerjoin(phones, phones.c.phone == messages.c.to)
            .where(ripe, turn)
            .order_by(messages.c.latest, messages.c.send_at, messages.c.patient, messages.c.position)
            .limit(limit)
            .with_for_update(of=messages, skip_locked=True)
        )
        dues = [
            Due(record=record_of(row), attempts=row.attempts, wants_stop_line=row.stop_line_at is None)
            for row in self._connection.execute(query)
        ]
        return self._left_by_other_hosts(dues, now, min_gap)

    def _left_by_other_hosts(self, dues: list[Due], now: datetime, min_gap: timedelta) -> list[Due]:
        """Return those of the messages whose phones are this transaction's until its end, and whose turn it still is.

        Rows of messages do not tell of it: two hosts may be about to claim two messages to one phone. So each has to
        lock the phone, and look again afterwards: whoever had it locked may have texted it just now.
        """
        if self._connection.dialect.name != "postgresql" or not dues:
            return dues
        locked = lock_phones(self._connection, (due.record.draft.to for due in dues))
        keys = [due.record.key for due in dues]
        query = select(messages.c.key).where(messages.c.key.in_(keys), _is_its_turn(now, min_gap))
        still = frozenset(self._connection.scalars(query))
        return [due for due in dues if due.record.draft.to in locked and due.record.key in still]

    def missed(self, now: datetime, limit: int) -> list[str]:
        """Return the keys of planned messages past their L, at most `limit`: whatever keeps them back, they expire."""
        query = select(messages.c.key).where(
            in_state(messages, State.PLANNED), messages.c.due_at <= now, messages.c.latest < now
        )
        query = query.order_by(messages.c.due_at).limit(limit).with_for_update(skip_locked=True)
        return list(self._connection.scalars(query))

    def next_due(self, min_gap: timedelta) -> datetime | None:
        """Return the earliest instant at which `due` can return something, if nothing else happens until then.

        Where a claimed message stands in the way, that is the end of its lease: `doubt_abandoned`
        comes first then. Reads in order of `due_at` and stops at the first that cannot be beaten, so that it
        reads little more than the messages of phones that have just been texted.
        """
        claim = messages.alias("claim")
        lease = (
            select(func.max(claim.c.lease_until))
            .where(in_state(claim, State.CLAIMED), claim.c.to == messages.c.to)
            .scalar_subquery()
        )
        query = (
            select(
                messages.c.due_at,
                messages.c.send_at,
                messages.c.latest,
                phones.c.last_attempt_at,
                lease.label("lease_until"),
                _is_before_its_turn().label("waits"),
            )
            .outerjoin(phones, phones.c.phone == messages.c.to)
            .where(in_state(messages, State.PLANNED), ~is_opted_out(messages.c.to))
            .order_by(messages.c.due_at)
        )
        earliest: datetime | None = None
        with self._connection.execute(query, execution_options={"stream_results": True}) as rows:
            for due_at, send_at, latest, last_attempt_at, lease_until, waits in rows:
                if earliest is not None and due_at >= earliest:
                    break
                turn = max(due_at, lease_until or due_at, last_attempt_at + min_gap if last_attempt_at else due_at)
                if waits:  # what it waits for is in the line itself, with its own turn
                    turn = max(turn, min(send_at + GRACE, latest - _LAST_CALL))
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


def _is_its_turn(now: datetime, min_gap: timedelta) -> ColumnElement[bool]:
    is_free = and_(~_another_is_claimed(), ~_tried_since(now - min_gap), ~_another_is_first(now))
    return or_(messages.c.latest < now, is_free)


def _another_is_claimed() -> ColumnElement[bool]:
    claim = messages.alias("claim")
    return exists().where(in_state(claim, State.CLAIMED), claim.c.to == messages.c.to)


def _tried_since(instant: datetime) -> ColumnElement[bool]:
    phone = phones.alias("phone_tried")
    return exists().where(phone.c.phone == messages.c.to, phone.c.last_attempt_at > instant)


def _another_is_first(now: datetime) -> ColumnElement[bool]:
    """Whether another message to the phone, still before its L, comes first in plan order: due, or to be waited for."""
    other = messages.alias("other")
    can_wait = and_(messages.c.send_at > now - GRACE, messages.c.latest > now + _LAST_CALL)
    return exists().where(_comes_before(other), other.c.latest >= now, or_(other.c.due_at <= now, can_wait))


def _is_before_its_turn() -> ColumnElement[bool]:
    """Whether another message to the phone comes first in plan order, and is due later."""
    other = messages.alias("other")
    return exists().where(_comes_before(other), other.c.due_at > messages.c.due_at)


def _comes_before(other: FromClause) -> ColumnElement[bool]:
    plan_order = [(table.c.send_at, table.c.patient, table.c.position, table.c.key) for table in (other, messages)]
    return and_(
        in_state(other, State.PLANNED), other.c.to == messages.c.to, tuple_(*plan_order[0]) < tuple_(*plan_order[1])
    )
