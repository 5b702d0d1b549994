"""A planning that a stop breaks off."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, current_thread

import pytest
from structlog.testing import capture_logs

from notifier.actions.update_plan import Update
from notifier.clock import JumpingClock
from notifier.core.guard import UNGUARDED, Limits
from notifier.daemon.planner import Planner
from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger, open_ledger
from notifier.ledger.rows import LoadOutcome, Switch
from notifier.ledger.worker import LedgerWorker
from notifier.metrics import Metrics
from tests.actions.steps import update
from tests.builders import NOON
from tests.fakes.blank_ledger import have_ledger
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients


def test_a_planning_that_is_broken_off_is_noted_and_writes_nothing(tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry())

    async def plan() -> None:
        worker = LedgerWorker(ledger)
        planner = Planner(folder, worker, JumpingClock(NOON), UNGUARDED, Metrics("0", {}))
        planner.give_up()
        await planner.plan_safely()
        worker.close()

    with open_ledger(have_ledger(tmp_path / "ledger.db")) as ledger, capture_logs() as logged:
        asyncio.run(plan())
        with ledger.reading() as book:
            assert book.is_empty()
    assert logged == [{"event": "planning broken off", "log_level": "info"}]


def test_nobody_hears_of_a_planning_that_is_broken_off_after_whoever_asked_for_it_has_gone(tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry())
    is_under_way, go_on, errors = Event(), Event(), []

    def leads() -> bool:
        is_under_way.set()
        return go_on.wait(10)

    async def stop_amid_planning() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context["message"]))
        worker = LedgerWorker(ledger)
        planner = Planner(folder, worker, JumpingClock(NOON), UNGUARDED, Metrics("0", {}), leads=leads)
        planning = asyncio.create_task(planner.plan_safely())
        await asyncio.to_thread(is_under_way.wait, 10)
        planning.cancel()
        planner.give_up()
        await asyncio.wait([planning])
        go_on.set()
        worker.close()
        await asyncio.sleep(0)

    with open_ledger(have_ledger(tmp_path / "ledger.db")) as ledger:
        asyncio.run(stop_amid_planning())
        with ledger.reading() as book:
            assert book.is_empty()
    assert errors == []


def test_a_stop_that_comes_with_a_change_of_the_files_ends_the_following(tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path / "schedules")

    async def stop_at_a_change(turns: int) -> bool:
        worker = LedgerWorker(ledger)
        planner = Planner(folder, worker, JumpingClock(NOON), UNGUARDED, Metrics("0", {}))
        planner.ask()
        following = asyncio.create_task(planner.follow())
        for _ in range(turns):
            await asyncio.sleep(0)
        planner.ask()
        for _ in range(turns % 3):
            await asyncio.sleep(0)
        following.cancel()
        await asyncio.wait({following}, timeout=10)
        worker.close()
        return following.cancelled()

    with open_ledger(have_ledger(tmp_path / "ledger.db")) as ledger:
        assert [asyncio.run(stop_at_a_change(turns)) for turns in range(12)] == [True] * 12


class Watched(Ledger):
    """A ledger that can be held up while another thread than its own reads it."""

    def __init__(self, ledger: Ledger) -> None:
        self._under, self.is_read, self.go_on = ledger, Event(), Event()

    @contextmanager
    def reading(self) -> Iterator[Book]:
        with self._under.reading() as book:
            if not current_thread().name.startswith("ledger"):
                self.is_read.set()
                assert self.go_on.wait(10)
            yield book

    @contextmanager
    def writing(self) -> Iterator[Book]:
        with self._under.writing() as book:
            yield book


def pause(ledger: Ledger) -> None:
    with ledger.writing() as book:
        book.turn(Switch.PAUSE, "Ann", None, NOON, is_on=True)


@pytest.mark.parametrize("is_given_up", [False, True])
def test_what_the_guard_stops_is_weighed_while_others_write(tmp_path: Path, *, is_given_up: bool) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    limits = Limits(patients=0, share=0, at_once=0, first_late=True)

    async def run(ledger: Watched) -> Update | None:
        worker = LedgerWorker(ledger)
        planner = Planner(folder, worker, JumpingClock(NOON), limits, Metrics("0", {}))
        planning = asyncio.create_task(planner.plan_safely())
        assert await asyncio.to_thread(ledger.is_read.wait, 10)
        async with asyncio.timeout(5):
            await worker(pause)
        if is_given_up:
            planner.give_up()
        ledger.go_on.set()
        await planning
        worker.close()
        return planner.last

    with open_ledger(have_ledger(tmp_path / "ledger.db")) as ledger:
        write_patients(folder, an_entry())
        update(folder, ledger, NOON)
        write_patients(folder, an_entry(status="cancelled"))
        last = asyncio.run(run(Watched(ledger)))
        with ledger.reading() as book:
            assert book.switched_on(Switch.PAUSE) is not None
            load = book.last_load()
    assert bool(last and last.waits) is not is_given_up
    assert load is not None
    assert load.outcome is (LoadOutcome.APPLIED if is_given_up else LoadOutcome.WAITS)
