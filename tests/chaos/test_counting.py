"""The count notices each promise that is broken, and none that is kept."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from notifier.clock import SystemClock
from tests.chaos.clinic import Fates, Owed, write_clinic
from tests.chaos.counting import BROKEN, Evidence, count
from tests.chaos.dials import Dial
from tests.chaos.proxy import Arrival

SOON = 0.1  # seconds


@pytest.fixture
def kept(tmp_path: Path) -> Evidence:
    """A clinic of two patients with a phone each, whose texts were all sent once, in order and in time."""
    begin = SystemClock().now()
    clinic = write_clinic(tmp_path, 0, 3, begin, Random(1))
    clinic = replace(clinic, owed=tuple(owed for owed in clinic.owed if owed.patient != "P001"))
    dial = Dial(tmp_path / "dial")
    dial.turn(-86_400)
    now = time.monotonic()
    in_order = sorted(clinic.owed, key=lambda owed: owed.send_at)
    arrivals = [an_arrival(owed, now + SOON * place) for place, owed in enumerate(in_order)]
    return Evidence(
        clinic=clinic,
        fates=Fates({}, (), ()),
        dial=dial,
        arrivals=arrivals,
        taken=[taken(each) for each in arrivals],
        pauses=(),
        rows={(owed.patient, owed.step): [row(owed)] for owed in clinic.owed},
        calls=frozenset(),
    )


def an_arrival(owed: Owed, at: float, ordinal: int = 1) -> Arrival:
    return Arrival(at, owed.phone, owed.text, f"{owed.patient}/{owed.step}/1", ordinal)


def taken(arrival: Arrival, failure: int | None = None) -> Mapping[str, Any]:
    return {"to": arrival.to, "body": arrival.body, "failure": failure, "sid": "SM1", "shown_at": arrival.at}


def row(owed: Owed, state: str = "delivered") -> Mapping[str, Any]:
    return {"key": f"{owed.patient}/{owed.step}/1", "state": state, "reason": None, "code": None, "begun_late": 0}


def broken(evidence: Evidence) -> dict[str, int]:
    numbers = count(evidence).numbers
    return {name: numbers[name] for name in BROKEN if numbers[name]}


def without(evidence: Evidence, owed: Owed, state: str) -> Evidence:
    """As if a text had never reached the provider, and the ledger had it in `state`."""
    return replace(
        evidence,
        arrivals=[each for each in evidence.arrivals if each.body != owed.text],
        taken=[each for each in evidence.taken if each["body"] != owed.text],
        rows={**evidence.rows, (owed.patient, owed.step): [row(owed, state)]},
    )


def of_step(evidence: Evidence, step: str) -> Owed:
    return next(owed for owed in evidence.clinic.owed if owed.step == step)


def test_all_is_well_where_every_text_went_once(kept: Evidence) -> None:
    assert broken(kept) == {}
    assert count(kept).numbers["delivered"] == 12


def test_a_text_taken_twice_is_doubled(kept: Evidence) -> None:
    again = replace(kept.arrivals[-1], at=kept.arrivals[-1].at + 1, ordinal=2)
    assert broken(replace(kept, taken=[*kept.taken, taken(again)])) == {"doubled at the provider": 1}


def test_a_text_taken_again_after_its_carrier_said_try_again_is_not_doubled(kept: Evidence) -> None:
    again = replace(kept.arrivals[-1], at=kept.arrivals[-1].at + 1, ordinal=2)
    failed = [*kept.taken[:-1], taken(kept.arrivals[-1], 30003)]
    assert broken(replace(kept, taken=[*failed, taken(again)])) == {}


def test_a_text_shown_later_than_the_provider_promises_is_not_held_against_us(kept: Evidence) -> None:
    again = replace(kept.arrivals[-1], at=kept.arrivals[-1].at + 9, ordinal=2)
    late = {**kept.taken[-1], "shown_at": kept.arrivals[-1].at + 8}
    evidence = replace(kept, arrivals=[*kept.arrivals, again], taken=[*kept.taken[:-1], late, taken(again)])
    assert broken(evidence) == {}
    assert count(evidence).numbers["taken later than settle_after"] == 1


@pytest.mark.parametrize("state", ["expired", "refused", "withdrawn"])
def test_a_text_that_nobody_sent_though_there_was_time_is_lost(kept: Evidence, state: str) -> None:
    assert broken(without(kept, of_step(kept, "bring"), state)) == {"lost": 1}


def test_a_text_that_a_storm_outlasted_is_not_lost(kept: Evidence) -> None:
    assert broken(without(kept, of_step(kept, "ride"), "expired")) == {}


def test_a_text_that_is_not_in_the_ledger_is_lost(kept: Evidence) -> None:
    owed = of_step(kept, "bring")
    evidence = without(kept, owed, "expired")
    rows = {name: found for name, found in evidence.rows.items() if name != (owed.patient, owed.step)}
    assert broken(replace(evidence, rows=rows)) == {"lost": 1}


def test_a_text_that_only_the_ledger_believes_in_is_noticed(kept: Evidence) -> None:
    owed = of_step(kept, "bring")
    assert broken(without(kept, owed, "delivered")) == {"lost": 1, "said to be taken, and never was": 1}


def test_a_request_after_l_is_noticed_by_the_clock_of_the_daemon(kept: Evidence) -> None:
    kept.dial.turn(0)
    owed = kept.clinic.owed[0]
    seconds = (owed.latest - SystemClock().now()).total_seconds() + 5
    late = [replace(kept.arrivals[0], at=time.monotonic() + seconds), *kept.arrivals[1:]]
    evidence = replace(kept, arrivals=sorted(late, key=lambda each: each.body == owed.text))
    assert broken(evidence)["sent after L"] == 1


def test_a_claim_after_l_is_noticed_whether_or_not_its_request_came(kept: Evidence) -> None:
    owed = kept.clinic.owed[0]
    rows = {**kept.rows, (owed.patient, owed.step): [{**row(owed), "begun_late": 1}]}
    assert broken(replace(kept, rows=rows)) == {"sent after L": 1}


def test_a_request_that_a_clock_set_forth_overtook_is_not_late(kept: Evidence) -> None:
    arrival = kept.arrivals[-1]
    kept.dial.turn(86_400)
    evidence = replace(kept, arrivals=[*kept.arrivals[:-1], replace(arrival, at=time.monotonic() + SOON)])
    assert "sent after L" not in broken(evidence)


def test_a_first_try_after_that_of_a_later_text_is_out_of_order(kept: Evidence) -> None:
    phone = kept.arrivals[0].to
    first, second, *_ = (place for place, each in enumerate(kept.arrivals) if each.to == phone)
    swapped = list(kept.arrivals)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    assert broken(replace(kept, arrivals=swapped)) == {"out of order for a phone": 1}


def test_a_second_try_may_come_at_any_time(kept: Evidence) -> None:
    again = replace(kept.arrivals[0], at=kept.arrivals[-1].at + 1, ordinal=2)
    assert broken(replace(kept, arrivals=[*kept.arrivals, again])) == {}


def test_a_critical_text_that_did_not_arrive_and_that_nobody_is_to_tell_is_noticed(kept: Evidence) -> None:
    owed = of_step(kept, "arrive")
    evidence = without(kept, owed, "expired")
    assert broken(evidence) == {"critical, not delivered, not on the call list": 1}
    listed = replace(evidence, calls=frozenset({(owed.patient, f"{owed.patient}/arrive/1")}))
    assert broken(listed) == {}


@pytest.mark.parametrize("state", ["planned", "claimed", "held", "accepted", "sent", "unconfirmed"])
def test_what_is_open_at_the_end_is_noticed(kept: Evidence, state: str) -> None:
    owed = of_step(kept, "bring")
    rows = {**kept.rows, (owed.patient, owed.step): [row(owed, state)]}
    assert broken(replace(kept, rows=rows)) == {"at rest with something open": 1}


def test_doubt_at_the_end_is_noticed(kept: Evidence) -> None:
    owed = of_step(kept, "bring")
    rows = {**kept.rows, (owed.patient, owed.step): [row(owed, "in-doubt")]}
    assert broken(replace(kept, rows=rows)) == {"in doubt at the end": 1}


def test_the_least_that_a_clock_has_shown_counts_all_that_it_was_set_to(tmp_path: Path) -> None:
    dial = Dial(tmp_path / "dial")
    begin = time.monotonic()
    dial.turn(60)
    dial.turn(-30)
    middle = time.monotonic()
    dial.turn(90)
    assert dial.lowest(begin, time.monotonic()) == -30
    assert dial.lowest(time.monotonic(), time.monotonic()) == 90
    assert dial.lowest(middle, middle) == -30


def test_a_dial_shows_others_what_it_was_turned_to(tmp_path: Path) -> None:
    dial = Dial(tmp_path / "dial")
    dial.turn(timedelta(hours=1).total_seconds())
    assert Dial(tmp_path / "dial").seconds == 3600
