"""A proxy between a daemon and the stand-in that handles real bytes, and mishandles some of them."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from urllib.parse import parse_qs, urlsplit

LONGEST_DELAY = 1.5  # seconds until a request that was held up is passed on
_LONGEST_HANG = 20.0  # seconds: longer than anybody waits


@dataclass(frozen=True, slots=True)
class Arrival:
    """A create call as it came in."""

    at: float  # by the machine's monotonic clock
    to: str
    body: str
    key: str  # of the message and the number of the attempt, as the callback's address says
    ordinal: int


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request, and the ways to its two ends."""

    request: bytes
    client: asyncio.StreamReader
    answer: asyncio.StreamWriter
    upstream: tuple[str, int]
    random: Random

    async def pass_on(self) -> bytes:
        """Return the stand-in's answer to the request."""
        reader, writer = await asyncio.open_connection(*self.upstream)
        try:
            writer.write(self.request)
            return await read_message(reader) or b""
        finally:
            writer.close()

    async def wait_for_client_to_go(self) -> None:
        """Wait until the client has hung up."""
        with suppress(TimeoutError, ConnectionError):
            await asyncio.wait_for(self.client.read(1), _LONGEST_HANG)


class HungUpError(Exception):
    """The connection is to be dropped."""


class Proxy:
    """Listens for one clinic's daemons; `chance` is the share of requests that is spoilt."""

    def __init__(self, port: int, random: Random) -> None:
        self.requests = 0  # that came in
        self.arrivals: list[Arrival] = []
        self.faults: Counter[str] = Counter()
        self.chance = 0.0
        self.is_misconfigured = False  # whether everybody is refused by 401, as after a change of the password
        self._port = port
        self._upstream = "", 0
        self._random = random
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def listen(self, upstream: str | None = None) -> None:
        """Take connections, for the stand-in at that base URL, or the same as before."""
        if upstream is not None:
            address = urlsplit(upstream)
            self._upstream = address.hostname or "", address.port or 0
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)

    async def refuse(self) -> None:
        """Drop all connections and take no new ones: whoever tries is refused."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, HungUpError):
                while request := await read_message(reader):
                    await self._handle(_Exchange(request, reader, writer, self._upstream, self._random))
                    await writer.drain()
        finally:
            writer.transport.abort()

    async def _handle(self, exchange: _Exchange) -> None:
        self.requests += 1
        self._note(exchange.request)
        if self.is_misconfigured:
            self.faults["settings refused (401)"] += 1
            exchange.answer.write(_refusal("401 Unauthorized", 20003))
        elif self._random.random() < self.chance:
            kinds = [*FAULTS]
            kind = self._random.choices(kinds, [FAULTS[each][0] for each in kinds])[0]
            self.faults[kind] += 1
            await FAULTS[kind][1](exchange)
        else:
            exchange.answer.write(await exchange.pass_on())

    def _note(self, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        if not head.startswith(b"POST"):
            return
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        query = parse_qs(urlsplit(form["StatusCallback"]).query)
        self.arrivals.append(
            Arrival(time.monotonic(), form["To"], form["Body"], query["key"][0], int(query["attempt"][0]))
        )


async def read_message(reader: asyncio.StreamReader) -> bytes | None:
    """Return one HTTP message as it came, head and body; None where the connection has ended."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + (await reader.readexactly(int(lengths[0].partition(b":")[2])) if lengths else b"")


def _refusal(status: str, code: int, *headers: str) -> bytes:
    body = json.dumps({"code": code, "message": "As told", "status": int(status[:3])}).encode()
    return _answer(status, body, "Content-Type: application/json", *headers)


def _answer(status: str, body: bytes, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


async def _lose_answer(exchange: _Exchange) -> None:
    await exchange.pass_on()
    raise HungUpError


async def _lose_request(exchange: _Exchange) -> None:
    del exchange
    raise HungUpError


async def _hang_taken(exchange: _Exchange) -> None:
    await exchange.pass_on()
    await exchange.wait_for_client_to_go()
    raise HungUpError


async def _hang_not_taken(exchange: _Exchange) -> None:
    await exchange.wait_for_client_to_go()
    raise HungUpError


async def _take_late(exchange: _Exchange) -> None:
    """Hold the request up for longer than the client waits, and pass it on all the same."""
    await asyncio.sleep(exchange.random.uniform(0.2, LONGEST_DELAY))
    exchange.answer.write(await exchange.pass_on())


async def _cut_off(exchange: _Exchange) -> None:
    answer = await exchange.pass_on()
    exchange.answer.write(answer[: len(answer) - exchange.random.randint(1, 200)])
    await exchange.answer.drain()
    exchange.answer.close()
    raise HungUpError


async def _fail_taken(exchange: _Exchange) -> None:
    await exchange.pass_on()
    exchange.answer.write(_refusal("500 Internal Server Error", 20500))


def _say(answer: bytes) -> Callable[[_Exchange], Awaitable[None]]:
    async def say(exchange: _Exchange) -> None:
        exchange.answer.write(answer)

    return say


_PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
_TOO_MANY = "429 Too Many Requests"
FAULTS: Mapping[str, tuple[int, Callable[[_Exchange], Awaitable[None]]]] = {  # weight, and what is done
    "answer lost": (20, _lose_answer),
    "request lost": (8, _lose_request),
    "hang, taken": (6, _hang_taken),
    "hang, not taken": (6, _hang_not_taken),
    "held up, then taken": (10, _take_late),
    "429": (8, _say(_refusal(_TOO_MANY, 20429))),
    "429 with Retry-After": (3, _say(_refusal(_TOO_MANY, 20429, "Retry-After: 1"))),
    "500, not taken": (6, _say(_refusal("500 Internal Server Error", 20500))),
    "500, taken": (6, _fail_taken),
    "502 with HTML": (6, _say(_answer("502 Bad Gateway", _PAGE, "Content-Type: text/html"))),
    "503": (6, _say(_refusal("503 Service Unavailable", 20503))),
    "cut-off body": (10, _cut_off),
}
