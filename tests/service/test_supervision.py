"""What systemd is told of the service: ready, reloading, stopping, how things stand, and that it works."""

import os
import signal
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.daemon.supervisor import Supervisor
from notifier.gateway.faults import AnswerLate
from tests.fakes.clinic_folder import a_reminder, write_patients, write_reminders
from tests.fakes.provider import Provider
from tests.fakes.service_manager import ServiceManager, listening_manager
from tests.service.rig import Service, now, until
from tests.service.test_run import rests


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceManager]:
    """Whoever starts the service and wants to be told."""
    path = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    with listening_manager(path) as manager:
        yield manager


def test_it_is_ready_when_its_first_plan_is_in_the_ledger(service: Service, manager: ServiceManager) -> None:
    write_reminders(service.schedules, now())
    write_patients(service.schedules, a_reminder("P-1", now() + timedelta(days=2)))
    service.start()
    until(lambda: "READY=1" in manager.heard, "READY=1")
    assert service.states == {"P-1/reminder/1": "planned", "P-1/ride/1": "planned"}
    assert manager.heard[0] == "READY=1"


def test_its_status_says_what_is_next_and_holds_no_patient(service: Service, manager: ServiceManager) -> None:
    due = now().replace(second=0, microsecond=0) + timedelta(days=2)
    write_reminders(service.schedules, now())
    write_patients(service.schedules, a_reminder("P-1", due))
    service.start()
    until(lambda: manager.statuses, "a status")
    assert manager.statuses[0] == f"next text {due:%a %Y-%m-%d %H:%M} UTC; 2 planned, 0 in doubt, 0 to call"


def test_its_status_says_that_texts_are_kept_back(service: Service, manager: ServiceManager) -> None:
    service.have_due("P-1")
    service.notifier("pause", "--by", "Anna", "--why", "fire drill")
    service.start()
    until(lambda: manager.statuses, "a status")
    assert manager.statuses[0].startswith("no text goes out: see notifier status; ")


def test_a_reload_reads_the_files_at_once_and_is_over_when_they_are_in_the_ledger(
    service: Service, manager: ServiceManager
) -> None:
    write_reminders(service.schedules, now())
    service.start()
    until(lambda: "READY=1" in manager.heard, "READY=1")
    write_patients(service.schedules, a_reminder("P-1", now() + timedelta(days=2)))
    os.kill(service.pid, signal.SIGHUP)
    until(lambda: manager.heard.count("READY=1") == 2, "the second READY=1")
    assert set(service.states) == {"P-1/reminder/1", "P-1/ride/1"}
    said = [line for line in manager.heard if not line.startswith("STATUS=")]
    assert said[:2] == ["READY=1", "RELOADING=1"]
    assert said[2].removeprefix("MONOTONIC_USEC=").isdecimal()
    assert said[3:] == ["READY=1"]


def test_a_reload_of_broken_files_is_over_too(service: Service, manager: ServiceManager) -> None:
    service.have_due("P-1")
    service.start()
    until(lambda: "READY=1" in manager.heard, "READY=1")
    service.break_patients_file()
    os.kill(service.pid, signal.SIGHUP)
    until(lambda: manager.heard.count("READY=1") == 2, "the second READY=1")


def test_it_says_that_it_stops(service: Service, manager: ServiceManager) -> None:
    service.have_due("P-1")
    service.start()
    until(lambda: "READY=1" in manager.heard, "READY=1")
    service.stop()
    assert "STOPPING=1" in manager.heard


def test_the_watchdog_is_fed_while_a_request_is_under_way(
    service: Service, manager: ServiceManager, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    provider.misbehave(AnswerLate(120))
    service.have_due("P-1")
    service.start()
    until(lambda: provider.messages, "the request")
    before = manager.heard.count("WATCHDOG=1")
    until(lambda: manager.heard.count("WATCHDOG=1") >= before + 3, "three more proofs of work")
    assert service.states == {"P-1/reminder/1": "claimed"}


def test_the_watchdog_of_another_process_is_not_fed(
    service: Service, manager: ServiceManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "100000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    service.have_due("P-1")
    service.start_ready()
    service.wait_for("accepted")
    service.stop()
    assert "READY=1" in manager.heard
    assert "WATCHDOG=1" not in manager.heard


def test_an_abort_by_the_watchdog_leaves_where_every_thread_stood(service: Service) -> None:
    service.have_due("P-1")
    service.start_ready()
    service.wait_for("accepted")
    looks: list[tuple[int, int]] = []

    def stands_still() -> bool:
        """Say so as of a service that hangs: of threads at work Python may lose the thread, and crash as it tells."""
        looks.append(rests(service.pid))
        return len(looks) > 2 and looks[-1] == looks[-3]

    until(stands_still, "it to stand still", pause=0.2)
    os.kill(service.pid, signal.SIGABRT)
    assert service.wait() == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in service.said
    assert 'cli/run.py", line ' in service.said


def test_an_abstract_socket_hears_it_too() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"\0notifier-{os.getpid()}")
        Supervisor(f"@notifier-{os.getpid()}").ready()
        assert ear.recv(100) == b"READY=1"


def test_nobody_who_listens_is_no_error(tmp_path: Path) -> None:
    Supervisor(str(tmp_path / "gone")).ready()


def test_a_status_is_said_once() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"\0notifier-{os.getpid()}")
        ear.settimeout(0)
        supervisor = Supervisor(f"@notifier-{os.getpid()}")
        for _ in range(2):
            supervisor.status("no text ahead")
        assert ear.recv(100) == b"STATUS=no text ahead"
        with pytest.raises(BlockingIOError):
            ear.recv(100)
