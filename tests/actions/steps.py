"""Steps that many tests of actions take."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from notifier.actions.check_schedules import Checked, check_schedules
from notifier.actions.send_due import send_due
from notifier.actions.take_turn import Dispatch, Pace
from notifier.actions.update_plan import Update, update_plan
from notifier.clock import JumpingClock
from notifier.core.delivery import Change, ChangeKind, Record
from notifier.core.guard import UNGUARDED, Limits
from notifier.core.lifecycle import State
from notifier.gateway.sender import Sender
from notifier.ledger.opening import Ledger
from notifier.ledger.worker import LedgerWorker

PACE = Pace(batch=10, min_gap=timedelta(seconds=30), lease=timedelta(minutes=2))
DENVER = ZoneInfo("America/Denver")

Result = TypeVar("Result")


def denver(wall: str) -> datetime:
    """Return the instant at which clocks in Denver show `2026-12-02 13:30`."""
    return datetime.fromisoformat(wall).replace(tzinfo=DENVER)


def shown(instant: datetime | None) -> str:
    """Return what a calendar and a clock in Denver show: `Wed 2026-12-02 13:30`."""
    return "-" if instant is None else f"{instant.astimezone(DENVER):%a %Y-%m-%d %H:%M}"


def record(ledger: Ledger, *records: Record, now: datetime) -> None:
    """Put messages into the ledger, as an update does."""
    with ledger.writing() as book:
        book.apply([Change(ChangeKind.NEW, None, one) for one in records], now, "files")


def check(folder: Path, ledger: Ledger, now: datetime) -> Checked:
    """Read the files as the service does, with what the ledger keeps of their last good versions."""
    with ledger.reading() as book:
        return check_schedules(folder, now, book.good_files())


def update(folder: Path, ledger: Ledger, now: datetime, limits: Limits = UNGUARDED) -> Update:
    return update_plan(check(folder, ledger, now), ledger, limits)


def with_worker(ledger: Ledger, work: Callable[[LedgerWorker], Awaitable[Result]]) -> Result:
    """Return what `work` comes to, in a loop of its own."""

    async def run() -> Result:
        worker = LedgerWorker(ledger)
        try:
            return await work(worker)
        finally:
            worker.close()

    return asyncio.run(run())


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what it waits for is another's, and tells of nothing
            await asyncio.sleep(0.005)


def send(ledger: Ledger, sender: Sender, clock: JumpingClock, pace: Pace = PACE) -> Dispatch:
    """Send what is due."""
    return with_worker(ledger, lambda worker: send_due(worker, sender, clock, pace))


def states(ledger: Ledger, patient: str = "P-1042") -> dict[str, State]:
    """Return the state of each of a patient's texts, by step; of the highest revision."""
    with ledger.reading() as book:
        return {one.draft.step: one.state for one in book.messages(patient)}


def told(ledger: Ledger, patient: str = "P-1042") -> list[tuple[str, str | None]]:
    """Return what the story of a patient says, without when."""
    with ledger.reading() as book:
        return [(event.what, event.why) for event in book.story(patient)]
