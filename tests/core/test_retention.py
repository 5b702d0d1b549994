"""Whoever was purged is not brought back by an entry that was left in a file."""

from datetime import timedelta

from notifier.core.planning import plan
from notifier.core.retention import stale_patients, without
from tests.core.clinics import a_patient, local, schedules
from tests.core.mild import MILD

BOTH = schedules(MILD, a_patient("P-1"), a_patient("P-2"))
PROCEDURE = BOTH.patients[0].procedure
PLAN = plan(BOTH, local("2026-11-22 09:00"))


def test_an_entry_with_the_procedure_that_was_purged_is_stale() -> None:
    assert stale_patients(BOTH, {"P-1": PROCEDURE, "P-9": PROCEDURE}) == {"P-1"}


def test_a_later_procedure_under_the_same_id_is_another_booking() -> None:
    assert stale_patients(BOTH, {"P-1": PROCEDURE - timedelta(minutes=1)}) == frozenset()


def test_without_anybody_nothing_is_left_out() -> None:
    assert without(frozenset(), BOTH, PLAN) == (BOTH, PLAN)


def test_who_is_left_out_is_in_no_file_and_in_no_plan() -> None:
    left, planned = without(frozenset({"P-1"}), BOTH, PLAN)
    assert [patient.id for patient in left.patients] == ["P-2"]
    assert {message.draft.patient for message in planned.messages} == {"P-2"}
    assert planned.now == PLAN.now
