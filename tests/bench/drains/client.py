"""The twilio library's own clients, sent to the stand-in: what every contender but notifier sends with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from requests.adapters import HTTPAdapter
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.bench.texts import ACCOUNT, SERVICE, TOKEN

AsyncSend = Callable[[str, str], Awaitable[None]]
PRODUCTION = "https://api.twilio.com"
SAME = {"messaging_service_sid": SERVICE, "validity_period": 14_400, "smart_encoded": False}


class _Sync(TwilioHttpClient):  # type: ignore[misc]  # twilio carries no types
    def __init__(self, base_url: str, pool_size: int) -> None:
        super().__init__(timeout=10)
        self._base_url = base_url
        self.session.mount("http://", HTTPAdapter(pool_maxsize=pool_size))

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 (the library's own)
        return super().request(method, url.replace(PRODUCTION, self._base_url), *rest, **more)


class _Async(AsyncTwilioHttpClient):  # type: ignore[misc]  # twilio carries no types
    def __init__(self, base_url: str) -> None:
        super().__init__(pool_connections=False)
        self._base_url = base_url

    async def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 (the library's own)
        return await super().request(method, url.replace(PRODUCTION, self._base_url), *rest, **more)


def sync_sender(base_url: str, pool_size: int) -> Callable[[str, str], None]:
    """Return what sends a text to a phone, from any thread."""
    messages = Client(ACCOUNT, TOKEN, http_client=_Sync(base_url, pool_size)).messages

    def send(to: str, words: str) -> None:
        messages.create(to=to, body=words, **SAME)

    return send


@asynccontextmanager
async def async_sender(base_url: str, pool_size: int) -> AsyncIterator[AsyncSend]:
    """Give what sends a text to a phone, with as many connections as are asked for: the library's own stops at 100."""
    http = _Async(base_url)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=pool_size)) as http.session:
        messages = Client(ACCOUNT, TOKEN, http_client=http).messages

        async def send(to: str, words: str) -> None:
            await messages.create_async(to=to, body=words, **SAME)

        yield send
