"""Check the schedule files: every problem of every file in one go, and the plan of what is good."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from notifier.core.model import Plan
from notifier.core.planning import plan
from notifier.core.problems import Problem, Severity, Spot
from notifier.core.review import Finding, review
from notifier.intake.folder import Reading, read_schedules


@dataclass(frozen=True, slots=True)
class Checked:
    """What the files say at an instant, and what is wrong with them."""

    reading: Reading
    plan: Plan  # of the good entries; empty where clinic.yaml cannot be used
    problems: tuple[Problem, ...]  # by file, line and column

    @property
    def has_errors(self) -> bool:
        """Whether anything keeps a text from being sent; a warning does not."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def check_schedules(folder: Path, now: datetime) -> Checked:
    """Read and plan what stands in `folder`; mistakes are returned, never raised."""
    reading = read_schedules(folder, now)
    if reading.schedules is None:
        return Checked(reading, Plan(now, ()), reading.problems)
    planned = plan(reading.schedules, now)
    found = [_locate(finding, reading) for finding in review(reading.schedules, planned)]
    return Checked(reading, planned, tuple(sorted([*reading.problems, *found], key=_place_in_files)))


def _locate(finding: Finding, reading: Reading) -> Problem:
    spot = reading.spots[finding.subject]
    return Problem(spot, finding.severity, finding.code, finding.message, finding.hint)


def _place_in_files(problem: Problem) -> tuple[Spot, str]:
    return problem.spot, problem.code
