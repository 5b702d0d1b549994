"""What a host does, and leaves to others, on a ledger that several share."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from notifier.actions.keep_pace import CommonPace
from notifier.clock import SystemClock
from notifier.daemon.lead import LOOK_EVERY, Lead
from notifier.daemon.ticks import LONGEST
from notifier.ledger.book import Book
from notifier.ledger.engine import read_url
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger, empty_ledger, open_ledger
from notifier.ledger.seat import Seat
from notifier.ledger.worker import LedgerWorker
from tests.fakes.postgres import Postgres

MINUTE = timedelta(minutes=1)


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.empty_ledger()


async def done() -> float:
    return 0.0


async def all_done(lead: Lead) -> tuple[float, float]:
    return await lead.where_planned(done)(), await lead.while_in_time(done)()


class Host:
    """A host's lead, by a clock that can be set, and what it was told."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self.ahead = timedelta(0)
        self.told: list[str] = []
        self.ledger = ledger
        seat = Seat(read_url(url), "texts-1", ledger, lambda: SystemClock().now() + self.ahead)
        self.lead = Lead(
            seat,
            begun=lambda: self.told.append("plans"),
            heard=lambda plan: self.told.append("plan" if plan else "heard"),
        )


def with_host(url: str, act: Callable[[Host], Awaitable[None]]) -> None:
    async def run(ledger: Ledger) -> None:
        host = Host(url, ledger)
        try:
            await act(host)
        finally:
            await host.lead.leave()

    with open_ledger(url) as ledger:
        asyncio.run(run(ledger))


def test_where_there_is_one_host_it_does_everything() -> None:
    lead = Lead(None, begun=lambda: None, heard=lambda _: None)
    asyncio.run(lead.look())
    assert (lead.leads, lead.host, lead.astray) == (True, None, None)
    assert asyncio.run(all_done(lead)) == (0.0, 0.0)


def test_what_it_has_planned_itself_does_not_have_it_look_again(url: str) -> None:
    def write(ledger: Ledger) -> None:
        with ledger.writing():
            pass

    async def act(host: Host) -> None:
        await host.lead.look()
        await host.lead.look(0.5)  # that its term has begun
        host.told.clear()
        worker = LedgerWorker(host.ledger)
        await host.lead.fenced(worker)(write)
        await host.lead.look(0.5)
        assert host.told == []
        await worker(write)
        await host.lead.look(5.0)
        assert host.told == ["heard"]
        worker.close()

    with_host(url, act)


def test_what_only_the_planner_does_waits_for_the_seat(url: str) -> None:
    async def act(host: Host) -> None:
        calls = host.lead.where_planned(done)
        assert await calls() == LONGEST
        await host.lead.look()
        assert await calls() == 0.0
        assert host.told[0] == "plans"

    with_host(url, act)


def test_a_host_whose_clock_is_wrong_sends_nothing_and_says_so_once(url: str) -> None:
    async def act(host: Host) -> None:
        dispatch = host.lead.while_in_time(done)
        host.ahead = MINUTE
        with capture_logs() as logs:
            await host.lead.look()
            await host.lead.look()
        assert await dispatch() == LOOK_EVERY
        assert not host.lead.leads
        assert [entry["event"] for entry in logs] == ["nothing is sent from here"]
        assert str(host.lead.astray).endswith("seconds ahead of the database's")
        host.ahead = timedelta(0)
        await host.lead.look()
        assert await dispatch() == 0.0

    with_host(url, act)


def test_a_ledger_that_is_gone_is_told_once_and_takes_the_seat_away() -> None:
    async def look_twice(ledger: Ledger) -> list[str]:
        seat = Seat(read_url("postgresql://notifier@127.0.0.1:9/nothing"), "texts-1", ledger, SystemClock().now)
        lead = Lead(seat, begun=lambda: None, heard=lambda _: None)
        with capture_logs() as logs:
            await lead.look()
            await lead.look()
        assert not lead.leads
        return [entry["event"] for entry in logs]

    with empty_ledger() as ledger:
        assert asyncio.run(look_twice(ledger)) == ["the line to the ledger is lost"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_host_that_does_not_plan_can_have_it_done(url: str, *, fails: bool) -> None:
    """A text has come back into the line there: the host that plans cannot see that it passed it over."""

    async def act(host: Host) -> None:
        await host.lead.look()
        with open_ledger(url) as ledger:
            other, worker = Host(url, ledger), LedgerWorker(Failing(ledger) if fails else ledger)
            await other.lead.look()
            other.lead.ask_planner(worker)
            other.lead.ask_planner(worker)  # as the next commit does
            while "plan" not in host.told:
                await host.lead.look(5)
            await other.lead.leave()
            worker.close()

    with_host(url, act)


class Failing(Ledger):
    """A ledger that fails once."""

    def __init__(self, ledger: Ledger) -> None:
        self._under, self._fails = ledger, True

    @contextmanager
    def aside(self) -> Iterator[Book]:
        if self._fails:
            self._fails = False
            raise LedgerError("The connection was lost.")
        with self._under.aside() as book:
            yield book


@pytest.mark.parametrize("fails", [False, True])
def test_turns_come_at_the_rate_once_the_ledger_gives_them(url: str, *, fails: bool) -> None:
    async def acquire(ledger: Ledger) -> float:
        worker, clock = LedgerWorker(Failing(ledger) if fails else ledger), SystemClock()
        pace = CommonPace(worker, 50, clock)
        begun = clock.elapsed()
        for _ in range(11):
            await pace.acquire()
        worker.close()
        return clock.elapsed() - begun

    with open_ledger(url) as ledger:
        assert asyncio.run(acquire(ledger)) > (1.19 if fails else 0.19)


class Stumbling(Seat):
    """A seat at which the first look fails, by a mistake of ours."""

    fails = True

    def keep(self, patience: float) -> frozenset[str]:
        if self.fails:
            self.fails = False
            raise RuntimeError("can't start new thread")
        return super().keep(patience)


def test_a_mistake_of_ours_ends_no_host(url: str) -> None:
    async def keep(ledger: Ledger) -> None:
        has_begun = asyncio.Event()
        seat = Stumbling(read_url(url), "texts-1", ledger, SystemClock().now)
        lead = Lead(seat, begun=has_begun.set, heard=lambda _: None)
        lead.start()
        async with asyncio.timeout(10):
            await has_begun.wait()
        await lead.leave()

    with open_ledger(url) as ledger, capture_logs() as said:
        asyncio.run(keep(ledger))
    assert said[0]["event"] == "looking for the planner's seat failed"
