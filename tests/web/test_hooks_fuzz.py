"""Both webhooks against whatever strangers and Twilio may say: 10,000 calls in CI, over real connections.

Each of two tests draws 250 times 10 calls and makes each of them twice, since a call is taken in
less time than it is drawn in.
"""

import asyncio
import logging
import socket
import sys
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from http.client import HTTPResponse
from itertools import chain
from threading import Thread
from typing import Any, Self, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from notifier.core.delivery import Receipt
from notifier.core.replies import Inbound
from notifier.gateway.callbacks import callback_url
from notifier.gateway.receipts import receipt
from notifier.gateway.twiml import twiml
from notifier.web.hooks import LARGEST_BODY
from tests.fakes.twilio_signature import signed
from tests.web.rig import FORM, INBOUND, PUBLIC, STATUS, TARGET, TOKEN, Door, a_call, a_door, encoded

pytestmark = pytest.mark.untraced
CALLS = 10  # drawn at once
EXAMPLES = max(250, settings.default.max_examples if settings.default else 0)
T = TypeVar("T")


class Server:
    """A door in a thread of its own, and one caller who comes again and again on one connection."""

    def __init__(self) -> None:
        self._connection = socket.socket()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        self._door = a_door()
        self.door: Door = self._run(self._door.__aenter__())
        host, _, port = self.door.address.removeprefix("http://").rpartition(":")
        self._address = host, int(port)
        self._connect()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._run(self._door.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, raw: bytes) -> tuple[int, bytes]:
        """Return the status of the answer and its words."""
        with suppress(ConnectionError):  # the server may refuse a call before it has read all of it
            self._connection.sendall(raw)
        with HTTPResponse(self._connection, method="POST") as answer:
            answer.begin()
            status, words = answer.status, answer.read()
            if answer.will_close:
                self._connect()
        return status, words

    def babble(self, raw: bytes) -> bytes:
        """Say `raw` on a connection of its own and hang up; return what was answered to it."""
        with socket.create_connection(self._address, timeout=20) as connection, suppress(ConnectionError):
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(65536)
        return b""

    def _connect(self) -> None:
        self._connection.close()
        self._connection = socket.create_connection(self._address, timeout=20)

    def _run(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A running server, of which nothing is ever logged but that calls were refused."""
    libraries = Kept()
    logging.getLogger().addHandler(libraries)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)  # server and caller take turns
    try:
        with capture_logs() as ours, Server() as running:
            yield running
    finally:
        sys.setswitchinterval(interval)
        logging.getLogger().removeHandler(libraries)
    assert [record.getMessage() for record in libraries.records] == []
    assert {entry["log_level"] for entry in ours} <= {"warning"}


fuzzing = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FORBIDDEN = 403, b"403: Forbidden"
LONG = 413, b"Maximum request body size 65536 exceeded."
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
header_texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40)
headers = ["Accept: */*", "Content-Encoding: gzip", "Content-Encoding: br", "Expect: 100-continue"]
content_types = st.one_of(st.just(FORM), st.just(f"{FORM}; charset=utf-16"), header_texts)
signatures = st.one_of(
    st.none(), header_texts, st.binary(min_size=20, max_size=20).map(lambda secret: signed(TARGET, [], secret.hex()))
)
forms = st.lists(st.tuples(texts, texts), max_size=5)
bodies = st.one_of(
    forms.map(encoded),
    st.binary(max_size=60),
    st.integers(LARGEST_BODY - 5, LARGEST_BODY + 5).map(lambda size: b"x" * size),
)
queries = st.one_of(st.just(""), st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=30))


@st.composite
def _strangers(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A call without a valid signature, of either path."""
    query, body, signature = draw(queries), draw(bodies), draw(signatures)
    header, content_type = draw(st.sampled_from(headers)), draw(content_types)
    status, inbound = (
        a_call(f"{path}?{query}", body, header, content_type=content_type, signature=signature)
        for path in (STATUS, INBOUND)
    )
    return status, inbound


@st.composite
def _reports(draw: st.DrawFn) -> tuple[bytes, bytes, Receipt]:
    """A signed report, the same with one more field than was signed, and the receipt that it is."""
    key, sid, status = draw(words), draw(words), draw(st.sampled_from(["sent", "failed", "undelivered"]) | words)
    ordinal, code = draw(st.integers(1, 99)), draw(st.none() | st.integers(1, 99_999))
    form = [("MessageSid", sid), ("MessageStatus", status), *([] if code is None else [("ErrorCode", str(code))])]
    target = callback_url(STATUS, key, ordinal).partition("#")[0]
    return *_both(target, [*form, *draw(forms)]), receipt(sid, status, code, key=key, ordinal=ordinal)


@st.composite
def _replies(draw: st.DrawFn) -> tuple[bytes, bytes, Inbound]:
    """A signed reply, the same with one more field than was signed, and what was written."""
    inbound = Inbound(draw(words), draw(words), draw(texts), draw(st.none() | words))
    form = [("MessageSid", inbound.sid), ("From", inbound.phone), ("Body", inbound.body)]
    if inbound.opt_out_type is not None:
        form.append(("OptOutType", inbound.opt_out_type))
    return *_both(INBOUND, [*form, *draw(forms)]), inbound


def _both(target: str, form: list[tuple[str, str]]) -> tuple[bytes, bytes]:
    signature = signed(PUBLIC + target, form, TOKEN)
    return a_call(target, form, signature=signature), a_call(target, [*form, ("and", "")], signature=signature)


noise = st.one_of(
    st.binary(min_size=1, max_size=60).map(lambda junk: junk + b"\r\n\r\n\r\n"),
    st.binary(max_size=60).map(lambda junk: b"POST " + junk + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
    st.binary(max_size=60).map(lambda junk: f"POST {STATUS} HTTP/1.1\r\nHost: x\r\n".encode() + junk + b"\r\n\r\n"),
    st.binary(min_size=1, max_size=60).map(
        lambda junk: a_call(TARGET, junk + b"\r\n0\r\n\r\n", "Transfer-Encoding: chunked")
    ),
)


@fuzzing
@given(calls=st.lists(_strangers(), min_size=CALLS, max_size=CALLS))
def test_a_stranger_learns_nothing_and_changes_nothing(server: Server, calls: list[tuple[bytes, bytes]]) -> None:
    asked = server.door.asked
    for raw in chain.from_iterable(calls):
        is_long = len(raw.partition(b"\r\n\r\n")[2]) > LARGEST_BODY
        answer = server.call(raw)
        assert answer[0] == 415 or answer == (LONG if is_long else FORBIDDEN)
    assert server.door.asked == asked


@fuzzing
@given(calls=st.lists(st.one_of(_reports(), _replies()), min_size=CALLS, max_size=CALLS), answer=st.none() | texts)
def test_what_twilio_signed_arrives_exactly_as_sent(
    server: Server, calls: list[tuple[bytes, bytes, Receipt | Inbound]], answer: str | None
) -> None:
    server.door.answer = answer
    for raw, tampered, expected in calls:
        server.door.receipts.clear()
        server.door.inbounds.clear()
        status, words = server.call(raw)
        assert [*server.door.receipts, *server.door.inbounds] == [expected]
        if isinstance(expected, Receipt):
            assert (status, words) == (204, b"")
        else:
            assert (status, words) == (200, twiml(answer).encode())
        assert server.call(tampered) == FORBIDDEN
        assert len([*server.door.receipts, *server.door.inbounds]) == 1


@settings(deadline=None)
@given(raw=noise)
def test_what_is_hardly_http_breaks_nothing(server: Server, raw: bytes) -> None:
    asked = server.door.asked
    words = server.babble(raw)
    assert words == b"" or 400 <= int(words.split(b" ")[1]) < 500
    assert server.door.asked == asked
    assert server.call(a_call()) == FORBIDDEN
