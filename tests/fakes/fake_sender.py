"""A provider without a network: answers as it was told, and takes what it was told nothing about."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from notifier.core.delivery import Answer, AnswerKind, Attempt, Receipt


class FakeSender:
    """Keeps what it was asked to send.

    The next attempts are answered with `answers`, in order; `watch` sees each attempt while the
    provider is asked. While `holding`, every request hangs; `was_asked` tells that one does.
    """

    def __init__(self, *answers: Answer, watch: Callable[[Attempt], None] = lambda _: None) -> None:
        self.asked: list[Attempt] = []
        self.statuses: dict[str, str] = {}  # what it says of a message, by sid
        self.found: tuple[Receipt, ...] | None = ()  # what a search for any text finds
        self.searched: list[tuple[str, str, datetime]] = []  # what was searched for: phone, text, since
        self.holding = False
        self.was_asked = asyncio.Event()
        self.most_at_once = 0  # requests
        self._held: list[asyncio.Event] = []
        self._answers = list(answers)
        self._watch = watch

    async def send(self, attempt: Attempt, now: datetime) -> Answer:  # noqa: ARG002 (the protocol's signature)
        self.asked.append(attempt)
        self._watch(attempt)
        self.was_asked.set()
        if self.holding:
            held = asyncio.Event()
            self._held.append(held)
            self.most_at_once = max(self.most_at_once, len(self._held))
            await held.wait()
        return self._answers.pop(0) if self._answers else Answer(AnswerKind.ACCEPTED, sid=f"SM{attempt.id}")

    def release(self) -> None:
        """Answer all requests that hang, and hold no more."""
        self.holding = False
        for held in self._held:
            held.set()

    async def fetch(self, sid: str) -> Receipt | None:
        status = self.statuses.get(sid)
        return None if status is None else Receipt(sid, status)

    async def find(self, to: str, text: str, since: datetime) -> tuple[Receipt, ...] | None:
        self.searched.append((to, text, since))
        return self.found

    async def close(self) -> None:
        """Nothing is open."""

    @property
    def keys(self) -> list[str]:
        """Of the messages that it was asked to send, in order."""
        return [attempt.key for attempt in self.asked]
