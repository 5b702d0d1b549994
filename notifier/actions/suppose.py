"""Suppose that an entry of the files said something else: what a rehearsal of a change goes by."""

from dataclasses import replace
from datetime import datetime

from notifier.actions.check_schedules import Checked, examine
from notifier.core.model import Patient
from notifier.intake.folder import Reading


def suppose(reading: Reading, patient: Patient, now: datetime) -> Checked:
    """Return the plan at `now` as if one patient's entry were `patient`, and there were no others.

    Everybody else's weeks need not be played. Nothing is written.
    """
    schedules = reading.schedules and replace(reading.schedules, patients=(patient,))
    return examine(replace(reading, schedules=schedules), now)
