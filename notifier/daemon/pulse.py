"""How the service does, for whoever asks: metrics, the page for ops, and the watcher that must be told."""

from notifier.actions.take_vitals import Overview, Vitals, VitalsTaker
from notifier.clock import Clock
from notifier.daemon.planner import Planner
from notifier.heartbeat import Heartbeat
from notifier.ledger.errors import LedgerError
from notifier.ledger.worker import LedgerWorker
from notifier.logs import get_logger
from notifier.metrics import Metrics

NO_PROGRESS_AFTER = 180.0  # seconds: dispatch looks at the ledger every minute, however little there is to do

_log = get_logger("notifier.daemon")


class Pulse:
    """Knows how the service does."""

    def __init__(self, worker: LedgerWorker, planner: Planner, clock: Clock, metrics: Metrics) -> None:
        self._planner, self._clock, self._metrics = planner, clock, metrics
        self._taker = VitalsTaker(worker, clock)
        self._progressed = clock.elapsed()
        self._is_unheard = False

    def note_progress(self) -> None:
        """Take note that dispatch has got through its work, or through a part of it."""
        self._progressed = self._clock.elapsed()

    @property
    def progress_age(self) -> float:
        """For how many seconds dispatch has not shown that it works."""
        return self._clock.elapsed() - self._progressed

    async def exposition(self) -> bytes:
        """Return the metrics, in Prometheus's text format."""
        return self._metrics.exposition(await self._vitals(), self.progress_age)

    async def overview(self) -> Overview:
        """Return how everything stands."""
        vitals = await self._vitals()
        update = self._planner.last or self._planner.in_force
        return Overview(self._clock.now(), vitals, update, self._why_ill(vitals))

    async def _vitals(self) -> Vitals | None:
        """Return how the ledger stands; None where it cannot be read."""
        try:
            return await self._taker.take()
        except LedgerError:
            return None

    def _why_ill(self, vitals: Vitals | None) -> str | None:
        """Return why texts do not go out as they should, in words without patient data; None where they do."""
        if vitals is None:
            return "The ledger cannot be read."
        if self._planner.planned_on is None:
            return "The schedule files could not be read since the start."
        if self.progress_age > NO_PROGRESS_AFTER:
            return f"Dispatch has made no progress for {self.progress_age / 60:.0f} minutes."
        if vitals.is_overdue:
            return f"A text is overdue by {vitals.lag.total_seconds() / 60:.0f} minutes."
        return None

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Tell the watcher how the service does; that it does not listen is logged once."""
        why_ill = self._why_ill(await self._vitals())
        unheard = await heartbeat.beat(why_ill)
        self._metrics.count_beat("unheard" if unheard else "ill" if why_ill else "well")
        if unheard and not self._is_unheard:
            _log.error("heartbeat not heard", why=unheard)
        elif why_ill:
            _log.error("heartbeat told that the service is ill", why=why_ill)
        self._is_unheard = unheard is not None
