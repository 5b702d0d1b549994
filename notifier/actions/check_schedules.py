"""Check the schedule files: every problem of every file in one go, and the plan of what is good."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from notifier.core.allowing import silence
from notifier.core.copies import Copy
from notifier.core.model import Patient, Plan
from notifier.core.outline import Course, outline
from notifier.core.planning import plan
from notifier.core.problems import Problem, Spot
from notifier.core.review import Finding, review
from notifier.intake.folder import NO_FILES, Reading, read_schedules
from notifier.intake.source import has_errors
from notifier.intake.versions import Version


@dataclass(frozen=True)
class Checked:
    """What the files say at an instant, and what is wrong with them."""

    reading: Reading
    now: datetime
    problems: tuple[Problem, ...]  # by file, line and column
    narrowed: Plan | None = None  # what of the plan is asked for, where that is not all
    copy: Copy | None = None  # how they compare to those in force; None where there is one host only

    @cached_property
    def plan(self) -> Plan:
        """The plan of the good entries, empty where clinic.yaml cannot be used; made when it is first asked for."""
        if self.narrowed is not None:
            return self.narrowed
        schedules = self.reading.schedules
        return Plan(self.now, ()) if schedules is None else plan(schedules, self.now)

    @property
    def has_errors(self) -> bool:
        """Whether anything keeps a text from being sent; a warning does not."""
        return has_errors(self.problems)

    @property
    def patients(self) -> Mapping[str, Patient]:
        """The patients who are planned, by id."""
        schedules = self.reading.schedules
        return {patient.id: patient for patient in schedules.patients} if schedules else {}

    @property
    def last_good(self) -> tuple[str, ...]:
        """The clinic and protocol files whose last good version is in force, instead of what they say now."""
        return tuple(sorted(name for name, kind in self.reading.in_force.items() if kind is Version.LAST_GOOD))


@dataclass(frozen=True, slots=True)
class Survey:
    """What is wrong with the files, and what would go out, in a fraction of the time that writing the texts takes."""

    reading: Reading
    courses: tuple[Course, ...]  # of the good entries; empty where clinic.yaml cannot be used
    problems: tuple[Problem, ...]  # by file, line and column

    @property
    def has_errors(self) -> bool:
        """Whether anything keeps a text from being sent; a warning does not."""
        return has_errors(self.problems)


def check_schedules(
    folder: Path, now: datetime, good_files: Mapping[str, bytes] = NO_FILES, drafts: Mapping[str, bytes] = NO_FILES
) -> Checked:
    """Read and plan what stands in `folder`; mistakes are returned, never raised.

    `good_files` are the last good versions of clinic and protocol files: they stay in force
    where the present ones have an error. `drafts` are patients files as they would be.
    """
    return examine(read_schedules(folder, now, good_files, drafts), now)


def examine(reading: Reading, now: datetime) -> Checked:
    """Find in what was read what only the times of all patients show to be wrong."""
    return Checked(reading, now, survey(reading, now).problems)


def survey(reading: Reading, now: datetime) -> Survey:
    """Return all problems of what was read, and its texts in outline."""
    courses: tuple[Course, ...] = ()
    found: list[Problem] = []
    if reading.schedules is not None:
        courses = tuple(outline(reading.schedules, now))
        found = [_locate(finding, reading) for finding in review(reading.schedules, courses, now)]
    problems = silence([*reading.problems, *found], reading.allows)
    return Survey(reading, courses, tuple(sorted(problems, key=_place_in_files)))


def _locate(finding: Finding, reading: Reading) -> Problem:
    spot = reading.spots[finding.subject]
    return Problem(spot, finding.severity, finding.code, finding.message, finding.hint)


def _place_in_files(problem: Problem) -> tuple[Spot, str]:
    return problem.spot, problem.code
