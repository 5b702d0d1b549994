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

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Boolean, Integer, Text, and_, bindparam, exists, func, insert, select, text, update

from notifier.core.delivery import NOT_BEGUN, Answer, AnswerKind, Attempt, Event
from notifier.core.lifecycle import Happening, State, after
from notifier.core.reconcile import MISSED, OPTED_OUT
from notifier.ledger.line import DOUBT, NOW
from notifier.ledger.many import GivenRows, given
from notifier.ledger.numbers import as_number
from notifier.ledger.opting import PROVIDER, is_opted_out
from notifier.ledger.returning import Returning
from notifier.ledger.rows import AnyRow, Due
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
_KEYS, _IDS = GivenRows(key=Text), GivenRows(id=BigInteger)
_BEGUN = GivenRows(key=Text, ordinal=Integer, to=Text, text=Text, carried_stop_line=Boolean, started_at=BigInteger)
_ENDED = GivenRows(id=BigInteger, answer=Text, code=Text, sid=Text)
_MOVED = GivenRows(key=Text, state=Text, reason=Text, due_at=BigInteger, sid=Text, code=Text)
_CLAIM = (
    update(messages)
    .where(
        messages.c.key.in_(select(_KEYS["key"])),
        in_state(messages, State.PLANNED),
        messages.c.latest >= NOW,
        ~is_opted_out(messages.c.to),
    )
    .values(
        state=State.CLAIMED,
        lease_until=bindparam("until", type_=Instant),
        attempts=messages.c.attempts + 1,
        sent_at=NOW,
        updated_at=NOW,
    )
    .returning(messages.c.key, messages.c.attempts)
)
_BEGIN = insert(attempts).from_select(_BEGUN.names, select(*_BEGUN.columns)).returning(attempts.c.id, attempts.c.key)
# A receipt that overtook the answer has brought the provider's name already.
_END = (
    update(attempts)
    .where(attempts.c.id == _ENDED["id"])
    .values(
        ended_at=NOW, answer=_ENDED["answer"], code=_ENDED["code"], sid=func.coalesce(_ENDED["sid"], attempts.c.sid)
    )
)
_MOVE = (
    update(messages)
    .where(messages.c.key == _MOVED["key"])
    .values({name: _MOVED[name] for name in _MOVED.names if name != "key"})
    .values(lease_until=None, looked_at=NOW, updated_at=NOW)
)
_IS_LAST = and_(attempts.c.key == messages.c.key, attempts.c.ordinal == messages.c.attempts)
_STANDING = (
    select(
        messages.c.key,
        messages.c.patient,
        messages.c.state,
        messages.c.attempts,
        messages.c.latest,
        messages.c.due_at,
        messages.c.sid,
        messages.c.reason,
        attempts.c.receipt,
    )
    .join(attempts, _IS_LAST)
    .where(messages.c.key.in_(select(_KEYS["key"])))
    .with_for_update(of=messages)
)
_CARRIED = select(attempts.c.to).where(attempts.c.id.in_(select(_IDS["id"])), attempts.c.carried_stop_line)
_NOTE_STOP_LINES = (
    update(phones).where(phones.c.phone.in_(_CARRIED), phones.c.stop_line_at.is_(None)).values(stop_line_at=NOW)
)
# Nothing left: the phone stands as before the claim, which was made when its gap was over.
_LONGEST_GAP = timedelta(hours=1)  # that settings allow
_GIVE_BACK_PHONES = (
    update(phones)
    .where(
        exists().where(
            attempts.c.id.in_(select(_IDS["id"])),
            attempts.c.to == phones.c.phone,
            attempts.c.started_at == phones.c.last_attempt_at,
        )
    )
    .values(last_attempt_at=bindparam("before", type_=Instant))
)
_NOTE_REQUEST = (
    update(phones)
    .where(phones.c.phone == bindparam("name"), phones.c.last_attempt_at < bindparam("begun", type_=Instant))
    .values(last_attempt_at=bindparam("begun", type_=Instant))
)
_ABANDON = DOUBT.where(messages.c.lease_until <= NOW)
# SQLAlchemy has a construct for this in each engine's dialect; the words are the same in both.
_TOUCH_PHONES = text(
    'INSERT INTO phones (phone, last_attempt_at) SELECT DISTINCT "to", :at FROM attempts'
    " WHERE id >= :first AND started_at = :at"
    " ON CONFLICT (phone) DO UPDATE SET last_attempt_at = excluded.last_attempt_at"
).bindparams(bindparam("at", type_=Instant))


class Sending(Returning):
    """The two writes around a request to the provider, and what becomes of a claim that gets no answer."""

    def claim(self, dues: Sequence[Due], now: datetime, lease: timedelta) -> list[Attempt]:
        """Take due messages for sending and return an attempt for each that could be taken, in order.

        What is no longer planned, past its L, or for a phone that has opted out is left alone.
        Commit before the first request.
        """
        until = now + lease
        keys = given([due.key] for due in dues)
        rows = self._connection.execute(_CLAIM, {**keys, "now": now, "until": until}).all()
        taken: dict[str, int] = {row.key: row.attempts for row in rows}
        claimed = [due for due in dues if due.key in taken]
        if not claimed:
            return []
        begun_at = as_number(now)
        values = ((due.key, taken[due.key], due.to, due.text, due.wants_stop_line, begun_at) for due in claimed)
        ids: dict[str, int] = {row.key: row.id for row in self._connection.execute(_BEGIN, given(values))}
        self._connection.execute(_TOUCH_PHONES, {"first": min(ids.values()), "at": now})
        self._tell([_event(due.patient, due.key, State.CLAIMED.value, None, now) for due in claimed])
        spared = self._spared(taken.items())
        return [
            Attempt(ids[due.key], due.key, due.to, due.text, due.latest, taken[due.key], until, spared.get(due.key, 0))
            for due in claimed
        ]

    def settle(self, answers: Sequence[_Given], now: datetime) -> None:
        """Write down what became of attempts; the instant is that of the next try, where the answer asks for one.

        An answer that comes after a later attempt was begun, after a final state, or after a receipt that
        asks for another try, is kept with its attempt and moves nothing. ValueError: a next try is called for
        and not given.
        """
        if answers:
            self._end_attempts(answers, now)
            self._note_stop_lines(answers, now)
            self._note_opt_outs(answers, now)
            self._give_back_phones(answers, now)
            self._move(answers, now)

    def note_requests(self, begun: Mapping[str, datetime]) -> None:
        """Count the gap to the next text to a phone from when its request left, where that was well after the claim."""
        if begun:
            self._connection.execute(_NOTE_REQUEST, [{"name": phone, "begun": at} for phone, at in begun.items()])

    def _end_attempts(self, answers: Sequence[_Given], now: datetime) -> None:
        rows = ((attempt.id, answer.kind, answer.code, answer.sid) for attempt, answer, _ in answers)
        self._connection.execute(_END, {**given(rows), "now": now})

    def _note_stop_lines(self, answers: Sequence[_Given], now: datetime) -> None:
        accepted = [(attempt.id,) for attempt, answer, _ in answers if answer.kind is AnswerKind.ACCEPTED]
        self._connection.execute(_NOTE_STOP_LINES, {**given(accepted), "now": now})

    def _give_back_phones(self, answers: Sequence[_Given], now: datetime) -> None:
        untouched = [(attempt.id,) for attempt, answer, _ in answers if answer == NOT_BEGUN]
        if untouched:
            self._connection.execute(_GIVE_BACK_PHONES, {**given(untouched), "before": now - _LONGEST_GAP})

    def _note_opt_outs(self, answers: Sequence[_Given], now: datetime) -> None:
        """Learn from a refusal who has opted out: the provider may have been told, and not we."""
        for attempt, answer, _ in answers:
            if answer.kind is AnswerKind.OPTED_OUT:
                self.opt_out(attempt.to, answer.code or answer.kind, PROVIDER, now)

    def _move(self, answers: Sequence[_Given], now: datetime) -> None:
        keys = {attempt.key for attempt, _, _ in answers}
        rows = {row.key: row for row in self._connection.execute(_STANDING, given((key,) for key in keys)).all()}
        states: dict[str, State] = {key: row.state for key, row in rows.items()}
        moves: dict[str, tuple[object, ...]] = {}
        events: list[Event] = []
        for attempt, answer, next_try in answers:
            row = rows[attempt.key]
            state = after(states[row.key], _HAPPENINGS[answer.kind])
            # A receipt that said "try again" may overtake the answer, which would take the text for underway again.
            if state is None or row.attempts != attempt.ordinal or row.receipt is Happening.RECEIPT_RETRY:
                continue
            states[row.key] = state
            moves[row.key] = _move_values(row, state, answer, next_try)
            events.append(_event(row.patient, row.key, _TOLD.get(state, state.value), answer.code, now))
        if moves:
            self._connection.execute(_MOVE, {**given(moves.values()), "now": now})
        self._tell(events)
        self._withdraw_replaced([key for key, state in states.items() if state is State.PLANNED], now, _CAUSE)

    def doubt_abandoned(self, now: datetime, *, by_the_dead: bool = False) -> int:
        """Put claims whose lease has run out without an answer in doubt; return how many.

        `by_the_dead`: all claims, since whoever made them is known to be gone.
        """
        abandoning = DOUBT if by_the_dead else _ABANDON
        abandoned = self._connection.execute(abandoning, {"now": now}).all()
        why = "left by a crash" if by_the_dead else "lease ran out"
        self._tell([_event(row.patient, row.key, State.IN_DOUBT.value, why, now) for row in abandoned])
        return len(abandoned)


def _move_values(row: AnyRow, state: State, answer: Answer, next_try: datetime | None) -> tuple[object, ...]:
    due_at = _next_look(row.latest, next_try) if state is State.PLANNED else row.due_at
    return row.key, state, _reason(row, state, answer), as_number(due_at), answer.sid or row.sid, answer.code


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
