"""Warnings that an admin has looked at: an `allow` silences them where it stands, and says why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notifier.core.problems import Problem, Severity, Spot

UNUSED = "allow-unused"
_OF_ENTRIES = frozenset(
    {"weekend", "night", "past", "far-ahead", "swapped-date", "odd-name", "shared-phone", "clinic-phone", "long-text"}
)
_OF_STEPS = frozenset({"narrow-window", "same-minute", "crowded-day"})
_OF_TEXTS = frozenset(
    {"missing-clinic", "missing-phone", "missing-name", "missing-translation", "unused-language", "other-language"}
    | {"relative-day", "medical-name", "carrier-word", "hard-words", "two-segments", "near-border", "comment-in-text"}
    | {"unseen-character"}
)
# Whom a protocol has for patients, and what day it is, makes these come and go: an `allow` that waits is not idle.
_COME_AND_GO = _OF_STEPS | {"past", "far-ahead"}
ALLOWABLE = _OF_ENTRIES | _OF_STEPS | _OF_TEXTS  # the codes of all warnings that stand in an entry or a protocol


@dataclass(frozen=True, slots=True)
class Allow:
    """One code that is allowed, and where: in some lines of its file, or in all files."""

    code: str
    spot: Spot  # of the code
    lines: range | None  # from 1; None in clinic.yaml, which speaks for the whole folder

    def told_unused(self) -> Problem:
        """Return what is said of an `allow` that silences nothing."""
        message = f"There is no warning “{self.code}” here that this would silence."
        return Problem(self.spot, Severity.WARNING, UNUSED, message, "Delete it.")


def silence(problems: Iterable[Problem], allows: Sequence[Allow]) -> list[Problem]:
    """Return the problems without the warnings that are allowed where they stand, and with the idle `allow`s.

    An error cannot be allowed. What clinic.yaml allows is a rule of the house, which may have no case today; and
    where an error stands, it may hide what would be silenced.
    """
    problems = list(problems)
    everywhere = {allow.code for allow in allows if allow.lines is None}
    by_line = {(allow.spot.file, line, allow.code): allow for allow in reversed(allows) for line in allow.lines or ()}
    used: set[Allow] = set()

    def is_told(problem: Problem) -> bool:
        if problem.severity is Severity.ERROR:
            return True
        allow = by_line.get((problem.spot.file, problem.spot.line, problem.code))
        if allow is not None:
            used.add(allow)
        return allow is None and problem.code not in everywhere

    told = [problem for problem in problems if is_told(problem)]
    wrong = {(problem.spot.file, problem.spot.line) for problem in problems if problem.severity is Severity.ERROR}
    idle = [allow for allow in allows if allow not in used and allow.code not in _COME_AND_GO]
    return told + [
        allow.told_unused()
        for allow in idle
        if allow.lines is not None and wrong.isdisjoint((allow.spot.file, line) for line in allow.lines)
    ]
