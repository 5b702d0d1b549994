"""Outlines: a plan's times without its words, worked out once for patients who are alike."""

from datetime import timedelta

import pytest

from notifier.core.model import Patient, PlanStatus
from notifier.core.outline import Course, outline
from tests.core.clinics import a_patient, a_protocol, a_step, local, schedules

WASH = a_step("wash", send="10 hours before procedure", latest="2 hours before procedure")
MOVING = a_step("moving", send="5 days after procedure at 10:00")


def courses(*patients: Patient, now: str = "2026-11-22 09:00") -> list[Course]:
    return outline(schedules(a_protocol(WASH, MOVING), *patients), local(now))


def test_times_are_counted_from_the_procedure() -> None:
    [course] = courses(a_patient(procedure="2026-12-03 19:00"))
    wash = course.messages[0]
    hours = [wash.earliest, wash.send, wash.latest]
    assert hours == [timedelta(hours=-10), timedelta(hours=-10), timedelta(hours=-2)]
    assert (wash.status, wash.is_brittle) == (PlanStatus.PLANNED, False)
    assert course.messages is course.ideal


def test_who_differs_by_days_only_shares_a_shape() -> None:
    one, other = courses(a_patient(), a_patient("P-2", procedure="2026-12-17 07:30"))
    assert one.messages is other.messages


@pytest.mark.parametrize(
    "other",
    [
        a_patient("P-2", procedure="2026-12-17 07:31"),
        a_patient("P-2", arrival="2026-12-03 07:00"),
        a_patient("P-2", zone="America/Chicago"),
        a_patient("P-2", consent=None),
        a_patient("P-2", skip=frozenset({"wash"})),
        a_patient("P-2", procedure="2027-03-12 07:30"),  # clocks change before its last text
    ],
)
def test_who_differs_by_more_does_not(other: Patient) -> None:
    one, two = courses(a_patient(), other)
    assert one.messages is not two.messages


def test_at_a_clock_change_only_one_instant_is_shared() -> None:
    first, second, third = courses(
        a_patient(procedure="2027-03-12 07:30"),
        a_patient("P-2", procedure="2027-03-12 07:30"),
        a_patient("P-3", procedure="2027-03-13 07:30"),
    )
    assert first.messages is second.messages
    assert first.messages is not third.messages
    assert first.messages[1].send == timedelta(days=5, hours=1, minutes=30)  # an hour was skipped meanwhile


@pytest.mark.parametrize(
    ("now", "status", "send"),
    [
        ("2026-12-03 08:59", PlanStatus.PLANNED, timedelta(hours=-10)),
        ("2026-12-03 09:00", PlanStatus.PLANNED, timedelta(hours=-10)),
        ("2026-12-03 09:01", PlanStatus.LATE, timedelta(hours=-9, minutes=-59)),
        ("2026-12-03 17:00", PlanStatus.LATE, timedelta(hours=-2)),
        ("2026-12-03 17:01", PlanStatus.TOO_LATE, None),
    ],
)
def test_now_makes_a_text_late_and_leaves_the_ideal(now: str, status: PlanStatus, send: timedelta | None) -> None:
    [course] = courses(a_patient(procedure="2026-12-03 19:00"), now=now)
    assert (course.messages[0].status, course.messages[0].send) == (status, send)
    assert course.ideal[0].status is PlanStatus.PLANNED


def test_what_is_held_stays_held_whatever_the_time() -> None:
    [course] = courses(a_patient(procedure="2026-12-03 19:00", consent=None), now="2026-12-03 17:01")
    assert (course.messages[0].status, course.messages[0].send) == (PlanStatus.HELD, None)
