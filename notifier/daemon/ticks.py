"""Ticks: APScheduler jobs that each say when they want to run again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from notifier.clock import SystemClock
from notifier.logs import get_logger

LONGEST = 60.0  # seconds; idle, the service wakes no more often, and never more rarely
AT_ONCE = 0.01  # seconds; never sooner, so that a mistake of ours cannot spin
AFTER_FAILURE = 5.0  # seconds

_log = get_logger("notifier.ticks")


@dataclass(slots=True)
class _Tick:
    action: Callable[[], Awaitable[float]]
    task: asyncio.Task[None] | None = None
    ended: float = 0.0  # by the loop's clock
    is_wanted: bool = False  # somebody has asked for another run while this one was under way

    @property
    def is_running(self) -> bool:
        return self.task is not None and not self.task.done()


class Ticks:
    """Runs each action, again and again, after as many seconds as it returned.

    An action that fails is logged and run again: what is in the ledger still has to go.
    """

    def __init__(self, longest: float = LONGEST, *, tell_failure: Callable[[str], None] = lambda _: None) -> None:
        """`longest`: seconds between two runs of any action; `tell_failure` hears the name of one that failed."""
        self._longest, self._tell_failure = longest, tell_failure
        self._ticks: dict[str, _Tick] = {}
        # APScheduler goes by the machine's clock.
        self._machine = SystemClock()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # The defaults drop a run that is a second late, and one that comes before the scheduler has noted the end
            # of the last: a lost tick would be a lost text. That an action runs once at a time is seen to by `_run`.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )
        self._guard: asyncio.Task[None] | None = None

    def start(self, actions: dict[str, Callable[[], Awaitable[float]]]) -> None:
        """Begin to run the actions, each at once and then when it wants to."""
        self._scheduler.start()
        for name, action in actions.items():
            self._ticks[name] = _Tick(action)
            self._scheduler.add_job(
                self._run, "interval", seconds=self._longest, id=name, args=[name], next_run_time=self._machine.now()
            )
        self._guard = asyncio.create_task(self._watch())

    def bring_forward(self, name: str) -> None:
        """Run an action as soon as may be; where it runs just now, once more after that."""
        tick = self._ticks.get(name)
        if tick is None:  # not started yet, and then it runs at once
            return
        tick.is_wanted = True
        if not tick.is_running:
            self._schedule(name, AT_ONCE)

    async def stop(self, patience: float) -> bool:
        """Begin no more runs, let those under way end within `patience` seconds, and break off the others.

        Returns False where one had to be broken off.
        """
        if self._guard is not None:
            self._guard.cancel()
        if self._scheduler.running:
            self._scheduler.remove_all_jobs()
        running = {tick.task for tick in self._ticks.values() if tick.task is not None and not tick.task.done()}
        self._ticks.clear()
        hanging = (await asyncio.wait(running, timeout=patience))[1] if running else set()
        for task in hanging:
            task.cancel()
        if hanging:
            await asyncio.wait(hanging)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        return not hanging

    async def _run(self, name: str) -> None:
        tick = self._ticks.get(name)
        if tick is None or tick.is_running:
            return
        tick.task = asyncio.current_task()
        tick.is_wanted = False
        self._scheduler.modify_job(name, next_run_time=None)  # a long run is no reason to warn of the next
        try:
            wait = await tick.action()
        except asyncio.CancelledError:  # by `stop`, which says so
            return
        except Exception:  # noqa: BLE001 - whatever it was, the texts of tomorrow still have to go
            _log.exception("tick failed", tick=name)
            self._tell_failure(name)
            wait = AFTER_FAILURE
        tick.ended, tick.task = asyncio.get_running_loop().time(), None
        if name in self._ticks:
            self._schedule(name, AT_ONCE if tick.is_wanted else wait)

    def _schedule(self, name: str, wait: float) -> None:
        seconds = min(max(wait, AT_ONCE), self._longest)
        self._scheduler.modify_job(name, next_run_time=self._machine.now() + timedelta(seconds=seconds))

    async def _watch(self) -> None:
        """Run what should have run long ago: the scheduler waits for as long as the machine's clock was set back."""
        time = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(self._longest)
            for name, tick in self._ticks.items():
                if not tick.is_running and time() - tick.ended > self._longest + AFTER_FAILURE:
                    _log.warning("the machine's clock was set back", tick=name)
                    self._schedule(name, AT_ONCE)
