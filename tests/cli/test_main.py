"""The program as a whole: help, mistyped words, failures, and what it costs to ask."""

import subprocess
import sys
from pathlib import Path

import pytest

from notifier.cli.main import COMMANDS
from tests.cli.rig import NOW, Desk, bare_environment, notifier

ROOT = Path(__file__).parents[2]


def process(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Call the program in a process of its own, without a terminal."""
    environment = {**bare_environment(), "PYTHONPATH": str(ROOT), **settings}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_every_help_shows_an_example(command: list[str]) -> None:
    outcome = notifier(*command, "--help")
    assert outcome.code == 0
    assert f"Example: notifier {' '.join(command)}" in outcome.out


def test_the_help_lists_every_command() -> None:
    assert all(f"  {name} " in notifier("--help").out for name in COMMANDS)


def test_the_version_is_told() -> None:
    assert notifier("--version").out.startswith("notifier, version ")


@pytest.mark.parametrize(("typed", "meant"), [("chek", "check"), ("simulat", "simulate")])
def test_a_mistyped_command_gets_the_nearest(typed: str, meant: str) -> None:
    outcome = notifier(typed)
    assert outcome.code == 2
    assert f"No such command '{typed}'." in outcome.err
    assert f"Did you mean {meant}?" in outcome.err


def test_a_word_that_is_like_no_command_gets_no_guess() -> None:
    outcome = notifier("xyzzy")
    assert outcome.code == 2
    assert "Did you mean" not in outcome.err


@pytest.mark.untraced
def test_asking_for_help_imports_nothing_that_is_slow() -> None:
    slow = "rich, sqlalchemy, pydantic, babel, aiohttp, twilio, apscheduler, phonenumbers"
    script = f"import sys, notifier.cli.main; print([name for name in '{slow}'.split(', ') if name in sys.modules])"
    assert process("-c", script).stdout == "[]\n"


_OF_LEDGER, _OF_SERVICE = (
    ["sqlalchemy", "alembic"],
    ["aiohttp", "twilio", "requests", "apscheduler", "prometheus_client"],
)
_OF_FEW = ["structlog", "watchdog", "apprise", "icalendar", "python_calamine", "resvg_py"]
_CALLS = """
import sys
from click.testing import CliRunner
from notifier.cli.main import cli
for call in sys.argv[2].splitlines():
    outcome = CliRunner().invoke(cli, call.split())
    assert outcome.exit_code in (0, 1), f"{call}: {outcome.output}"
print([name for name in sys.argv[1].split() if name in sys.modules])
"""


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("calls", "unused"),
    [
        (["check", "plan", "plan --json"], [*_OF_LEDGER, *_OF_SERVICE, *_OF_FEW]),
        (
            [
                *("status", "calls", "show P-1042", "report", "pause", "resume", "optout", "changes", "db upgrade"),
                *("patient hold P-1042", "import --help", "doctor"),
            ],
            ["alembic", *_OF_SERVICE, *_OF_FEW],
        ),
        (["run --help"], ["alembic", "apprise", "icalendar", "rich"]),
    ],
    ids=["files", "ledger", "service"],
)
def test_a_command_loads_no_library_that_it_does_not_use(desk: Desk, calls: list[str], unused: list[str]) -> None:
    desk.record("2026-11-22 09:00")
    given = "\n".join(f"--schedules {desk.folder} {call}" for call in calls)
    done = process("-c", _CALLS, " ".join(unused), given, NOTIFIER_LEDGER=f"sqlite:///{desk.ledger}")
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_what_is_piped_has_no_colour_and_no_progress(desk: Desk) -> None:
    done = process("-m", "notifier", "plan", "--schedules", str(desk.folder), "--now", NOW)
    assert (done.returncode, done.stderr) == (0, "")
    assert "last-meal" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_pipe_that_is_closed_early_brings_no_traceback(desk: Desk) -> None:
    command = [sys.executable, "-m", "notifier", "plan", "--schedules", str(desk.folder), "--now", NOW, "--json"]
    with subprocess.Popen(
        command,
        env={**bare_environment(), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as piped:
        assert piped.stdout is not None
        assert piped.stderr is not None
        piped.stdout.close()
        assert "Traceback" not in piped.stderr.read()


@pytest.mark.parametrize("before", [True, False])
def test_the_folder_is_named_before_or_after_the_command(desk: Desk, before: bool) -> None:  # noqa: FBT001 (a case)
    option = ("--schedules", desk.folder)
    arguments = (*option, "check", "--now", NOW) if before else ("check", "--now", NOW, *option)
    assert notifier(*arguments).code == 0


@pytest.mark.parametrize("before", [True, False])
def test_the_settings_file_is_named_before_or_after_the_command(
    desk: Desk,
    tmp_path: Path,
    before: bool,  # noqa: FBT001 (a case)
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(f'schedules = "{desk.folder}"\n', encoding="utf-8")
    option = ("--config", file)
    arguments = (*option, "check", "--now", NOW) if before else ("check", "--now", NOW, *option)
    assert notifier(*arguments).code == 0


def test_settings_that_are_wrong_are_one_sentence(desk: Desk, tmp_path: Path) -> None:
    outcome = desk.call("--config", tmp_path / "none.toml", "status")
    assert outcome.code == 2
    assert outcome.err == f"Error: The settings file {tmp_path}/none.toml cannot be read: No such file or directory.\n"


def test_a_ledger_that_is_garbage_is_one_sentence(desk: Desk) -> None:
    desk.ledger.parent.mkdir()
    desk.ledger.write_text("garbage " * 1000, encoding="utf-8")
    for command in (["changes"], ["status"], ["show", "P-1042"], ["report"]):
        outcome = desk.call(*command)
        assert outcome.code == 2
        assert outcome.err == f"Error: The ledger {desk.ledger} cannot be used: file is not a database.\n"


def test_a_mistake_of_our_own_is_said_by_kind_and_spot_without_its_words(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(desk.ledger) as other:
        other.execute("UPDATE messages SET moments = 'Maria'")
    outcome = desk.call("show", "P-1042")
    assert outcome.code == 2
    assert outcome.err.startswith("Error: Something went wrong inside notifier (JSONDecodeError at decoder.py:")
    assert outcome.err.endswith("; please report it.\n")
    assert "Maria" not in outcome.err


@pytest.mark.parametrize("command", ["check", "plan", "changes", "simulate"])
def test_an_instant_that_is_none_is_wrong_usage(desk: Desk, command: str) -> None:
    outcome = desk.call(command, "--now", "tomorrow")
    assert outcome.code == 2
    assert "“tomorrow” is not an instant; write it as 2026-12-01T09:00:00-07:00." in outcome.err


def test_an_instant_without_an_offset_is_the_clinics_time(desk: Desk) -> None:
    assert desk.call("plan", "--json", "--now", "2026-11-22T09:00").json["now"] == NOW
