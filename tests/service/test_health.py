"""Health, over real HTTP."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from notifier.actions.take_vitals import Overview
from notifier.web.health import serving_health
from tests.builders import NOON


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


def serving(
    listen: str = "127.0.0.1:0", why_not_ready: Callable[[], str | None] = lambda: None
) -> AbstractAsyncContextManager[str]:
    return serving_health(listen, why_not_ready, exposition, overview)


async def exposition() -> bytes:
    return b"notifier_ledger_up 1\n"


async def overview() -> Overview:
    return Overview(NOON, None, None, "The ledger cannot be read.")


def answers(*paths: str, why_not_ready: Callable[[], str | None] = lambda: None) -> list[tuple[int, str]]:
    async def run() -> list[tuple[int, str]]:
        async with serving("127.0.0.1:0", why_not_ready) as address:
            return [await asyncio.to_thread(get, f"{address}{path}") for path in paths]

    return asyncio.run(run())


def test_a_service_that_answers_is_live_and_ready() -> None:
    assert answers("/live", "/ready") == [(200, "live"), (200, "ready")]


def test_a_service_that_is_not_ready_says_why_and_is_live_all_the_same() -> None:
    assert answers("/live", "/ready", why_not_ready=lambda: "stopping") == [(200, "live"), (503, "stopping")]


def test_nothing_else_is_served() -> None:
    assert [status for status, _ in answers("/docs", "/metrics/all")] == [404, 404]


def test_metrics_are_served_as_prometheus_asks_for_them() -> None:
    assert answers("/metrics") == [(200, "notifier_ledger_up 1")]


def test_the_page_may_fetch_and_run_nothing() -> None:
    async def run() -> tuple[str, str, str]:
        def get_page(address: str) -> tuple[str, str, str]:
            with urllib.request.urlopen(f"{address}/", timeout=5) as answer:  # noqa: S310 (loopback, over HTTP)
                headers = answer.headers
                return headers["Content-Security-Policy"], headers["Cache-Control"], answer.read().decode()

        async with serving() as address:
            return await asyncio.to_thread(get_page, address)

    policy, caching, page = asyncio.run(run())
    assert policy.startswith("default-src 'none'")
    assert caching == "no-store"
    assert "The ledger cannot be read." in page


def test_a_port_in_use_is_an_error_of_the_system() -> None:
    async def run() -> None:
        async with (
            serving() as address,
            serving(address.removeprefix("http://")),
        ):
            pytest.fail("two listen on one port")

    with pytest.raises(OSError, match="address already in use"):
        asyncio.run(run())


def test_an_address_of_ipv6_is_written_as_one() -> None:
    async def run() -> tuple[int, str]:
        async with serving("[::1]:0") as address:
            assert address.startswith("http://[::1]:")
            return await asyncio.to_thread(get, f"{address}/live")

    assert asyncio.run(run()) == (200, "live")
