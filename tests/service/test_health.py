"""Health, over real HTTP."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from notifier.web.health import serving_health


def get(url: str) -> tuple[int, str]:
    """Return the status and the words of an answer."""
    return ask(urllib.request.Request(url))  # noqa: S310 (loopback, over HTTP)


def ask(request: urllib.request.Request) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 (loopback, over HTTP)
            return answer.status, answer.read().decode().strip()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode().strip()


def answers(*paths: str, why_not_ready: Callable[[], str | None] = lambda: None) -> list[tuple[int, str]]:
    async def run() -> list[tuple[int, str]]:
        async with serving_health("127.0.0.1:0", why_not_ready) as address:
            return [await asyncio.to_thread(get, f"{address}{path}") for path in paths]

    return asyncio.run(run())


def test_a_service_that_answers_is_live_and_ready() -> None:
    assert answers("/live", "/ready") == [(200, "live"), (200, "ready")]


def test_a_service_that_is_not_ready_says_why_and_is_live_all_the_same() -> None:
    assert answers("/live", "/ready", why_not_ready=lambda: "stopping") == [(200, "live"), (503, "stopping")]


def test_nothing_else_is_served() -> None:
    assert answers("/")[0][0] == 404


def test_a_port_in_use_is_an_error_of_the_system() -> None:
    async def run() -> None:
        async with (
            serving_health("127.0.0.1:0", lambda: None) as address,
            serving_health(address.removeprefix("http://"), lambda: None),
        ):
            pytest.fail("two listen on one port")

    with pytest.raises(OSError, match="address already in use"):
        asyncio.run(run())


def test_an_address_of_ipv6_is_written_as_one() -> None:
    async def run() -> tuple[int, str]:
        async with serving_health("[::1]:0", lambda: None) as address:
            assert address.startswith("http://[::1]:")
            return await asyncio.to_thread(get, f"{address}/live")

    assert asyncio.run(run()) == (200, "live")
