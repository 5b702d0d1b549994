"""What the service costs its host: `python -m tests.bench.footprint [--idle SECONDS] [--patients N ...]`.

Starts the real service on folders of invented patients, a few months of procedures ahead, and
measures the start (until it is ready, with a ledger that is empty and with one that is filled),
the memory that it holds and the CPU time that it takes while nothing is due. Publishes a
table, with what of its bounds it misses; exits 1 where it does. Files and ledger lie in a temporary folder.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from notifier.clock import SystemClock
from tests.bench.people import a_name, a_phone
from tests.bench.results import machine, publish, table
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients

ROOT = Path(__file__).parents[2]
MOST_MEMORY = 120  # MB resident with 10,000 patients
MOST_CPU = 0.1  # percent, idle
READY_WITHIN = {1_000: 2.0, 10_000: 10.0}  # seconds
PER_FILE = 500  # patients
SETTLES = 5  # seconds for what a start still does once it is ready: call list, receipts, doubt
PORT = 18_125
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Footprint:
    """What one service has cost."""

    patients: int
    first_start: float  # seconds until it was ready, with everything to plan
    start: float  # likewise, with a ledger that knows it all
    work: float  # seconds of processor time in it: how long it takes where nothing else runs
    memory: float  # MB resident after either start, whichever is more
    peak: float  # MB resident at most, in the second
    cpu: float  # percent of one processor while idle


def write_clinic(folder: Path, patients: int) -> None:
    """Write a clinic with so many patients, whose procedures begin in 40 days: nothing falls due meanwhile."""
    copy_shipped(folder)
    first = SystemClock().now().date() + timedelta(days=40)
    consent = f"{SystemClock().now() - timedelta(days=2):%Y-%m-%d}"
    for start in range(0, patients, PER_FILE):
        entries = [
            an_entry(
                f"P-{number}",
                name=a_name(number),
                phone=a_phone(number),
                consent=consent,
                procedure=f"{first + timedelta(days=number % 60)} {7 + number % 9:02}:30",
            )
            for number in range(start, min(start + PER_FILE, patients))
        ]
        write_patients(folder, *entries, file=f"file-{start:05}.yaml")


def start(home: Path) -> tuple[subprocess.Popen[bytes], float]:
    """Start the service; return it and the seconds until it was ready."""
    settings = {
        "SCHEDULES": home / "schedules",
        "LEDGER": f"sqlite:///{home}/ledger.db",
        "WEB__LISTEN": f"127.0.0.1:{PORT}",
        "LOG__LEVEL": "error",
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment |= {f"NOTIFIER_{name}": str(value) for name, value in settings.items()}
    begun = time.perf_counter()
    service = subprocess.Popen([sys.executable, "-m", "notifier", "run"], cwd=home, env=environment)
    while not is_ready():
        if service.poll() is not None:
            sys.exit("The service has ended.")
        time.sleep(0.02)
    return service, time.perf_counter() - begun


def is_ready() -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/ready", timeout=60):
            return True
    except (urllib.error.URLError, OSError):
        return False


def metric(name: str) -> float:
    """Return what the service says of itself."""
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=60) as answer:
        [line] = [line for line in answer.read().decode().splitlines() if line.startswith(f"{name} ")]
    return float(line.rpartition(" ")[2])


def stop(service: subprocess.Popen[bytes]) -> None:
    service.send_signal(signal.SIGTERM)
    try:
        service.wait(60)
    except subprocess.TimeoutExpired:
        service.kill()
        service.wait()


def cpu_seconds(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICK


def memory(pid: int, what: str) -> float:
    """Return megabytes: `VmRSS` for what is resident now, `VmHWM` for the most that ever was."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines[what].split()[0]) / 1024


def measure(patients: int, idle: float) -> Footprint:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_clinic(home / "schedules", patients)
        service, first_start = start(home)
        try:
            time.sleep(SETTLES)
            first = memory(service.pid, "VmRSS")
        finally:
            stop(service)
        service, again = start(home)
        try:
            work = cpu_seconds(service.pid)
            time.sleep(SETTLES)
            before, begun = cpu_seconds(service.pid), time.perf_counter()
            time.sleep(idle)
            cpu = 100 * (cpu_seconds(service.pid) - before) / (time.perf_counter() - begun)
            now, peak = memory(service.pid, "VmRSS"), memory(service.pid, "VmHWM")
        finally:
            stop(service)
    return Footprint(patients, first_start, again, work, max(first, now), peak, cpu)


def misses(found: Footprint) -> list[str]:
    """Return what it was to keep to and has not."""
    ready = READY_WITHIN.get(found.patients, READY_WITHIN[10_000])
    checks = {
        f"ready within {ready:.0f} s": max(found.first_start, found.start) <= ready,
        f"at most {MOST_MEMORY} MB": found.memory <= MOST_MEMORY,
        f"at most {MOST_CPU} % idle": found.cpu <= MOST_CPU,
    }
    return [what for what, holds in checks.items() if not holds]


def main() -> None:
    """Measure, and print a line for each number of patients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle", type=float, default=600, help="seconds to watch it doing nothing")
    parser.add_argument("--patients", type=int, nargs="+", default=[1_000, 10_000])
    given = parser.parse_args()
    where = machine()
    found = [measure(patients, given.idle) for patients in given.patients]
    heads = ("patients", "first start", "start", "its CPU", "resident", "peak", "idle CPU", "misses")
    watched = f"A first start has everything to plan. Idle CPU was watched for {given.idle:.0f} s."
    publish("What the service costs its host", table(heads, map(row, found)), f"{watched} {where}")
    sys.exit(1 if any(map(misses, found)) else 0)


def row(found: Footprint) -> tuple[str, ...]:
    seconds = (f"{each:.1f} s" for each in (found.first_start, found.start, found.work))
    rest = (f"{found.memory:.0f} MB", f"{found.peak:.0f} MB", f"{found.cpu:.2f} %", ", ".join(misses(found)) or "-")
    return f"{found.patients:,}", *seconds, *rest


if __name__ == "__main__":
    main()
