"""Turns at `dispatch.rate` that several hosts take from one ledger."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import text

from notifier.actions import keep_pace
from notifier.actions.keep_pace import CommonPace, NoTurnError
from notifier.actions.send_due import send_due
from notifier.clock import SystemClock
from notifier.core.delivery import NOT_BEGUN
from notifier.core.lifecycle import State
from notifier.ledger.book import Book
from notifier.ledger.engine import make_engine, read_url
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger, open_ledger
from notifier.ledger.worker import LedgerWorker
from tests.actions.steps import PACE, record, states, with_worker
from tests.builders import a_record
from tests.fakes.fake_sender import FakeSender
from tests.fakes.postgres import Postgres

CLOCK = SystemClock()
Result = TypeVar("Result")


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.empty_ledger()


class Broken(Ledger):
    """A ledger that cannot be reached."""

    def __init__(self) -> None:
        """It is never opened."""

    @contextmanager
    def aside(self) -> Iterator[Book]:
        raise LedgerError("The connection was lost.")
        yield


def with_paces(url: str, hosts: int, rate: float, act: Callable[[list[CommonPace]], Awaitable[Result]]) -> Result:
    """Return what comes of it where so many hosts keep to a rate together."""

    async def run(ledger: Ledger) -> Result:
        workers = [LedgerWorker(ledger) for _ in range(hosts)]
        try:
            return await act([CommonPace(worker, rate, CLOCK) for worker in workers])
        finally:
            for worker in workers:
                worker.close()

    with open_ledger(url) as ledger:
        return asyncio.run(run(ledger))


async def span(acquiring: Callable[[], Awaitable[None]], times: int) -> float:
    """Return the seconds that so many turns took, one after the other."""
    begun = CLOCK.elapsed()
    for _ in range(times):
        await acquiring()
    return CLOCK.elapsed() - begun


def test_what_was_not_taken_in_time_is_gone(url: str) -> None:
    async def rest_and_go(paces: list[CommonPace]) -> float:
        await paces[0].acquire()
        await asyncio.sleep(keep_pace.KEPT + 0.1)  # the rest itself: nothing is waited for
        return await span(paces[0].acquire, 30)

    assert with_paces(url, 1, 100, rest_and_go) > 0.28


def test_where_many_wait_no_turn_goes_to_what_has_waited_for_too_long(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep_pace, "PATIENCE", 0.6)
    monkeypatch.setattr(keep_pace, "ASK_AGAIN", 0.05)
    waits: list[float] = []
    given_up = 0

    async def host(pace: CommonPace, until: float) -> None:
        nonlocal given_up
        while CLOCK.elapsed() < until:
            begun = CLOCK.elapsed()
            try:
                await pace.acquire()
                waits.append(CLOCK.elapsed() - begun)
            except NoTurnError:
                given_up += 1

    async def compete(paces: list[CommonPace]) -> None:
        until = CLOCK.elapsed() + 4
        await asyncio.gather(*(host(pace, until) for pace in paces))

    with_paces(url, 8, 2, compete)
    assert given_up > 0
    assert len(waits) >= 7  # of the 8 turns in 4 seconds, and those taken before they end
    assert max(waits) < 0.6 + 2 + 1


def test_a_clock_of_the_database_that_was_ahead_silences_nobody(url: str) -> None:
    async def acquire(paces: list[CommonPace]) -> float:
        await paces[0].acquire()
        engine = make_engine(read_url(url))
        with engine.begin() as connection:
            an_hour = {"hour": round(timedelta(hours=1) / timedelta(microseconds=1))}
            connection.execute(text("UPDATE paces SET taken_until = taken_until + :hour"), an_hour)
        engine.dispose()
        return await span(paces[0].acquire, 3)

    assert 0.35 < with_paces(url, 1, 5, acquire) < 4


def test_while_the_ledger_cannot_be_reached_there_is_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keep_pace, "PATIENCE", 0.1)
    monkeypatch.setattr(keep_pace, "AFTER_FAILURE", 0.02)

    async def acquire() -> None:
        worker = LedgerWorker(Broken())
        try:
            await CommonPace(worker, 10, CLOCK).acquire()
        finally:
            worker.close()

    with pytest.raises(NoTurnError):
        asyncio.run(acquire())


class NoTurns:
    """A rate that others use up."""

    async def acquire(self) -> None:
        raise NoTurnError


def test_a_text_without_a_turn_goes_back_into_the_line(ledger: Ledger) -> None:
    now, hour, sender = CLOCK.now(), timedelta(hours=1), FakeSender()
    record(ledger, a_record(place=now, earliest=now - hour, latest=now + hour), now=now)
    dispatch = with_worker(ledger, lambda worker: send_due(worker, sender, CLOCK, PACE, limiter=NoTurns()))
    assert [one.answer for one in dispatch.sent] == [NOT_BEGUN]
    assert sender.asked == []
    assert states(ledger) == {"last-meal": State.PLANNED}
