"""What a kill -9 in the middle of a drain costs: `python -m tests.bench.crash`.

Every contender's worker is killed with all its processes when half of the texts have come, and started again. Its
servers, where it has any, live on. What has not come when nothing came for a while is lost. A few are at it at once:
they wait most of the time, and what is measured is no rate.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.bench.arena import NOTIFIER, OTHERS, Contender, Drained, a_line, drained, run, stop, wait_for
from tests.bench.drains.notifier import SETTLE_AFTER
from tests.bench.results import machine, publish, table

TEXTS, LATENCY, CONCURRENCY = 1_000, 0.02, 64
AT_ONCE = 3
PATIENCE = 16.0  # seconds; the others give a dead worker's texts to the next after ten


def kill(contender: Contender) -> tuple[Drained, float]:
    """Return what came of a drain whose worker was killed, and the seconds from its new start to the last request."""
    with a_line(contender, TEXTS, LATENCY, CONCURRENCY) as (url, environment):
        worker = run(contender, "work", environment=environment)
        try:
            wait_for(url, TEXTS // 2, quiet=60)
        finally:
            stop(worker)
        begun = time.time()  # noqa: TID251 (the stand-in's clock)
        worker = run(contender, "work", environment=environment)
        try:
            settle(url)
        finally:
            stop(worker)
        result = drained(url, TEXTS)
        return result, max(at for each in result.came.values() for at in each) - begun


def settle(url: str) -> None:
    """Wait until nothing comes any more."""
    came = 0
    while (news := wait_for(url, came + 1, PATIENCE)) > came:
        came = news


def row(contender: Contender) -> Sequence[str]:
    result, seconds = kill(contender)
    return contender.name, str(result.lost), str(result.doubled), f"{seconds:.1f} s"


def main() -> None:
    """Kill each of them once, and publish what came of it."""
    where = machine()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = [*pool.map(row, (NOTIFIER, *OTHERS))]
    heading = f"kill -9 in the middle of a drain of {TEXTS:,} texts"
    remark = (
        f"notifier asks for what was in doubt after {SETTLE_AFTER:.0f} s (as shipped 300), the others give a dead "
        "worker's texts to the next after ten."
    )
    publish(heading, table(("sends", "lost", "doubled", "until the last came"), rows), f"{remark} {where}")


if __name__ == "__main__":
    main()
