"""A short storm in every test run, and proof that the count would notice what it is there to notice."""

import os
from collections.abc import Callable

import pytest

from tests.chaos.__main__ import play, table
from tests.chaos.round import Plan

SEED = int(os.environ.get("CHAOS_SEED", "20261203"))


@pytest.mark.timeout(600)
def test_no_promise_is_broken_by_200_kills_over_2000_messages(record_property: Callable[[str, object], None]) -> None:
    tally = play(Plan(SEED, seconds=30, kills=200))
    record_property("table", "\n".join(table(tally, f"A short storm from seed {SEED}")))
    assert tally.numbers["messages planned"] >= 2_000
    assert tally.numbers["kills"] >= 200
    assert tally.is_kept


@pytest.mark.timeout(300)
def test_a_daemon_that_sends_again_without_asking_is_found_out() -> None:
    plan = Plan(SEED, seconds=5, kills=10, clinics=2, patients=24, flaw="settle-without-asking")
    tally = play(plan)
    assert tally.numbers["doubled at the provider"] > 0
    assert not tally.is_kept
