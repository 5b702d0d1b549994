"""Try claimed attempts at the provider: so many at once, the others when it is their turn."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from notifier.actions.keep_pace import Limiter
from notifier.clock import Clock
from notifier.core.delivery import Answer, AnswerKind, Attempt
from notifier.gateway.sender import Sender

BROKEN = "broken"  # how the code of an attempt begins that a mistake of this program has ended
LONGEST_WAIT = 2.0  # seconds for a lane: what was looked at longer ago is looked at again before it goes
NOT_BEGUN = Answer(AnswerKind.TEMPORARY, code="not-begun")
_BROKEN_OFF = Answer(AnswerKind.IN_DOUBT, code="stopping")


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt and its outcome."""

    attempt: Attempt
    answer: Answer


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
        self._is_stopping = False

    @property
    def under_way(self) -> int:
        """How many attempts have been begun and have not landed."""
        return len(self._lanes)

    @property
    def waiting(self) -> int:
        """How many wait for a lane."""
        return len(self._waiting)

    def begin(self, attempts: Iterable[Attempt]) -> None:
        """Try these after those that wait already."""
        now = self._clock.elapsed()
        self._waiting.extend((attempt, now) for attempt in attempts)
        for _ in range(min(self._width - self.under_way, self.waiting)):
            self._lanes.add(asyncio.create_task(self._lane(*self._waiting.popleft())))

    def call_back(self) -> None:
        """Begin none of those that wait."""
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
        try:
            if self._limiter is not None:
                await self._limiter.acquire()
        except asyncio.CancelledError:
            return Sent(attempt, NOT_BEGUN)
        now = self._clock.now()
        # A process that was stopped for longer than its lease must not send what others think lost.
        if self._is_stopping or (attempt.lease_until is not None and now >= attempt.lease_until):
            return Sent(attempt, NOT_BEGUN)
        try:
            return Sent(attempt, await self._sender.send(attempt, now))
        except asyncio.CancelledError:
            return Sent(attempt, _BROKEN_OFF)
        except Exception as error:  # noqa: BLE001 - a mistake of ours: raised here, it would end all sending until a restart
            # By its kind alone: what it says may hold a phone or a text.
            return Sent(attempt, Answer(AnswerKind.IN_DOUBT, code=f"{BROKEN}: {type(error).__name__}"))
