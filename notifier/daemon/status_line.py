"""How the ledger stands, in the line that `systemctl status` shows."""

from collections.abc import Callable
from datetime import tzinfo
from math import inf

from notifier.clock import Clock
from notifier.daemon import telling
from notifier.daemon.supervisor import Supervisor
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import Switch
from notifier.ledger.worker import LedgerWorker

SHARE = 50  # parts of the time, of which one at most goes into it: of a large ledger all messages are counted


class StatusLine:
    """Tells the supervisor how things stand."""

    def __init__(self, worker: LedgerWorker, zone: Callable[[], tzinfo], clock: Clock, supervisor: Supervisor) -> None:
        """`zone`: where times are told by the clock of."""
        self._worker, self._zone, self._clock, self._supervisor = worker, zone, clock, supervisor
        self._not_before = 0.0  # by the clock's `elapsed`

    async def renew(self) -> float:
        """Tell how things stand now; where that was told just before, return in how many seconds to do so, else inf."""
        begun = self._clock.elapsed()
        if not self._supervisor.is_heard:
            return inf
        if begun < self._not_before:
            return self._not_before - begun
        self._supervisor.status(await self._worker(self._sentence))
        ended = self._clock.elapsed()
        self._not_before = ended + SHARE * (ended - begun)
        return inf

    def _sentence(self, ledger: Ledger) -> str:
        with ledger.reading() as book:
            standing, counts, calls = book.standing(self._clock.now()), book.counts(), book.calls()
            held_by = book.switched_on(Switch.PAUSE) or book.switched_on(Switch.STOP)
        due = standing.oldest_overdue or standing.next_due
        return telling.in_one_line(due, counts, len(calls), self._zone(), is_held=held_by is not None)
