"""The instants of a patient's care: orders, the patient's zone, moments that use moments."""

from dataclasses import replace

import pytest

from notifier.core.expressions import parse_duration, parse_when
from notifier.core.moments import find_circle, resolve_moments
from tests.core.clinics import DENVER, PHOENIX, a_patient, a_protocol, shown


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("procedure", "Thu 2026-12-03 07:30 MST"),
        ("procedure end", "Thu 2026-12-03 08:30 MST"),
        ("arrival", "Thu 2026-12-03 06:30 MST"),
        ("last-meal", "Wed 2026-12-02 23:30 MST"),
        ("last-liquids", "Thu 2026-12-03 05:30 MST"),
        ("dry-ends", "Sat 2026-12-05 08:30 MST"),
        ("lifting-ends", "Sat 2026-12-05 08:30 MST"),
        ("therapy-starts", "Thu 2026-12-31 10:00 MST"),
        ("thinner-stops", None),
    ],
)
def test_each_moment_of_a_procedure_at_half_past_seven(moment: str, expected: str | None) -> None:
    maria = a_patient(procedure="2026-12-03 07:30", arrival="2026-12-03 06:30")
    assert shown(resolve_moments(a_protocol(), maria)[moment]) == expected


def test_an_order_given_to_a_patient_takes_the_place_of_the_default() -> None:
    orders = {"lifting": parse_duration("24 hours"), "blood-thinner": parse_duration("72 hours"), "fasting": None}
    instants = resolve_moments(a_protocol(), a_patient(orders=orders))
    assert shown(instants["lifting-ends"]) == "Fri 2026-12-04 08:30 MST"
    assert shown(instants["thinner-stops"]) == "Mon 2026-11-30 07:30 MST"
    assert instants["last-meal"] is None
    assert shown(instants["dry-ends"]) == "Sat 2026-12-05 08:30 MST"


@pytest.mark.parametrize(
    ("procedure", "when", "expected"),
    [
        pytest.param(
            "2026-11-01 07:30", "8 hours before procedure", "Sun 2026-11-01 00:30 MDT", id="hours, clocks back"
        ),
        pytest.param("2027-03-14 07:30", "8 hours before procedure", "Sat 2027-03-13 22:30 MST", id="hours, forward"),
        pytest.param("2026-11-01 07:30", "1 day before procedure", "Sat 2026-10-31 07:30 MDT", id="a day, clocks back"),
        pytest.param("2027-03-14 07:30", "1 day before procedure", "Sat 2027-03-13 07:30 MST", id="a day, forward"),
        pytest.param("2027-03-14 07:30", "procedure at 02:30", "Sun 2027-03-14 03:30 MDT", id="at a skipped time"),
        pytest.param("2026-11-01 07:30", "procedure at 01:30", "Sun 2026-11-01 01:30 MDT", id="at a doubled time"),
        pytest.param(
            "2026-12-03 07:30", "8 hours before procedure at 10:00", "Wed 2026-12-02 10:00 MST", id="`at` comes last"
        ),
        pytest.param(
            "2026-12-03 08:00", "8 hours before procedure at 10:00", "Thu 2026-12-03 10:00 MST", id="midnight"
        ),
    ],
)
def test_when_is_counted_by_the_calendar_and_the_clock(procedure: str, when: str, expected: str) -> None:
    instants = resolve_moments(a_protocol(moments={"moment": when}), a_patient(procedure=procedure))
    assert shown(instants["moment"]) == expected


@pytest.mark.parametrize(
    ("procedure", "when", "expected"),
    [
        pytest.param("2026-07-16 07:30", "procedure", "Thu 2026-07-16 06:30 MST", id="half past seven in Denver"),
        pytest.param("2026-07-16 07:30", "procedure at 06:00", "Thu 2026-07-16 06:00 MST", id="a wall time"),
        pytest.param("2026-07-16 00:30", "procedure at 06:00", "Wed 2026-07-15 06:00 MST", id="yesterday there"),
        pytest.param("2027-03-10 07:30", "1 week after procedure", "Wed 2027-03-17 07:30 MST", id="no clock change"),
        pytest.param("2027-03-14 01:30", "procedure end", "Sun 2027-03-14 02:30 MST", id="no gap either"),
    ],
)
def test_calendar_and_wall_times_are_those_of_a_patient_in_phoenix(procedure: str, when: str, expected: str) -> None:
    instants = resolve_moments(a_protocol(moments={"moment": when}), a_patient(procedure=procedure, zone=PHOENIX))
    assert shown(instants["moment"], PHOENIX) == expected


@pytest.mark.parametrize(
    ("zone", "expected"), [(DENVER, "Wed 2027-03-17 07:30 MDT"), (PHOENIX, "Wed 2027-03-17 07:30 MST")]
)
def test_a_procedure_that_lasts_days_ends_at_the_same_time_by_the_patients_clock(zone: str, expected: str) -> None:
    protocol = replace(a_protocol(), duration=parse_duration("1 week"))
    instants = resolve_moments(protocol, a_patient(procedure="2027-03-10 07:30", zone=zone))
    assert shown(instants["procedure end"], zone) == expected


def test_moments_may_use_moments_in_any_order() -> None:
    moments = {
        "last-snack": "30 minutes before last-meal",
        "last-meal": "8 hours before procedure",
        "shopping": "1 day before last-snack at 18:00",
    }
    instants = resolve_moments(a_protocol(moments=moments), a_patient(procedure="2026-12-03 07:30"))
    assert shown(instants["last-snack"]) == "Wed 2026-12-02 23:00 MST"
    assert shown(instants["shopping"]) == "Tue 2026-12-01 18:00 MST"


def test_a_moment_that_uses_one_without_an_order_does_not_exist_either() -> None:
    moments = {"ask": "1 day before thinner-stops at 10:00", "thinner-stops": "blood-thinner before procedure"}
    instants = resolve_moments(a_protocol(moments=moments), a_patient())
    assert instants["ask"] is None


@pytest.mark.parametrize(
    ("moments", "circle"),
    [
        ({}, ()),
        ({"a": "procedure", "b": "a", "c": "1 hour before b"}, ()),
        ({"a": "nowhere"}, ()),
        ({"a": "a at 10:00"}, ("a",)),
        ({"a": "b", "b": "1 day after a"}, ("a", "b")),
        ({"start": "b", "a": "c", "b": "a", "c": "b"}, ("b", "a", "c")),
        ({"fine": "procedure", "a": "b", "b": "a"}, ("a", "b")),
        ({"arrival": "arrival"}, ()),
    ],
    ids=["none", "a chain", "an unknown anchor", "itself", "two", "a way into three", "beside a good one", "an anchor"],
)
def test_moments_in_a_circle_are_named_in_order(moments: dict[str, str], circle: tuple[str, ...]) -> None:
    assert find_circle({name: parse_when(when) for name, when in moments.items()}) == circle


def test_a_chain_of_moments_may_be_longer_than_the_stack_of_the_language() -> None:
    chain = {f"m{number}": f"1 minute after m{number + 1}" for number in range(3000)}
    protocol = a_protocol(moments={**chain, "m3000": "procedure"})
    assert shown(resolve_moments(protocol, a_patient(procedure="2026-12-03 07:30"))["m0"]) == "Sat 2026-12-05 09:30 MST"
