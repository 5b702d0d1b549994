"""Which of several hosts plans: this one, while it has the seat."""

import asyncio
from collections.abc import Awaitable, Callable

from notifier.daemon.ticks import LONGEST
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger
from notifier.ledger.postgres import PLAN, signature
from notifier.ledger.seat import MOST_ASTRAY, Seat
from notifier.ledger.worker import LedgerWorker
from notifier.logs import get_logger

LOOK_EVERY = 2.0  # seconds: a seat that has become free is seen within that
AFTER_FAILURE = 1.0  # seconds
_Action = Callable[[], Awaitable[float]]

_log = get_logger("notifier.lead")


class Lead:
    """Keeps the planner's seat while this host has it, and hears when another has written something."""

    def __init__(self, seat: Seat | None, *, begun: Callable[[], None], heard: Callable[[bool], None]) -> None:
        """`seat`: None where the ledger has one host, which plans.

        `begun` is called each time that this host begins to plan, `heard` each time that something was written, with
        whether the files have to be planned anew for it.
        """
        self._seat, self._begun, self._heard = seat, begun, heard
        self._is_lost = False  # the line to the ledger: logged once
        self._is_astray = False  # likewise
        self._is_stopping = False
        self._keeping: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None

    @property
    def host(self) -> str | None:
        """What this host is called among others; None where there are none."""
        return None if self._seat is None else self._seat.host

    @property
    def leads(self) -> bool:
        """Whether this host plans."""
        return self._seat is None or self._seat.term is not None

    def fenced(self, worker: LedgerWorker) -> LedgerWorker:
        """Return the worker for what only the host that plans does: it refuses to write where this is another."""
        seat = self._seat
        return worker if seat is None else worker.led(lambda: seat.term)

    @property
    def astray(self) -> str | None:
        """Return that this host's clock is wrong, in words; None where it is right, or nobody else goes by it."""
        ahead = self._seat.ahead if self._seat is not None else 0.0
        if abs(ahead) <= MOST_ASTRAY:
            return None
        return f"this host's clock is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} the database's"

    def where_planned(self, action: _Action) -> _Action:
        """Return an action that is the business of the one host that plans: elsewhere it does nothing."""

        async def act() -> float:
            return await action() if self.leads else LONGEST

        return act

    def while_in_time(self, action: _Action) -> _Action:
        """Return an action that only a host does whose clock is right.

        By another's clock a claim of this one's might be long over, and be sent again while it is under way.
        """

        async def act() -> float:
            wait = await action() if self.astray is None else LOOK_EVERY
            return wait if self.astray is None else LOOK_EVERY

        return act

    async def look(self, patience: float = 0.0) -> None:
        """Take or keep the seat, and listen for so many seconds; a ledger that cannot be reached takes it away."""
        if self._seat is None:
            return
        led = self.leads
        try:
            words = await asyncio.to_thread(self._seat.keep, patience)
        except LedgerError as error:
            if not self._is_lost:
                _log.error("the line to the ledger is lost", why=str(error), planned=led)
            self._is_lost = True
            await asyncio.sleep(AFTER_FAILURE if patience else 0)
            return
        self._is_lost = False
        self._tell_time()
        if self.leads and not led:
            _log.info("this host plans", term=self._seat.term)
            self._begun()
        # Its own planning must not have it plan again: while a change waits for a person, it would do nothing else.
        if words - {signature(self._seat.term)}:
            self._heard(PLAN in words)

    def ask_planner(self, worker: LedgerWorker) -> None:
        """Have the host that plans do so anew, though it cannot see why: what concerns it was written in dispatch."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_planner(worker))

    async def _ask_planner(self, worker: LedgerWorker) -> None:
        while not self._is_stopping:
            try:
                await worker(_call_for_plan)
            except LedgerError:
                await asyncio.sleep(AFTER_FAILURE)
            else:
                return

    def start(self) -> None:
        """Look again and again, until told to stop."""
        if self._seat is not None:
            self._keeping = asyncio.create_task(self._keep())

    def stop(self) -> None:
        """Look no more; what is under way may still be written."""
        self._is_stopping = True

    async def leave(self) -> None:
        """Stop, and let another host plan at once."""
        self.stop()
        working = {task for task in (self._keeping, self._asking) if task is not None}
        if working:
            await asyncio.wait(working)
        if self._seat is not None:
            await asyncio.to_thread(self._seat.leave)  # which waits for a server that does not answer

    def _tell_time(self) -> None:
        if self.astray is not None and not self._is_astray:
            _log.error("nothing is sent from here", why=self.astray)
        self._is_astray = self.astray is not None

    async def _keep(self) -> None:
        while not self._is_stopping:
            try:
                await self.look(LOOK_EVERY)
            except Exception:  # noqa: BLE001 - whatever it was: a host that looks no more never plans, and never hears of it
                _log.exception("looking for the planner's seat failed")
                await asyncio.sleep(AFTER_FAILURE)


def _call_for_plan(ledger: Ledger) -> None:
    with ledger.aside() as book:
        book.wake_hosts(PLAN)
