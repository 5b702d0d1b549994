"""Which version of an entry is followed, and until when nothing changes by time alone."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifier.core.following import Versions, next_looks
from notifier.core.lifecycle import State
from notifier.core.model import Duration, Patient, PatientStatus, Unit
from tests.builders import NOON, PROCEDURE, a_call, a_record
from tests.core.clinics import a_patient, a_protocol, a_step, denver, schedules

HOUR = timedelta(hours=1)
MARIA = a_patient()
FILES = schedules(a_protocol(a_step()), MARIA)
VERSION = Versions(FILES, "1").of(MARIA)


def test_what_says_the_same_has_the_same_version() -> None:
    assert Versions(schedules(a_protocol(a_step()), a_patient()), "1").of(a_patient()) == VERSION


@pytest.mark.parametrize(
    "other",
    [
        replace(MARIA, id="P-1"),
        replace(MARIA, name="Mary"),
        replace(MARIA, phone="+17205550135"),
        replace(MARIA, language="es"),
        replace(MARIA, time_zone=ZoneInfo("America/Phoenix")),
        replace(MARIA, consent=None),
        replace(MARIA, consent=date(2026, 10, 21)),
        replace(MARIA, procedure=MARIA.procedure + HOUR),
        replace(MARIA, arrival=MARIA.arrival - HOUR),
        replace(MARIA, status=PatientStatus.ON_HOLD),
        replace(MARIA, orders={"blood-thinner": None}),
        replace(MARIA, orders={"blood-thinner": Duration(3, Unit.DAYS)}),
        replace(MARIA, orders={"blood-thinner": Duration(72, Unit.HOURS)}),
        replace(MARIA, skip=frozenset({"last-meal"})),
    ],
)
def test_whatever_an_entry_says_is_in_its_version(other: Patient) -> None:
    assert Versions(FILES, "1").of(other) != VERSION


def test_the_clinic_the_protocol_and_the_program_are_in_each_version() -> None:
    other_clinic = replace(FILES, clinic=replace(denver(), name="Other"))
    other_protocol = schedules(a_protocol(a_step(critical=True)))
    versions = [Versions(files, "1") for files in (other_clinic, other_protocol)] + [Versions(FILES, "2")]
    assert VERSION not in [each.of(MARIA) for each in versions]


def test_the_order_of_what_has_none_makes_no_other_version() -> None:
    orders = {"fasting": Duration(9, Unit.HOURS), "lifting": Duration(24, Unit.HOURS)}
    one = replace(MARIA, orders=orders, skip=frozenset({"a", "b"}))
    other = replace(MARIA, orders=dict(reversed(orders.items())), skip=frozenset({"b", "a"}))
    assert Versions(FILES, "1").of(one) == Versions(FILES, "1").of(other)


DENVER = ("America/Denver", 2026)


def test_files_that_say_the_same_are_one_version_of_all() -> None:
    version = Versions(FILES, "1").of_all("a", ["P-1", "P-2"], [DENVER, ("America/Phoenix", 2026)])
    again = Versions(schedules(a_protocol(a_step()), MARIA), "1")
    assert again.of_all("a", {"P-2", "P-1"}, {("America/Phoenix", 2026), DENVER}) == version


def test_whatever_files_say_is_in_the_version_of_all() -> None:
    other_clinic = replace(FILES, clinic=replace(denver(), name="Other"))
    other_protocol = schedules(a_protocol(a_step(critical=True)), MARIA)
    found = [
        Versions(FILES, "1").of_all("a", [], [DENVER]),
        Versions(FILES, "2").of_all("a", [], [DENVER]),
        Versions(other_clinic, "1").of_all("a", [], [DENVER]),
        Versions(other_protocol, "1").of_all("a", [], [DENVER]),
        Versions(FILES, "1").of_all("b", [], [DENVER]),
        Versions(FILES, "1").of_all("a", ["P-1"], [DENVER]),
        Versions(FILES, "1").of_all("a", [], [("America/Phoenix", 2026)]),
        Versions(FILES, "1").of_all("a", [], [DENVER, ("America/Denver", 2007)]),  # another rule begins
    ]
    assert len(set(found)) == len(found)


def test_a_critical_text_is_looked_at_again_after_its_l() -> None:
    record = a_record(state=State.ACCEPTED)
    assert next_looks([record], [], NOON) == {"P-1042": record.draft.latest}
    assert next_looks([record], [], NOON + 5 * HOUR) == {"P-1042": PROCEDURE}
    assert next_looks([record], [], PROCEDURE + HOUR) == {}


def test_without_an_l_the_procedure_counts() -> None:
    assert next_looks([a_record(latest=None)], [], NOON) == {"P-1042": PROCEDURE}


def test_another_text_is_looked_at_after_its_place() -> None:
    assert next_looks([a_record(critical=False, place=NOON + HOUR)], [], NOON) == {"P-1042": NOON + HOUR}


def test_a_text_past_its_place_is_looked_at_once_only_quiet_minutes_are_left() -> None:
    night = a_record(critical=False, latest=NOON + 23 * HOUR)  # at four in the morning in Denver
    assert next_looks([night], [], NOON + HOUR) == {"P-1042": NOON + 15 * HOUR + timedelta(minutes=59)}


def test_a_text_with_no_minute_left_is_not_looked_at_again() -> None:
    assert next_looks([a_record(critical=False)], [], NOON + 5 * HOUR) == {}


def test_a_text_without_a_place_is_never_late() -> None:
    assert next_looks([a_record(critical=False, place=None)], [], NOON) == {}
    assert next_looks([a_record(critical=False, latest=None)], [], NOON) == {}


def test_what_has_gone_out_and_is_not_critical_is_not_looked_at() -> None:
    assert next_looks([a_record(critical=False, state=State.DELIVERED)], [], NOON) == {}


def test_a_held_text_is_looked_at_after_its_l() -> None:
    held = a_record(critical=False, state=State.HELD)
    assert next_looks([held], [], NOON) == {"P-1042": held.draft.latest}


def test_a_call_is_looked_at_once_it_comes_too_late() -> None:
    assert next_looks([], [a_call()], NOON) == {"P-1042": NOON + 4 * HOUR}
    assert next_looks([], [a_call()], NOON + 5 * HOUR) == {}


def test_of_all_of_a_patient_the_first_counts() -> None:
    soon = a_record(critical=False, place=NOON + HOUR)
    assert next_looks([a_record(), soon, a_record(patient="P-1")], [a_call()], NOON) == {
        "P-1042": NOON + HOUR,
        "P-1": NOON + 4 * HOUR,
    }
