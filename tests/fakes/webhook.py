"""A webhook that keeps what it is posted, and answers as it was told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

from aiohttp import web


@dataclass(frozen=True)
class Call:
    """One call as it came."""

    target: str  # path and query, undecoded
    form: list[tuple[str, str]]
    signature: str
    token: str  # of idempotency


class Webhook:
    """Keeps each call; answers with the next of `statuses`, the last one again and again, and with `text`."""

    def __init__(self, *statuses: int, text: str = "", watch: Callable[[], None] = lambda: None, port: int = 0) -> None:
        self.calls: list[Call] = []
        self.base_url = ""
        self._statuses = list(statuses) or [204]
        self._text = text
        self._watch = watch
        self._port = port

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/{anywhere:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def said(self) -> list[str]:
        """The statuses that were reported, in the order in which they came."""
        return [dict(call.form)["MessageStatus"] for call in self.calls]

    async def called(self, count: int) -> list[Call]:
        """Wait until it was called so many times, and return the calls."""
        async with asyncio.timeout(10):
            while len(self.calls) < count:  # noqa: ASYNC110 - polled, as a test polls everything
                await asyncio.sleep(0.005)
        return self.calls

    async def _take(self, request: web.Request) -> web.Response:
        form = parse_qsl(await request.text(), keep_blank_values=True)
        headers = request.headers
        self.calls.append(
            Call(request.raw_path, form, headers["X-Twilio-Signature"], headers["I-Twilio-Idempotency-Token"])
        )
        self._watch()
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        return web.Response(status=status, text=self._text or None)
