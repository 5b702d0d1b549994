"""The text of one schedule file, and the problems found in it at their lines and columns."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from notifier.core.problems import Problem, Severity, Spot


@dataclass(frozen=True)
class Source:
    """A schedule file that could be read; lines end in a bare line feed."""

    file: str  # relative to the schedules folder, with forward slashes
    text: str

    def spot(self, at: int) -> Spot:
        """Return the line and column of the character at index `at`; beyond the end, those of the end."""
        at = min(at, len(self.text))
        if self.text.find("\n", 0, at) < 0:
            return Spot(self.file, 1, at + 1)  # of a table's rows, whose sources are one line each, all
        line = bisect_right(self._line_starts, at)
        return Spot(self.file, line, at - self._line_starts[line - 1] + 1)

    def start_of_line(self, above: int) -> int:
        """Return the index of the first character of a line that has `above` lines above it."""
        return self._line_starts[above] if above else 0  # of a large table nothing else is asked

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        while (end := self.text.find("\n", starts[-1])) >= 0:
            starts.append(end + 1)
        return starts


@dataclass(frozen=True)
class Findings:
    """The problems found so far in one file, or in one entry of it."""

    source: Source
    problems: list[Problem] = field(default_factory=list)

    def error(self, at: int, code: str, message: str, hint: str) -> None:
        """Note an error at the character with index `at`."""
        self.problems.append(Problem(self.source.spot(at), Severity.ERROR, code, message, hint))

    def warning(self, at: int, code: str, message: str, hint: str) -> None:
        """Note a warning at the character with index `at`."""
        self.problems.append(Problem(self.source.spot(at), Severity.WARNING, code, message, hint))

    @property
    def has_errors(self) -> bool:
        """Say whether anything but warnings was found."""
        return has_errors(self.problems)


def has_errors(problems: Sequence[Problem]) -> bool:
    """Say whether there is anything but warnings among `problems`."""
    return any(problem.severity is Severity.ERROR for problem in problems)


def file_problem(file: str, code: str, message: str, hint: str, severity: Severity = Severity.ERROR) -> Problem:
    """Return a problem of a file as a whole: it stands at the file's first character."""
    return Problem(Spot(file, 1, 1), severity, code, message, hint)


def given_twice(spots: Sequence[Spot], code: str, message: str, hint: str) -> Iterator[Problem]:
    """Yield a problem at each spot that names the first of the others; none where there is only one."""
    for spot in spots if len(spots) > 1 else ():
        other = spots[0] if spot != spots[0] else spots[1]
        sentence = f"{message}: the other is in {other.file}, line {other.line}."
        yield Problem(spot, Severity.ERROR, code, sentence, hint)
