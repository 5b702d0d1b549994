"""The hook for pre-commit: it is what pre-commit takes for one, and its command refuses a mistake."""

import re
from pathlib import Path

import yaml
from click.testing import CliRunner

from notifier.cli.main import cli
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients

ROOT = Path(__file__).parents[2]
REQUIRED = {"id", "name", "entry", "language"}


def test_the_hook_says_all_that_pre_commit_asks_for() -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook.keys() >= REQUIRED
    assert hook["pass_filenames"] is False
    shipped = [path for path in (ROOT / "schedules").rglob("*") if path.suffix in (".yaml", ".csv")]
    assert all(re.search(hook["files"], path.relative_to(ROOT).as_posix()) for path in shipped)


def test_its_command_refuses_a_mistake_and_nothing_else(tmp_path: Path) -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    program, *arguments = hook["entry"].split()
    assert program == "notifier"
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry())
    command = [*arguments, "--schedules", str(folder), "--now", "2026-11-22T09:00:00-07:00"]
    assert CliRunner().invoke(cli, command).exit_code == 0
    write_patients(folder, an_entry(protocol="mlid"))
    assert CliRunner().invoke(cli, command).exit_code == 1
