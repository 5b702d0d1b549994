"""The staff's channels: e-mail, Slack, Teams, PagerDuty, a webhook and what else apprise reaches, each by a URL."""

import asyncio
import logging
import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apprise import Apprise

TIMED_OUT, STILL_BUSY, REFUSED = "time-out", "still busy", "not taken"

_SCHEME = re.compile(r"([a-z][a-z0-9]{1,15})://")


class ChannelError(ValueError):
    """A channel's URL that cannot be used; the message is a sentence that shows its place and its scheme, no more."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A channel that did not take a message."""

    channel: int  # its place in the settings, from 1: what its URL says is secret
    why: str


class Channels:
    """All channels that ops configured; one that hangs or fails is no reason for another not to be told."""

    def __init__(self, urls: Sequence[str], timeout: float) -> None:
        """`timeout`: seconds that a channel may take. Raises ChannelError for a URL that apprise does not know."""
        self._channels = [_Channel(number, url, timeout) for number, url in enumerate(urls, 1)]

    def __len__(self) -> int:
        return len(self._channels)

    async def tell(self, title: str, body: str) -> list[Failure]:
        """Tell every channel at the same time; return those that did not take it. Never raises."""
        told = await asyncio.gather(*(channel.tell(title, body) for channel in self._channels))
        return [failure for failure in told if failure is not None]


class _Channel:
    """One channel, told by one thread at a time."""

    def __init__(self, number: int, url: str, timeout: float) -> None:
        self._number = number
        self._service = _open(number, url)
        self._timeout = timeout
        self._is_busy = False

    async def tell(self, title: str, body: str) -> Failure | None:
        # One that has hung since the last time is not given another thread to hang in.
        if self._is_busy:
            return Failure(self._number, STILL_BUSY)
        self._is_busy = True
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        # apprise waits for networks; a thread of no pool, since one that hangs must not hold up the end of the service.
        Thread(target=self._tell, args=(title, body, told), name="channel", daemon=True).start()
        done, _ = await asyncio.wait({told}, timeout=self._timeout)
        if not done:
            told.cancel()
            return Failure(self._number, TIMED_OUT)
        return None if told.result() else Failure(self._number, REFUSED)

    def _tell(self, title: str, body: str, told: "asyncio.Future[bool]") -> None:
        try:
            # As a mere “info”, which is apprise's default, PagerDuty would wake nobody.
            is_taken = bool(self._service.notify(body, title=title, notify_type="warning", body_format="text"))
        except Exception:  # noqa: BLE001 - some plugin's; its words may show the URL
            is_taken = False
        self._is_busy = False
        with suppress(RuntimeError):  # the loop has ended meanwhile
            told.get_loop().call_soon_threadsafe(partial(_settle, told, is_taken=is_taken))


def _settle(told: "asyncio.Future[bool]", *, is_taken: bool) -> None:
    if not told.done():
        told.set_result(is_taken)


def _open(number: int, url: str) -> "Apprise":
    """Return what tells one channel; raises ChannelError."""
    with warnings.catch_warnings():
        # apprise imports imghdr, which Python 3.11 has not lost yet.
        warnings.simplefilter("ignore", DeprecationWarning)
        from apprise import Apprise, AppriseAsset, PersistentStoreMode  # noqa: PLC0415 - half a second and 10 MB, only where there is a channel

        logging.getLogger("apprise").disabled = True  # it quotes URLs, and what it was told
        asset = AppriseAsset(
            app_id="notifier",
            app_desc="notifier",
            app_url="",
            image_url_mask="",  # no mail is to fetch a picture from somewhere
            image_url_logo="",
            async_mode=False,
            service_timeout=0,  # ours holds; apprise's would put a pool of threads between
            storage_mode=PersistentStoreMode.MEMORY,  # it would keep URLs' secrets in files
        )
        try:
            service = Apprise.instantiate(url, asset=asset)
        except Exception:  # noqa: BLE001 - some plugins raise what they like, with the URL in its words
            service = None
    if service is None:
        raise ChannelError(f"{_shown(number, url)} is no address of a channel that apprise knows")
    apprise = Apprise(asset=asset)
    apprise.add(service)
    return apprise


def _shown(number: int, url: str) -> str:
    scheme = _SCHEME.match(url.lower())
    return f"number {number}, which begins with {scheme[0] if scheme else 'no scheme such as mailto://'},"
