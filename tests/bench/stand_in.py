"""The cheapest stand-in for Twilio: takes texts, answers each as Twilio would, and counts; a process of its own.

`python -m tests.bench.stand_in LATENCY` listens on loopback, says on which port, and answers each text after LATENCY
seconds. It knows a text by its phone: those of a benchmark have one each. `GET /count` tells how many requests came,
`GET /record` at which instants, by phone (seconds since 1970). It lists messages by their phone, for whoever asks what
became of one. It reads no more of a request than it needs, so that what is measured is the client.
"""

import asyncio
import json
import re
import sys
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import cast
from urllib.parse import parse_qs, quote_plus, unquote_plus, urlsplit

import uvloop

from tests.bench.texts import SERVICE

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_TO = re.compile(rb"(?:^|&)To=([^&]+)")
_MESSAGE = {
    "account_sid": "AC" + 32 * "0",
    "api_version": "2010-04-01",
    "body": "Anchor Healthcare: Maria, finish your last meal by Wed, Dec 2, 11:30 PM. Questions? 303 555 0100",
    "date_created": "Wed, 02 Dec 2026 12:00:00 +0000",
    "date_sent": None,
    "date_updated": "Wed, 02 Dec 2026 12:00:00 +0000",
    "direction": "outbound-api",
    "error_code": None,
    "error_message": None,
    "from": None,
    "messaging_service_sid": SERVICE,
    "num_media": "0",
    "num_segments": "0",
    "price": None,
    "price_unit": "USD",
    "sid": "SM%032d",
    "status": "accepted",
    "subresource_uris": {"media": "/2010-04-01/Accounts/AC/Messages/SM/Media.json"},
    "to": "+17205550134",
    "uri": "/2010-04-01/Accounts/AC/Messages/SM.json",
}
_BODY = json.dumps(_MESSAGE).encode()


class Record:
    """What came."""

    def __init__(self) -> None:
        self.texts: dict[bytes, list[tuple[int, float, bytes]]] = {}  # number, instant and form of each, by phone
        self.count = 0

    def take(self, form: bytes) -> int:
        """Note a text; return its number."""
        self.count += 1
        phone = _TO.search(form)
        known = self.texts.setdefault(phone[1] if phone else b"", [])
        known.append((self.count, time.time(), form))  # noqa: TID251 (a stand-in has no clock of ours)
        return self.count

    def tell(self, target: str) -> object:
        """Return what is asked for by a GET."""
        if target == "/count":
            return self.count
        if target == "/record":
            texts = self.texts.items()
            return {unquote_plus(phone.decode()): [at for _, at, _ in came] for phone, came in texts}
        phone = quote_plus(parse_qs(urlsplit(target).query)["To"][0])
        return {"messages": [_listed(*text) for text in self.texts.get(phone.encode(), [])], "next_page_uri": None}


def _listed(number: int, at: float, form: bytes) -> dict[str, object]:
    created, words = datetime.fromtimestamp(at, UTC), parse_qs(form.decode())["Body"][0]
    return {**_MESSAGE, "body": words, "date_created": format_datetime(created), "sid": f"SM{number:032}"}


class Connection(asyncio.Protocol):
    """One client's connection; requests come one after the other."""

    def __init__(self, record: Record, latency: float, loop: asyncio.AbstractEventLoop) -> None:
        self._record, self._latency, self._loop = record, latency, loop
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's own is no subclass

    def data_received(self, data: bytes) -> None:
        self._read += data
        head = self._read.find(b"\r\n\r\n")
        if head < 0:
            return
        if self._read.startswith(b"GET"):
            target, self._read = self._read.split(b" ", 2)[1], b""
            self._answer(b"200 OK", json.dumps(self._record.tell(target.decode())).encode())
            return
        length = _LENGTH.search(self._read, 0, head)
        body = self._read[head + 4 :]
        if length is None or len(body) < int(length[1]):
            return
        self._read = b""
        self._take(body)

    def _take(self, form: bytes) -> None:
        answer = _BODY % self._record.take(form)
        if self._latency:
            self._loop.call_later(self._latency, self._answer, b"201 CREATED", answer)
        else:
            self._answer(b"201 CREATED", answer)

    def _answer(self, status: bytes, body: bytes) -> None:
        if not self._transport.is_closing():
            head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            self._transport.write(head % (status, len(body)) + body)


async def serve(latency: float) -> None:
    """Serve until killed."""
    loop, record = asyncio.get_running_loop(), Record()
    server = await loop.create_server(lambda: Connection(record, latency, loop), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(float(sys.argv[1])))
