"""Propose a new version of one patients file: what is wrong with it and what it would change, before it is in place."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from notifier.actions.check_schedules import Checked, check_schedules
from notifier.actions.update_plan import Update, preview_update
from notifier.core.calls import Call
from notifier.core.delivery import Change
from notifier.core.guard import Limits
from notifier.core.problems import Problem, Severity
from notifier.intake.replacing import replace_file
from notifier.ledger.opening import Ledger


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What one patients file would hold."""

    path: Path
    name: str  # relative to the schedules folder, with forward slashes
    before: bytes | None  # None where there is no such file yet
    after: bytes

    @property
    def is_different(self) -> bool:
        """Whether it says anything but what lies there."""
        return self.after != self.before


@dataclass(frozen=True, slots=True)
class Proposal:
    """A new version, and what would come of it."""

    version: NewVersion
    problems: tuple[Problem, ...]  # those that the files have not without it
    update: Update  # only what it changes, next to what the files as they lie there would

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Why it must not be put in place."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)


def propose(folder: Path, version: NewVersion, now: datetime, ledger: Ledger, limits: Limits) -> Proposal:
    """Return what a new version would come to; nothing is written."""
    with ledger.reading() as book:
        good_files = book.good_files()
    present = check_schedules(folder, now, good_files)
    future = check_schedules(folder, now, good_files, {version.name: version.after})
    before, after = (preview_update(checked, ledger, limits) for checked in (present, future))
    return Proposal(version, _added(present, future), _difference(before, after))


def put_in_place(folder: Path, version: NewVersion, now: datetime) -> Checked:
    """Write a version to its place, and return what the files of the folder then say.

    Raises EditError, with nothing written, where the file has changed since it was read.
    """
    replace_file(version.path, version.before, version.after)
    return check_schedules(folder, now)


def _added(present: Checked, future: Checked) -> tuple[Problem, ...]:
    """Return the problems of the future that the present has not, wherever their lines have moved."""
    known = Counter(map(_wherever, present.problems))
    added = []
    for problem in future.problems:
        known[_wherever(problem)] -= 1
        if known[_wherever(problem)] < 0:
            added.append(problem)
    return tuple(added)


def _wherever(problem: Problem) -> tuple[str, str, str]:
    return problem.spot.file, problem.code, problem.message


def _difference(before: Update, after: Update) -> Update:
    """Narrow an update to the patients for whom it does something else than another."""
    was, will = _by_patient(before), _by_patient(after)
    touched = {patient for patient in was.keys() | will.keys() if was.get(patient) != will.get(patient)}
    return replace(
        after,
        changes=tuple(change for change in after.changes if change.after.draft.patient in touched),
        new_calls=tuple(call for call in after.new_calls if call.patient in touched),
        waits=() if after.waits == before.waits else after.waits,
    )


def _by_patient(update: Update) -> Mapping[str, list[Change | Call]]:
    found: dict[str, list[Change | Call]] = {}
    for change in update.changes:
        found.setdefault(change.after.draft.patient, []).append(change)
    for call in update.new_calls:
        found.setdefault(call.patient, []).append(call)
    return found
