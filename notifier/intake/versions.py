"""Which version of a clinic or protocol file is in force (contract, section 5)."""

from collections.abc import Sequence
from enum import StrEnum

from notifier.core.problems import Problem


class Version(StrEnum):
    """One with an error never comes into force: the last good one stays."""

    CURRENT = "current"
    LAST_GOOD = "last good"


def wrong_by_both(in_force: Sequence[Problem], written: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return what is wrong both by the versions in force and by those that are written, in the words of the latter.

    What is wrong by one of them only is a consequence of the mistake that keeps the written one
    out of force, which is told already; mending it puts the rest right.
    """
    places = {(problem.spot, problem.code) for problem in in_force}
    return tuple(problem for problem in written if (problem.spot, problem.code) in places)
