"""What the provider says later of what it took or may have taken, and whom to ask about."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, and_, or_, select, type_coerce, update

from notifier.core.attempts import next_try
from notifier.core.delivery import AnswerKind, Event, Receipt
from notifier.core.lifecycle import FINAL, UNSENT, Happening, State, after
from notifier.core.model import with_stop_line
from notifier.core.reconcile import OPTED_OUT
from notifier.ledger.numbers import as_number
from notifier.ledger.opting import PROVIDER
from notifier.ledger.returning import Returning
from notifier.ledger.rows import RESTORED, AnyRow, Doubt, in_chunks
from notifier.ledger.schema import attempts, in_state, messages
from notifier.ledger.waiting import not_past

_CAUSE, _LOOK_UP = "receipt", "look-up"
# After these nothing that the provider says of the attempt counts: receipts come twice, late and out of order.
_FINAL = frozenset(
    {
        Happening.RECEIPT_DELIVERED,
        Happening.RECEIPT_UNDELIVERED,
        Happening.RECEIPT_FAILED,
        Happening.RECEIPT_RETRY,
        Happening.REFUSE,
    }
)
NO_RECEIPT_AFTER = timedelta(hours=24)  # contract, section 6
REPLANNED_WITHIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a receipt has changed."""

    key: str
    state: State
    is_repeated: bool = False  # the provider took two attempts at the message: the patient may have it twice
    stopped: str | None = None  # the provider's code, where dispatch has stopped because of it
    resumed: bool = False  # it has ended such a stop


class Receipts(Returning):
    """Receipts, and the messages that still lack a final one."""

    def take_receipt(self, receipt: Receipt, now: datetime, jitter: float = 0) -> Taken | None:
        """Return what a receipt has changed; None where that is nothing.

        It changes nothing where it says what is known already, comes after a final one of its attempt or
        after a final state (contract, section 6), or is about no attempt of ours. What a receipt shows to
        be taken is not sent again, whatever was thought of it before. `jitter` as for `next_try`.
        """
        happening = receipt.happening
        row = None if happening is None else self._attempt(receipt)
        if row is None or happening is None or row.receipt in _FINAL:
            return None
        self._note(row, receipt, happening)
        is_latest = row.ordinal == row.attempts
        state = after(row.state, happening) if is_latest or _counts(row, happening) else None
        if state is None:
            return None
        values = {"state": state, "code": receipt.code, "looked_at": now, "updated_at": now, "lease_until": None}
        if is_latest or state not in FINAL:
            values["sid"] = receipt.sid
        if state is State.PLANNED:
            tries = row.ordinal - self._spared([(row.key, row.ordinal)]).get(row.key, 0)
            again = next_try(AnswerKind.TEMPORARY, tries, now, jitter)
            values["due_at"] = not_past(row.latest, again or now)
        if state is State.REFUSED:
            values["reason"] = OPTED_OUT
            self.opt_out(row.to, receipt.code or receipt.status, PROVIDER, now)
        self._connection.execute(update(messages).where(messages.c.key == row.key).values(values))
        what = "postponed" if state is State.PLANNED else state.value
        self._tell([Event(at=now, patient=row.patient, key=row.key, what=what, why=receipt.code, cause=_CAUSE)])
        if state is State.PLANNED and self._withdraw_replaced([row.key], now, _CAUSE):
            state = State.WITHDRAWN
        return Taken(row.key, state, is_repeated=not is_latest and row.message_sid not in (None, receipt.sid))

    def _attempt(self, receipt: Receipt) -> AnyRow | None:
        """Return the attempt that a receipt is about, with its message: by the provider's name, or by ours."""
        query = select(
            attempts.c.id,
            attempts.c.key,
            attempts.c.ordinal,
            attempts.c.to,
            attempts.c.sid,
            attempts.c.receipt,
            messages.c.state,
            messages.c.attempts,
            messages.c.sid.label("message_sid"),
            messages.c.latest,
            messages.c.patient,
        ).join(messages, messages.c.key == attempts.c.key)
        named = query.where(attempts.c.sid == receipt.sid).with_for_update()
        row = self._connection.execute(named).first()
        if row is not None or receipt.key is None:
            return row
        # One attempt stands for all that a restored backup does not know of: they came after those that it knows.
        stands_for = and_(attempts.c.code == RESTORED, attempts.c.ordinal <= receipt.ordinal)
        ours = query.where(
            attempts.c.key == receipt.key,
            attempts.c.sid.is_(None),
            or_(attempts.c.ordinal == receipt.ordinal, stands_for),
        )
        latest_first = ours.order_by(attempts.c.ordinal.desc()).with_for_update()
        return self._connection.execute(latest_first).first()

    def _note(self, row: AnyRow, receipt: Receipt, happening: Happening) -> None:
        said = row.receipt if happening is Happening.ACCEPT else happening
        self._connection.execute(update(attempts).where(attempts.c.id == row.id).values(sid=receipt.sid, receipt=said))

    def was_begun_after(self, sid: str, instant: datetime) -> bool:
        """Say whether the attempt that the provider calls `sid` began after an instant."""
        query = select(attempts.c.id).where(attempts.c.sid == sid, attempts.c.started_at > instant)
        return self._connection.scalar(query) is not None

    def is_open_since(self, instant: datetime) -> bool:
        """Say whether a text was tried after an instant of which it is not known yet what became of it."""
        # Condition by condition, each as the index that answers it has it.
        is_open = or_(
            in_state(messages, State.CLAIMED),
            in_state(messages, State.IN_DOUBT),
            in_state(messages, State.ACCEPTED, State.SENT),
        )
        query = select(messages.c.key).where(is_open, messages.c.sent_at > instant).limit(1)
        return self._connection.scalar(query) is not None

    def in_doubt(self, limit: int) -> list[Doubt]:
        """Return attempts of which nobody knows whether the provider took them, the oldest first, at most `limit`."""
        query = (
            select(attempts, messages.c.stop_line)
            .join(messages, and_(messages.c.key == attempts.c.key, messages.c.attempts == attempts.c.ordinal))
            .where(in_state(messages, State.IN_DOUBT))
            .order_by(messages.c.sent_at, messages.c.key)
            .limit(limit)
        )
        return [
            Doubt(row.key, row.ordinal, row.to, _texts(row), row.started_at) for row in self._connection.execute(query)
        ]

    def known_sids(self, sids: Collection[str]) -> frozenset[str]:
        """Return those of the provider's names that attempts of ours have."""
        query = select(attempts.c.sid).where(attempts.c.sid.is_not(None))
        chunks = in_chunks(sorted(sids))
        return frozenset(
            sid for chunk in chunks for sid in self._connection.scalars(query.where(attempts.c.sid.in_(chunk)))
        )

    def not_taken(self, doubt: Doubt, now: datetime) -> bool:
        """Have a message in doubt planned again, as the provider has not taken it; False where that is settled.

        It has waited for the look-up already, and waits only until the files have been planned once more:
        they may have changed while it was in doubt.
        """
        is_still = (
            messages.c.key == doubt.key,
            messages.c.attempts == doubt.ordinal,
            in_state(messages, State.IN_DOUBT),
        )
        row = self._connection.execute(
            select(messages.c.patient, messages.c.latest).where(*is_still).with_for_update()
        ).first()
        if row is None:
            return False
        planned = after(State.IN_DOUBT, Happening.POSTPONE)
        values = {"state": planned, "due_at": not_past(row.latest, now + REPLANNED_WITHIN), "updated_at": now}
        self._connection.execute(update(messages).where(messages.c.key == doubt.key).values(values))
        self._tell([Event(now, row.patient, doubt.key, "postponed", "the provider did not take it", _LOOK_UP)])
        self._withdraw_replaced([doubt.key], now, _LOOK_UP)
        return True

    def awaiting_receipts(self, now: datetime, before: datetime, limit: int) -> list[tuple[str, str]]:
        """Return key and sid of messages without a final receipt, of which nothing was heard after `before`.

        Those that waited longest come first, at most `limit`. The longer a message waits the more rarely it is
        among them: nothing was heard of it for a quarter of that time.
        """
        looked_at, sent_at = (type_coerce(each, BigInteger) for each in (messages.c.looked_at, messages.c.sent_at))
        present = as_number(now)
        query = (
            select(messages.c.key, messages.c.sid)
            .where(in_state(messages, State.ACCEPTED, State.SENT), messages.c.looked_at <= before)
            .where(4 * (present - looked_at) >= present - sent_at)
            .order_by(messages.c.looked_at)
            .limit(limit)
        )
        return [(row.key, row.sid) for row in self._connection.execute(query)]

    def looked_at(self, keys: Collection[str], now: datetime) -> None:
        """Note that the provider was asked about these messages."""
        for chunk in in_chunks(keys):
            self._connection.execute(update(messages).where(messages.c.key.in_(chunk)).values(looked_at=now))

    def give_up_waiting(self, now: datetime) -> list[str]:
        """Make unconfirmed what was sent a day ago without a final receipt (section 6); return the keys."""
        waiting = messages.c.sent_at <= now - NO_RECEIPT_AFTER
        given_up = (
            update(messages)
            .where(in_state(messages, State.ACCEPTED, State.SENT), waiting)
            .values(state=State.UNCONFIRMED, updated_at=now)
            .returning(messages.c.patient, messages.c.key)
        )
        rows = self._connection.execute(given_up).all()
        why = "no final receipt in 24 hours"
        self._tell([Event(now, row.patient, row.key, State.UNCONFIRMED.value, why, _CAUSE) for row in rows])
        return [row.key for row in rows]


def _counts(row: AnyRow, happening: Happening) -> bool:
    """Say whether what is told of an attempt that is not the last counts for its message.

    A delivery does. Any news does of the attempt that the message has its name from; and that the
    provider has it, while nothing else is known to be on its way: it must not go once more.
    """
    if happening is Happening.RECEIPT_DELIVERED or (row.sid is not None and row.sid == row.message_sid):
        return True
    is_taken = happening in (Happening.ACCEPT, Happening.RECEIPT_SENT)
    return is_taken and row.state in UNSENT | {State.IN_DOUBT}


def _texts(row: AnyRow) -> tuple[str, ...]:
    """Return what the text of an attempt may have been: whether a lost one carried the stop-line is not known."""
    return (row.text, with_stop_line(row.text, row.stop_line)) if row.code == RESTORED else (row.text,)
