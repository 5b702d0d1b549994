"""How late a text's request leaves after it fell due: `python -m tests.bench.lateness`.

Ten texts a second, alone; then the same while a burst that fell due at one instant is being drained, whose L is later:
those of the ten go first (contract, section 6). Last the burst itself, whose end is as late as its drain takes.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.clock import SystemClock
from tests.bench.arena import NOTIFIER, a_line, drained, run, stop, wait_for
from tests.bench.drains.notifier import record
from tests.bench.results import machine, publish, table
from tests.bench.texts import phone

SECONDS, A_SECOND, BURST = 20, 10, 5_000
AHEAD = timedelta(seconds=5)  # until the first is due, so that the worker is up by then
LATENCY, CONCURRENCY = 0.05, 64


def lateness(burst: int) -> tuple[list[float], list[float]]:
    """Return in ms how late each text was that fell due by itself, and each of the burst."""
    with a_line(NOTIFIER, 0, LATENCY, CONCURRENCY) as (url, environment):
        first = SystemClock().now() + AHEAD
        singles = [first + timedelta(seconds=number / A_SECOND) for number in range(SECONDS * A_SECOND)]
        in_the_middle = first + timedelta(seconds=SECONDS / 4)
        dues = [*singles, *[in_the_middle] * burst]
        four, five = timedelta(hours=4), timedelta(hours=5)
        latest = [*(due + four for due in singles), *[in_the_middle + five] * burst]
        record(environment["BENCH_HOME"], zip(dues, latest, strict=True))
        worker = run(NOTIFIER, "work", environment=environment)
        try:
            wait_for(url, len(dues), quiet=60)
            time.sleep(0.2)
        finally:
            stop(worker)
        came = drained(url, len(dues)).came
        late = [late_by(came, number, due) for number, due in enumerate(dues)]
        return late[: len(singles)], late[len(singles) :]


def late_by(came: dict[str, list[float]], number: int, due: datetime) -> float:
    """Return in ms how long after its instant the request for a text came."""
    return (came[phone(number)][0] - due.timestamp()) * 1000


def row(name: str, late: Sequence[float]) -> tuple[str, ...]:
    hundredths = statistics.quantiles(late, n=100)
    return name, *(f"{each:,.0f} ms" for each in (hundredths[49], hundredths[98], max(late)))


def main() -> None:
    """Measure, and publish a table."""
    argparse.ArgumentParser(description=__doc__).parse_args()  # takes nothing, and says so
    where = machine()
    alone, _ = lateness(0)
    beside, burst = lateness(BURST)
    rows = [
        row(f"{A_SECOND} a second, alone", alone),
        row(f"{A_SECOND} a second, beside a burst", beside),
        row(f"the burst: {BURST:,} at one instant", burst),
    ]
    publish("How late a text's request leaves", table(("texts", "p50", "p99", "most"), rows), where)


if __name__ == "__main__":
    main()
