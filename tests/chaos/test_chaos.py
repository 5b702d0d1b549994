"""A short storm in every test run, and proof that the count would notice what it is there to notice."""

import gc
import os
from collections.abc import Callable

import pytest

from tests.chaos.__main__ import play, table
from tests.chaos.round import Plan

# Daemons that are killed leave connections to the harness's proxy, which only the collector ends.
pytestmark = [pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"), pytest.mark.untraced]
SEED = int(os.environ.get("CHAOS_SEED", "20261203"))


@pytest.mark.timeout(600)
def test_no_promise_is_broken_by_200_kills_over_2000_messages(record_property: Callable[[str, object], None]) -> None:
    tally = play(Plan(SEED, seconds=30, kills=200))
    gc.collect()  # here, and not in whichever test comes next
    record_property("table", "\n".join(table(tally, f"A short storm from seed {SEED}")))
    assert tally.numbers["messages planned"] >= 2_000
    assert tally.numbers["kills"] >= 200
    assert tally.is_kept


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("flaw", "promises"),
    [
        ("settle-without-asking", {"doubled at the provider"}),
        ("take-silence-for-yes", {"lost", "said to be taken, and never was"}),
    ],
)
def test_a_daemon_that_is_broken_on_purpose_is_found_out(flaw: str, promises: set[str]) -> None:
    tally = play(Plan(SEED, seconds=4, kills=6, clinics=1, patients=30, flaw=flaw))
    gc.collect()
    assert {name for name in promises if tally.numbers[name]} == promises
    assert not tally.is_kept
