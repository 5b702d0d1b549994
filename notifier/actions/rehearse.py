"""Play days in seconds: the whole path from files to texts, under a clock that jumps to what comes next."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from notifier.actions.check_schedules import Checked
from notifier.actions.poll_receipts import poll_receipts
from notifier.actions.send_due import send_due
from notifier.actions.take_reply import Taken, take_reply
from notifier.actions.take_turn import Pace
from notifier.actions.try_attempts import Sent
from notifier.actions.update_calls import update_calls
from notifier.actions.update_plan import Update, update_plan
from notifier.clock import JumpingClock
from notifier.core.guard import UNGUARDED
from notifier.core.replies import Inbound
from notifier.gateway.sender import Sender
from notifier.ledger.opening import Ledger
from notifier.ledger.worker import LedgerWorker

_JUST_AFTER = timedelta(microseconds=1)  # L is a minute in which a text may still go


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that a person does to the files at an instant."""

    at: datetime
    act: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Reply:
    """Something that a patient writes back at an instant."""

    at: datetime
    inbound: Inbound


@dataclass(frozen=True, slots=True)
class Outage:
    """Half-open time in which the service is down: it reads no file and sends no text."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Played:
    """What happened at the clock's `at`: replies came, the files were read, or texts went out."""

    at: datetime
    replies: tuple[tuple[Inbound, Taken], ...] = ()
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
    outages: tuple[Outage, ...] = ()

    def jump(self, to: datetime) -> None:
        """Go to an instant, or to the end of the outage that it lies in."""
        self.clock.jump(self.up_at(to))

    def up_at(self, instant: datetime) -> datetime:
        """Return when the service can do what is due at an instant."""
        for outage in sorted(self.outages, key=lambda outage: outage.start):
            if outage.start <= instant < outage.end:
                instant = outage.end
        return instant


async def rehearse(stage: Stage, turns: Sequence[Turn | Reply] = ()) -> AsyncIterator[Played]:
    """Yield what happens from now on until nothing is left to send and nobody left to call, in order."""
    worker = LedgerWorker(stage.ledger)
    waiting = sorted(turns, key=lambda turn: turn.at)
    try:
        stage.jump(stage.clock.now())
        update = await _update(stage, worker)
        yield Played(stage.clock.now(), update=update)
        await _look(stage, worker, update)
        while True:
            due, deadline = await worker(lambda ledger: _next(ledger, stage.pace.min_gap))
            now = stage.clock.now()
            turn, send, look = (
                None if each is None else stage.up_at(max(each, now))
                for each in (waiting[0].at if waiting else None, due, deadline)
            )
            at = min((each for each in (turn, send, look) if each is not None), default=None)
            if at is None:
                return
            if at == turn:
                stage.clock.jump(at)
                now_due = [each for each in waiting if stage.up_at(each.at) <= at]
                del waiting[: len(now_due)]
                played = await _act(stage, worker, now_due, update)
                update = played.update or update
                yield played
            elif at == send:
                stage.clock.jump(at)
                yield Played(at, sent=await _send(stage, worker))
            else:
                stage.clock.jump(at + _JUST_AFTER)
            await _look(stage, worker, update)
    finally:
        worker.close()


async def _act(stage: Stage, worker: LedgerWorker, turns: Sequence[Turn | Reply], last: Update) -> Played:
    """Take replies and have the files edited, then read them where the service would."""
    now, schedules = stage.clock.now(), last.checked.reading.schedules
    clinic = schedules.clinic if schedules else None
    replies: list[tuple[Inbound, Taken]] = []
    for turn in turns:
        if isinstance(turn, Turn):
            turn.act()
            continue
        taken = await worker(partial(take_reply, turn.inbound, clinic=clinic, now=now))
        replies.append((turn.inbound, taken))
    is_to_read = len(replies) < len(turns) or any(taken.is_changed for _, taken in replies)
    return Played(now, tuple(replies), await _update(stage, worker) if is_to_read else None)


async def _update(stage: Stage, worker: LedgerWorker) -> Update:
    now = stage.clock.now()
    checked = stage.read(now)
    return await worker(lambda ledger: update_plan(checked, ledger, UNGUARDED))


async def _send(stage: Stage, worker: LedgerWorker) -> tuple[Sent, ...]:
    """Send what is due, and ask at once what became of it; return the attempts."""
    dispatch = await send_due(worker, stage.sender, stage.clock, stage.pace)
    await poll_receipts(worker, stage.sender, stage.clock, timedelta(0))
    return dispatch.sent


async def _look(stage: Stage, worker: LedgerWorker, update: Update) -> None:
    """Keep the call list true, as the service does once a minute."""
    now, reading = stage.clock.now(), update.checked.reading
    await worker(lambda ledger: update_calls(reading, ledger, now, is_in_force=update.is_in_force))


def _next(ledger: Ledger, min_gap: timedelta) -> tuple[datetime | None, datetime | None]:
    """Return when a text is due, and when time alone may change something."""
    with ledger.reading() as book:
        return book.next_due(min_gap), book.next_look()
