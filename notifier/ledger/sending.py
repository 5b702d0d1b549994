"""Claims and answers: what is written before the provider hears of a message, and what after.

What a crash leads to, by the state that the last commit left a message in:

- planned: the provider has heard nothing. The message is still due and goes out after the restart.
- claimed, with an attempt that has no answer: the request may or may not have left. Nothing tries
  it again; when its lease has run out it becomes in doubt, and waits for the provider's word.
- in doubt: as it was. Only an answer, which a look-up at the provider may bring, or a receipt moves it.
- accepted, sent: the provider has it. Its receipts, or asking for them, go on.
- any other state is held, which only files release, or final, which nothing leaves.

There is no state between these: a claim is one transaction, committed before its request leaves,
and so is an answer. An answer lost in a crash leaves the message claimed, the second case.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Text, and_, bindparam, func, insert, select, text, true, update

from notifier.core.delivery import Answer, AnswerKind, Attempt, Event
from notifier.core.lifecycle import Happening, State, after
from notifier.core.model import with_stop_line
from notifier.core.reconcile import MISSED, OPTED_OUT
from notifier.ledger.opting import PROVIDER, is_opted_out
from notifier.ledger.returning import Returning
from notifier.ledger.rows import AnyRow, Due, attempt_of
from notifier.ledger.schema import Instant, attempts, in_state, messages, phones
from notifier.ledger.waiting import not_past

_Given = tuple[Attempt, Answer, datetime | None]
_CAUSE = "dispatch"
_TOLD = {State.PLANNED: "postponed"}  # where the state's own name would mislead
_HAPPENINGS = {
    AnswerKind.ACCEPTED: Happening.ACCEPT,
    AnswerKind.REFUSED: Happening.REFUSE,
    AnswerKind.OPTED_OUT: Happening.REFUSE,
    AnswerKind.TEMPORARY: Happening.POSTPONE,
    AnswerKind.CONFIGURATION: Happening.POSTPONE,
    AnswerKind.STALE: Happening.EXPIRE,
    AnswerKind.IN_DOUBT: Happening.DOUBT,
}
# SQLAlchemy has a construct for this in each engine's dialect; the words are the same in both.
_TOUCH_PHONE = text(
    "INSERT INTO phones (phone, last_attempt_at) VALUES (:phone, :at)"
    " ON CONFLICT (phone) DO UPDATE SET last_attempt_at = excluded.last_attempt_at"
).bindparams(bindparam("at", type_=Instant))


class Sending(Returning):
    """The two writes around a request to the provider, and what becomes of a claim that gets no answer."""

    def claim(self, dues: Sequence[Due], now: datetime, lease: timedelta) -> list[Attempt]:
        """Take due messages for sending and return an attempt for each that could be taken, in order.

        What is no longer planned, past its L, or for a phone that has opted out is left alone.
        Commit before the first request.
        """
        claiming = (
            update(messages)
            .where(
                messages.c.key.in_([due.record.key for due in dues]),
                in_state(messages, State.PLANNED),
                messages.c.latest >= now,
                ~is_opted_out(messages.c.to),
            )
            .values(
                state=State.CLAIMED,
                lease_until=now + lease,
                attempts=messages.c.attempts + 1,
                sent_at=now,
                updated_at=now,
            )
            .returning(messages.c.key, messages.c.attempts, messages.c.latest)
        )
        taken = {row.key: row for row in self._connection.execute(claiming)}
        claimed = [due for due in dues if due.record.key in taken]
        if not claimed:
            return []
        beginning = insert(attempts).returning(attempts)
        values = [_attempt_values(due, taken[due.record.key].attempts, now) for due in claimed]
        begun = {row.key: row for row in self._connection.execute(beginning, values)}
        self._connection.execute(_TOUCH_PHONE, [{"phone": due.record.draft.to, "at": now} for due in claimed])
        self._tell(
            [_event(due.record.draft.patient, due.record.key, State.CLAIMED.value, None, now) for due in claimed]
        )
        until = now + lease
        return [attempt_of(begun[due.record.key], taken[due.record.key].latest, until) for due in claimed]

    def settle(self, answers: Iterable[tuple[Attempt, Answer, datetime | None]], now: datetime) -> None:
        """Write down what became of attempts; the instant is that of the next try, where the answer asks for one.

        An answer that comes after a later attempt was begun, after a final state, or after a receipt that
        asks for another try, is kept with its attempt and moves nothing. ValueError: a next try is called for
        and not given.
        """
        given = list(answers)
        if given:
            self._end_attempts(given, now)
            self._note_stop_lines(given, now)
            self._note_opt_outs(given, now)
            self._move(given, now)

    def _end_attempts(self, given: Sequence[_Given], now: datetime) -> None:
        values = [
            {"number": attempt.id, "ended_at": now, "answer": answer.kind, "code": answer.code, "name": answer.sid}
            for attempt, answer, _ in given
        ]
        # A receipt that overtook the answer has brought the provider's name already.
        sid = func.coalesce(bindparam("name", type_=Text), attempts.c.sid)
        self._connection.execute(update(attempts).where(attempts.c.id == bindparam("number")).values(sid=sid), values)

    def _note_stop_lines(self, given: Sequence[_Given], now: datetime) -> None:
        accepted = [attempt.id for attempt, answer, _ in given if answer.kind is AnswerKind.ACCEPTED]
        told = select(attempts.c.to).where(attempts.c.id.in_(accepted), attempts.c.carried_stop_line)
        self._connection.execute(
            update(phones).where(phones.c.phone.in_(told), phones.c.stop_line_at.is_(None)).values(stop_line_at=now)
        )

    def _note_opt_outs(self, given: Sequence[_Given], now: datetime) -> None:
        """Learn from a refusal who has opted out: the provider may have been told, and not we."""
        for attempt, answer, _ in given:
            if answer.kind is AnswerKind.OPTED_OUT:
                self.opt_out(attempt.to, answer.code or answer.kind, PROVIDER, now)

    def _move(self, given: Sequence[_Given], now: datetime) -> None:
        columns = (messages.c.key, messages.c.patient, messages.c.state, messages.c.attempts)
        query = select(*columns, messages.c.latest, messages.c.due_at, messages.c.sid, messages.c.reason)
        is_last = and_(attempts.c.key == messages.c.key, attempts.c.ordinal == messages.c.attempts)
        query = query.add_columns(attempts.c.receipt).join(attempts, is_last).with_for_update(of=messages)
        keys = {attempt.key for attempt, _, _ in given}
        rows = {row.key: row for row in self._connection.execute(query.where(messages.c.key.in_(keys)))}
        states: dict[str, State] = {key: row.state for key, row in rows.items()}
        moves: list[dict[str, object]] = []
        events: list[Event] = []
        for attempt, answer, next_try in given:
            row = rows[attempt.key]
            state = after(states[row.key], _HAPPENINGS[answer.kind])
            # A receipt that said "try again" may overtake the answer, which would take the text for underway again.
            if state is None or row.attempts != attempt.ordinal or row.receipt is Happening.RECEIPT_RETRY:
                continue
            states[row.key] = state
            moves.append(_move_values(row, state, answer, next_try))
            events.append(_event(row.patient, row.key, _TOLD.get(state, state.value), answer.code, now))
        if moves:
            moved = update(messages).where(messages.c.key == bindparam("name"))
            self._connection.execute(moved.values(lease_until=None, looked_at=now, updated_at=now), moves)
        self._tell(events)
        self._withdraw_replaced([key for key, state in states.items() if state is State.PLANNED], now, _CAUSE)

    def doubt_abandoned(self, now: datetime, *, by_the_dead: bool = False) -> int:
        """Put claims whose lease has run out without an answer in doubt; return how many.

        `by_the_dead`: all claims, since whoever made them is known to be gone.
        """
        abandoned_at = true() if by_the_dead else messages.c.lease_until <= now
        statement = (
            update(messages)
            .where(in_state(messages, State.CLAIMED), abandoned_at)
            .values(state=State.IN_DOUBT, lease_until=None, updated_at=now)
            .returning(messages.c.patient, messages.c.key)
        )
        abandoned = self._connection.execute(statement).all()
        why = "left by a crash" if by_the_dead else "lease ran out"
        self._tell([_event(row.patient, row.key, State.IN_DOUBT.value, why, now) for row in abandoned])
        return len(abandoned)


def _attempt_values(due: Due, ordinal: int, now: datetime) -> dict[str, object]:
    draft = due.record.draft
    return {
        "key": due.record.key,
        "ordinal": ordinal,
        "to": draft.to,
        "text": with_stop_line(draft.body, draft.stop_line) if due.wants_stop_line else draft.body,
        "carried_stop_line": due.wants_stop_line,
        "started_at": now,
    }


def _move_values(row: AnyRow, state: State, answer: Answer, next_try: datetime | None) -> dict[str, object]:
    return {
        "name": row.key,
        "state": state,
        "reason": _reason(row, state, answer),
        "due_at": _next_look(row.latest, next_try) if state is State.PLANNED else row.due_at,
        "sid": answer.sid or row.sid,
        "code": answer.code,
    }


def _reason(row: AnyRow, state: State, answer: Answer) -> str | None:
    if state is State.EXPIRED:
        # The provider has kept to L: the text was in the line and did not go, and may have to be told by a call.
        return MISSED
    reason: str | None = OPTED_OUT if answer.kind is AnswerKind.OPTED_OUT else row.reason
    return reason


def _next_look(latest: datetime, next_try: datetime | None) -> datetime:
    if next_try is None:
        msg = "an answer that asks for another try needs the instant of that try"
        raise ValueError(msg)
    return not_past(latest, next_try)


def _event(patient: str, key: str, what: str, why: str | None, now: datetime) -> Event:
    return Event(at=now, patient=patient, key=key, what=what, why=why, cause=_CAUSE)
