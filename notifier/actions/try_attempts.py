"""Try claimed attempts at the provider: so many at once, the others when it is their turn."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from notifier.actions.keep_pace import Limiter, NoTurnError
from notifier.clock import Clock
from notifier.core.delivery import NOT_BEGUN, Answer, AnswerKind, Attempt
from notifier.gateway.sender import Sender

BROKEN = "broken"  # how the code of an attempt begins that a mistake of this program has ended
LONGEST_WAIT = 2.0  # seconds for a lane: what was looked at longer ago is looked at again before it goes
PUNCTUAL = 0.2  # seconds from a claim to its request; the gap between two texts to one phone is told from the claim
LONGEST_HOLD_UP = 10.0  # seconds for lane and rate together; a few hosts that share a rate wait for seconds
_BROKEN_OFF = Answer(AnswerKind.IN_DOUBT, code="stopping")


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt and its outcome."""

    attempt: Attempt
    answer: Answer
    begun_late: datetime | None = None  # when the request left, where it was held up after the claim


class Lanes:
    """Attempts under way, one in each lane, and those that wait for a lane, in order.

    A lane takes the next one as soon as its own has landed: no commit lies in between. Where the provider has become
    slow, and one has waited for too long, it is not begun.
    """

    def __init__(
        self, sender: Sender, clock: Clock, width: int, limiter: Limiter | None, tell: Callable[[Sent], None]
    ) -> None:
        """`tell` hears of each attempt that has ended or was called back, once."""
        self._sender, self._clock, self._width, self._limiter, self._tell = sender, clock, width, limiter, tell
        self._waiting: deque[tuple[Attempt, float]] = deque()  # and since when, by the clock's `elapsed`
        self._lanes: set[asyncio.Task[None]] = set()
        self._times_called_back = 0
        self._weighed_at = clock.elapsed()
        self._is_stopping = False

    @property
    def under_way(self) -> int:
        """How many attempts have been begun and have not landed."""
        return len(self._lanes)

    @property
    def waiting(self) -> int:
        """How many wait for a lane."""
        return len(self._waiting)

    def weigh_ahead(self, landed: Sequence[Sent], ahead: int, most: int) -> int:
        """Return how many to claim ahead of a free lane, after so many before.

        None where the provider is slow: they would wait for too long, and others with less time could not go.
        """
        now, before = self._clock.elapsed(), self._weighed_at
        self._weighed_at = now
        if now - before > LONGEST_WAIT / 2 or any(one.answer is NOT_BEGUN for one in landed):
            return 0
        return min(most, max(2 * len(landed), ahead // 2))

    def begin(self, attempts: Iterable[Attempt]) -> None:
        """Try these after those that wait already."""
        now = self._clock.elapsed()
        self._waiting.extend((attempt, now) for attempt in attempts)
        for _ in range(min(self._width - self.under_way, self.waiting)):
            self._lanes.add(asyncio.create_task(self._lane(*self._waiting.popleft())))

    def call_back(self) -> None:
        """Begin none of those that wait."""
        self._times_called_back += 1
        called_back = [*self._waiting]
        self._waiting.clear()
        for attempt, _ in called_back:
            self._tell(Sent(attempt, NOT_BEGUN))

    def stop(self) -> None:
        """Begin nothing more."""
        self._is_stopping = True
        self.call_back()

    async def break_off(self) -> None:
        """Begin nothing more, and end what is under way."""
        self.stop()
        await asyncio.sleep(0)  # a lane that is cancelled before its first step would never tell
        lanes = [*self._lanes]
        for lane in lanes:
            lane.cancel()
        if lanes:
            await asyncio.wait(lanes)

    async def _lane(self, attempt: Attempt, since: float) -> None:
        """Try this one, and after it what waits."""
        self._tell(await self._try(attempt, since))
        while self._waiting:
            self._tell(await self._try(*self._waiting.popleft()))
        self._lanes -= {asyncio.current_task()}

    async def _try(self, attempt: Attempt, since: float) -> Sent:
        """Make one attempt; never raises, so that its outcome is recorded whatever happens."""
        if self._clock.elapsed() - since > LONGEST_WAIT:
            return Sent(attempt, NOT_BEGUN)
        times_called_back = self._times_called_back
        try:
            if self._limiter is not None:
                await self._limiter.acquire()
        except (asyncio.CancelledError, NoTurnError):
            return Sent(attempt, NOT_BEGUN)
        now, held_up = self._clock.now(), self._clock.elapsed() - since
        is_called_back = self._is_stopping or self._times_called_back > times_called_back
        # A process that was stopped for longer than its lease must not send what others think lost.
        is_lost = attempt.lease_until is not None and now >= attempt.lease_until
        if is_called_back or is_lost or held_up > LONGEST_HOLD_UP:
            return Sent(attempt, NOT_BEGUN)
        begun_late = now if held_up > PUNCTUAL else None
        try:
            return Sent(attempt, await self._sender.send(attempt, now), begun_late)
        except asyncio.CancelledError:
            return Sent(attempt, _BROKEN_OFF, begun_late)
        except Exception as error:  # noqa: BLE001 - a mistake of ours: raised here, it would end all sending until a restart
            # By its kind alone: what it says may hold a phone or a text.
            return Sent(attempt, Answer(AnswerKind.IN_DOUBT, code=f"{BROKEN}: {type(error).__name__}"), begun_late)
