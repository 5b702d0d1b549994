"""Where contenders drain the same line of texts, one after the other, and what came of it is counted at the stand-in.

A contender is a module of `tests/bench/drains`: `fill N` puts texts into its line, `work` sends them until it is told
to stop. What it works on, where it sends to and how many at once stands in its environment.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.servers import SERVERS

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".venv" / "bench" / "bin" / "python"  # an environment with what others need
LOOK_EVERY = 0.02  # seconds
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Contender:
    """One way to send texts."""

    name: str
    module: str
    python: Path
    server: str | None = None  # that it needs


OURS = Path(sys.executable)
LIBRARY = Contender("twilio library alone", "library", OURS)
NOTIFIER = Contender("notifier", "notifier", OURS)
OTHERS = (
    Contender("APScheduler 3, SQLite", "apscheduler_sqlite", PEERS),
    Contender("Celery, Redis", "celery_redis", PEERS, "redis"),
    Contender("taskiq, Redis", "taskiq_redis", PEERS, "redis"),
    Contender("Procrastinate, PostgreSQL", "procrastinate_postgres", PEERS, "postgres"),
    Contender("Huey, SQLite", "huey_sqlite", PEERS),
)


@dataclass(frozen=True)
class Drained:
    """What came of one line of texts."""

    texts: int
    came: dict[str, list[float]]  # by phone, the instants (seconds since 1970) at which the stand-in was asked
    cpu: float  # seconds, of the worker's processes, from the first request on

    @property
    def rate(self) -> float:
        """Requests a second, from the first to the last."""
        instants = sorted(at for each in self.came.values() for at in each)
        return (len(instants) - 1) / (instants[-1] - instants[0])

    @property
    def lost(self) -> int:
        """Texts that never came."""
        return self.texts - len(self.came)

    @property
    def doubled(self) -> int:
        """Requests beyond the first for a text."""
        return sum(map(len, self.came.values())) - len(self.came)


@contextmanager
def stand_in(latency: float) -> Iterator[str]:
    """Give the address of a stand-in that has taken nothing yet."""
    command = [str(PEERS), "-m", "tests.bench.stand_in", str(latency)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def ask(url: str) -> object:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - the stand-in of this machine
        return json.load(answer)


@contextmanager
def a_line(contender: Contender, texts: int, latency: float, concurrency: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Give a stand-in's address, and the environment in which a contender's worker finds so many texts due."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)))
        home.chmod(0o755)  # a server may be somebody else's process
        url = stack.enter_context(stand_in(latency))
        if contender.server is not None:
            stack.enter_context(SERVERS[contender.server](home, PEERS))
        told = {"HOME": str(home), "URL": url, "CONCURRENCY": str(concurrency), "TEXTS": str(texts)}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **{f"BENCH_{name}": say for name, say in told.items()}}
        if run(contender, "fill", str(texts), environment=environment).wait():
            raise RuntimeError((home / "log").read_text(encoding="utf-8"))
        yield url, environment


def run(contender: Contender, *arguments: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a contender in a session of its own; what it says goes into a file, as a service's would."""
    command = [str(contender.python), "-m", f"tests.bench.drains.{contender.module}", *arguments]
    with Path(environment["BENCH_HOME"], "log").open("ab") as log:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def stop(worker: subprocess.Popen[bytes], how: signal.Signals = signal.SIGKILL) -> None:
    """End a worker with all its processes."""
    with suppress(ProcessLookupError):
        os.killpg(worker.pid, how)
    worker.wait()


def cpu_of(worker: subprocess.Popen[bytes]) -> float:
    """Return the seconds of processor time that all processes of a worker have used."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == worker.pid:
                total += sum(map(int, fields[11:15]))
    return total / TICK


def wait_for(url: str, texts: int, quiet: float) -> int:
    """Wait until so many requests came, or none for `quiet` seconds; return how many did."""
    came, since = -1, time.monotonic()
    while time.monotonic() - since < quiet:
        count = int(str(ask(f"{url}/count")))
        if count >= texts:
            return count
        if count != came:
            came, since = count, time.monotonic()
        time.sleep(LOOK_EVERY)
    return came


def drain(contender: Contender, texts: int, latency: float, concurrency: int) -> Drained:
    """Have a line of texts drained once."""
    with a_line(contender, texts, latency, concurrency) as (url, environment):
        worker = run(contender, "work", environment=environment)
        try:
            wait_for(url, 1, quiet=60)
            before = cpu_of(worker)
            wait_for(url, texts, quiet=20)
            time.sleep(0.3)  # what comes twice, and the last outcomes
            cpu = cpu_of(worker) - before if worker.poll() is None else 0.0
        finally:
            stop(worker)
        return drained(url, texts, cpu)


def drained(url: str, texts: int, cpu: float = 0.0) -> Drained:
    """Return what the stand-in has taken."""
    came = ask(f"{url}/record")
    assert isinstance(came, dict)
    return Drained(texts, came, cpu)
