"""Play days in seconds: the whole path from files to texts, under a clock that jumps to what comes next."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.actions.check_schedules import Checked
from notifier.actions.poll_receipts import poll_receipts
from notifier.actions.send_due import Pace, Sent, send_due
from notifier.actions.update_plan import Update, update_plan
from notifier.clock import JumpingClock
from notifier.core.guard import UNGUARDED
from notifier.gateway.sender import Sender
from notifier.ledger.opening import Ledger
from notifier.ledger.worker import LedgerWorker


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that a person does to the files at an instant."""

    at: datetime
    act: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Played:
    """One thing that happened, at the clock's `at`: the files were read, or texts went out."""

    at: datetime
    update: Update | None = None
    sent: tuple[Sent, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """What a rehearsal plays on."""

    read: Callable[[datetime], Checked]  # the files at an instant
    ledger: Ledger
    sender: Sender
    clock: JumpingClock
    pace: Pace


async def rehearse(stage: Stage, turns: Sequence[Turn] = ()) -> AsyncIterator[Played]:
    """Yield what happens from now on until nothing is left to send, in order."""
    worker = LedgerWorker(stage.ledger)
    try:
        yield Played(stage.clock.now(), update=await _update(stage, worker))
        waiting = sorted(turns, key=lambda turn: turn.at)
        while True:
            due = await worker(lambda ledger: _next_due(ledger, stage.pace.min_gap))
            if waiting and (due is None or waiting[0].at <= due):
                turn = waiting.pop(0)
                stage.clock.jump(turn.at)
                turn.act()
                yield Played(stage.clock.now(), update=await _update(stage, worker))
                continue
            if due is None:
                return
            stage.clock.jump(due)
            dispatch = await send_due(worker, stage.sender, stage.clock, stage.pace)
            await poll_receipts(worker, stage.sender, stage.clock, timedelta(0))
            yield Played(stage.clock.now(), sent=dispatch.sent)
    finally:
        worker.close()


async def _update(stage: Stage, worker: LedgerWorker) -> Update:
    now = stage.clock.now()
    checked = stage.read(now)
    return await worker(lambda ledger: update_plan(checked, ledger, UNGUARDED))


def _next_due(ledger: Ledger, min_gap: timedelta) -> datetime | None:
    with ledger.reading() as book:
        return book.next_due(min_gap)
