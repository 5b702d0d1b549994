"""Ticks: each comes again when it wants to, whatever fails and whatever is done to the machine's clock."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from notifier.daemon import ticks
from notifier.daemon.ticks import Ticks

LONG = 60.0


def watched(action: Callable[[Ticks, list[str]], Awaitable[None]], *, longest: float = LONG) -> list[str]:
    """Return what an action that works with running ticks has noted."""
    noted: list[str] = []

    async def run() -> None:
        running = Ticks(longest)
        try:
            async with asyncio.timeout(10):
                await action(running, noted)
        finally:
            await running.stop(1)

    asyncio.run(run())
    return noted


async def seen(noted: list[str], times: int) -> None:
    while len(noted) < times:  # noqa: ASYNC110 - it looks as others write
        await asyncio.sleep(0.005)


def test_a_tick_runs_at_once_and_then_as_soon_as_it_wants() -> None:
    async def run(running: Ticks, noted: list[str]) -> None:
        async def note() -> float:
            noted.append("ran")
            return 0.05

        running.start({"note": note})
        await seen(noted, 3)

    assert watched(run)[:3] == ["ran"] * 3


def test_no_run_is_dropped_however_soon_it_is_wanted_after_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks, "AT_ONCE", 0)  # sooner than the scheduler has noted the end of the last

    async def run(running: Ticks, noted: list[str]) -> None:
        async def note() -> float:
            noted.append("ran")
            return 0

        running.start({"note": note})
        await seen(noted, 200)

    assert len(watched(run)) >= 200


def test_a_tick_that_failed_runs_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks, "AFTER_FAILURE", 0.05)

    async def run(running: Ticks, noted: list[str]) -> None:
        async def fail() -> float:
            noted.append("failed")
            raise OSError

        running.start({"fail": fail})
        await seen(noted, 2)

    with capture_logs() as logs:
        watched(run)
    assert {(entry["event"], entry["log_level"], entry["tick"]) for entry in logs} == {("tick failed", "error", "fail")}


def test_a_tick_that_is_wanted_while_it_runs_runs_once_more() -> None:
    async def run(running: Ticks, noted: list[str]) -> None:
        go_on = asyncio.Event()

        async def wait() -> float:
            noted.append("ran")
            await go_on.wait()
            return LONG

        running.start({"wait": wait})
        await seen(noted, 1)
        running.bring_forward("wait")
        running.bring_forward("wait")
        go_on.set()
        await seen(noted, 2)
        await asyncio.sleep(0)

    assert watched(run) == ["ran", "ran"]


def test_a_tick_that_does_not_end_is_broken_off_when_patience_is_over() -> None:
    async def run(running: Ticks, noted: list[str]) -> None:
        async def hang() -> float:
            noted.append("began")
            try:
                await asyncio.Event().wait()
            finally:
                noted.append("broken off")
            return LONG

        running.start({"hang": hang})
        await seen(noted, 1)
        noted.append(str(await running.stop(0.05)))

    assert watched(run) == ["began", "broken off", "False"]


def test_a_machine_whose_clock_is_set_back_by_an_hour_ticks_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks, "AFTER_FAILURE", 0.05)

    async def run(running: Ticks, noted: list[str]) -> None:
        async def note() -> float:
            noted.append("ran")
            return LONG

        running.start({"note": note})
        await seen(noted, 1)
        hour_ahead = running._machine.now() + timedelta(hours=1)  # noqa: SLF001 - as if it had been set for then before the step
        running._scheduler.modify_job("note", next_run_time=hour_ahead)  # noqa: SLF001
        await seen(noted, 2)

    assert watched(run, longest=0.1)[:2] == ["ran", "ran"]
