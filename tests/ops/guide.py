"""The admins' guide, walked through: its edits are made, its commands run, and its pictures drawn from what they print.

To draw the pictures again: .venv/bin/python -m tests.ops.guide
"""

import io
import os
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.fakes.terminal import WIDTH, at_a_terminal

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "schedules" / "README.md"
PICTURES = GUIDE.parent / "pictures"
SECTION = "## Ten minutes"
NOW = "2026-11-22T09:00:00-07:00"
AT_AN_INSTANT = ("check", "plan", "simulate")  # commands that can be told what time it is
TALLEST = 46  # lines of a picture

_BLOCK = re.compile(r"```(?P<kind>\w+)\n(?P<text>.*?)```\n(?:\n!\[[^]]*\]\(pictures/(?P<picture>\S+)\))?", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One piece of the guide that asks for something to be done."""

    kind: str  # console, yaml or diff
    text: str
    picture: str | None  # what its last command prints


@dataclass(frozen=True)
class Shown:
    """What came of a command of the guide."""

    command: str
    code: int
    printed: str  # with colours
    picture: str | None


def blocks() -> list[Block]:
    """Return what the guide asks for, in order."""
    section = GUIDE.read_text(encoding="utf-8").partition(SECTION)[2].partition("\n## ")[0]
    return [Block(found["kind"], found["text"], found["picture"]) for found in _BLOCK.finditer(section)]


def walk(folder: Path) -> Iterator[Shown]:
    """Do what the guide says in an empty folder, and yield what comes of each command."""
    for block in blocks():
        if block.kind == "console":
            commands = [line.removeprefix("$ ") for line in block.text.splitlines()]
            for command in commands:
                picture = block.picture if command == commands[-1] else None
                yield Shown(command, *_run(command, folder), picture)
        else:
            name, _, text = block.text.removeprefix("# ").partition("\n")
            _edit(folder / name, text) if block.kind == "diff" else (folder / name).write_text(text, encoding="utf-8")


def _edit(file: Path, lines: str) -> None:
    """Put each line with a plus for the one with a minus above it, as a person would."""
    text = file.read_text(encoding="utf-8")
    for old, new in re.findall(r"^-(.*)\n\+(.*)$", lines, re.MULTILINE):
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def _run(command: str, folder: Path) -> tuple[int, str]:
    program, name, *rest = shlex.split(command)
    assert program == "notifier"
    now = ["--now", NOW] if name in AT_AN_INSTANT else []
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")},
        "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(folder / "state"),
    }
    arguments = [sys.executable, "-m", "notifier", name, *rest, *now]
    session = at_a_terminal(arguments, environment=environment, folder=folder)
    return session.code, session.printed


def draw(shown: Shown) -> str:
    """Return a picture of a terminal with a command and what it printed."""
    lines = shown.printed.strip("\n").split("\n")
    if len(lines) > TALLEST:
        lines = [*lines[:TALLEST], "\x1b[0m…"]
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text(f"$ {shown.command}", "bold"))
    console.print(Text.from_ansi("\n".join(lines)))
    # Without the fonts, which rich has fetched from elsewhere.
    layout = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title="", theme=MONOKAI, code_format=layout, unique_id=(shown.picture or "")[:-4])
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as temporary:
        for each in walk(Path(temporary)):
            if each.picture:
                (PICTURES / each.picture).write_text(draw(each), encoding="utf-8")
