"""What the rooms above ask of a provider of texts; `TwilioSender` answers it, and so do the tests' fakes."""

from datetime import datetime
from typing import Protocol

from notifier.core.delivery import Answer, Attempt, Receipt


class Sender(Protocol):
    """Sends texts and tells what became of them."""

    async def send(self, attempt: Attempt, now: datetime) -> Answer:
        """Return what became of one try; never raise for anything that the network or the provider does."""
        ...

    async def fetch(self, sid: str) -> Receipt | None:
        """Return what the provider says of a message that it took; None where that cannot be learned now."""
        ...

    async def find(self, to: str, text: str, since: datetime) -> tuple[Receipt, ...] | None:
        """Return what the provider says of the messages with exactly `text` that it took for `to` from `since` on.

        Oldest first. None where that cannot be learned now. An empty answer is no proof while the
        provider may still be taking the message: it lists a new one only after a while.
        """
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...
