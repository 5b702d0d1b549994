"""How fast one, two and four daemons send from one PostgreSQL ledger: `python -m tests.bench.hosts`.

Real `notifier run` processes, a real server that syncs every commit to its disk, and the cheapest stand-in for
Twilio, all on this machine. The texts fall due at one instant, when all daemons are up. With 0 ms of latency the
machine's cores are what they share; with 100 ms a daemon waits most of the time, as it would for Twilio.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from notifier.clock import SystemClock
from notifier.core.delivery import Change, ChangeKind
from notifier.core.lifecycle import State
from notifier.ledger.opening import open_ledger
from tests.bench.arena import stand_in
from tests.bench.results import machine, publish, table
from tests.builders import a_record
from tests.fakes.postgres import Postgres, own_server
from tests.service.rig import environment

ROOT = Path(__file__).parents[2]
HOSTS = (1, 2, 4)
ROUNDS = 2
RATE = 10_000  # the most that settings allow
# Seconds from the filling of the ledger until the texts are due: by then all daemons have to be up.
AHEAD, AHEAD_EACH = 3.0, 1.5
PATIENCE = 180.0  # seconds
DURABLE = ("fsync=on", "full_page_writes=on", "synchronous_commit=on")


@dataclass(frozen=True, slots=True)
class Case:
    latency: float  # seconds, of the stand-in
    concurrency: int  # requests under way at each daemon
    texts: int


CASES = (Case(0.1, 16, 1000), Case(0.0, 64, 3000))


@dataclass(frozen=True, slots=True)
class Drain:
    """What came of one case with so many hosts."""

    rate: float  # texts a second, from the first request to the last
    cpu: float  # milliseconds of the daemons for each text, their start included
    lost: int
    doubled: int


def main() -> None:
    with TemporaryDirectory(prefix="notifier-bench-") as home, own_server(Path(home), *DURABLE) as server:
        Path(home).chmod(0o755)
        where = machine()
        rows = [row for case in CASES for row in _measure(case, server, Path(home))]
    heads = ("latency", "in flight at each", "daemons", "texts/s", "ratio", "CPU ms a text", "lost", "doubled")
    publish(
        "Several daemons on one PostgreSQL",
        table(heads, rows),
        "Medians; the ratio is to one daemon in the same round. Daemons, PostgreSQL and the stand-in share the cores: "
        "with 0 ms of latency these are what bounds it, and with 100 ms the requests that each daemon has in flight.",
        where,
    )


def _measure(case: Case, server: Postgres, home: Path) -> list[tuple[str, ...]]:
    # In turns, so that whatever else this machine does falls on all of them.
    rounds = [[_drain(case, hosts, server, home) for hosts in HOSTS] for _ in range(ROUNDS)]
    rows: list[tuple[str, ...]] = []
    for place, hosts in enumerate(HOSTS):
        drains = [each[place] for each in rounds]
        ratio = median(each[place].rate / each[0].rate for each in rounds)
        rate, cpu = median(one.rate for one in drains), median(one.cpu for one in drains)
        lost, doubled = sum(one.lost for one in drains), sum(one.doubled for one in drains)
        latency = f"{case.latency * 1000:.0f} ms"
        figures = (f"{rate:.0f}", f"{ratio:.2f}", f"{cpu:.2f}", str(lost), str(doubled))
        rows.append((latency, str(case.concurrency), str(hosts), *figures))
    return rows


def _drain(case: Case, hosts: int, server: Postgres, home: Path) -> Drain:
    url = server.empty_ledger()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with stand_in(case.latency) as base_url, ExitStack() as stack:
        _fill(url, case.texts, AHEAD + hosts * AHEAD_EACH)
        for number in range(hosts):
            stack.enter_context(_daemon(url, base_url, f"host-{number}", case, home))
        _wait_until_all_went(url, case.texts)
        with urlopen(f"{base_url}/record") as answer:  # noqa: S310 - our own address
            record: dict[str, list[float]] = json.load(answer)  # when each phone was sent to
        stack.close()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)  # of the daemons, which have ended, and not the stand-in
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    at = sorted(instant for came in record.values() for instant in came)
    rate = (len(at) - 1) / (at[-1] - at[0])
    return Drain(rate, 1000 * cpu / case.texts, case.texts - len(record), len(at) - len(record))


@contextmanager
def _daemon(url: str, base_url: str, name: str, case: Case, home: Path) -> Iterator[None]:
    settings = {
        "LEDGER": url,
        "HOST": name,
        "SCHEDULES": home / "no-files",  # no folder: the ledger is left as it is
        "TRANSPORT": "twilio",
        "TWILIO__ACCOUNT_SID": "AC" + 32 * "0",
        "TWILIO__AUTH_TOKEN": 32 * "1",
        "TWILIO__MESSAGING_SERVICE_SID": "MG" + 32 * "2",
        "TWILIO__API_BASE_URL": base_url,
        "DISPATCH__CONCURRENCY": case.concurrency,
        "DISPATCH__RATE": RATE,
        "DISPATCH__MIN_GAP": 0,
        "WEB__LISTEN": "127.0.0.1:0",
    }
    command = [sys.executable, "-m", "notifier", "run"]
    with (home / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(**settings), stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _fill(url: str, number: int, ahead: float) -> None:
    now = SystemClock().now()
    due = now + timedelta(seconds=ahead)
    changes = (
        Change(
            ChangeKind.NEW,
            None,
            a_record(patient=f"P-{each}", to=_phone(each), place=due, latest=due + timedelta(hours=4)),
        )
        for each in range(number)
    )
    with open_ledger(url) as ledger, ledger.writing() as book:
        book.apply(changes, now, "files")


def _phone(number: int) -> str:
    return f"+1{200 + number // 100}5550{100 + number % 100}"


def _wait_until_all_went(url: str, number: int) -> None:
    deadline = time.monotonic() + PATIENCE
    with open_ledger(url) as ledger:
        while time.monotonic() < deadline:
            with ledger.reading() as book:
                if book.counts().get(State.ACCEPTED, 0) == number:
                    return
            time.sleep(0.2)
    print(f"not all went within {PATIENCE:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
