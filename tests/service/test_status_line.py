"""The line for `systemctl status` is true, and to say it of a large ledger takes little of the time."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, timedelta, tzinfo
from math import inf
from pathlib import Path

import pytest

from notifier.clock import JumpingClock
from notifier.daemon.status_line import SHARE, StatusLine
from notifier.daemon.supervisor import Supervisor
from notifier.ledger.opening import Ledger, open_ledger
from notifier.ledger.worker import LedgerWorker
from tests.builders import NOON, a_record
from tests.ledger.steps import record_new

TAKES = timedelta(seconds=0.1)  # that the ledger is looked through
NOTHING = b"STATUS=no text ahead; 0 planned, 0 in doubt, 0 to call"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(f"sqlite:///{tmp_path}/ledger.db") as opened:
        yield opened


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as ear:
        ear.bind(str(tmp_path / "ear"))
        yield ear


def test_it_is_told_anew_once_fifty_times_as_long_has_passed_as_it_took(
    ledger: Ledger, tmp_path: Path, heard: socket.socket
) -> None:
    clock = JumpingClock(NOON)
    worker = LedgerWorker(ledger)

    def slow() -> tzinfo:
        clock.wait(TAKES)
        return UTC

    line = StatusLine(worker, slow, clock, Supervisor(str(tmp_path / "ear")))

    async def renew() -> None:
        assert await line.renew() == inf
        assert heard.recv(200) == NOTHING
        record_new(ledger, a_record(place=NOON + timedelta(hours=1)))
        wait = await line.renew()
        assert wait == pytest.approx(SHARE * TAKES.total_seconds())
        with pytest.raises(BlockingIOError):
            heard.recv(200)
        clock.wait(timedelta(seconds=wait))
        assert await line.renew() == inf
        assert b"1 planned" in heard.recv(200)

    try:
        asyncio.run(renew())
    finally:
        worker.close()


def test_where_nobody_listens_nothing_is_counted(ledger: Ledger) -> None:
    worker = LedgerWorker(ledger)
    worker.close()  # a look would raise
    assert asyncio.run(StatusLine(worker, lambda: UTC, JumpingClock(NOON), Supervisor()).renew()) == inf
