"""Problems as people read them, with the line and the spot, and as programs do."""

import stat
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from rich.text import Text

from notifier.cli.console import STYLES, count, say
from notifier.core.problems import Problem, Severity

WIDEST = 120  # characters of a line that are shown
LARGEST = 8 * 1024 * 1024  # bytes


def problems_json(problems: Iterable[Problem]) -> list[dict[str, str | int]]:
    """Return problems as the contract's section 7 has them."""
    return [
        {
            "file": problem.spot.file,
            "line": problem.spot.line,
            "column": problem.spot.column,
            "severity": problem.severity.value,
            "code": problem.code,
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in problems
    ]


def show_problems(problems: Iterable[Problem], folder: Path) -> None:
    """Print each problem with its line, grouped by file."""
    for file, group in groupby(problems, key=lambda problem: problem.spot.file):
        lines = _lines(folder / file)
        for problem in group:
            for line in _in_words(problem, lines):
                say(line)
            say()


def count_problems(problems: Iterable[Problem]) -> str:
    """Return `2 errors and 1 warning`, or `no problems`."""
    severities = [problem.severity for problem in problems]
    errors, warnings = severities.count(Severity.ERROR), severities.count(Severity.WARNING)
    parts = [count(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    return " and ".join(parts) or "no problems"


def _in_words(problem: Problem, lines: list[str]) -> Iterator[Text]:
    spot, style = problem.spot, STYLES[problem.severity]
    head = Text(f"{spot.file}:{spot.line}:{spot.column}: ", "bold")
    yield head + Text(problem.severity.value, style) + Text(f": {problem.message} [{problem.code}]")
    if spot.line <= len(lines) and (line := lines[spot.line - 1]).strip():
        start = max(0, spot.column - WIDEST + 20)
        shown = line[start : start + WIDEST].replace("\t", " ")
        yield Text(f"{spot.line:>6} | ", "dim") + Text(shown)
        yield Text(" " * 6 + " | ", "dim") + Text(" " * (spot.column - 1 - start) + "^", style)
    yield Text("         " + problem.hint, "italic")


def _lines(file: Path) -> list[str]:
    """Return a file's lines to show beside problems; none where it is no file of a sensible size."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return []  # opening a pipe would wait for ever
        text = file.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError:
        return []
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
