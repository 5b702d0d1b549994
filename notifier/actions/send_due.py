"""Send what is due: claim it under a lease, try it, record what became of it.

What a crash leads to, by what was committed last:

- nothing, or the text is `planned`: nobody has heard of it, and the next start claims it.
- the claim: the request may have left, or not. The text stays `claimed`; the next start, or the end
  of its lease, puts it `in-doubt`, and it is sent again only after the provider was asked for it
  (`settle_doubt`). A receipt that comes meanwhile settles it as well: it carries the message's key.
- the outcome: it is known. `accepted` and `sent` wait for receipts, `planned` for its next try,
  `in-doubt` for the look-up; nothing leaves the other states.

Between a claim and its outcome stand `try_attempts`, which makes the requests, and `_turn`, which commits.
Where a commit fails, the outcomes are kept and nothing is claimed until one succeeds.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from notifier.actions.jitter import jitter
from notifier.actions.keep_pace import Limiter
from notifier.actions.try_attempts import Lanes, Sent
from notifier.clock import Clock
from notifier.core.attempts import Go, Verdict, before_attempt, is_timely, next_try
from notifier.core.delivery import NOT_BEGUN, Answer, AnswerKind, Attempt
from notifier.core.reconcile import MISSED
from notifier.gateway.sender import Sender
from notifier.ledger.book import Book
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import REPLANNED_WITHIN
from notifier.ledger.rows import BY_ANSWER, BY_RECEIPT, Switch, Turned
from notifier.ledger.worker import LedgerWorker

PROBE_EVERY = 10.0  # seconds between the single texts with which a provider that refuses our settings is tried
LONGEST_HOLD = 60.0  # seconds; a provider may ask for more, but not silence everybody for longer
AFTER_FAILURE = 1.0  # seconds until a commit that failed is tried again
SHORTEST_WAIT = 0.005  # seconds, so that a mistake of ours cannot spin
RECORD_WITHIN = 0.1  # seconds: that long an outcome may wait for others while there is enough to send
PROBE_PATIENCE = timedelta(minutes=5)  # for the receipt of such a text, where a receipt has brought the stop
_MOST_MISSED = 500  # expired in one transaction


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
class _Turn:
    """What one transaction did, and what it found."""

    dispatch: Dispatch
    attempts: list[Attempt]
    is_paused: bool
    is_stopped: bool
    next_due: datetime | None


class Dispatcher:
    """Sends what is due, many requests at a time, with their claims and outcomes in common commits."""

    def __init__(
        self,
        worker: LedgerWorker,
        sender: Sender,
        clock: Clock,
        pace: Pace,
        *,
        limiter: Limiter | None = None,
        tell: Callable[[Dispatch], None],
        looked: Callable[[], None] = lambda: None,
    ) -> None:
        """`tell` hears of each commit that has changed anything; `looked` of each look at what is due.

        A look at which the ledger failed counts as one: dispatch does its work, and goes on.
        """
        self._worker, self._sender, self._clock, self._pace = worker, sender, clock, pace
        self._limiter, self._tell, self._looked = limiter, tell, looked
        self._lanes = Lanes(sender, clock, pace.batch, limiter, self._land)
        self._landed: list[Sent] = []  # and not recorded yet
        self._ahead = 0  # to be claimed beyond those under way
        self._news = asyncio.Event()  # something has landed, or somebody has nudged
        self._is_short = asyncio.Event()  # and that cannot wait: requests will soon lack
        self._is_stopping = False
        self._last_turn: datetime | None = None
        self._hold_until = 0.0  # by the clock's `elapsed`: the provider has asked for patience
        self._probe_at = 0.0  # likewise: not before is one text tried while dispatch is stopped
        self._probe: int | None = None  # the attempt that is
        self.is_paused = False  # by a person, when it last looked

    def nudge(self) -> None:
        """Have it look for due texts at once, though requests are still under way."""
        self._news.set()
        self._is_short.set()

    def stop(self) -> None:
        """Begin nothing more: what is claimed and has not begun goes back into the line."""
        self._is_stopping = True
        self._lanes.stop()
        self.nudge()

    async def send_due(self) -> datetime | None:
        """Send until nothing is due or under way; return when something will be due, None where nothing waits.

        Where the caller is cancelled, what is under way is broken off and recorded as in doubt. Raises LedgerError
        where the ledger fails and nothing is under way; what has landed by then is recorded by the next call.
        """
        try:
            while True:
                turn = await self._take_turn()
                if turn is not None and not self._lanes.under_way and not self._landed and turn.dispatch.is_empty:
                    return turn.next_due
                if self._lanes.under_way:
                    await self._wait(turn.next_due if turn else self._clock.now())
        except asyncio.CancelledError:
            self._is_stopping = True
            await self._lanes.break_off()
            await self._take_turn()
            raise

    async def _take_turn(self) -> _Turn | None:
        """Commit what has landed, and begin what was claimed; None where the ledger fails: all is kept for the next."""
        self._news.clear()
        self._is_short.clear()
        now, landed = self._clock.now(), list(self._landed)
        self._ahead = self._lanes.weigh_ahead(landed, self._ahead, self._pace.ahead)
        settled = [(one.attempt, one.answer, _next_try(one, now)) for one in landed]
        ask = _Ask(
            now,
            self._pace,
            self._free(),
            is_full=self._lanes.under_way >= self._pace.batch,
            is_set_back=self._last_turn is None or now < self._last_turn,
            begun_late={one.attempt.to: one.begun_late for one in landed if one.begun_late is not None},
            probe=self._probe,
            may_probe=self._clock.elapsed() >= self._probe_at,
        )
        working = asyncio.ensure_future(self._worker(lambda ledger: _turn(ledger, settled, ask)))
        try:
            turn = await asyncio.shield(working)
        except asyncio.CancelledError:
            # It is finished all the same, and what it has claimed is not to be forgotten.
            await asyncio.wait({working})
            if working.exception() is None:
                del self._landed[: len(landed)]
                self._lanes.begin(working.result().attempts)
            raise
        except LedgerError:
            if not self._lanes.under_way:
                raise
            await asyncio.sleep(AFTER_FAILURE)
            return None
        finally:
            self._looked()
        self._last_turn = now
        del self._landed[: len(landed)]
        self.is_paused = turn.is_paused
        self._heed_stop(turn, ask)
        if turn.is_paused or turn.is_stopped:
            self._lanes.call_back()
        self._lanes.begin(turn.attempts)
        if self._is_stopping or self._is_held():
            self._lanes.call_back()
        if not self._runs_short():
            self._is_short.clear()
        if not turn.dispatch.is_empty:
            self._tell(turn.dispatch)
        held = self._hold_until if turn.next_due else 0.0
        held = max(held, self._probe_at if turn.is_stopped else 0.0) - self._clock.elapsed()
        if turn.next_due is None or held <= 0:
            return turn
        return replace(turn, next_due=max(turn.next_due, now + timedelta(seconds=held)))

    def _free(self) -> int:
        """Return how many may be claimed now.

        While one commit is under way, about as many land as during the last one. Their lanes are not to stand empty
        until the next: so many are claimed ahead, and a few more.
        """
        if self._is_stopping or self._is_held():
            return 0
        return max(0, self._pace.batch + self._ahead - self._lanes.under_way - self._lanes.waiting)

    def _runs_short(self) -> bool:
        return self._lanes.waiting <= self._ahead // 2

    def _is_held(self) -> bool:
        return self._clock.elapsed() < self._hold_until

    def _heed_stop(self, turn: _Turn, ask: "_Ask") -> None:
        """While dispatch is stopped, try one text at a time, or look whether the last has got through."""
        if turn.is_stopped and turn.attempts:
            self._probe = turn.attempts[0].id
        if turn.dispatch.stopped or (turn.is_stopped and ask.may_probe):
            self._probe_at = self._clock.elapsed() + PROBE_EVERY

    async def _wait(self, next_due: datetime | None) -> None:
        """Wait until there are outcomes to be recorded, something may be due, or somebody has nudged."""
        timeout = None
        if next_due is not None and self._free() > 0:
            timeout = max(SHORTEST_WAIT, (next_due - self._clock.now()).total_seconds())
        if await _within(timeout, self._news):
            await _within(RECORD_WITHIN, self._is_short)

    def _land(self, sent: Sent) -> None:
        """Take an outcome, to be recorded with the next turn, and the provider's wish for patience at once."""
        self._landed.append(sent)
        self._news.set()
        if self._runs_short():
            self._is_short.set()
        wait = sent.answer.retry_after
        if wait is not None:
            self._hold_until = max(self._hold_until, self._clock.elapsed() + min(wait, LONGEST_HOLD))
        if wait is not None or sent.answer.kind is AnswerKind.CONFIGURATION:
            self._lanes.call_back()


async def _within(seconds: float | None, event: asyncio.Event) -> bool:
    """Return whether the event came within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


@dataclass(frozen=True, slots=True)
class _Ask:
    """What a turn has to know."""

    now: datetime
    pace: Pace
    free: int  # requests that may begin
    is_full: bool  # as many are under way as may be
    begun_late: Mapping[str, datetime]  # when requests left that had been held up after their claim, by phone
    is_set_back: bool  # the clock was, or may have been while nobody looked
    probe: int | None  # the attempt that tries whether the provider takes texts again
    may_probe: bool


def _turn(ledger: Ledger, settled: Sequence[tuple[Attempt, Answer, datetime | None]], ask: _Ask) -> _Turn:
    """Record outcomes, look at each due message once more, and claim those that may go, in one transaction."""
    now = ask.now
    with ledger.dispatching() as book:
        if ask.is_set_back:
            book.heed_clock(now)
        book.settle(settled, now)
        book.note_requests(ask.begun_late)
        stopped, resumed = _switch(book, settled, ask)
        abandoned = book.doubt_abandoned(now)  # before claiming: a claim keeps other texts from its phone
        is_paused = book.switched_on(Switch.PAUSE) is not None
        stop = book.switched_on(Switch.STOP)
        is_stopped = stop is not None
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
    sent = tuple(Sent(attempt, answer) for attempt, answer, _ in settled)
    dispatch = Dispatch(sent, (*missed, *never), tuple(replaced), abandoned, stopped, resumed)
    return _Turn(dispatch, attempts, is_paused, is_stopped, next_due)


def _switch(
    book: Book, settled: Sequence[tuple[Attempt, Answer, datetime | None]], ask: _Ask
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
    return stop.by == BY_RECEIPT and book.is_open_since(max(stop.at, now - PROBE_PATIENCE))


# Told by the provider's answer to one text: nothing is wrong with what all texts have in common.
_SETTINGS_ARE_RIGHT = frozenset({AnswerKind.ACCEPTED, AnswerKind.REFUSED, AnswerKind.OPTED_OUT})


def _why(verdict: Verdict) -> str:
    return verdict.reason or "late"


def _next_try(sent: Sent, now: datetime) -> datetime | None:
    if sent.answer is NOT_BEGUN:
        return now + REPLANNED_WITHIN  # planning may have passed over it meanwhile
    return next_try(sent.answer.kind, sent.attempt.ordinal, now, jitter(), sent.answer.retry_after)


async def send_due(
    worker: LedgerWorker, sender: Sender, clock: Clock, pace: Pace, *, limiter: Limiter | None = None
) -> Dispatch:
    """Send once what is due now, and all that falls due meanwhile; return everything that was recorded."""
    told: list[Dispatch] = []
    await Dispatcher(worker, sender, clock, pace, limiter=limiter, tell=told.append).send_due()
    return Dispatch(
        sent=tuple(one for each in told for one in each.sent),
        expired=tuple(key for each in told for key in each.expired),
        replaced=tuple(key for each in told for key in each.replaced),
        abandoned=sum(each.abandoned for each in told),
        stopped=next((each.stopped for each in told if each.stopped), None),
        resumed=any(each.resumed for each in told),
    )
