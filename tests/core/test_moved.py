"""Whether a text that went out has become wrong, by what it prints."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from notifier.core.expressions import parse_duration
from notifier.core.model import Clinic, Draft
from notifier.core.moved import is_moved, procedure_moved, resend_after
from tests.builders import a_draft
from tests.core.clinics import PHOENIX, denver, local

MEAL = local("2026-12-02 23:30")
PROCEDURE = local("2026-12-03 07:30")
TOLD = a_draft(moments={"last-meal": MEAL})


def moved(told: Draft, draft: Draft | None = None, clinic: Clinic | None = None, **instants: datetime) -> bool:
    """Say whether `told` is wrong where the files have `draft`, by default the same, and these instants."""
    names = {name.replace("_", "-"): instant for name, instant in instants.items()}
    return is_moved(told, draft or told, names, clinic or denver())


@pytest.mark.parametrize(
    ("now_at", "expected"),
    [
        ("2026-12-02 23:30", False),
        ("2026-12-02 23:44", False),
        ("2026-12-02 23:45", True),
        ("2026-12-02 23:16", False),
        ("2026-12-02 23:15", True),
        ("2026-12-03 23:30", True),
    ],
)
def test_a_printed_time_has_moved_from_a_quarter_of_an_hour_on(now_at: str, *, expected: bool) -> None:
    assert moved(TOLD, last_meal=local(now_at)) is expected


def test_how_far_a_time_may_move_is_the_clinics_to_say() -> None:
    clinic = replace(denver(), resend_after=parse_duration("1 hour"))
    assert not moved(TOLD, clinic=clinic, last_meal=local("2026-12-03 00:29"))
    assert moved(TOLD, clinic=clinic, last_meal=local("2026-12-03 00:30"))


def test_standing_still_is_never_a_move() -> None:
    clinic = replace(denver(), resend_after=parse_duration("0 minutes"))
    assert resend_after(clinic) == resend_after(replace(clinic, resend_after=parse_duration("1 minute")))
    assert not moved(TOLD, clinic=clinic, last_meal=MEAL)
    assert moved(TOLD, clinic=clinic, last_meal=local("2026-12-02 23:31"))


def test_what_is_not_printed_does_not_matter() -> None:
    assert not moved(TOLD, last_meal=MEAL, procedure=local("2026-12-09 07:30"))
    assert not moved(a_draft(moments={}), last_meal=MEAL)


def test_one_moved_time_of_several_is_enough() -> None:
    two = a_draft(moments={"last-meal": MEAL, "procedure": PROCEDURE})
    assert moved(two, last_meal=MEAL, procedure=local("2026-12-03 07:45"))
    assert not moved(two, last_meal=MEAL, procedure=PROCEDURE)


def test_a_moment_that_is_no_longer_has_moved() -> None:
    assert moved(TOLD, procedure=PROCEDURE)


@pytest.mark.parametrize(
    ("now_at", "expected"),
    [("2026-12-02 00:00", False), ("2026-12-02 23:59", False), ("2026-12-03 00:00", True), ("2026-12-01 23:59", True)],
)
def test_a_printed_date_has_moved_when_it_is_another_date(now_at: str, *, expected: bool) -> None:
    told = TOLD._replace(dates_only=frozenset({"last-meal"}))
    assert moved(told, last_meal=local(now_at)) is expected


@pytest.mark.parametrize(("name", "expected"), [("procedure", False), ("arrival", False), ("last-meal", True)])
def test_dates_are_those_of_the_clock_that_the_text_goes_by(name: str, *, expected: bool) -> None:
    # By a clock in Phoenix, which has no summer time, it is still July 15 at 00:30, and July 16 at 01:30.
    told = a_draft(
        moments={name: local("2026-07-16 00:30")},
        dates_only=frozenset({name}),
        quiet=TOLD.quiet._replace(zone=PHOENIX, procedure_date=date(2026, 7, 15)),
    )
    assert is_moved(told, told, {name: local("2026-07-16 01:30")}, denver()) is expected


def test_a_critical_text_to_a_phone_that_was_corrected_counts_as_moved() -> None:
    corrected = TOLD._replace(to="+17205550135")
    assert moved(TOLD, corrected, last_meal=MEAL)
    assert not moved(TOLD._replace(critical=False), corrected._replace(critical=False), last_meal=MEAL)


@pytest.mark.parametrize(
    ("procedure", "arrival", "expected"),
    [
        ("07:30", "06:30", False),
        ("07:44", "06:44", False),
        ("07:45", "06:30", True),
        ("07:15", "06:30", True),
        ("07:30", "06:45", True),
        ("07:30", "06:15", True),
    ],
)
def test_the_procedure_has_moved_if_it_or_the_arrival_has(procedure: str, arrival: str, *, expected: bool) -> None:
    told = a_draft(procedure=PROCEDURE, arrival=local("2026-12-03 06:30"))
    when = local(f"2026-12-03 {procedure}"), local(f"2026-12-03 {arrival}")
    assert procedure_moved(told, *when, denver()) is expected
