"""Whoever was purged is not brought back by an entry that was left in a file."""

from datetime import timedelta

from notifier.core.retention import stale_patients
from tests.core.clinics import a_patient

BOTH = (a_patient("P-1"), a_patient("P-2"))
PROCEDURE = BOTH[0].procedure


def test_an_entry_with_the_procedure_that_was_purged_is_stale() -> None:
    assert stale_patients(BOTH, {"P-1": PROCEDURE, "P-9": PROCEDURE}) == {"P-1"}


def test_a_later_procedure_under_the_same_id_is_another_booking() -> None:
    assert stale_patients(BOTH, {"P-1": PROCEDURE - timedelta(minutes=1)}) == frozenset()
