"""Send what is due: claim it under a lease, try it, record what became of it.

What a crash leads to, by what was committed last:

- nothing, or the text is `planned`: nobody has heard of it, and the next start claims it.
- the claim: the request may have left, or not. The text stays `claimed`; the next start, or the end
  of its lease, puts it `in-doubt`, and it is sent again only after the provider was asked for it
  (`settle_doubt`). A receipt that comes meanwhile settles it as well: it carries the message's key.
- the outcome: it is known. `accepted` and `sent` wait for receipts, `planned` for its next try,
  `in-doubt` for the look-up; nothing leaves the other states.

Between a claim and its outcome stand `try_attempts`, which makes the requests, and `take_turn`, which commits.
Where a commit fails, the outcomes are kept and nothing is claimed until one succeeds.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from notifier.actions.jitter import jitter
from notifier.actions.keep_pace import Limiter
from notifier.actions.take_turn import Ask, Dispatch, Pace, Turn, take_turn
from notifier.actions.try_attempts import Lanes, Sent
from notifier.clock import Clock
from notifier.core.attempts import next_try
from notifier.core.delivery import NOT_BEGUN, AnswerKind
from notifier.gateway.sender import Sender
from notifier.ledger.errors import LedgerError
from notifier.ledger.receipts import REPLANNED_WITHIN
from notifier.ledger.worker import LedgerWorker

PROBE_EVERY = 10.0  # seconds between the single texts with which a provider that refuses our settings is tried
LONGEST_HOLD = 60.0  # seconds; a provider may ask for more, but not silence everybody for longer
AFTER_FAILURE = 1.0  # seconds until a commit that failed is tried again
SHORTEST_WAIT = 0.005  # seconds, so that a mistake of ours cannot spin
RECORD_WITHIN = 0.1  # seconds: that long an outcome may wait for others while there is enough to send


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
        is_astray: Callable[[], bool] = lambda: False,
    ) -> None:
        """`tell` hears of each commit that has changed anything; `looked` of each look at what is due.

        While this host's clock `is_astray` nothing is begun. A look at which the ledger failed counts as one: dispatch
        does its work, and goes on.
        """
        self._worker, self._sender, self._clock, self._pace = worker, sender, clock, pace
        self._limiter, self._tell, self._looked = limiter, tell, looked
        self._is_astray = is_astray
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

    async def _take_turn(self) -> Turn | None:
        """Commit what has landed, and begin what was claimed; None where the ledger fails: all is kept for the next."""
        self._news.clear()
        self._is_short.clear()
        now, landed = self._clock.now(), list(self._landed)
        self._ahead = self._lanes.weigh_ahead(landed, self._ahead, self._pace.ahead)
        settled = [(one.attempt, one.answer, _next_try(one, now)) for one in landed]
        ask = Ask(
            now,
            self._pace,
            self._free(),
            is_full=self._lanes.under_way >= self._pace.batch,
            is_set_back=self._last_turn is None or now < self._last_turn,
            begun_late={one.attempt.to: one.begun_late for one in landed if one.begun_late is not None},
            is_astray=self._is_astray(),
            probe=self._probe,
            may_probe=self._clock.elapsed() >= self._probe_at,
        )
        working = asyncio.ensure_future(self._worker(lambda ledger: take_turn(ledger, settled, ask)))
        try:
            turn = await asyncio.shield(working)
        except asyncio.CancelledError:
            # It is finished all the same, and what it has claimed is not to be forgotten.
            await asyncio.wait({working})
            if working.exception() is None:
                del self._landed[: len(landed)]
                self._lanes.begin(working.result().attempts)
                self._tell(working.result().dispatch)
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
        return self._clock.elapsed() < self._hold_until or self._is_astray()

    def _heed_stop(self, turn: Turn, ask: Ask) -> None:
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


def _next_try(sent: Sent, now: datetime) -> datetime | None:
    if sent.answer is NOT_BEGUN:
        return now + REPLANNED_WITHIN  # planning may have passed over it meanwhile
    return next_try(sent.answer.kind, sent.attempt.tries, now, jitter(), sent.answer.retry_after)


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
