"""The questions that every look at the line asks, built once: to build them took longer than to answer them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
    update,
)

from notifier.core.attempts import GRACE
from notifier.core.lifecycle import State
from notifier.ledger.opting import is_opted_out
from notifier.ledger.schema import Instant, in_state, messages, phones

# A text waits for an earlier one to its phone that is to be tried again, but no longer than GRACE after its own place,
# and not in this time before its L: a carrier that fails one text for hours must not make the others late.
LAST_CALL = timedelta(minutes=5)
NOW = bindparam("now", type_=Instant)
_LIMIT, _HEAD = bindparam("limit", type_=Integer), bindparam("head", type_=Integer)
_TRIED_SINCE, _PLACED_SINCE, _LATEST_UNTIL = (
    bindparam(name, type_=Instant) for name in ("tried_since", "placed_since", "latest_until")
)


def at(now: datetime, min_gap: timedelta) -> dict[str, datetime]:
    """Return the parameters by which it is asked whose turn it is: a phone is texted once in `min_gap`."""
    return {
        "now": now,
        "tried_since": now - min_gap,
        "placed_since": now - GRACE,
        "latest_until": now + LAST_CALL,
    }


def is_ripe(table: FromClause) -> ColumnElement[bool]:
    """Return the condition that a message is in the line, and its time has come."""
    return and_(in_state(table, State.PLANNED), table.c.due_at <= NOW)


def _another_is_claimed() -> ColumnElement[bool]:
    claim = messages.alias("claim")
    return exists().where(in_state(claim, State.CLAIMED), claim.c.to == messages.c.to)


def _was_just_tried() -> ColumnElement[bool]:
    phone = phones.alias("phone_tried")
    return exists().where(phone.c.phone == messages.c.to, phone.c.last_attempt_at > _TRIED_SINCE)


def _another_is_first() -> ColumnElement[bool]:
    """Whether another message to the phone, still before its L, comes first in plan order: due, or to be waited for."""
    other = messages.alias("other")
    can_wait = and_(messages.c.send_at > _PLACED_SINCE, messages.c.latest > _LATEST_UNTIL)
    return exists().where(_comes_before(other), other.c.latest >= NOW, or_(other.c.due_at <= NOW, can_wait))


def _is_before_its_turn() -> ColumnElement[bool]:
    """Whether another message to the phone comes first in plan order, and is due later."""
    other = messages.alias("other")
    return exists().where(_comes_before(other), other.c.due_at > messages.c.due_at)


def _comes_before(other: FromClause) -> ColumnElement[bool]:
    its, ours = (tuple_(each.c.send_at, each.c.patient, each.c.position, each.c.key) for each in (other, messages))
    return and_(in_state(other, State.PLANNED), other.c.to == messages.c.to, its < ours)


def _is_its_turn() -> ColumnElement[bool]:
    is_free = and_(~_another_is_claimed(), ~_was_just_tried(), ~_another_is_first())
    return or_(messages.c.latest < NOW, is_free)


def _due(among: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    c = messages.c
    of_a_due = (c.key, c.patient, c.to, c.body, c.stop_line, c.send_at, c.latest, phones.c.stop_line_at.is_(None))
    return (
        select(*of_a_due)  # as Due has them
        .outerjoin(phones, phones.c.phone == c.to)
        .where(is_ripe(messages), ~is_opted_out(c.to), _is_its_turn(), among)
        .order_by(c.latest, c.send_at, c.patient, c.position, c.key)
        .limit(_LIMIT)
        .with_for_update(of=messages, skip_locked=True)
    )


def _is_in_the_head() -> ColumnElement[bool]:
    line = messages.alias("line")
    head = select(line.c.key).where(is_ripe(line)).order_by(line.c.latest, line.c.due_at).limit(_HEAD)
    return messages.c.key.in_(head)


RIPE = select(func.count()).where(is_ripe(messages))
DUE = _due(true())
STILL_DUE = select(messages.c.key).where(messages.c.key.in_(bindparam("keys", expanding=True)), _is_its_turn())
DUE_IN_THE_HEAD = _due(_is_in_the_head())  # those whose L are the first `head`
MISSED = (
    select(messages.c.key)
    .where(is_ripe(messages), messages.c.latest < NOW)
    .order_by(messages.c.due_at)
    .limit(_LIMIT)
    .with_for_update(skip_locked=True)
)

_claim = messages.alias("claim")
_LEASE = select(func.max(_claim.c.lease_until)).where(in_state(_claim, State.CLAIMED), _claim.c.to == messages.c.to)
WAITING = (  # all that is in the line, the first in time first; with the lease of what is claimed for its phone
    select(
        messages.c.due_at,
        messages.c.send_at,
        messages.c.latest,
        phones.c.last_attempt_at,
        _LEASE.scalar_subquery().label("lease_until"),
        _is_before_its_turn().label("waits"),
    )
    .outerjoin(phones, phones.c.phone == messages.c.to)
    .where(in_state(messages, State.PLANNED), ~is_opted_out(messages.c.to))
    .order_by(messages.c.due_at)
)
DOUBT = (
    update(messages)
    .where(in_state(messages, State.CLAIMED))
    .values(state=State.IN_DOUBT, lease_until=None, updated_at=NOW)
    .returning(messages.c.patient, messages.c.key)
)
