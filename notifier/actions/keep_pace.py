"""Keep to `dispatch.rate`, on one host or on many."""

import asyncio
from math import ceil
from typing import Protocol

from notifier.clock import Clock
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger
from notifier.ledger.worker import LedgerWorker

AT_ONCE = 0.1  # seconds' worth of turns that a host takes at once, so that it need not ask for each
# Seconds that turns in hand are good for after their time. Were they taken anew each tenth of a second, hosts that send
# less than the rate would do so one after the other and not beside each other.
KEPT = 1.0
AFTER_FAILURE = 1.0  # seconds until a ledger that failed is asked again
ASK_AGAIN = 0.25  # seconds until a host asks again for a turn that is too far ahead to be taken
PATIENCE = 6.0  # seconds without a turn: a text that has waited for longer is looked at again before it goes


class NoTurnError(Exception):
    """No turn has come in time, and none was taken."""


class Limiter(Protocol):
    """Lets as many pass in a second as may."""

    async def acquire(self) -> None:
        """Wait for one's turn; may raise NoTurnError."""
        ...


class CommonPace:
    """Turns that all hosts take from their common ledger, so that together they keep to one rate.

    A turn is taken when a text is about to go, not when it is claimed: what a host has claimed and does not send
    costs the others nothing. What has waited for too long takes none, or the turns of many hosts would all be wasted on
    texts that have to be looked at again.
    """

    def __init__(self, worker: LedgerWorker, rate: float, clock: Clock) -> None:
        """`worker`: one of its own, since dispatch's may be at work; `rate`: texts a second."""
        self._worker, self._rate, self._clock = worker, rate, clock
        self._number = max(1, ceil(rate * AT_ONCE))
        self._left, self._next = 0, 0.0  # turns in hand, and when the first of them is, by the clock's `elapsed`
        self._asking = asyncio.Lock()

    async def acquire(self) -> None:
        """Wait for one's turn; NoTurnError where the others take them all, or the ledger fails for too long."""
        begun = self._clock.elapsed()
        async with self._asking:
            while True:
                now = self._clock.elapsed()
                if now - begun > PATIENCE:
                    raise NoTurnError
                if now - self._next > KEPT:
                    self._left = 0  # not taken in time: there are no bursts
                if self._left:
                    break
                await self._take()
            self._left -= 1
            turn, self._next = self._next, self._next + 1 / self._rate
        await asyncio.sleep(turn - self._clock.elapsed())

    async def _take(self) -> None:
        number, rate = self._number, self._rate
        try:
            wait = await self._worker(lambda ledger: _take_turns(ledger, number, rate))
        except LedgerError:
            await asyncio.sleep(AFTER_FAILURE)
            return
        if wait is None:
            await asyncio.sleep(ASK_AGAIN)
            return
        self._left, self._next = number, self._clock.elapsed() + wait


def _take_turns(ledger: Ledger, number: int, rate: float) -> float | None:
    with ledger.aside() as book:
        wait = book.take_turns(number, rate)
    return None if wait is None else wait.total_seconds()
