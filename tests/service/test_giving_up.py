"""A planning that a stop breaks off."""

import asyncio
from pathlib import Path
from threading import Event

from structlog.testing import capture_logs

from notifier.clock import JumpingClock
from notifier.core.guard import UNGUARDED
from notifier.daemon.planner import Planner
from notifier.ledger.opening import open_ledger
from notifier.ledger.worker import LedgerWorker
from notifier.metrics import Metrics
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
