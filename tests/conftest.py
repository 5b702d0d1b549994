"""What holds for all tests.

How hard hypothesis looks: `dev` by default, `ci` where CI is set, `nightly` when asked for by
HYPOTHESIS_PROFILE. A PostgreSQL server that all processes of a run share, begun by the first test that wants it
and stopped with the run. What is marked `untraced` runs without coverage. And tables that tests record are shown
at the end, also of those that pass.
"""

import os
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import filterfalse, islice
from pathlib import Path
from tempfile import gettempdir, mkdtemp

import pytest
from hypothesis import settings

from tests.fakes.postgres import Postgres, shared_server, stop_server

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.register_profile("nightly", deadline=None, max_examples=5_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

_SERVER, _WORKER = "TESTS_POSTGRES", "PYTEST_XDIST_WORKER"
_PREFIX = "notifier-postgres-"
_Cached = type(cache(len))
_TRACED_PROCESSES = "COVERAGE_PROCESS_CONFIG"  # by which coverage traces what tests start


def pytest_configure() -> None:
    """Choose where the server's files go; processes that run tests beside each other inherit that.

    And stop the servers of runs that were killed.
    """
    if _WORKER not in os.environ:
        for left in Path(gettempdir()).glob(f"{_PREFIX}*-*"):
            if not Path("/proc", left.name.removeprefix(_PREFIX).partition("-")[0]).exists():
                stop_server(left)
        os.environ[_SERVER] = mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")


def pytest_unconfigure() -> None:
    """Stop the server, once all processes are done."""
    if _WORKER not in os.environ:
        stop_server(Path(os.environ.pop(_SERVER)))


@pytest.fixture(scope="session")
def postgres() -> Postgres:
    """A real server, shared by all tests: each makes what it needs."""
    return shared_server(Path(os.environ[_SERVER]))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what may take long: at the end of a run no process should have to wait for another's last test.

    Each process of a run is given an unbroken part of all tests first; so each part begins with its share of the long.
    Those of one file stay together: storms from one seed take the same ports.
    """

    def allowed(*some: pytest.Item) -> float:
        timeouts = (item.get_closest_marker("timeout") for item in some)
        return float(sum(timeout.args[0] for timeout in timeouts if timeout))  # seconds

    files = defaultdict[Path, list[pytest.Item]](list)
    for item in filter(allowed, items):
        files[item.path].append(item)
    shares: list[list[pytest.Item]] = [[] for _ in range(getattr(config, "workerinput", {}).get("workercount", 1))]
    for long in sorted(files.values(), key=lambda file: allowed(*file), reverse=True):
        min(shares, key=lambda share: allowed(*share)).extend(long)
    others, left = filterfalse(allowed, items[:]), len(items)
    items.clear()
    for number, share in enumerate(shares):
        size = left // (len(shares) - number)
        items += [*share, *islice(others, max(0, size - len(share)))]
        left -= size
    items += others


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Run what is marked `untraced` without coverage, which doubles its time; so, too, the processes that it starts."""
    if sys.gettrace() is None or item.get_closest_marker("untraced") is None:
        return (yield)
    of_this, of_new = sys.gettrace(), threading.gettrace()
    processes = os.environ.pop(_TRACED_PROCESSES, None)
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        _forget()
        threading.settrace(of_new)
        sys.settrace(of_this)
        if processes is not None:
            os.environ[_TRACED_PROCESSES] = processes


def _forget() -> None:
    """Empty the program's caches: what is found in one is not worked out where coverage would see it."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "notifier"]:
        for value in vars(sys.modules[name]).values():
            if isinstance(value, _Cached):
                value.cache_clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the tables that tests have recorded, in whichever process they ran."""
    reports = [report for how in ("passed", "failed") for report in terminalreporter.getreports(how)]
    for name, table in (each for report in reports for each in report.user_properties):
        if name == "table":
            terminalreporter.write_line(f"\n{table}")
