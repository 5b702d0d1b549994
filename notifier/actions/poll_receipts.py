"""Ask the provider what became of the texts that it took, and give up on those it says nothing final of."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.actions.take_receipt import record_receipt
from notifier.clock import Clock
from notifier.gateway.sender import Sender
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import Taken
from notifier.ledger.worker import LedgerWorker

BATCH = 100  # looked up at once


@dataclass(frozen=True, slots=True)
class Polled:
    """What a look has changed."""

    taken: tuple[Taken, ...] = ()
    unconfirmed: tuple[str, ...] = ()  # keys of messages of which nobody will ever know
    is_all: bool = True  # no more wait to be looked up now


async def poll_receipts(worker: LedgerWorker, sender: Sender, clock: Clock, every: timedelta) -> Polled:
    """Look up accepted texts that were not looked up within `every`; return what has changed.

    Polling goes on beside the provider's callbacks: a host that was down has lost some for good.
    """
    now = clock.now()
    awaiting = await worker(lambda ledger: _awaiting(ledger, now, now - every))
    receipts = await asyncio.gather(*(sender.fetch(sid) for _, sid in awaiting))

    def take(ledger: Ledger) -> Polled:
        with ledger.writing() as book:
            taken = [record_receipt(book, receipt, now) for receipt in receipts if receipt]
            book.looked_at([key for key, _ in awaiting], now)
            unconfirmed = book.give_up_waiting(now)
        return Polled(tuple(each for each in taken if each), tuple(unconfirmed), len(awaiting) < BATCH)

    return await worker(take)


def _awaiting(ledger: Ledger, now: datetime, before: datetime) -> list[tuple[str, str]]:
    with ledger.reading() as book:
        return book.awaiting_receipts(now, before, BATCH)
