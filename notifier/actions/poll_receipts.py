"""Ask the provider what became of the texts that it took."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.clock import Clock
from notifier.core.lifecycle import State
from notifier.gateway.sender import Sender
from notifier.ledger.opening import Ledger
from notifier.ledger.worker import LedgerWorker

BATCH = 100  # looked up at once


@dataclass(frozen=True, slots=True)
class Received:
    """What a receipt changed."""

    key: str
    state: State


async def poll_receipts(worker: LedgerWorker, sender: Sender, clock: Clock, every: timedelta) -> list[Received]:
    """Look up accepted texts that were not looked up within `every`; return those whose state changed."""
    now = clock.now()
    awaiting = await worker(lambda ledger: _awaiting(ledger, now - every))
    receipts = await asyncio.gather(*(sender.fetch(sid) for _, sid in awaiting))

    def take(ledger: Ledger) -> list[Received]:
        with ledger.writing() as book:
            states = [
                (key, book.take_receipt(receipt, now) if receipt else None)
                for (key, _), receipt in zip(awaiting, receipts, strict=True)
            ]
            book.looked_at([key for key, _ in awaiting], now)
        return [Received(key, state) for key, state in states if state is not None]

    return await worker(take) if awaiting else []


def _awaiting(ledger: Ledger, before: datetime) -> list[tuple[str, str]]:
    with ledger.reading() as book:
        return book.awaiting_receipts(before, BATCH)
