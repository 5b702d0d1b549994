"""Outputs that are no ordinary terminal: pipes in the folder, other encodings, a full disk."""

import os
import subprocess
import sys
from pathlib import Path

from tests.fakes.clinic_folder import copy_shipped

ROOT = Path(__file__).parents[2]


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    names = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}
    ledger = {"NOTIFIER_LEDGER": f"sqlite:///{folder}/ledger.db", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "notifier", *arguments, "--schedules", str(folder / "schedules")]
    return subprocess.run(
        command,
        cwd=folder,
        env={**names, **ledger, **environment},
        capture_output=True,
        timeout=60,
        check=False,
        text=True,
    )


def test_a_pipe_among_the_files_is_told_and_never_waited_for(tmp_path: Path) -> None:
    copy_shipped(tmp_path / "schedules")
    os.mkfifo(tmp_path / "schedules" / "patients" / "z.yaml")
    check = run(tmp_path, "check")
    assert check.returncode == 1
    assert "patients/z.yaml:1:1: error" in check.stdout


def test_a_terminal_without_utf_8_shows_what_it_can(tmp_path: Path) -> None:
    copy_shipped(tmp_path / "schedules")
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    plan = run(tmp_path, "plan", **plain)
    assert (plan.returncode, plan.stderr) == (0, "")
    as_json = run(tmp_path, "plan", "--json", **plain)
    assert (as_json.returncode, as_json.stderr) == (0, "")
    assert as_json.stdout.isascii()


def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path) -> None:
    copy_shipped(tmp_path / "schedules")
    assert Path("/dev/full").is_char_device()
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        plan = subprocess.run(
            [sys.executable, "-m", "notifier", "plan", "--json", "--schedules", "schedules"],
            cwd=tmp_path,
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
            | {"PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert plan.returncode == 2
    assert "No space left on device" in plan.stderr
    assert "Traceback" not in plan.stderr


def test_an_instant_outside_the_calendar_is_wrong_usage(tmp_path: Path) -> None:
    copy_shipped(tmp_path / "schedules")
    for far in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        plan = run(tmp_path, "plan", "--now", far)
        assert plan.returncode == 2
        assert "is not one of 2000 to 2100" in plan.stderr
