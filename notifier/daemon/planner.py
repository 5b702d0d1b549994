"""Reading the files and recording what they ask for, whenever they may have changed."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from functools import partial
from pathlib import Path

from notifier.actions.check_schedules import Checked, examine
from notifier.actions.compare_copies import compare_copy, note_copy
from notifier.actions.update_plan import (
    BrokenOffError,
    Terms,
    Update,
    Weighed,
    apply_update,
    note_waiting,
    watch_files,
    weigh_update,
)
from notifier.clock import Clock
from notifier.core.copies import Likeness
from notifier.core.guard import Limits
from notifier.core.model import Clinic
from notifier.daemon.memory import settle_memory
from notifier.daemon.telling import log_update
from notifier.intake.folder import ScheduleReader
from notifier.intake.watch import FolderWatch
from notifier.ledger.opening import Ledger
from notifier.ledger.worker import LedgerWorker
from notifier.logs import get_logger
from notifier.metrics import Metrics

AT_REST = 0.3  # seconds without an event: whoever writes has finished
PATIENCE_WITH_WRITERS = 1.2  # seconds; a change has its effect within 2
PATIENCE_WITH_OPEN_FILES = 8.0  # seconds; a file is not changed before whoever writes it closes it

_log = get_logger("notifier.planner")


class Planner:
    """Keeps the ledger in line with the files."""

    def __init__(
        self,
        folder: Path,
        worker: LedgerWorker,
        clock: Clock,
        limits: Limits,
        metrics: Metrics,
        *,
        host: str | None = None,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """`host`: what this one is called, where there are several; `leads`: whether it is the one that plans.

        One that does not plan only holds its files against those in force.
        """
        self._host, self._leads = host, leads
        self._worker, self._clock, self._limits, self._metrics = worker, clock, limits, metrics
        self._reader = ScheduleReader(folder)
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._watch = FolderWatch(folder, self._notify)
        self.last: Update | None = None  # None where the last reading failed: the next look tries again
        self.in_force: Update | None = None  # the last that the ledger follows
        self.planned_on: date | None = None
        self._planned_at: datetime | None = None  # when the ledger was last brought in line
        self._is_given_up = False
        self._planned_at_opt = 0  # how many times a phone had opted out or in

    @property
    def stands(self) -> Update | None:
        """The last update that the ledger follows; where the guard has stopped the first, that one."""
        return self.in_force or self.last

    @property
    def clinic(self) -> Clinic | None:
        """The clinic as the files last said."""
        schedules = self.stands.checked.reading.schedules if self.stands else None
        return schedules.clinic if schedules else None

    @property
    def zone(self) -> tzinfo:
        """Whose clock times are told by: the clinic's, or UTC while that is not known."""
        return self.clinic.time_zone if self.clinic else UTC

    def start(self) -> None:
        """Begin to watch the files, so that no change after the first reading is missed."""
        self._watch.start()

    def give_up(self) -> None:
        """Break off a planning that is under way: it may take longer than a stop, and nothing is written of it."""
        self._is_given_up = True

    def stop(self) -> None:
        """Watch no longer."""
        self._watch.stop()

    def ask(self) -> None:
        """Have `follow` plan anew, as after a change of the files."""
        self._changed.set()

    def take_over(self) -> None:
        """Have `follow` plan anew, with nothing in mind of what was in force: another host has planned until now."""
        self.in_force = None
        self.ask()

    def has_planned_since(self, instant: datetime) -> bool:
        """Whether a planning may have passed over what was on its way from that instant on."""
        is_planned_by_a_person = self.last is None or bool(self.last.waits)  # or may be: who accepts, plans
        return is_planned_by_a_person or self._planned_at is None or self._planned_at >= instant

    async def follow(self) -> None:
        """Wait until the files may have changed, and plan anew; whatever fails, the next look tries again."""
        await self._changed.wait()
        await self._settle()
        await self.plan_safely()

    async def look(self) -> None:
        """Plan anew where something has changed unnoticed.

        Time has passed; a file has changed on a network share, which tells of nothing; somebody
        has opted out or in by the command line.
        """
        if (
            self._is_to_plan(self._clock.now())
            or await asyncio.to_thread(self._reader.may_have_changed)
            or await self._worker(_last_opt) != self._planned_at_opt
        ):
            self.ask()

    async def plan_safely(self) -> None:
        """Plan; a failure is logged, and the next look tries again."""
        try:
            await self._plan()
        except Exception:  # noqa: BLE001 - whatever it was, what is in the ledger still has to go
            _log.exception("reading the files failed")
            self._metrics.note_failed_reading()
            self.last = None

    def _notify(self) -> None:
        """Take a change from the watch, which runs in a thread of its own."""
        self._loop.call_soon_threadsafe(self._changed.set)

    async def _plan(self) -> None:
        """Read the files and record what they ask for; what the guard stops waits for a person."""
        now = self._clock.now()
        self._planned_at_opt, good_files = await self._worker(_last_opt), await self._worker(_good_files)
        begun = self._clock.elapsed()
        checked = await asyncio.to_thread(lambda: examine(self._reader.read(now, good_files), now))
        took = self._clock.elapsed() - begun
        update = await self._bring_in_line(checked)
        if update is None:
            _log.info("planning broken off")
            return
        self._planned_at = self._clock.now()
        if not _is_known(update, self.last):
            log_update(update)
        self._metrics.note_reading(update, took)
        self.last = update
        if update.is_in_force:
            self.in_force = update
        elif update.checked.copy is not None and update.checked.copy.likeness is Likeness.OTHER:
            self.in_force = None  # what another host's files brought into force is not what this one has in mind
        if self.planned_on is None:
            await asyncio.to_thread(settle_memory)
        self.planned_on = now.astimezone(_zone(update)).date()

    async def _bring_in_line(self, read: Checked) -> Update | None:
        """Return what came of it; None where it was given up: whoever waited for it is gone by then, as a rule.

        As `update_plan` does; but what the guard stops is weighed beside all other work: of thousands of patients that
        takes many seconds, in which what is due has to go.
        """
        known = None if self.in_force is None else self.in_force.following
        terms = Terms(self._limits, known, in_full=False, is_given_up=lambda: self._is_given_up)
        while applied := await self._worker(lambda ledger: self._apply(read, ledger, terms)):
            checked, update = applied
            if update is not None:
                return update
            weighed = await self._worker.beside(partial(_weigh, checked, terms))
            if weighed is not None and weighed.update.waits:
                await self._worker(partial(note_waiting, weighed))
                return weighed.update
        return None

    def _apply(self, read: Checked, ledger: Ledger, terms: Terms) -> tuple[Checked, Update | None] | None:
        """Return what was read, held against what is in force among all hosts; and what came of it, as far as it may.

        None where it was given up.
        """
        checked = compare_copy(read, ledger, self._host)
        note_copy(checked, ledger, self._clock.now())
        if not self._leads():
            return checked, watch_files(checked)
        try:
            return checked, apply_update(checked, ledger, terms)
        except BrokenOffError:
            return None

    def _is_to_plan(self, now: datetime) -> bool:
        """Say whether to plan anew although no file has changed.

        The last reading failed, or waits for a person who may have accepted it meanwhile; or it was
        on another day, by the clinic's clock, on which a consent may begin to hold.
        """
        last = self.last
        return last is None or bool(last.waits) or self.planned_on != now.astimezone(_zone(last)).date()

    async def _settle(self) -> None:
        """Wait until the files have been at rest for a moment: changes that come together are taken together.

        A file that is still open is not read, or it would be taken for a shorter one.
        """
        watch, begun, is_at_rest = self._watch, self._loop.time(), False
        while self._loop.time() - begun < (PATIENCE_WITH_OPEN_FILES if watch.is_unfinished else PATIENCE_WITH_WRITERS):
            if is_at_rest and not watch.is_unfinished:
                break
            self._changed.clear()
            try:
                # Python 3.11's `wait_for` swallows a cancellation that comes with the event: a stop would hang.
                async with asyncio.timeout(AT_REST):
                    await self._changed.wait()
                is_at_rest = False
            except TimeoutError:
                is_at_rest = True
        watch.give_up_waiting()
        self._changed.clear()


def _weigh(checked: Checked, terms: Terms, ledger: Ledger) -> Weighed | None:
    try:
        return weigh_update(checked, ledger, terms)
    except BrokenOffError:
        return None


def _is_known(update: Update, last: Update | None) -> bool:
    """Say whether the same waits as a minute ago: it was logged then."""
    if last is None or not update.waits:
        return False
    return (update.waits, update.checked.problems) == (last.waits, last.checked.problems)


def _zone(update: Update) -> tzinfo:
    """Return the zone by whose clock a new day begins for the files."""
    schedules = update.checked.reading.schedules
    return UTC if schedules is None else schedules.clinic.time_zone


def _good_files(ledger: Ledger) -> dict[str, bytes]:
    with ledger.reading() as book:
        return book.good_files()


def _last_opt(ledger: Ledger) -> int:
    with ledger.reading() as book:
        return book.last_opt()
