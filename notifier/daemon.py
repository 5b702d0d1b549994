"""The daemon: ticks on APScheduler that sleep until the next message is due, and a clean end."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

import structlog
from aiolimiter import AsyncLimiter
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from notifier.actions.check_schedules import examine
from notifier.actions.poll_receipts import poll_receipts
from notifier.actions.send_due import Dispatch, Pace, send_due
from notifier.actions.update_calls import CallsUpdate, Watch, update_calls
from notifier.actions.update_plan import Update, update_plan
from notifier.clock import Clock
from notifier.core.delivery import AnswerKind
from notifier.core.guard import Limits
from notifier.core.problems import Severity
from notifier.gateway.sender import Sender
from notifier.intake.folder import ScheduleReader
from notifier.intake.watch import FolderWatch
from notifier.ledger.opening import Ledger
from notifier.ledger.worker import LedgerWorker

LOOK_EVERY = timedelta(seconds=60)  # idle, it wakes no more often
AT_ONCE = timedelta(milliseconds=50)  # never sooner, so that a mistake of ours cannot spin
AT_REST = 0.3  # seconds without an event: whoever writes has finished
PATIENCE_WITH_WRITERS = 1.2  # seconds; a change has its effect within 2
PATIENCE_WITH_OPEN_FILES = 8.0  # seconds; a file is not changed before whoever writes it closes it
AFTER_FAILURE = timedelta(seconds=5)
AFTER_REFUSAL = timedelta(seconds=60)  # of our configuration: mended by a person, not by asking often
PATIENCE = 8.0  # seconds for what is in flight when the daemon is told to stop; 10 is the promise

_TICK = "tick"
_CALL = "somebody has to be called: notifier calls"

_log = structlog.get_logger("notifier.daemon")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a daemon works with."""

    folder: Path  # of the schedule files
    ledger: Ledger
    sender: Sender
    clock: Clock
    pace: Pace
    limiter: AsyncLimiter
    limits: Limits


class Daemon:
    """Loads the files, then sends what falls due until it is told to stop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._worker = LedgerWorker(parts.ledger)
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # The defaults drop a run that is a second late: a lost tick would be a lost text.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._stopping = asyncio.Event()
        self._tick: asyncio.Task[None] | None = None
        self._next_look = datetime.min.replace(tzinfo=UTC)
        self._resume_at = datetime.min.replace(tzinfo=UTC)
        self._reader = ScheduleReader(parts.folder)
        self._files_changed = asyncio.Event()
        self._last: Update | None = None  # None where the last reading failed: the next look tries again
        self._in_force: Update | None = None  # the last that the ledger follows
        self._planned_on: date | None = None
        self._calls_watch: Watch | None = None

    def why_not_ready(self) -> str | None:
        """Return why the service is not ready, in words; None when it is."""
        if self._stopping.is_set():
            return "stopping"
        return None if self._planned_on else "the first plan is not in the ledger yet"

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT; then finish what is in flight, within 10 seconds."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self._stopping.set)
        watch = FolderWatch(self._parts.folder, lambda: _notify(loop, self._files_changed))
        following: asyncio.Task[None] | None = None
        try:
            watch.start()
            await self._doubt_what_was_left()
            await self._plan_safely()
            self._scheduler.start()
            # One job that always comes again: each tick only brings its next run forward.
            self._scheduler.add_job(
                self._run_tick,
                "interval",
                seconds=LOOK_EVERY.total_seconds(),
                id=_TICK,
                next_run_time=self._parts.clock.now(),
            )
            following = asyncio.create_task(self._follow_files(watch))
            await self._stopping.wait()
            _log.info("stopping")
            following.cancel()
            await self._finish()
        finally:
            watch.stop()
            if following is not None:
                following.cancel()
                await asyncio.wait({following})
            for signum in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(signum)
            self._worker.close()
        _log.info("stopped")

    async def _plan_safely(self) -> bool:
        """Plan and say whether that succeeded; a failure is logged, and the next look tries again."""
        try:
            await self._plan()
        except Exception:  # noqa: BLE001 - whatever it was, what is in the ledger still has to go
            _log.exception("reading the files failed")
            self._last = None
        return self._last is not None

    async def _doubt_what_was_left(self) -> None:
        """Put what a crash left in flight in doubt at once: while it is claimed, other texts to its phone wait."""
        now = self._parts.clock.now()
        left = await self._worker(lambda ledger: _doubt_all_claimed(ledger, now))
        if left:
            _log.error("in doubt after a crash", messages=left)

    async def _plan(self) -> None:
        """Read the files and record what they ask for; what the guard stops waits for a person."""
        now = self._parts.clock.now()
        good_files = await self._worker(_good_files)
        checked = await asyncio.to_thread(lambda: examine(self._reader.read(now, good_files), now))
        update = await self._worker(lambda ledger: update_plan(checked, ledger, self._parts.limits))
        if not _is_known(update, self._last):
            log_update(update)
        self._last = update
        self._in_force = update if update.is_in_force else self._in_force
        self._planned_on = now.astimezone(_zone(update)).date()

    async def _follow_files(self, watch: FolderWatch) -> None:
        """Plan anew whenever the files may have changed."""
        while True:
            await self._files_changed.wait()
            await self._settle(watch)
            if await self._plan_safely():
                self._scheduler.modify_job(_TICK, next_run_time=self._parts.clock.now() + AT_ONCE)

    async def _settle(self, watch: FolderWatch) -> None:
        """Wait until the files have been at rest for a moment: changes that come together are taken together.

        A file that is still open is not read, or it would be taken for a shorter one.
        """
        time = asyncio.get_running_loop().time
        begun = time()
        is_at_rest = False
        while time() - begun < (PATIENCE_WITH_OPEN_FILES if watch.is_unfinished else PATIENCE_WITH_WRITERS):
            if is_at_rest and not watch.is_unfinished:
                break
            self._files_changed.clear()
            try:
                await asyncio.wait_for(self._files_changed.wait(), AT_REST)
                is_at_rest = False
            except TimeoutError:
                is_at_rest = True
        watch.give_up_waiting()
        self._files_changed.clear()

    async def _finish(self) -> None:
        """Let the tick under way end by itself; break it off where that takes too long."""
        if self._scheduler.running:
            self._scheduler.remove_all_jobs()
        if self._tick is not None and not self._tick.done():
            await asyncio.wait({self._tick}, timeout=PATIENCE)
            self._tick.cancel()
            await asyncio.wait({self._tick})
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _run_tick(self) -> None:
        """Do what is due, and sleep until the next thing is; a failure is logged and tried again."""
        self._tick = asyncio.current_task()
        try:
            wake_at = await self._do_what_is_due()
        except asyncio.CancelledError:  # by `_finish`; the ledger knows which texts are in doubt now
            _log.error("broken off: requests hung for too long")
            return
        except Exception:  # noqa: BLE001 - whatever it was, the texts of tomorrow still have to go
            _log.exception("tick failed")
            wake_at = self._parts.clock.now() + AFTER_FAILURE
        if not self._stopping.is_set():
            soonest = self._parts.clock.now() + AT_ONCE
            self._scheduler.modify_job(_TICK, next_run_time=max(wake_at, soonest))

    async def _do_what_is_due(self) -> datetime:
        """Return when to wake next."""
        clock = self._parts.clock
        while not self._stopping.is_set():
            if clock.now() >= self._next_look:
                await self._look()
            if clock.now() < self._resume_at:
                return min(self._resume_at, self._next_look)
            dispatch = await send_due(
                self._worker,
                self._parts.sender,
                clock,
                self._parts.pace,
                limiter=self._parts.limiter,
                stopping=self._stopping,
            )
            self._log_dispatch(dispatch)
            if dispatch.is_empty:
                break
        due = await self._worker(lambda ledger: _next_due(ledger, self._parts.pace.min_gap))
        return self._next_look if due is None else min(due, self._next_look)

    async def _look(self) -> None:
        """Once a minute: what became of accepted texts, whom to call, and whether files have changed unnoticed."""
        now = self._parts.clock.now()
        self._next_look = now + LOOK_EVERY
        # A network share tells of nothing.
        if self._is_to_plan(now) or await asyncio.to_thread(self._reader.may_have_changed):
            self._files_changed.set()
        for received in await poll_receipts(self._worker, self._parts.sender, self._parts.clock, LOOK_EVERY):
            _log.info("receipt", key=received.key, state=received.state)
        await self._update_calls(now)

    def _is_to_plan(self, now: datetime) -> bool:
        """Say whether to plan anew although no file has changed.

        The last reading failed, or waits for a person who may have accepted it meanwhile; or it was
        on another day, by the clinic's clock, on which a consent may begin to hold.
        """
        last = self._last
        return last is None or bool(last.waits) or self._planned_on != now.astimezone(_zone(last)).date()

    async def _update_calls(self, now: datetime) -> None:
        stands = self._in_force or self._last
        if stands is None:
            return
        reading, is_in_force, watch = stands.checked.reading, stands.is_in_force, self._calls_watch
        update = await self._worker(lambda ledger: update_calls(reading, ledger, watch, now, is_in_force=is_in_force))
        self._calls_watch = update.watch
        _log_calls(update)

    def _log_dispatch(self, dispatch: Dispatch) -> None:
        for one in dispatch.sent:
            say = _log.info if one.answer.kind is AnswerKind.ACCEPTED else _log.error
            say(one.answer.kind.value, key=one.attempt.key, attempt=one.attempt.ordinal, code=one.answer.code)
        for key in dispatch.expired:
            _log.error("expired", key=key)
        for key in dispatch.replaced:
            _log.warning("placed again", key=key)
        if dispatch.abandoned:
            _log.error("in doubt after a crash", messages=dispatch.abandoned)
        refused = {one.answer.code for one in dispatch.sent if one.answer.kind is AnswerKind.CONFIGURATION}
        if refused:
            self._resume_at = self._parts.clock.now() + AFTER_REFUSAL
            _log.error("dispatch stopped: the provider refuses our settings", codes=sorted(map(str, refused)))


def log_update(update: Update) -> None:
    """Log what an update found and did: problems by their place and code, changes by their count."""
    for problem in update.checked.problems:
        say: Callable[..., object] = _log.error if problem.severity is Severity.ERROR else _log.warning
        say("problem", file=problem.spot.file, line=problem.spot.line, column=problem.spot.column, code=problem.code)
    counts: dict[str, int] = {}
    for change in update.changes:
        counts[change.kind] = counts.get(change.kind, 0) + 1
    for sentence in update.waits:
        _log.error("the change waits for a person: notifier changes --accept", why=sentence)
    for file in update.checked.last_good:
        _log.error("the last good version of a file is in force", file=file)
    for call in () if update.waits else update.new_calls:
        _log.warning(_CALL, patient=call.patient, why=call.reason)
    _log.info("planned", messages=len(update.checked.plan.messages), changes=counts)


def _is_known(update: Update, last: Update | None) -> bool:
    """Say whether the same waits as a minute ago: it was logged then."""
    if last is None or not update.waits:
        return False
    return (update.waits, update.checked.problems) == (last.waits, last.checked.problems)


def _log_calls(update: CallsUpdate) -> None:
    for key in update.expired:
        _log.error("expired", key=key)
    for entry in update.turned:
        if entry.closed_at is None:
            _log.warning(_CALL, patient=entry.patient, why=entry.reason)


def _notify(loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
    """Set an event of the loop from another thread."""
    loop.call_soon_threadsafe(changed.set)


def _zone(update: Update) -> tzinfo:
    """Return the zone by whose clock a new day begins for the files."""
    schedules = update.checked.reading.schedules
    return UTC if schedules is None else schedules.clinic.time_zone


def _good_files(ledger: Ledger) -> dict[str, bytes]:
    with ledger.reading() as book:
        return book.good_files()


def _doubt_all_claimed(ledger: Ledger, now: datetime) -> int:
    """Only for the holder of the daemon's lock: nobody else can be sending."""
    with ledger.writing() as book:
        return book.doubt_abandoned(now, by_the_dead=True)


def _next_due(ledger: Ledger, min_gap: timedelta) -> datetime | None:
    with ledger.reading() as book:
        return book.next_due(min_gap)
