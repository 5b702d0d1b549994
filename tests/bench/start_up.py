"""How long commands take to start, side by side with an empty Python: `python -m tests.bench.start_up`."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 9
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "notifier --help": ["-m", "notifier", "--help"],
    "notifier check": ["-m", "notifier", "check", "--schedules", str(ROOT / "schedules")],
    "notifier plan": ["-m", "notifier", "plan", "--schedules", str(ROOT / "schedules")],
    "notifier status": ["-m", "notifier", "status", "--schedules", str(ROOT / "schedules")],
}


def seconds(arguments: list[str], environment: dict[str, str]) -> float:
    """Return how long one run took, by the wall."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the median of each command and its ratio to an empty Python; rounds are interleaved."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NOTIFIER_LEDGER": f"sqlite:///{folder}/ledger.db"}
        runs: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(ROUNDS):
            for name, arguments in COMMANDS.items():
                runs[name].append(seconds(arguments, environment))
    empty = statistics.median(runs["python -c pass"])
    print(f"{'command':<20}{'median ms':>10}{'ratio':>8}")
    for name, times in runs.items():
        median = statistics.median(times)
        print(f"{name:<20}{median * 1000:>10.0f}{median / empty:>8.1f}")


if __name__ == "__main__":
    main()
