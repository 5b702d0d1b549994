"""How the sandbox calls our webhooks: signed, tried again and late as Twilio's calls are.

After https://www.twilio.com/docs/usage/security and
https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qs
from uuid import uuid4

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

from notifier.gateway.faults import (
    CallbackFault,
    DelayCallbacks,
    DoubleCallbacks,
    DropCallbacks,
    EarlyCallbacks,
    ForgeCallbacks,
    SwapCallbacks,
)

_AT_ONCE = 16  # calls under way
_PATIENCE = 15.0  # seconds for one callback with all its tries, as at Twilio
_TO_CONNECT = 5.0  # seconds, as at Twilio
_FIRST_PAUSE = 0.1  # seconds before the second try; doubled before each further one
_MOST_RETRIES = 5


@dataclass(frozen=True, slots=True)
class Report:
    """One callback: when it is due, and what it says."""

    at: datetime
    form: Mapping[str, str]


class Callbacks:
    """Calls webhooks, a few at a time, with at most `keep` messages to report on; the rest is dropped.

    Every call is signed with `auth_token`. `clock` returns the present instant, aware: by it
    reports are due.
    """

    def __init__(self, *, auth_token: str, clock: Callable[[], datetime], keep: int) -> None:
        self._token = auth_token
        self._clock = clock
        self._keep = keep
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    @property
    def under_way(self) -> int:
        """How many messages there are still to report on."""
        return len(self._tasks)

    async def report(self, url: str, reports: Sequence[Report], fault: CallbackFault | None) -> None:
        """Post `reports` to `url`, each when it is due; `fault` spoils it.

        Return at once, except where they are to come early: then once they have come. The
        fragment of `url` says whether and why a report that fails is tried again.
        """
        token = self._token
        match fault:
            case DropCallbacks():
                return
            case DoubleCallbacks():
                reports = [report for report in reports for _ in range(2)]
            case SwapCallbacks():
                instants = [report.at for report in reports]
                reports = [replace(report, at=at) for report, at in zip(reversed(reports), instants, strict=True)]
            case DelayCallbacks(seconds):
                reports = [replace(report, at=report.at + timedelta(seconds=seconds)) for report in reports]
            case ForgeCallbacks():
                token = f"not {token}"
            case EarlyCallbacks():
                for report in reports:
                    await self._insist(url, report.form, token)
                return
        if len(self._tasks) < self._keep:
            task = asyncio.create_task(self._report(url, reports, token))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def ask(self, url: str, form: Mapping[str, str]) -> str:
        """Post `form` to `url` once and return what is answered; raises aiohttp.ClientError where it is no success."""
        target = URL(url, encoded=True).with_fragment(None)
        async with self._open_session().post(target, data=form, headers=_headers(target, form, self._token)) as answer:
            answer.raise_for_status()
            return await answer.text()

    async def stop(self) -> None:
        """Drop what has not been reported yet."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _report(self, url: str, reports: Sequence[Report], token: str) -> None:
        for report in reports:
            while (left := (report.at - self._clock()).total_seconds()) > 0:  # noqa: ASYNC110 - clocks have no event
                await asyncio.sleep(min(left, 1))  # the clock may jump meanwhile
            await self._insist(url, report.form, token)

    async def _insist(self, url: str, form: Mapping[str, str], token: str) -> None:
        """Post one report, and again as the fragment of `url` asks for; give up in the end."""
        address = URL(url, encoded=True)
        target = address.with_fragment(None)
        retries, policy = _overrides(address.raw_fragment)
        headers = _headers(target, form, token)
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                for attempt in range(1 + retries):
                    if attempt:
                        await asyncio.sleep(_FIRST_PAUSE * 2 ** (attempt - 1))
                    failure = await self._failure(target, form, headers)
                    if failure is None or not {failure, "all"} & policy:
                        return

    async def _failure(self, target: URL, form: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
        """Post once; return how it failed, in the words of Twilio's retry policies, or None."""
        try:
            async with self._slots, self._open_session().post(target, data=form, headers=headers) as answer:
                if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    return "5xx"
                return "4xx" if answer.status >= HTTPStatus.BAD_REQUEST else None
        except aiohttp.ClientConnectorError:
            return "ct"
        except aiohttp.ClientError:
            return "rt"

    def _open_session(self) -> aiohttp.ClientSession:
        """Return the session, made on first use: it belongs to the event loop that runs then."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=_PATIENCE, sock_connect=_TO_CONNECT)
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _overrides(fragment: str) -> tuple[int, set[str]]:
    """Return how often a failed call is made again and after which failures; by default once, if it cannot connect."""
    fields = parse_qs(fragment)
    count = fields.get("rc", ["1"])[0]
    retries = min(int(count), _MOST_RETRIES) if re.fullmatch(r"[0-9]{1,3}", count) else 1
    return retries, set(fields.get("rp", ["ct"])[0].split(","))


def _headers(target: URL, form: Mapping[str, str], token: str) -> dict[str, str]:
    return {
        "X-Twilio-Signature": RequestValidator(token).compute_signature(str(target), form),
        "I-Twilio-Idempotency-Token": str(uuid4()),  # the same for each try of one call
    }
