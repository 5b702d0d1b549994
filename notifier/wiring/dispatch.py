"""How fast texts go out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from aiolimiter import AsyncLimiter

from notifier.actions.keep_pace import AT_ONCE, CommonPace, Limiter
from notifier.actions.take_turn import Pace
from notifier.clock import Clock
from notifier.ledger.opening import Ledger
from notifier.ledger.worker import LedgerWorker
from notifier.settings import Settings
from notifier.wiring.ledger import ledger_is_file

# Requests at once from which texts are claimed ahead: with fewer it gains little, and a crash leaves more in doubt.
MANY_LANES = 32
MOST_AHEAD = 500  # texts: a commit that carries so many costs next to nothing for each


def pace_of(settings: Settings) -> Pace:
    """Return how fast texts go out.

    No more is claimed at once than goes out within about a second: what is looked at just
    before its attempt must not then wait its turn for long.
    """
    dispatch = settings.dispatch
    a_second = max(1, int(dispatch.rate))
    batch = min(dispatch.concurrency, a_second)
    return Pace(
        batch=batch,
        ahead=min(a_second - batch, MOST_AHEAD) if batch >= MANY_LANES else 0,
        min_gap=timedelta(seconds=dispatch.min_gap),
        lease=timedelta(seconds=dispatch.lease),
    )


@contextmanager
def common_pace(settings: Settings, ledger: Ledger, clock: Clock) -> Iterator[Limiter]:
    """Give what keeps to `dispatch.rate`: over all hosts together, where there may be several."""
    if ledger_is_file(settings):
        yield limiter_of(settings)
        return
    worker = LedgerWorker(ledger)
    try:
        yield CommonPace(worker, settings.dispatch.rate, clock)
    finally:
        worker.close()


def limiter_of(settings: Settings) -> AsyncLimiter:
    """Return what keeps to `dispatch.rate` in this process."""
    rate = settings.dispatch.rate
    at_once = max(1, rate * AT_ONCE)  # a whole second's worth would be twice the rate in the second after a rest
    return AsyncLimiter(at_once, at_once / rate)
