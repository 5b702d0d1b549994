"""What a purge leaves behind: an entry that outlived it in a file must not bring the patient back."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from notifier.core.model import Patient


def stale_patients(patients: Iterable[Patient], purged: Mapping[str, datetime]) -> frozenset[str]:
    """Return the patients whose entries are those that were purged; `purged` has their last procedures.

    A later procedure under the same id is another booking: its texts have to go.
    """
    return frozenset(
        patient.id for patient in patients if patient.id in purged and patient.procedure <= purged[patient.id]
    )
