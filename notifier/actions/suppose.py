"""Suppose that an entry of the files said something else: what a rehearsal of a change goes by."""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from notifier.actions.check_schedules import Checked, examine
from notifier.core.model import Patient
from notifier.intake.folder import Reading
from notifier.intake.register import register_of


def suppose(reading: Reading, patient: Patient, now: datetime) -> Checked:
    """Return the plan at `now` as if one patient's entry were `patient`, and there were no others.

    Everybody else's weeks need not be played. Nothing is written.
    """
    if reading.schedules is None:
        return examine(reading, now)
    schedules = replace(reading.schedules, patients=(patient,))
    signature = sha256(repr((reading.signature, patient)).encode()).hexdigest()
    return examine(replace(reading, schedules=schedules, register=register_of(schedules), signature=signature), now)
