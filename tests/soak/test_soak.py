"""A few days of a soak in every test run: nothing is lost or doubled, and a leak put in on purpose is noticed."""

import gc
from collections.abc import Callable

import pytest

from tests.soak.__main__ import play
from tests.soak.soak import Plan

# Daemons that end leave connections to the harness's proxy, which only the collector ends.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.timeout(240),
    pytest.mark.untraced,
]
SEED = 20261203


def test_days_pass_over_a_daemon_that_is_started_anew_without_a_text_lost_or_doubled(
    record_property: Callable[[str, object], None],
) -> None:
    """Whether it is flat cannot be told from a few days."""
    lines, stories = play(Plan(SEED, seconds=10, life=2))
    gc.collect()  # here, and not in whichever test comes next
    record_property("table", "\n".join(["A few days of a soak", *lines]))
    assert [story for story in stories if not story.startswith(("grown", "slower"))] == []


def test_a_leak_that_was_put_in_on_purpose_is_noticed() -> None:
    names = ("resident memory", "open files")
    for seconds in (7, 15, 30):  # a busy machine needs longer for as many days
        lines, stories = play(Plan(SEED, seconds=seconds, is_leaky=True))
        gc.collect()
        missing = [name for name in names if not any(story.startswith(f"grown: {name}") for story in stories)]
        if not missing:
            break
    assert missing == [], stories
    assert lines[-1].endswith("things wrong")
