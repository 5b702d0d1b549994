"""Ask the provider whether it took the texts of which nobody knows, and have those go again that it did not.

The provider takes no key by which it would know a text again, so it is asked for the texts to a
phone: one with the very words, that no attempt of ours is known by, is the one in doubt. That
none is there means something only once it had time to show: the request may still have been on
its way, and the provider's list lags behind. So a text is held to be not taken only when a look-up that
began `settle_after` or more after this process first saw it in doubt does not find it, as told by a clock
that nobody sets. After a restart that wait begins anew. Twilio publishes no bound for either delay: a
longer one than `settle_after` is the one case in which a patient can get a text twice.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from notifier.actions.take_receipt import record_receipt
from notifier.clock import Clock
from notifier.core.delivery import Receipt
from notifier.gateway.sender import Sender
from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import Taken
from notifier.ledger.rows import Doubt
from notifier.ledger.worker import LedgerWorker

BATCH = 20  # looked up at once
MOST = 1_000  # considered at once
# The provider dates a message by its own clock, and ours may have been set meanwhile.
CLOCKS_DIFFER = timedelta(hours=2)
LOOKS = 6  # before the one that decides: a text that was taken is mostly found by the first
LONGEST_WAIT = 60.0  # seconds between two looks, however often they have failed

_Name = tuple[str, int]  # a message's key and the attempt's ordinal


@dataclass(slots=True)
class _Sight:
    """How long an attempt has been seen in doubt, by the clock's `elapsed`."""

    first_seen: float
    look_at: float


@dataclass(frozen=True, slots=True)
class Settled:
    """What has come of the looks."""

    found: tuple[Taken, ...] = ()  # the provider took them
    not_taken: tuple[str, ...] = ()  # keys of messages that go again
    open: int = 0  # attempts still in doubt


@dataclass
class DoubtSettler:
    """Remembers since when this process has seen each attempt in doubt."""

    worker: LedgerWorker
    sender: Sender
    clock: Clock
    settle_after: float  # seconds
    _sights: dict[_Name, _Sight] = field(default_factory=dict)

    async def settle(self) -> Settled:
        """Look up the attempts whose turn it is, and record what is learned."""
        doubts = await self.worker(_in_doubt)
        elapsed = self.clock.elapsed()
        self._sights = {
            doubt.name: self._sights.get(doubt.name) or _Sight(first_seen=elapsed, look_at=elapsed) for doubt in doubts
        }
        turn = [doubt for doubt in doubts if self._sights[doubt.name].look_at <= elapsed][:BATCH]
        answers = await asyncio.gather(*(self._look_up(doubt) for doubt in turn))
        decided = [
            (doubt, found, elapsed - self._sights[doubt.name].first_seen >= self.settle_after)
            for doubt, found in zip(turn, answers, strict=True)
            if found is not None
        ]
        self._set_next_look(turn, elapsed)
        now = self.clock.now()
        settled = await self.worker(lambda ledger: _record(ledger, decided, now)) if decided else Settled()
        over = {taken.key for taken in settled.found} | set(settled.not_taken)
        self._sights = {name: sight for name, sight in self._sights.items() if name[0] not in over}
        return replace(settled, open=len(doubts) - len(over))

    async def _look_up(self, doubt: Doubt) -> tuple[Receipt, ...] | None:
        """Return what the provider took that may be the text in doubt; None where that cannot be learned now."""
        found: tuple[Receipt, ...] = ()
        for text in doubt.texts:
            receipts = await self.sender.find(doubt.to, text, doubt.started_at - CLOCKS_DIFFER)
            if receipts is None:
                return None
            found += receipts
        return found

    def next_look(self) -> float | None:
        """Return in how many seconds the next look is due; None where nothing is in doubt."""
        looks = [sight.look_at for sight in self._sights.values()]
        return max(0.0, min(looks) - self.clock.elapsed()) if looks else None

    def _set_next_look(self, looked_up: Iterable[Doubt], elapsed: float) -> None:
        for doubt in looked_up:
            sight = self._sights[doubt.name]
            decides = sight.first_seen + self.settle_after
            step = elapsed + min(self.settle_after / LOOKS, LONGEST_WAIT)
            sight.look_at = min(step, decides) if elapsed < decides else step


def _in_doubt(ledger: Ledger) -> list[Doubt]:
    with ledger.reading() as book:
        return book.in_doubt(MOST)


def _record(ledger: Ledger, decided: Iterable[tuple[Doubt, tuple[Receipt, ...], bool]], now: datetime) -> Settled:
    found, not_taken = [], []
    with ledger.writing() as book:
        for doubt, receipts, is_over in decided:
            receipt = _own(book, doubt, receipts)
            if receipt is not None:
                found.append(record_receipt(book, receipt, now))
            elif is_over and book.not_taken(doubt, now):
                not_taken.append(doubt.key)
    return Settled(tuple(each for each in found if each), tuple(not_taken))


def _own(book: Book, doubt: Doubt, receipts: tuple[Receipt, ...]) -> Receipt | None:
    """Return the receipt of the attempt in doubt among those of all texts with its words, under our name for it.

    Of several, one that did not fail: it was the later attempt, or the patient has the text in any case.
    """
    known = book.known_sids([receipt.sid for receipt in receipts])
    unknown = [receipt for receipt in receipts if receipt.sid not in known]
    own = min(unknown, key=lambda receipt: receipt.is_failure, default=None)
    return None if own is None else replace(own, key=doubt.key, ordinal=doubt.ordinal)
