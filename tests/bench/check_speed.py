"""How long `check` takes from a cold start, and again: `python -m tests.bench.check_speed`."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from notifier.actions.check_schedules import survey
from notifier.intake.folder import ScheduleReader

ROOT = Path(__file__).parents[2]
ROUNDS = 5
NOW = "2026-11-22T09:00:00-07:00"
FIELDS = ("id", "name", "phone", "language", "consent", "protocol", "procedure")
NAMES = ("Maria", "James", "José", "Dolores", "Ms. O'Dell", "Mr. Nguyen", "Grace", "Walter", "Carmen")
AREAS = (201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228)
BARE_CSV = "import csv, sys; print(len(list(csv.reader(open(sys.argv[1])))))"
BARE_YAML = "import yaml, sys; print(len(yaml.load(open(sys.argv[1]), yaml.CSafeLoader)['patients']))"


def rows(number: int) -> Iterator[tuple[str, ...]]:
    """Yield patients on the working days of half a year, from 07:00 to 15:55; a phone is some patients' only."""
    days = [day for ahead in range(30, 210) if (day := date(2026, 11, 22) + timedelta(ahead)).weekday() < 5]
    for index in range(number):
        procedure = f"{days[index % len(days)]} {7 + index % 9:02}:{index * 5 % 60:02}"
        phone = f"+1 {AREAS[index // 100 % len(AREAS)]} 555 {100 + index % 100:04}"
        language = "es" if index % 3 else "en"
        yield f"P-{index}", NAMES[index % len(NAMES)], phone, language, "2026-11-20", "mild", procedure


def write_folder(folder: Path, number: int, kind: str) -> Path:
    """Write a clinic with so many patients in one file; return that file."""
    shutil.copytree(ROOT / "schedules", folder, ignore=shutil.ignore_patterns("*.csv", "2*.yaml"))
    patients = folder / "patients"
    patients.mkdir(exist_ok=True)
    file = patients / f"all.{kind}"
    if kind == "csv":
        lines = [",".join(FIELDS), *(",".join(row) for row in rows(number))]
    else:
        pairs = (zip(FIELDS, row, strict=True) for row in rows(number))
        entries = ("\n    ".join(f"{field}: {value}" for field, value in entry) for entry in pairs)
        lines = ["patients:", *(f"  - {entry}" for entry in entries)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def seconds(arguments: list[str]) -> float:
    """Return how long one run took, by the wall; a warning about the files is no failure."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - start


def recheck(file: Path) -> float:
    """Return how long a second look takes after one patient was moved, in a process that knows the files."""
    now = datetime.fromisoformat(NOW).astimezone(UTC)
    reader = ScheduleReader(file.parents[1])
    survey(reader.read(now), now)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(":05", ":07", 1), encoding="utf-8")
    start = time.perf_counter()
    survey(reader.read(now), now)
    took = time.perf_counter() - start
    file.write_text(text, encoding="utf-8")
    return took


def commands(yaml_file: Path, csv_file: Path) -> Mapping[str, list[str]]:
    """Return what is measured, by its name."""
    check = ["-m", "notifier", "check", "--now", NOW, "--schedules"]
    return {
        "python -c pass": ["-c", "pass"],
        "bare yaml, 1,000": ["-c", BARE_YAML, str(yaml_file)],
        "bare csv, 10,000": ["-c", BARE_CSV, str(csv_file)],
        "check, as shipped": [*check, str(ROOT / "schedules")],
        "check, 1,000 in YAML": [*check, str(yaml_file.parents[1])],
        "check, 10,000 in CSV": [*check, str(csv_file.parents[1])],
    }


def main() -> None:
    """Print the median of each and its ratio to an empty Python; rounds are interleaved."""
    with tempfile.TemporaryDirectory() as home:
        week = write_folder(Path(home, "week"), 50, "yaml")
        yaml_file = write_folder(Path(home, "yaml"), 1_000, "yaml")
        csv_file = write_folder(Path(home, "csv"), 10_000, "csv")
        measured = commands(yaml_file, csv_file)
        runs: dict[str, list[float]] = {name: [] for name in measured}
        again = {"50 in YAML": week, "1,000 in YAML": yaml_file, "10,000 in CSV": csv_file}
        for _ in range(ROUNDS):
            for name, arguments in measured.items():
                runs[name].append(seconds(arguments))
            for name, file in again.items():
                runs.setdefault(f"check again, {name}", []).append(recheck(file))
    empty = statistics.median(runs["python -c pass"])
    print(f"{'what':<28}{'median ms':>10}{'best ms':>9}{'ratio':>8}")
    for name, times in runs.items():
        median = statistics.median(times)
        print(f"{name:<28}{median * 1000:>10.0f}{min(times) * 1000:>9.0f}{median / empty:>8.1f}")


if __name__ == "__main__":
    main()
