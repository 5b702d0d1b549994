"""Webhooks for Twilio: /twilio/status and /twilio/inbound, the only door that is open to the internet.

Who cannot sign as Twilio does learns nothing and changes nothing. What a call says is written
before it is answered: once Twilio has its answer, it does not call again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError
from multidict import MultiDict

from notifier.core.delivery import Receipt
from notifier.core.replies import Inbound
from notifier.gateway.callbacks import INBOUND_PATH, STATUS_PATH, read_inbound, read_status
from notifier.gateway.signature import SignatureCheck
from notifier.gateway.twiml import CONTENT_TYPE, twiml
from notifier.logs import get_logger

LARGEST_BODY = 64 * 1024  # bytes; Twilio's calls have about two thousand
MOST_FIELDS = 200  # Twilio's calls have about twenty
PATIENCE = 5.0  # seconds for the head of a call, and again for its body
MOST_CONNECTIONS = 100  # each takes a file descriptor, which the ledger needs too
RETRY_AFTER = 5  # seconds
_SAY_AGAIN = 60.0  # seconds between two warnings of refused calls
_FORM = "application/x-www-form-urlencoded"

_T = TypeVar("_T")
_log = get_logger("notifier.web.hooks")


@asynccontextmanager
async def serving_hooks(
    listen: str,
    signatures: SignatureCheck,
    take_status: Callable[[Receipt], Awaitable[None]],
    take_inbound: Callable[[Inbound], Awaitable[str | None]],
    *,
    tell: Callable[[int], None] = lambda _: None,
    patience: float = PATIENCE,
    most_connections: int = MOST_CONNECTIONS,
) -> AsyncIterator[str]:
    """Serve on `listen` ("host:port") while the block runs; give the address served at.

    `take_status` and `take_inbound` write down what a call says before it is answered; the
    latter returns what to answer the patient, if anything. Where they raise, Twilio is asked to
    call again. `tell` hears of the HTTP status of each answer. A call whose head or body takes
    longer than `patience` seconds is broken off, and connections above `most_connections` are
    turned away. Raises OSError where the port is taken.
    """
    hooks = _Hooks(signatures, take_status, take_inbound, patience)
    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_post(STATUS_PATH, hooks.status)
    app.router.add_post(INBOUND_PATH, hooks.inbound)
    app.on_response_prepare.append(_say_less)

    async def tell_status(_: web.Request, answer: web.StreamResponse) -> None:
        tell(answer.status)

    app.on_response_prepare.append(tell_status)
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    try:
        async with _listening(runner, listen, patience, most_connections) as address:
            yield address
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _listening(runner: web.AppRunner, listen: str, patience: float, most_connections: int) -> AsyncIterator[str]:
    loop, server = asyncio.get_running_loop(), runner.server
    assert server is not None  # noqa: S101 - it is there once the runner is set up

    def accept() -> asyncio.Protocol:
        if len(server.connections) >= most_connections:
            return _Busy()
        return _Connection(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # as aiohttp's own runner says that there is none
            keepalive_timeout=patience,  # counted from the beginning of a connection, so it bounds the head too
            lingering_time=1,  # second, in which the rest of a refused body is thrown away, so that the answer is read
            auto_decompress=False,  # Twilio does not compress; a small body may hold a very large one
        )

    host, _, port = listen.rpartition(":")
    listener = await loop.create_server(accept, host.strip("[]"), int(port))
    try:
        yield f"http://{host}:{listener.sockets[0].getsockname()[1]}"
    finally:
        listener.close()


class _Connection(web.RequestHandler):
    """Speaks HTTP with one caller.

    aiohttp answers what is no HTTP by repeating it, and logs it with a traceback: any stranger
    could fill the disk by that.
    """

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 - aiohttp's signature
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's signature
    ) -> web.StreamResponse:
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:  # not the caller's doing
            _log.error("hook broke", error=type(exc).__name__)
        answer = web.Response(status=status, headers={"Server": ""})
        answer.force_close()
        return answer


class _Busy(asyncio.Protocol):
    """Turns a connection away."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - servers make no others
        transport.write(
            b"HTTP/1.1 503 Service Unavailable\r\n"
            b"Retry-After: %d\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % RETRY_AFTER
        )
        transport.close()


class _Hooks:
    """What is done with each call."""

    def __init__(
        self,
        signatures: SignatureCheck,
        take_status: Callable[[Receipt], Awaitable[None]],
        take_inbound: Callable[[Inbound], Awaitable[str | None]],
        patience: float,
    ) -> None:
        self._signatures = signatures
        self._take_status = take_status
        self._take_inbound = take_inbound
        self._patience = patience
        self._silent_until = 0.0  # by the loop's clock

    async def status(self, request: web.Request) -> web.Response:
        """Take what Twilio reports on a message."""
        query, form = await self._read(request)
        receipt = read_status(query, form)
        if receipt is None:
            raise web.HTTPBadRequest
        await _taken(self._take_status(receipt))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def inbound(self, request: web.Request) -> web.Response:
        """Take what a phone has written, and answer it."""
        _, form = await self._read(request)
        inbound = read_inbound(form)
        if inbound is None:
            raise web.HTTPBadRequest
        return web.Response(text=twiml(await _taken(self._take_inbound(inbound))), content_type=CONTENT_TYPE)

    async def _read(self, request: web.Request) -> tuple[MultiDict[str], MultiDict[str]]:
        """Return the fields of the query and of the form of a call, if Twilio has signed it; raises the refusal."""
        if request.content_type != _FORM:
            raise web.HTTPUnsupportedMediaType
        target = request.raw_path
        body = await self._body(request)
        try:
            query, form = _fields(target.partition("?")[2]), _fields(body.decode(errors="replace"))
        except ValueError:  # too many fields
            raise web.HTTPBadRequest from None
        if not self._signatures.holds(target, form, request.headers.get("X-Twilio-Signature")):
            self._warn_of_refusals()
            raise web.HTTPForbidden
        return query, form

    async def _body(self, request: web.Request) -> bytes:
        if (request.content_length or 0) > LARGEST_BODY:
            raise web.HTTPRequestEntityTooLarge(LARGEST_BODY)
        try:
            async with asyncio.timeout(self._patience):
                return await request.read()  # no further than LARGEST_BODY
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except (RequestPayloadError, ConnectionError):  # not HTTP, or the caller has gone
            raise web.HTTPBadRequest from None

    def _warn_of_refusals(self) -> None:
        """Say that calls are refused, now and then: where hooks.public_url is wrong, all are."""
        now = asyncio.get_running_loop().time()
        if now >= self._silent_until:
            self._silent_until = now + _SAY_AGAIN
            _log.warning("hook refused: not signed by Twilio for hooks.public_url")


async def _taken(taking: Awaitable[_T]) -> _T:
    """Return what comes of `taking`; raises HTTPServiceUnavailable where it fails."""
    try:
        return await taking
    except Exception as error:  # noqa: BLE001 - whatever went wrong, Twilio must call again
        # Without the error's words and its traceback, which may quote what the call says.
        _log.error("hook failed", error=type(error).__name__)
        raise web.HTTPServiceUnavailable(headers={"Retry-After": str(RETRY_AFTER)}) from None


def _fields(text: str) -> MultiDict[str]:
    """Return a form's fields, decoded, blank ones too; raises ValueError where there are too many."""
    return MultiDict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))


async def _say_less(_: web.Request, answer: web.StreamResponse) -> None:
    """Keep to ourselves which software of which version this is."""
    answer.headers.popall("Server", None)
