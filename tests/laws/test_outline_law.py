"""Who is like another is planned by the other's times: an outline says what the plan says, and both what is so."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.core.model import Patient, Schedules
from notifier.core.outline import outline
from notifier.core.planning import Planner, plan, plan_patient
from tests.core.clinics import a_patient, local
from tests.core.clinics import schedules as files_of
from tests.core.mild import MILD
from tests.laws.strategies import instants_of_planning, schedules

pytestmark = pytest.mark.timeout(900)  # a nightly run takes minutes


def moved_by_days(patient: Patient, days: int) -> Patient:
    """Return somebody like the patient, at the same time of day on another day."""
    zone = patient.time_zone
    wall = patient.procedure.astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    procedure = wall.replace(tzinfo=zone).astimezone(patient.procedure.tzinfo)
    arrival = procedure - (patient.procedure - patient.arrival)
    return replace(patient, id=f"{patient.id}+{days}", procedure=procedure, arrival=arrival)


@st.composite
def alike(draw: st.DrawFn) -> tuple[Schedules, datetime]:
    """Draw patients of whom many differ by days only, and an instant of planning."""
    found = draw(schedules())
    days = draw(st.sets(st.integers(-200, 400).filter(bool), max_size=6))
    others = [moved_by_days(patient, number) for patient in found.patients for number in days]
    return replace(found, patients=(*found.patients, *others)), draw(instants_of_planning(found.patients[0].procedure))


YEAR = files_of(MILD, *(moved_by_days(a_patient(), number) for number in range(1, 366, 5)))


@given(case=alike())
@example(case=(YEAR, local("2026-12-02 18:40")))
@example(case=(YEAR, local("2027-03-14 04:00")))
@example(case=(YEAR, local("2030-01-01 00:00")))
def test_an_outline_agrees_with_the_plan(case: tuple[Schedules, datetime]) -> None:
    found, now = case
    planned = {
        (one.draft.patient, one.draft.step): (one.status, one.send_at, one.draft.earliest, one.draft.latest)
        for one in plan(found, now).messages
    }
    outlined = {
        (patient.id, one.step): (
            one.status,
            *(None if at is None else patient.procedure + at for at in (one.send, one.earliest, one.latest)),
        )
        for course in outline(found, now)
        for patient in course.patients
        for one in course.messages
    }
    assert outlined == planned


@given(case=alike())
@example(case=(YEAR, local("2026-12-02 18:40")))
def test_whoever_is_planned_among_others_alike_is_planned_as_if_alone(case: tuple[Schedules, datetime]) -> None:
    found, now = case
    planner = Planner(found)
    for patient in found.patients:
        alone = plan_patient(patient, found.protocols[patient.protocol], found.clinic, now)
        assert planner.plan_patient(patient, now) == alone


def test_patients_who_differ_by_days_only_share_one_shape() -> None:
    courses = outline(YEAR, local("2026-12-02 18:40"))
    shapes = {id(course.ideal) for course in courses}
    assert len(shapes) < len(courses) / 2
