"""What is different between two plans: what an admin sees before a change counts."""

from dataclasses import replace

import pytest

from notifier.core.differences import Aspect, Difference, differences
from notifier.core.expressions import parse_duration
from notifier.core.model import Patient, PatientStatus, Plan, Protocol, Step
from notifier.core.planning import plan
from tests.core.clinics import a_patient, a_protocol, a_step, local, schedules

NOW = local("2026-11-22 09:00")
MEAL = a_step("meal", send="10 hours before last-meal", critical=True, text={"en": "{clinic}: finish by {last-meal}."})
RIDE = a_step("ride", send="2 days before procedure at 10:00", text={"en": "{clinic}: have someone drive you."})
PROTOCOL = a_protocol(MEAL, RIDE)
MARIA = a_patient()


def a_plan(*patients: Patient, protocol: Protocol = PROTOCOL) -> Plan:
    return plan(schedules(protocol, *patients), NOW)


def found(before: Plan, after: Plan) -> list[tuple[str, str, list[str]]]:
    """Return each difference's patient, step and aspects."""
    return [(one.message.draft.patient, one.message.draft.step, [*one.aspects]) for one in differences(before, after)]


def test_the_same_files_ask_for_the_same() -> None:
    assert found(a_plan(MARIA), a_plan(MARIA)) == []


def test_a_patient_who_was_not_there_is_new_and_one_who_is_not_there_any_more_is_gone() -> None:
    assert found(a_plan(a_patient("P-2")), a_plan(a_patient("P-1"))) == [
        ("P-1", "meal", ["new"]),
        ("P-1", "ride", ["new"]),
        ("P-2", "meal", ["gone"]),
        ("P-2", "ride", ["gone"]),
    ]


def test_a_moved_procedure_moves_texts_their_windows_and_the_times_in_them() -> None:
    moved = a_patient(procedure="2026-12-04 07:30")
    assert found(a_plan(MARIA), a_plan(moved)) == [
        ("P-1042", "meal", ["moved", "text", "window"]),
        ("P-1042", "ride", ["moved", "window"]),
    ]


def test_a_hold_changes_the_status_alone() -> None:
    held = a_patient(status=PatientStatus.ON_HOLD)
    assert found(a_plan(MARIA), a_plan(held)) == [("P-1042", "meal", ["status"]), ("P-1042", "ride", ["status"])]


def test_another_reason_is_another_status() -> None:
    cancelled, missed = a_patient(status=PatientStatus.CANCELLED), a_patient(status=PatientStatus.NO_SHOW)
    assert found(a_plan(cancelled), a_plan(missed))[0] == ("P-1042", "meal", ["status"])


def test_words_are_not_compared_where_they_reach_nobody() -> None:
    cancelled = a_patient(status=PatientStatus.CANCELLED)
    reworded = a_protocol(MEAL, a_step("ride", send="2 days before procedure at 10:00", text={"en": "Other words."}))
    assert found(a_plan(cancelled), a_plan(cancelled, protocol=reworded)) == []
    assert found(a_plan(MARIA), a_plan(MARIA, protocol=reworded)) == [("P-1042", "ride", ["text"])]


def test_that_a_text_goes_at_no_time_any_more_is_told_by_its_status() -> None:
    cancelled = a_patient(status=PatientStatus.CANCELLED)
    assert found(a_plan(MARIA), a_plan(cancelled))[0] == ("P-1042", "meal", ["status"])


def test_a_held_text_whose_time_has_passed_goes_at_no_time_and_is_told_so() -> None:
    held, long_held = (
        a_patient(status=PatientStatus.ON_HOLD, procedure=f"2026-{day} 07:30") for day in ("12-03", "11-03")
    )
    assert found(a_plan(held), a_plan(long_held))[0] == ("P-1042", "meal", ["moved", "window"])


@pytest.mark.parametrize(
    ("step", "aspect"),
    [
        (replace(MEAL, critical=False), Aspect.CRITICAL),
        (a_step("meal", critical=True, latest="last-meal", text={"en": "{clinic}: finish by {last-meal}."}), "window"),
    ],
)
def test_a_changed_protocol_is_told_by_what_it_changes(step: Step, aspect: str) -> None:
    changed = replace(PROTOCOL, steps=(step, RIDE))
    assert found(a_plan(MARIA), a_plan(MARIA, protocol=changed)) == [("P-1042", "meal", [aspect])]


def test_a_corrected_phone_is_told_of_each_text() -> None:
    corrected = a_patient(phone="+13035550112")
    assert found(a_plan(MARIA), a_plan(corrected)) == [("P-1042", "meal", ["phone"]), ("P-1042", "ride", ["phone"])]


def test_an_order_that_a_text_needs_makes_it_a_text() -> None:
    thinner = a_protocol(a_step("thinner", send="1 day before thinner-stops"))
    ordered = a_patient(orders={"blood-thinner": parse_duration("72 hours")})
    before, after = a_plan(MARIA, protocol=thinner), a_plan(ordered, protocol=thinner)
    assert found(before, after) == [("P-1042", "thinner", ["status", "window"])]


def test_a_difference_between_nothing_and_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="between messages"):
        _ = Difference(None, None, ()).message
