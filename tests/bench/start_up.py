"""What commands cost to start, side by side with an empty Python: `python -m tests.bench.start_up`."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.results import machine, publish, table

ROOT = Path(__file__).parents[2]
ROUNDS = 9
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "notifier --help": ["-m", "notifier", "--help"],
    "notifier check": ["-m", "notifier", "check"],
    "notifier plan": ["-m", "notifier", "plan"],
    "notifier status": ["-m", "notifier", "status"],
    "notifier calls": ["-m", "notifier", "calls"],
    "notifier run --help": ["-m", "notifier", "run", "--help"],  # imports what the service does
}
EXPECTED = {0, 1}  # 1 says that something is to be looked at


def cost(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float, float]:
    """Return the seconds that one run took by the wall, those of processor time, and the megabytes it had at most."""
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in EXPECTED:
        sys.exit(f"{' '.join(arguments)} has ended with {process.returncode}.")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Show the medians of each command and its ratio to an empty Python; rounds are interleaved."""
    runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in COMMANDS}
    begun = machine()
    with tempfile.TemporaryDirectory() as folder:
        settings = {"NOTIFIER_LEDGER": f"sqlite:///{folder}/ledger.db", "NOTIFIER_SCHEDULES": str(ROOT / "schedules")}
        environment = {**os.environ, **settings}
        cost(["-m", "notifier", "resume"], environment)  # makes a ledger to look into
        for _ in range(ROUNDS):
            for name, arguments in COMMANDS.items():
                runs[name].append(cost(arguments, environment))
    medians = {name: [statistics.median(each) for each in zip(*costs, strict=True)] for name, costs in runs.items()}
    empty = medians["python -c pass"][1]
    rows = [
        (name, f"{wall * 1000:.0f} ms", f"{cpu * 1000:.0f} ms", f"{cpu / empty:.0f}", f"{memory:.0f} MB")
        for name, (wall, cpu, memory) in medians.items()
    ]
    heads = ("command", "wall", "CPU", "ratio", "memory")
    publish("What a command costs to start", f"{begun} Medians of {ROUNDS} runs.", table(heads, rows))


if __name__ == "__main__":
    main()
