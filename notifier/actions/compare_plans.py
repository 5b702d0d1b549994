"""Compare what two versions of the files ask for: a draft with what is in force, today with last week."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from notifier.actions.check_schedules import Checked, check_schedules
from notifier.core.differences import Difference, differences
from notifier.intake.git_version import open_version


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of the files at one instant, and what is different in their plans."""

    before: Checked
    after: Checked
    differences: tuple[Difference, ...]


def compare_plans(folder: Path, version: str, now: datetime) -> Comparison:
    """Return what the files in `folder` ask for that another version of them did not, and the other way round.

    `version` is a folder or a git revision; raises VersionError where it is neither.
    """
    with open_version(folder, version) as other:
        before = check_schedules(other, now)
    after = check_schedules(folder, now)
    return Comparison(before, after, differences(before.plan, after.plan))
