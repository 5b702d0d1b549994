"""One turn of dispatch, in one transaction: record what has landed, look again at what is due, claim what may go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.actions.try_attempts import Sent
from notifier.core.attempts import Go, Verdict, before_attempt, is_timely
from notifier.core.delivery import Answer, AnswerKind, Attempt
from notifier.core.reconcile import MISSED
from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import BY_ANSWER, BY_RECEIPT, Switch, Turned

_PROBE_PATIENCE = timedelta(minutes=5)  # for the receipt of a text that tries the provider after a receipt's stop
_MOST_MISSED = 500  # expired in one transaction
# Told by the provider's answer to one text: nothing is wrong with what all texts have in common.
_SETTINGS_ARE_RIGHT = frozenset({AnswerKind.ACCEPTED, AnswerKind.REFUSED, AnswerKind.OPTED_OUT})


@dataclass(frozen=True, slots=True)
class Pace:
    """How many texts go out, and how fast."""

    batch: int  # requests under way at once
    min_gap: timedelta  # between two texts to one phone
    lease: timedelta  # longer than any attempt takes
    ahead: int = 0  # claimed beyond those under way, at most, while many land: no more than go out in a second


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What one commit has recorded."""

    sent: tuple[Sent, ...] = ()
    expired: tuple[str, ...] = ()  # keys of messages that no minute was left for
    replaced: tuple[str, ...] = ()  # keys of messages placed again, later in their window
    abandoned: int = 0  # claims whose lease ran out without an answer: now in doubt
    stopped: str | None = None  # the provider's code, where it has begun to refuse our settings
    resumed: bool = False  # it takes texts again

    @property
    def is_empty(self) -> bool:
        """Whether nothing has changed."""
        return self == Dispatch()


@dataclass(frozen=True, slots=True)
class Turn:
    """What one transaction did, and what it found."""

    dispatch: Dispatch
    attempts: list[Attempt]
    is_paused: bool
    is_stopped: bool
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class Ask:
    """What a turn has to know."""

    now: datetime
    pace: Pace
    free: int  # requests that may begin
    is_full: bool  # as many are under way as may be
    begun_late: Mapping[str, datetime]  # when requests left that had been held up after their claim, by phone
    is_set_back: bool  # the clock was, or may have been while nobody looked
    is_astray: bool  # the clock is wrong: what is due, late or lost cannot be told
    probe: int | None  # the attempt that tries whether the provider takes texts again
    may_probe: bool


def take_turn(ledger: Ledger, settled: Sequence[tuple[Attempt, Answer, datetime | None]], ask: Ask) -> Turn:
    """Record outcomes, look at each due message once more, and claim those that may go, in one transaction."""
    now, sent = ask.now, tuple(Sent(attempt, answer) for attempt, answer, _ in settled)
    with ledger.dispatching() as book:
        if ask.is_set_back and not ask.is_astray:
            book.heed_clock(now)
        book.settle(settled, now)
        book.note_requests(ask.begun_late)
        stopped, resumed = _switch(book, settled, ask)
        is_paused = book.switched_on(Switch.PAUSE) is not None
        stop = book.switched_on(Switch.STOP)
        is_stopped = stop is not None
        if ask.is_astray:
            return Turn(Dispatch(sent, stopped=stopped, resumed=resumed), [], is_paused, is_stopped, None)
        abandoned = book.doubt_abandoned(now)  # before claiming: a claim keeps other texts from its phone
        limit = 0 if is_paused else ask.free
        if stop is not None:
            limit = min(limit, 1) if ask.may_probe and stopped is None and not _is_on_trial(book, stop, now) else 0
        missed = book.missed(now, _MOST_MISSED)  # also while all is kept back: somebody has to call, and not afterwards
        book.expire(missed, MISSED, now)
        dues = book.due(now, limit, ask.pace.min_gap) if limit else []
        late = book.records([due.key for due in dues if not is_timely(due.send_at, due.latest, now)])
        verdicts = {key: before_attempt(record, now) for key, record in late.items()}
        never = [key for key, verdict in verdicts.items() if verdict.go is Go.NEVER]
        book.expire(never, MISSED, now)
        replaced = [
            key
            for key, verdict in verdicts.items()
            if verdict.at is not None and book.replace(key, verdict.at, _why(verdict), now)
        ]
        goes = [due for due in dues if due.key not in verdicts or verdicts[due.key].go is Go.NOW]
        attempts = book.claim(goes, now, ask.pace.lease)
        # Asked only where it matters: while requests are under way as many as may be, their ends are waited for.
        is_busy = ask.is_full or (len(dues) == limit > 0 and not is_stopped)
        next_due = None if is_paused or is_busy else book.next_due(ask.pace.min_gap)
    dispatch = Dispatch(sent, (*missed, *never), tuple(replaced), abandoned, stopped, resumed)
    return Turn(dispatch, attempts, is_paused, is_stopped, next_due)


def _switch(
    book: Book, settled: Sequence[tuple[Attempt, Answer, datetime | None]], ask: Ask
) -> tuple[str | None, bool]:
    """Stop dispatch where the provider refuses our settings, resume it where it takes the probe; say what changed."""
    refusals = [answer.code for _, answer, _ in settled if answer.kind is AnswerKind.CONFIGURATION]
    if refusals:
        is_new = book.turn(Switch.STOP, BY_ANSWER, refusals[0], ask.now, is_on=True)
        return (refusals[0] or "unknown") if is_new else None, False
    is_taken = any(attempt.id == ask.probe and answer.kind in _SETTINGS_ARE_RIGHT for attempt, answer, _ in settled)
    stop = book.switched_on(Switch.STOP) if is_taken else None
    if stop is None or stop.by == BY_RECEIPT:  # only a receipt shows that what receipts told of is mended
        return None, False
    return None, book.turn(Switch.STOP, BY_ANSWER, None, ask.now, is_on=False)


def _is_on_trial(book: Book, stop: Turned, now: datetime) -> bool:
    """Say whether a text has gone since a receipt stopped dispatch, and its own receipt is still to come."""
    return stop.by == BY_RECEIPT and book.is_open_since(max(stop.at, now - _PROBE_PATIENCE))


def _why(verdict: Verdict) -> str:
    return verdict.reason or "late"
