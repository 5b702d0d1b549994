"""Problems as people read them, with the line and the spot, and as programs do."""

import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len
from rich.text import Text

from notifier.cli.console import STYLES, count, say
from notifier.core.problems import Problem, Severity

WIDEST = 110  # characters of a line that are shown
MOST_ALIKE = 10  # problems of one code in one file: whoever has made a mistake in a whole column need see no more
LARGEST = 8 * 1024 * 1024  # bytes
# What is marked: a placeholder, a word or date, a phone; else the one character.
_WORD = re.compile(r"\{[^{}]*\}|[^\W_](?:[\w.+/@-]|:(?=\S))*|\+[\d ()-]*\d|\S")


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
    """Print each problem with its line, grouped by file; of many alike in one file only the first."""
    for file, group in groupby(problems, key=lambda problem: problem.spot.file):
        lines = _lines(folder / file)
        shown: Counter[str] = Counter()
        for problem in group:
            shown[problem.code] += 1
            if shown[problem.code] <= MOST_ALIKE:
                for line in _in_words(problem, lines):
                    say(line)
                say()
        for code, number in shown.items():
            if number > MOST_ALIKE:
                say(f"{file}: and {number - MOST_ALIKE:,} more like the last. [{code}]\n", "dim")


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
        before, marked, after = _cut(line, spot.column - 1)
        yield Text(f"{spot.line:>6} | ", "dim") + Text(before) + Text(marked, style) + Text(after)
        yield Text(" " * 6 + " | ", "dim") + Text(" " * cell_len(before) + "^" * max(1, cell_len(marked)), style)
    yield Text("         " + problem.hint, "italic")


def _cut(line: str, at: int) -> tuple[str, str, str]:
    """Return what stands before, at and after a spot of a line, as much of it as is shown."""
    word = _WORD.match(line, at)
    end = min(word.end() if word else at, at + WIDEST // 2)
    start = max(0, at - WIDEST // 2) if len(line) > WIDEST else 0
    stop = max(end, start + WIDEST)
    before, after = _visible(line[start:at]), _visible(line[end:stop])
    return ("…" if start else "") + before, _visible(line[at:end]), after + ("…" if stop < len(line) else "")


def _visible(text: str) -> str:
    """Return text that moves no cursor: a tab as an arrow, and what nobody sees as a dot."""
    return "".join(sign if sign.isprintable() else "→" if sign == "\t" else "·" for sign in text)


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
