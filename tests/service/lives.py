"""Lives of the program: real processes, forked from one that has imported everything, so that they begin at once.

Starting Python and importing takes longer than most that a test wants to see of a service. That it works as people
start it, one test sees, and those of tests/systemd.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import coverage

from notifier.cli.main import main

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.service.preloaded"])


@contextmanager
def running_server() -> Iterator[None]:
    """Run the process that lives are forked from while the block runs. A life itself asks whether it is traced."""
    asked = os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    forkserver.ensure_running()
    if asked is not None:
        os.environ["COVERAGE_PROCESS_CONFIG"] = asked
    try:
        yield
    finally:
        forkserver._forkserver._stop()  # type: ignore[attr-defined]  # noqa: SLF001 - else it ends by itself, some time


def begin(arguments: list[str], home: Path, environment: Mapping[str, str], out: Path, err: Path) -> ForkServerProcess:
    """Begin a life of the program in a folder; what it prints goes into files."""
    process = _CONTEXT.Process(target=_live, args=(arguments, home, dict(environment), out, err))
    process.start()
    return process


def _live(arguments: list[str], home: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(home)
    for number, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    sys.argv = ["notifier", *arguments]
    tracing = coverage.process_startup(force=True)
    try:
        main()
    finally:
        if tracing is not None:
            tracing.stop()
            tracing.save()
