"""Send what is due: claim it under a lease, try it, record what became of it.

What a crash leads to, state by state. Until the claim is committed the text is `planned`, nobody
has heard of it, and the next start claims it. From then until the outcome is committed the
provider may or may not have heard of it: the text stays `claimed`, becomes `in-doubt` when its
lease has run out, and is never sent again blindly. Once the outcome is committed it is known.
"""

import asyncio
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiolimiter import AsyncLimiter

from notifier.clock import Clock
from notifier.core.attempts import Go, Verdict, before_attempt, next_try
from notifier.core.delivery import Answer, AnswerKind, Attempt
from notifier.core.reconcile import MISSED
from notifier.gateway.sender import Sender
from notifier.ledger.opening import Ledger
from notifier.ledger.worker import LedgerWorker


@dataclass(frozen=True, slots=True)
class Pace:
    """How many texts go out, and how fast."""

    batch: int  # claimed at once
    min_gap: timedelta  # between two texts to one phone
    lease: timedelta  # longer than any attempt takes


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt and its outcome, as recorded."""

    attempt: Attempt
    answer: Answer


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What became of one batch."""

    sent: tuple[Sent, ...] = ()
    expired: tuple[str, ...] = ()  # keys of messages that no minute was left for
    replaced: tuple[str, ...] = ()  # keys of messages placed again, later in their window
    abandoned: int = 0  # claims whose lease ran out without an answer: now in doubt

    @property
    def is_empty(self) -> bool:
        """Whether nothing was due."""
        return not (self.sent or self.expired or self.replaced or self.abandoned)


@dataclass(frozen=True, slots=True)
class _Claimed:
    attempts: list[Attempt]
    expired: tuple[str, ...]
    replaced: tuple[str, ...]
    abandoned: int


async def send_due(
    worker: LedgerWorker,
    sender: Sender,
    clock: Clock,
    pace: Pace,
    *,
    limiter: AsyncLimiter | None = None,
    stopping: asyncio.Event | None = None,
) -> Dispatch:
    """Send one batch of what is due now; return what became of it, after it is recorded.

    Once `stopping` is set, what has not begun goes back into the line. Where the caller is
    cancelled, what is under way is broken off and recorded as in doubt.
    """
    now = clock.now()
    claimed = await worker(lambda ledger: _claim(ledger, now, pace))
    under_way = {asyncio.create_task(_try(attempt, sender, clock, limiter, stopping)) for attempt in claimed.attempts}
    sent: list[Sent] = []
    try:
        while under_way:
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            sent += await _record((task.result() for task in done), worker, clock)
    except asyncio.CancelledError:
        for task in under_way:
            task.cancel()
        await _record(await asyncio.gather(*under_way), worker, clock)
        raise
    return Dispatch(tuple(sent), claimed.expired, claimed.replaced, claimed.abandoned)


def _claim(ledger: Ledger, now: datetime, pace: Pace) -> _Claimed:
    """Look at each due message once more, and claim those that may go, in one transaction."""
    with ledger.writing() as book:
        abandoned = book.doubt_abandoned(now)  # first: a claim keeps other texts from its phone
        dues = book.due(now, pace.batch, pace.min_gap)
        verdicts = [(due, before_attempt(due.record, now)) for due in dues]
        expired = [due.record.key for due, verdict in verdicts if verdict.go is Go.NEVER]
        book.expire(expired, MISSED, now)
        replaced = [
            due.record.key
            for due, verdict in verdicts
            if verdict.at is not None and book.replace(due.record.key, verdict.at, _why(verdict), now)
        ]
        attempts = book.claim([due for due, verdict in verdicts if verdict.go is Go.NOW], now, pace.lease)
    return _Claimed(attempts, tuple(expired), tuple(replaced), abandoned)


def _why(verdict: Verdict) -> str:
    return verdict.reason or "late"


async def _try(
    attempt: Attempt, sender: Sender, clock: Clock, limiter: AsyncLimiter | None, stopping: asyncio.Event | None
) -> Sent:
    """Make one attempt; never raises, so that its outcome is recorded whatever happens."""
    try:
        if limiter is not None:
            await limiter.acquire()
        if stopping is not None and stopping.is_set():
            return Sent(attempt, _NOT_BEGUN)
    except asyncio.CancelledError:
        return Sent(attempt, _NOT_BEGUN)
    try:
        return Sent(attempt, await sender.send(attempt, clock.now()))
    except asyncio.CancelledError:
        return Sent(attempt, _BROKEN_OFF)


_NOT_BEGUN = Answer(AnswerKind.TEMPORARY, code="stopping")
_BROKEN_OFF = Answer(AnswerKind.IN_DOUBT, code="stopping")


async def _record(outcomes: Iterable[Sent], worker: LedgerWorker, clock: Clock) -> list[Sent]:
    """Commit what became of some attempts, all in one transaction."""
    now, sent = clock.now(), list(outcomes)
    settled = [(one.attempt, one.answer, _next_try(one, now)) for one in sent]

    def settle(ledger: Ledger) -> None:
        with ledger.writing() as book:
            book.settle(settled, now)

    if settled:
        await worker(settle)
    return sent


def _next_try(sent: Sent, now: datetime) -> datetime | None:
    if sent.answer is _NOT_BEGUN:
        return now
    jitter = random.random()  # noqa: S311 - it spreads load, and guards no secret
    return next_try(sent.answer.kind, sent.attempt.ordinal, now, jitter, sent.answer.retry_after)
