"""Every command that a README shows works as it stands there."""

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.cli.rig import notifier

ROOT = Path(__file__).parents[2]
# What systemd/README.md shows is run on a machine with the package, in its order: tests/systemd/test_readme.py.
READMES = [
    ROOT / "README.md",
    *(readme for readme in sorted(ROOT.glob("*/README.md")) if readme.parent.name != "systemd"),
]
GUIDED = "practice"  # a folder of the admins' guide, whose commands follow upon each other: test_guide.py
# What a test cannot run, each with its reason.
ELSEWHERE = {
    "make demo": "run by hand in a fresh clone, and by tests/cli with everything but the installing",
    "make test": "it is what runs this",
}
# Commands that ask before they write: here nobody can be asked, and the sample's dates must lie ahead.
WRITING = ("patient", "import")
ANSWERED = ["--yes", "--now", "2026-11-22T09:00:00-07:00"]
PROGRAM = re.compile(r"^(\$ )?(\.venv/bin/)?notifier ")


def shown_commands() -> list[tuple[str, str]]:
    """Return (README, command) for each command in a shell block that calls the program."""
    found = []
    for readme in READMES:
        for block in re.findall(r"```(?:sh|console)\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL):
            for line in block.splitlines():
                command = line.partition("#")[0].strip()
                if PROGRAM.match(command) and GUIDED not in command:
                    found.append((str(readme.relative_to(ROOT)), PROGRAM.sub("", command)))
    return found


@pytest.mark.untraced
@pytest.mark.parametrize(("readme", "command"), shown_commands())
def test_a_command_in_a_readme_works(
    readme: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("schedules", "draft"):
        shutil.copytree(ROOT / "schedules", tmp_path / name)
    for name in os.environ:
        if name.startswith("NOTIFIER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)
    answered = [word for word in ANSWERED if word not in words] if words[0] in WRITING else []
    outcome = notifier(*words, *answered)
    assert outcome.code == 0, f"{readme}: {outcome.out[-2000:]}{outcome.err}"
    assert outcome.out


def test_the_root_readme_shows_the_two_commands_and_more() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(command in text for command in ELSEWHERE)
    assert len(shown_commands()) >= 6
