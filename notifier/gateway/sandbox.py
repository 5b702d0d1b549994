"""An embedded stand-in for Twilio's Messages resource: real HTTP on loopback, real answers, no texts to anyone."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from http import HTTPStatus
from types import MappingProxyType
from uuid import uuid4

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler

from notifier.gateway import twilio_api
from notifier.gateway.faults import AnswerLate, CallbackFault, CutOff, Fault, HangUp, Refuse, RefuseHtml, Slow
from notifier.gateway.sandbox_callbacks import Callbacks, Report
from notifier.gateway.sandbox_messages import Mailbox, Progress, SandboxMessage, place_in_list
from notifier.gateway.twilio_api import ApiError

_LAST_ANSWERS = 0.1  # seconds that a request in flight has to end when the sandbox stops
_NO_KEYS: Mapping[str, str] = MappingProxyType({})


class Sandbox:
    """Takes texts as Twilio does, keeps them, and can be told to misbehave.

    `clock` returns the present instant, aware; by it messages are dated and delivered. A request
    is let in by the account's sid and `auth_token`, or by one of `api_keys`, secrets by sid. The
    last `keep` messages are kept; each counts as sent after half of `delivery_delay` and as
    delivered after all of it, or as undelivered where its number is `undeliverable`. A message
    is missing from the list for `list_lag` (one span for all, or drawn for each), though it can
    be fetched by its sid. What becomes of one is reported to its status callback, signed.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        clock: Callable[[], datetime],
        api_keys: Mapping[str, str] = _NO_KEYS,
        delivery_delay: timedelta = timedelta(0),
        undeliverable: frozenset[str] = frozenset(),
        list_lag: timedelta | Callable[[], timedelta] = timedelta(0),
        keep: int = 10_000,
    ) -> None:
        self.base_url = ""  # until it is started
        self.inbound_url: str | None = None  # where replies are posted
        self.opted_out: set[str] = set()  # numbers that no text gets through to
        self._account_sid = account_sid
        self._clock = clock
        self._keys = {
            aiohttp.encode_basic_auth(user, secret) for user, secret in {account_sid: auth_token, **api_keys}.items()
        }
        self._mailbox = Mailbox(delivery_delay=delivery_delay, keep=keep)
        self._undeliverable = undeliverable
        self._list_lag = list_lag if callable(list_lag) else lambda: list_lag
        self._callbacks = Callbacks(auth_token=auth_token, clock=clock, keep=keep)
        self._faults: deque[Fault | None] = deque()
        self._callback_faults: deque[CallbackFault | None] = deque()
        self._failures: defaultdict[str, deque[int]] = defaultdict(deque)
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()

    @property
    def messages(self) -> tuple[SandboxMessage, ...]:
        """What it was sent and still keeps, oldest first."""
        return tuple(self._mailbox)

    @property
    def reporting(self) -> int:
        """How many messages it has still to report on."""
        return self._callbacks.under_way

    def misbehave(self, *faults: Fault | None) -> None:
        """Apply each fault to one of the next requests, in order, whatever they ask for; None spares one."""
        self._faults.extend(faults)

    def misreport(self, *faults: CallbackFault | None) -> None:
        """Apply each fault to all callbacks of one of the next messages, in order; None spares one."""
        self._callback_faults.extend(faults)

    def fail_next(self, phone: str, *codes: int) -> None:
        """Have the next messages to `phone` that are taken end with each of these error codes, in order."""
        self._failures[phone].extend(codes)

    async def reply(self, phone: str, body: str, opt_out_type: str | None = None) -> str:
        """Post what `phone` writes to `inbound_url`, and return the answer, as TwiML.

        Raises aiohttp.ClientError where the answer is no success, and ValueError without a URL.
        """
        if self.inbound_url is None:
            raise ValueError("there is no inbound_url")
        sid = f"SM{uuid4().hex}"
        form = twilio_api.inbound_form(self._account_sid, sid, phone, body, opt_out_type)
        return await self._callbacks.ask(self.inbound_url, form)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen, on a free port where `port` is 0, and set `base_url`; raises OSError where the port is taken."""
        messages = f"/{twilio_api.API_VERSION}/Accounts/{{account_sid}}/Messages"
        app = web.Application(middlewares=[self._spoil, self._speak_like_twilio])
        app.router.add_post(f"{messages}.json", self._create)
        app.router.add_get(f"{messages}.json", self._list)
        app.router.add_get(f"{messages}/{{sid}}.json", self._fetch)
        app.router.add_post(f"{messages}/{{sid}}.json", self._update)
        app.router.add_delete(f"{messages}/{{sid}}.json", self._delete)
        # An access log would hold the phone numbers that list calls have in their query.
        runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=_LAST_ANSWERS)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._stopping = asyncio.Event()
        self._runner = runner
        self.base_url = f"http://{host}:{runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening and end what is in flight; the messages stay readable."""
        self._stopping.set()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
        await self._callbacks.stop()

    @web.middleware
    async def _spoil(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer as the next fault says; the outermost layer, so that a fault can spoil any answer."""
        fault = self._faults.popleft() if self._faults else None
        await request.read()  # while the caller is there: a slow answer may outlast it
        answer: web.StreamResponse
        match fault:
            case None:
                answer = await handler(request)
            case Slow(seconds):
                await self._pause(seconds)
                answer = await handler(request)
            case AnswerLate(seconds):
                answer = await handler(request)
                await self._pause(seconds)
            case Refuse(status, code, retry_after):
                headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
                answer = web.json_response(ApiError(status, code, "As told").json, status=status, headers=headers)
            case RefuseHtml(status):
                page = f"<html><body><h1>{status}</h1></body></html>"
                answer = web.Response(status=status, text=page, content_type="text/html")
            case HangUp(taken):
                answer = await handler(request) if taken else web.Response()
                _hang_up(request)
            case CutOff():
                answer = await _cut_off(request, await handler(request))
        return answer

    async def _pause(self, seconds: float) -> None:
        """Wait, though not past the sandbox's end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    @web.middleware
    async def _speak_like_twilio(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who may come in, and answer every refusal in Twilio's JSON."""
        try:
            self._admit(request)
            return await handler(request)
        except ApiError as error:
            refusal = error
        except web.HTTPNotFound:
            refusal = twilio_api.not_found(request.path)
        except web.HTTPMethodNotAllowed:
            refusal = ApiError(HTTPStatus.METHOD_NOT_ALLOWED, 20004, "Method not allowed")
        return web.json_response(refusal.json, status=refusal.status)

    def _admit(self, request: web.Request) -> None:
        if request.headers.get("Authorization") not in self._keys:
            raise ApiError(HTTPStatus.UNAUTHORIZED, 20003, "Authenticate")
        if request.match_info.get("account_sid", self._account_sid) != self._account_sid:
            raise twilio_api.not_found(request.path)

    async def _create(self, request: web.Request) -> web.Response:
        message = self._with_fate(twilio_api.read_message(await _form(request), f"SM{uuid4().hex}", self._now()))
        self._mailbox.put(message)
        if message.status_callback is not None and message.send_at is None:  # what is scheduled may still be canceled
            await self._report(message, message.status_callback)
        return self._show(message, Progress(message.first_status), HTTPStatus.CREATED)

    def _with_fate(self, message: SandboxMessage) -> SandboxMessage:
        """Return `message` with what will become of it; raises ApiError where a number may not send to it.

        A service finds out that a phone has opted out only after it has taken the message.
        """
        failure: int | None = None
        if message.to in self.opted_out:
            if message.messaging_service_sid is None:
                raise twilio_api.opted_out()
            failure = twilio_api.OPTED_OUT
        elif self._failures[message.to]:
            failure = self._failures[message.to].popleft()
        elif message.to in self._undeliverable:
            failure = twilio_api.UNKNOWN_HANDSET
        return replace(message, failure=failure, listed_from=self._clock() + self._list_lag())

    async def _report(self, message: SandboxMessage, url: str) -> None:
        """Have it reported to `url` what becomes of `message`; its first status never is."""
        reports = [
            Report(at, twilio_api.status_form(self._account_sid, message, progress, at))
            for at, progress in self._mailbox.course(message)
            if progress.status != "queued"
        ]
        await self._callbacks.report(url, reports, self._callback_faults.popleft() if self._callback_faults else None)

    async def _fetch(self, request: web.Request) -> web.Response:
        message = self._find(request)
        return self._show(message, self._mailbox.progress(message, self._now()))

    async def _update(self, request: web.Request) -> web.Response:
        """Cancel a scheduled message (`Status=canceled`) or redact a text (`Body=`)."""
        message, form, now = self._find(request), await _form(request), self._now()
        if form.get("Body", ""):
            raise ApiError(HTTPStatus.BAD_REQUEST, twilio_api.INVALID_PARAMETER, "Body can only be made empty.")
        if form.get("Status") == "canceled":
            if self._mailbox.progress(message, now).status != "scheduled":
                raise ApiError(HTTPStatus.CONFLICT, 30409, "This message cannot be canceled")
            message = replace(message, canceled=True)
        if "Body" in form:
            message = replace(message, body="")
        self._mailbox.put(message)
        return self._show(message, self._mailbox.progress(message, now))

    async def _delete(self, request: web.Request) -> web.Response:
        self._mailbox.remove(self._find(request))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _list(self, request: web.Request) -> web.Response:
        """Answer a page, newest message first; a page token names the last message of the page before."""
        query, now = request.query, self._now()
        is_wanted, size = twilio_api.read_filter(query), twilio_api.page_size(query)
        begin = self._place_after(query["PageToken"]) if "PageToken" in query else None
        progress = (
            (message, self._mailbox.progress(message, now))
            for message in self._mailbox.listed(self._clock())
            if begin is None or place_in_list(message) < begin
        )
        wanted = (pair for pair in progress if is_wanted(*pair))
        found = nlargest(size + 1, wanted, key=lambda pair: place_in_list(pair[0]))
        page = [twilio_api.message_json(self._account_sid, *pair) for pair in found[:size]]
        token = f"PA{found[size - 1][0].sid}" if len(found) > size else None
        return web.json_response(twilio_api.page_json(self._account_sid, query, page, token))

    def _place_after(self, token: str) -> tuple[datetime, str]:
        message = self._mailbox.get(token.removeprefix("PA"))
        if message is None:
            raise ApiError(HTTPStatus.BAD_REQUEST, twilio_api.INVALID_PARAMETER, "Invalid PageToken.")
        return place_in_list(message)

    def _now(self) -> datetime:
        """Return the present instant in UTC, in whole seconds as Twilio's dates are."""
        return self._clock().astimezone(UTC).replace(microsecond=0)

    def _find(self, request: web.Request) -> SandboxMessage:
        message = self._mailbox.get(request.match_info["sid"])
        if message is None:
            raise twilio_api.not_found(request.path)
        return message

    def _show(self, message: SandboxMessage, progress: Progress, status: int = HTTPStatus.OK) -> web.Response:
        return web.json_response(twilio_api.message_json(self._account_sid, message, progress), status=status)


async def _form(request: web.Request) -> dict[str, str]:
    """Return the form's fields as sent, blank ones too."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _hang_up(request: web.Request) -> None:
    """Drop the connection, so that no answer reaches the caller."""
    if request.transport is not None:  # the caller has not gone already
        request.transport.abort()


async def _cut_off(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """Begin the answer, promise more, and drop the connection."""
    cut = web.StreamResponse(status=answer.status)
    cut.content_type = "application/json"
    beginning = b'{"sid": "SM'
    cut.content_length = 2 * len(beginning)
    await cut.prepare(request)
    await cut.write(beginning)
    if request.transport is not None:
        request.transport.close()
    return cut
