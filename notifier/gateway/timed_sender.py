"""A sender whose requests are timed, and counted by what came of them."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from notifier.core.delivery import Answer, Attempt, Receipt
from notifier.gateway.sender import Sender


class Operation(StrEnum):
    """What the provider was asked."""

    SEND = "send"
    FETCH = "fetch"  # what became of a message
    FIND = "find"  # whether it took one


class TimedSender:
    """A Sender that passes everything on to another, and tells how long each request took."""

    def __init__(self, sender: Sender, elapsed: Callable[[], float], tell: Callable[[Operation, float], None]) -> None:
        """`elapsed`: seconds that pass evenly; `tell` hears of each request that has ended, and its seconds."""
        self._sender, self._elapsed, self._tell = sender, elapsed, tell

    async def send(self, attempt: Attempt, now: datetime) -> Answer:
        """Return what became of one try."""
        begun = self._elapsed()
        try:
            return await self._sender.send(attempt, now)
        finally:
            self._tell(Operation.SEND, self._elapsed() - begun)

    async def fetch(self, sid: str) -> Receipt | None:
        """Return what the provider says of a message; None where that cannot be learned now."""
        begun = self._elapsed()
        try:
            return await self._sender.fetch(sid)
        finally:
            self._tell(Operation.FETCH, self._elapsed() - begun)

    async def find(self, to: str, text: str, since: datetime) -> tuple[Receipt, ...] | None:
        """Return what the provider says of its messages with this text; None where that cannot be learned now."""
        begun = self._elapsed()
        try:
            return await self._sender.find(to, text, since)
        finally:
            self._tell(Operation.FIND, self._elapsed() - begun)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._sender.close()
