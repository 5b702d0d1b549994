"""The sandbox in a thread of its own, standing in for Twilio before services in other processes."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from notifier.clock import SystemClock
from notifier.gateway.faults import Fault
from notifier.gateway.sandbox import Sandbox
from notifier.gateway.sandbox_messages import SandboxMessage

ACCOUNT, TOKEN, NUMBER = f"AC{1:032}", "a-token-of-the-stand-in", "+13035550100"


class Provider:
    """A running stand-in: what it was sent, and how it is told to misbehave."""

    def __init__(self, sandbox: Sandbox, loop: asyncio.AbstractEventLoop) -> None:
        self._sandbox = sandbox
        self._loop = loop

    @property
    def base_url(self) -> str:
        return self._sandbox.base_url

    @property
    def messages(self) -> tuple[SandboxMessage, ...]:
        """What it was sent, oldest first."""

        async def read() -> tuple[SandboxMessage, ...]:
            return self._sandbox.messages

        return asyncio.run_coroutine_threadsafe(read(), self._loop).result()

    @property
    def texts(self) -> Counter[tuple[str, str]]:
        """How often it was sent each text, by phone and words."""
        return Counter((message.to, message.body) for message in self.messages)

    def misbehave(self, *faults: Fault) -> None:
        self._loop.call_soon_threadsafe(self._sandbox.misbehave, *faults)

    def reply(self, url: str, phone: str, body: str) -> str:
        """Have a phone write; return the service's answer, as TwiML."""
        self._sandbox.inbound_url = url
        return asyncio.run_coroutine_threadsafe(self._sandbox.reply(phone, body), self._loop).result()


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Run a stand-in while the block runs."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        sandbox = Sandbox(account_sid=ACCOUNT, auth_token=TOKEN, clock=SystemClock().now)
        asyncio.run_coroutine_threadsafe(sandbox.start(), loop).result()
        try:
            yield Provider(sandbox, loop)
        finally:
            asyncio.run_coroutine_threadsafe(sandbox.stop(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
