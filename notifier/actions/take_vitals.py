"""Take the service's vital signs: counts, ages and keys, so cheaply that whoever asks may ask again and again."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.actions.take_stock import OVERDUE_AFTER
from notifier.actions.update_plan import Update
from notifier.clock import Clock
from notifier.core.calls import CallReason
from notifier.core.lifecycle import State
from notifier.ledger.errors import LedgerError
from notifier.ledger.looking import Standing
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import Switch, Turned
from notifier.ledger.worker import LedgerWorker

FRESH = 5.0  # seconds for which an answer is good enough for the next who asks
PATIENCE = 5.0  # seconds; a scrape waits for 10
SPARING = 200  # times as long as counting took, it is not done again: half a percent of the time, however large
MOST = 10  # keys that are named


@dataclass(frozen=True, slots=True)
class Vitals:
    """How the ledger stands, without a phone, a name or a text."""

    at: datetime
    standing: Standing
    counts: Mapping[State, int]  # up to `SPARING` times as old as counting takes
    line: tuple[tuple[str, datetime], ...]  # key and send time of the next texts
    in_doubt: tuple[str, ...]  # keys, the oldest first
    open_calls: Mapping[CallReason, int]
    kept_at: Mapping[str, datetime]  # since when the last good version of a clinic or protocol file is what it is
    paused: Turned | None
    stopped: Turned | None
    size: int  # of the ledger, in bytes

    @property
    def lag(self) -> timedelta:
        """For how long the oldest text waits that should have gone; nothing where none does."""
        oldest = self.standing.oldest_overdue
        return timedelta(0) if oldest is None else self.at - oldest

    @property
    def is_overdue(self) -> bool:
        """Whether a text waits for too long, whatever keeps it back: somebody's pause too may have been forgotten."""
        return self.lag > OVERDUE_AFTER


@dataclass(frozen=True, slots=True)
class Overview:
    """How everything stands, for a person to see at a glance."""

    now: datetime
    vitals: Vitals | None  # None where the ledger cannot be read
    update: Update | None  # what the files last said; None before they were read
    why_ill: str | None  # why texts do not go out as they should, in words; None where they do


class VitalsTaker:
    """Asks the ledger, and remembers its answers for a while."""

    def __init__(self, worker: LedgerWorker, clock: Clock) -> None:
        self._worker, self._clock = worker, clock
        self._last: Vitals | None = None
        self._asked_at = 0.0  # by the clock's `elapsed`
        self._asking: asyncio.Task[Vitals] | None = None  # one at a time, though many wait for it
        self._counts: Mapping[State, int] = {}
        self._count_at = float("-inf")  # not before is counted again

    async def take(self) -> Vitals:
        """Return how the ledger stands, or stood a few seconds ago.

        Raises LedgerError where it cannot be read, or gives no answer within `PATIENCE`.
        """
        if self._last is not None and self._clock.elapsed() - self._asked_at < FRESH:
            return self._last
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(_heed)
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.shield(self._asking)
        except TimeoutError:
            raise LedgerError(f"The ledger gives no answer within {PATIENCE:.0f} seconds.") from None

    async def _ask(self) -> Vitals:
        now = self._clock.now()
        vitals = await self._worker(lambda ledger: self._read(ledger, now))
        self._last, self._asked_at = vitals, self._clock.elapsed()
        return vitals

    def _read(self, ledger: Ledger, now: datetime) -> Vitals:
        with ledger.reading() as book:
            begun = self._clock.elapsed()
            if begun >= self._count_at:  # the one question that takes longer the more history there is
                self._counts = book.counts()
                ended = self._clock.elapsed()
                self._count_at = ended + SPARING * (ended - begun)
            return Vitals(
                at=now,
                standing=book.standing(now),
                counts=self._counts,
                line=tuple(book.line(MOST)),
                in_doubt=tuple(doubt.key for doubt in book.in_doubt(MOST)),
                open_calls=book.open_calls(),
                kept_at=book.kept_at(),
                paused=book.switched_on(Switch.PAUSE),
                stopped=book.switched_on(Switch.STOP),
                size=book.size(),
            )


def _heed(asking: asyncio.Task[Vitals]) -> None:
    """Take note of what went wrong, though everybody who asked may have gone."""
    if not asking.cancelled():
        asking.exception()
