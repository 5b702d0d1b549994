"""What a purge leaves behind: an entry that outlived it in a file must not bring the patient back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from notifier.core.model import Plan, Schedules


def stale_patients(schedules: Schedules, purged: Mapping[str, datetime]) -> frozenset[str]:
    """Return the patients whose entries are those that were purged; `purged` has their last procedures.

    A later procedure under the same id is another booking: its texts have to go.
    """
    return frozenset(
        patient.id for patient in schedules.patients if patient.id in purged and patient.procedure <= purged[patient.id]
    )


def without(patients: frozenset[str], schedules: Schedules, plan: Plan) -> tuple[Schedules, Plan]:
    """Return the schedules and their plan as if these patients were in no file."""
    if not patients:
        return schedules, plan
    kept = tuple(patient for patient in schedules.patients if patient.id not in patients)
    messages = tuple(message for message in plan.messages if message.draft.patient not in patients)
    return replace(schedules, patients=kept), replace(plan, messages=messages)
