"""`notifier check --watch`: the problems come and go as the files are saved."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.rig import NOW, Desk, bare_environment
from tests.fakes.clinic_folder import an_entry

ROOT = Path(__file__).parents[2]


@pytest.fixture
def watching(desk: Desk) -> Iterator[subprocess.Popen[str]]:
    """The program, watching the desk's folder into a pipe.

    Its Ctrl-C works, though whoever runs the tests may have been started with it ignored: as `nohup … &` does.
    """
    heeding = ["env", "--default-signal=INT"]
    command = [*heeding, sys.executable, "-m", "notifier", "check", "--watch", "--now", NOW]
    command += ["--schedules", str(desk.folder)]
    with subprocess.Popen(
        command,
        env={**bare_environment(), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def shown(process: subprocess.Popen[str]) -> list[str]:
    """Return what is shown until the program waits for the next save."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        if line.startswith("Watching "):
            break
        lines.append(line.rstrip())
    return [line for line in lines if line]


def test_each_save_is_checked_and_ctrl_c_ends_it_cleanly(desk: Desk, watching: subprocess.Popen[str]) -> None:
    assert shown(watching) == ["No problems. 12 texts to 1 patient will be sent."]
    desk.entries(an_entry(protocol="mlid"))
    while (lines := shown(watching))[-1].startswith("No problems"):
        pass  # the system may tell of a save in several steps
    assert lines[0].startswith("patients/patients.yaml:6:15: error: There is no protocol “mlid”.")
    desk.entries(an_entry())
    while not (lines := shown(watching))[-1].startswith("No problems"):
        pass
    assert "\x1b" not in "".join(lines)  # no terminal, nothing to clear
    watching.send_signal(signal.SIGINT)
    out, err = watching.communicate(timeout=30)
    assert (watching.returncode, out.strip(), err) == (0, "", "")


def test_it_is_for_people(desk: Desk) -> None:
    outcome = desk.call("check", "--watch", "--json")
    assert outcome.code == 2
    assert "leave out --json" in outcome.err
