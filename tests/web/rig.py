"""What the tests of the webhooks share: a running door, what comes in by it, and a caller who says anything."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from notifier.core.delivery import Receipt
from notifier.core.replies import Inbound
from notifier.gateway.signature import SignatureCheck
from notifier.web.hooks import serving_hooks
from tests.fakes.twilio_signature import signed

TOKEN = "a-token-of-the-account"
PUBLIC = "https://texts.example.org"  # where a proxy ends TLS
STATUS, INBOUND = "/twilio/status", "/twilio/inbound"
TARGET = f"{STATUS}?key=P-1042%2Flast-meal%2F1&attempt=2"
REPORT = [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("To", "+17205550134")]
WRITTEN = [("MessageSid", "SM2"), ("From", "+17205550134"), ("Body", "What may I eat?"), ("FromZip", "")]
FORM = "application/x-www-form-urlencoded"
PATIENCE = 30  # seconds: longer than anything takes, also on a busy machine


@dataclass
class Door:
    """What has come in."""

    receipts: list[Receipt] = field(default_factory=list)
    inbounds: list[Inbound] = field(default_factory=list)
    answer: str | None = None  # to who writes
    failure: Exception | None = None  # while it is set, nothing is taken
    address: str = ""
    asked: int = 0  # how often something was to be taken
    opened: asyncio.Event = field(default_factory=asyncio.Event)  # until it is set, nothing is taken

    async def take_status(self, receipt: Receipt) -> None:
        await self._admit()
        self.receipts.append(receipt)

    async def take_inbound(self, inbound: Inbound) -> str | None:
        await self._admit()
        self.inbounds.append(inbound)
        return self.answer

    @property
    def is_untouched(self) -> bool:
        return self.asked == 0

    async def _admit(self) -> None:
        self.asked += 1
        await self.opened.wait()
        if self.failure is not None:
            raise self.failure


@asynccontextmanager
async def a_door(
    *,
    public: str = PUBLIC,
    token: str = TOKEN,
    listen: str = "127.0.0.1:0",
    patience: float = PATIENCE,
    most_connections: int = 100,
    is_open: bool = True,
) -> AsyncIterator[Door]:
    door = Door()
    if is_open:
        door.opened.set()
    async with serving_hooks(
        listen,
        SignatureCheck(token, public),
        door.take_status,
        door.take_inbound,
        patience=patience,
        most_connections=most_connections,
    ) as door.address:
        yield door


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Answer:
    """An answer as it came, without its date."""

    status: int
    headers: dict[str, str]
    body: str


def encoded(form: Iterable[tuple[str, str]]) -> bytes:
    return urlencode(list(form)).encode()


def a_call(
    target: str = TARGET,
    form: Iterable[tuple[str, str]] | bytes = REPORT,
    *headers: str,
    method: str = "POST",
    content_type: str = FORM,
    signature: str | None = None,
) -> bytes:
    """The bytes of a call, signed where a signature is given."""
    body = form if isinstance(form, bytes) else encoded(form)
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {content_type}", *headers]
    if not any(header.startswith(("Transfer-Encoding", "Content-Length")) for header in headers):
        lines.append(f"Content-Length: {len(body)}")
    if signature is not None:
        lines.append(f"X-Twilio-Signature: {signature}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def a_signed_call(
    target: str = TARGET, form: Iterable[tuple[str, str]] = REPORT, *headers: str, public: str = PUBLIC
) -> bytes:
    form = list(form)
    return a_call(target, form, *headers, signature=signed(public + target, form, TOKEN))


async def say(address: str, *words: bytes, pause: float = 0) -> bytes:
    """Say `words` one after another on a connection of their own; return all that is answered until it is closed."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    try:
        for word in words:
            writer.write(word)
            await writer.drain()
            await asyncio.sleep(pause)
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    finally:
        writer.close()


async def call(address: str, raw: bytes, *more: bytes, pause: float = 0) -> Answer:
    """Make one call and return its answer."""
    head, _, rest = raw.partition(b"\r\n")
    return parsed(await say(address, head + b"\r\nConnection: close\r\n" + rest, *more, pause=pause))


def parsed(answer: bytes) -> Answer:
    head, _, body = answer.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if not line.startswith("Date: "))
    return Answer(int(first.split(" ")[1]), headers, body)
