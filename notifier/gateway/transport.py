"""How requests reach Twilio: one bounded pool of connections, time-outs that hold, no retries and no logging.

Twilio's stock asynchronous client ignores its own time-out, sends a POST again on a 5xx where
retries are on (a doubled text), and logs phone numbers.
"""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from yarl import URL

_TO_BE_ESCAPED = re.compile(r"[^A-Za-z0-9_.~ -]")  # in a form; blanks are for the last
_ESCAPES = {chr(code): quote_plus(chr(code)) for code in range(128)}
LARGEST_ANSWER = 4 * 1024 * 1024  # bytes; a page of 1,000 messages is about 1.5 MB


class ProviderError(Exception):
    """An answer that is no success; it holds nothing of its wording, which may quote phone numbers.

    Raised in place of twilio's own exception, which loses the headers and calls an HTML page with
    status 502 an error of code 502.
    """

    def __init__(self, status: int, code: int | None, retry_after: str | None) -> None:
        """`code` is Twilio's own, where the answer has one; `retry_after` the header as it came."""
        super().__init__(f"HTTP {status}, code {code}")
        self.status = status
        self.code = code
        self.retry_after = retry_after


class Transport(AsyncHttpClient):  # type: ignore[misc]  # twilio carries no types
    """The HTTP client that is handed to `twilio.rest.Client`.

    `base_url` takes the place of `https://api.twilio.com`; it may have a path of its own.
    `timeout` in seconds bounds each request as a whole, from waiting for a free connection to the
    last byte of the answer. Half of it is for getting a connection, so that a network that is
    down shows as "not sent" and not as doubt. A POST is written once; only a GET is asked again,
    by aiohttp, where a kept connection turns out to be closed. Raises ValueError for a base URL
    or a time-out that cannot be used.
    """

    def __init__(self, *, base_url: str, timeout: float, pool_size: int) -> None:
        base = URL(base_url)
        more = base.user, base.password, base.query_string, base.fragment
        if base.scheme not in {"http", "https"} or not base.host or any(more):
            msg = "the base URL is http:// or https://, a host, and at most a port and a path"
            raise ValueError(msg)
        super().__init__(logging.getLogger(__name__), is_async=True, timeout=timeout)
        self._base_url = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=timeout / 2)
        self._pool_size = pool_size
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        uri: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_callers_own: object,  # time-out and redirects: those of this class hold for every caller
    ) -> Response:
        """Return the provider's answer to one request, tried once.

        Raises ProviderError for an answer of status 300 or above, TimeoutError, and aiohttp's
        ClientError for everything that goes wrong on the way.
        """
        authorization = {} if auth is None else {"Authorization": aiohttp.encode_basic_auth(*auth)}
        body = urlencode(data, doseq=True).encode() if data else None
        answer, text = await self._exchange(
            method, self._url(uri), body, {**(headers or {}), **authorization}, params=params
        )
        return Response(answer.status, text, answer.headers)

    def posting(self, uri: str, headers: Mapping[str, str]) -> Callable[[Mapping[str, str]], Awaitable[str]]:
        """Return what posts a form to `uri`, once, and returns the body of the answer; it raises as `request` does.

        For what is done thousands of times a second: all but the form is prepared here.
        """
        url = self._url(uri)

        async def post(form: Mapping[str, str]) -> str:
            _, text = await self._exchange("POST", url, write_form(form).encode(), headers)
            return text

        return post

    async def _exchange(
        self,
        method: str,
        url: URL,
        body: bytes | None,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
    ) -> tuple[aiohttp.ClientResponse, str]:
        async with self._open_session().request(
            method, url, params=params, data=body, headers=headers, allow_redirects=False
        ) as answer:
            text = await _read(answer)
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise ProviderError(answer.status, _code_in(text), answer.headers.get("Retry-After"))
        return answer, text

    async def close(self) -> None:
        """Close all connections; a later request opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        """Return the session, made on first use: it belongs to the event loop that runs then."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._pool_size),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
            )
        return self._session

    def _url(self, uri: str) -> URL:
        """Return `uri` with our base in place of its own; its escapes are kept as they are (`%2B` is a plus)."""
        parts = urlsplit(uri)
        query = f"?{parts.query}" if parts.query else ""
        return URL(f"{self._base_url}{parts.path}{query}", encoded=True)


def write_form(form: Mapping[str, str]) -> str:
    """Return what `urllib.parse.urlencode` does, in less than half its time: it goes through a text byte by byte."""
    return "&".join([f"{_escaped_name(name)}={_escaped(value)}" for name, value in form.items()])


@lru_cache
def _escaped_name(name: str) -> str:
    return _escaped(name)  # they are always the same few


def _escaped(text: str) -> str:
    if not text.isascii():
        return quote_plus(text)
    return _TO_BE_ESCAPED.sub(lambda found: _ESCAPES[found[0]], text).replace(" ", "+")


async def _read(answer: aiohttp.ClientResponse) -> str:
    """Return the body; raises ClientPayloadError where it is larger than any answer of Twilio's."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            msg = "the answer is too large"
            raise aiohttp.ClientPayloadError(msg)
    return body.decode(errors="replace")


def _code_in(text: str) -> int | None:
    """Return Twilio's error code; None where the answer is not one of Twilio's."""
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return None
    code = payload.get("code") if isinstance(payload, dict) else None
    return code if isinstance(code, int) else None
