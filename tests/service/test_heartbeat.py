"""The dead man's switch: the watcher hears that all is well, or at once why not, or nothing."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from structlog.testing import capture_logs

from notifier import heartbeat
from notifier.clock import JumpingClock
from notifier.core.guard import UNGUARDED
from notifier.daemon.planner import Planner
from notifier.daemon.pulse import Pulse
from notifier.heartbeat import Heartbeat
from notifier.ledger.opening import open_ledger
from notifier.ledger.worker import LedgerWorker
from notifier.metrics import Metrics
from tests.actions.steps import record
from tests.builders import NOON, a_record
from tests.fakes.canned_server import CannedServer, http
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients
from tests.service.rig import Service, until
from tests.settings.test_metrics import series

Result = TypeVar("Result")
SECRET = "/ping/a-secret-address"
OK = http("200 OK", "OK")


def with_watcher(work: Callable[[CannedServer], Awaitable[Result]], *answers: bytes) -> tuple[Result, list[str]]:
    """Return what `work` comes to, and what the watcher heard: path and words of each call."""

    async def run() -> tuple[Result, list[str]]:
        async with CannedServer(*(answers or (OK,))) as watcher:
            result = await work(watcher)
        return result, [_path_and_words(request.decode()) for request in watcher.requests]

    return asyncio.run(run())


def _path_and_words(request: str) -> str:
    head, _, words = request.partition("\r\n\r\n")
    return f"{head.split(' ')[1]} {words}"


def test_well_is_a_call_and_ill_is_a_call_to_fail_with_the_reason() -> None:
    async def work(watcher: CannedServer) -> list[str | None]:
        beat = Heartbeat(f"{watcher.base_url}{SECRET}?rid=1").beat
        return [await beat(None), await beat("A text is overdue by 12 minutes.")]

    failures, heard = with_watcher(work)
    assert failures == [None, None]
    assert heard[0].startswith(f"{SECRET}?rid=1 ")
    assert heard[1].startswith(f"{SECRET}/fail?rid=1 ")
    assert "overdue by 12 minutes" in heard[1]


@pytest.mark.parametrize("status", ["404 Not Found", "302 Found", "500 Oops"])
def test_a_watcher_that_does_not_take_it_has_not_heard(status: str) -> None:
    async def work(watcher: CannedServer) -> str | None:
        return await Heartbeat(f"{watcher.base_url}{SECRET}").beat(None)

    failure, _ = with_watcher(work, http(status, ""))
    assert failure == f"HTTP {status[:3]}"


def test_a_watcher_that_is_not_there_is_named_by_its_error_alone() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}{SECRET}"
        assert asyncio.run(Heartbeat(url).beat(None)) == "ClientConnectorError"


def test_a_watcher_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "PATIENCE", 0.1)

    async def work(watcher: CannedServer) -> str | None:
        return await Heartbeat(f"{watcher.base_url}{SECRET}").beat(None)

    failure, _ = with_watcher(work, b"")
    assert failure is not None
    assert failure.endswith("TimeoutError")


class Rig:
    """The pulse of a service over a real ledger, whose watcher is a server on loopback."""

    def __init__(self, home: Path) -> None:
        self.clock, self.metrics = JumpingClock(NOON), Metrics("0", {})
        self.ledger = open_ledger(f"sqlite:///{home}/ledger.db")
        self.folder = copy_shipped(home / "schedules")
        write_patients(self.folder, an_entry(procedure="2027-02-01 07:30"))

    def heard(self, *steps: Callable[["Rig", Pulse], None], answer: bytes = OK, is_read: bool = True) -> list[str]:
        """Return what the watcher heard, told once before the steps and once after each."""

        async def work(watcher: CannedServer) -> None:
            worker = LedgerWorker(self.ledger)
            planner = Planner(self.folder, worker, self.clock, UNGUARDED, self.metrics)
            if is_read:
                await planner.plan_safely()
            pulse = Pulse(worker, planner, self.clock, self.metrics)
            listener = Heartbeat(f"{watcher.base_url}{SECRET}")
            await pulse.beat(listener)
            for step in steps:
                step(self, pulse)
                await pulse.beat(listener)
            worker.close()

        with self.ledger:
            return with_watcher(work, answer)[1]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def is_fail(call: str) -> bool:
    return call.startswith(f"{SECRET}/fail ")


def test_it_is_well_while_dispatch_works(rig: Rig) -> None:
    def work_on(rig: Rig, pulse: Pulse) -> None:
        rig.clock.wait(timedelta(minutes=5))
        pulse.note_progress()

    assert [is_fail(call) for call in rig.heard(work_on, work_on)] == [False, False, False]
    assert series(rig.metrics)["notifier_heartbeats_total well"] == 3


def test_it_is_ill_once_a_text_is_overdue_though_dispatch_works(rig: Rig) -> None:
    def be_late(rig: Rig, pulse: Pulse) -> None:
        record(rig.ledger, a_record(patient="P-7"), now=NOON)
        rig.clock.wait(timedelta(minutes=11))
        pulse.note_progress()

    with capture_logs() as logs:
        calls = rig.heard(be_late)
    assert [is_fail(call) for call in calls] == [False, True]
    assert "A text is overdue by 11 minutes." in calls[1]
    assert "P-7" not in calls[1]
    assert [entry["why"] for entry in logs if entry["event"].startswith("heartbeat")] == [
        "A text is overdue by 11 minutes."
    ]
    assert series(rig.metrics)["notifier_heartbeats_total ill"] == 1


def test_it_is_ill_once_dispatch_makes_no_progress(rig: Rig) -> None:
    [_, call] = rig.heard(lambda rig, _: rig.clock.wait(timedelta(minutes=4)))
    assert is_fail(call)
    assert "Dispatch has made no progress for 4 minutes." in call


def test_it_is_ill_once_the_ledger_fails(rig: Rig) -> None:
    def break_ledger(rig: Rig, pulse: Pulse) -> None:
        rig.clock.wait(timedelta(seconds=30))
        with rig.ledger.writing() as book:
            book._connection.exec_driver_sql("ALTER TABLE switches RENAME TO elsewhere")  # noqa: SLF001 - no door breaks it
        pulse.note_progress()

    [_, call] = rig.heard(break_ledger)
    assert "The ledger cannot be read." in call


def test_it_is_ill_until_the_files_were_read(rig: Rig) -> None:
    [call] = rig.heard(is_read=False)
    assert "The schedule files could not be read since the start." in call


def test_a_watcher_that_does_not_listen_is_logged_once_without_its_address(rig: Rig) -> None:
    with capture_logs() as logs:
        rig.heard(lambda *_: None, lambda *_: None, answer=http("404 Not Found", ""))
    told = [entry for entry in logs if entry["event"].startswith("heartbeat")]
    assert [(entry["event"], entry["why"]) for entry in told] == [("heartbeat not heard", "HTTP 404")]
    assert series(rig.metrics)["notifier_heartbeats_total unheard"] == 3


def test_the_service_tells_its_watcher(service: Service) -> None:
    service.have_due("P-1", ahead=timedelta(hours=1))

    async def work(watcher: CannedServer) -> None:
        service.settings["HEARTBEAT__URL"] = f"{watcher.base_url}{SECRET}"
        service.start()
        await asyncio.to_thread(until, lambda: watcher.requests, "a heartbeat")
        await asyncio.to_thread(service.stop)

    _, heard = with_watcher(work)
    assert heard[0].startswith(f"{SECRET} ")
    assert "a-secret-address" not in service.said
