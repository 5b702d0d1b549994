"""What grows is noticed, and what only goes up and down is not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.soak.measuring import Sample, growths, slowness, table

STEADY = Sample(month=0, life=1, rss=100, files=40, connections=20, threads=9, messages=1000, ledger=4_000_000)


def lives(*changes: Callable[[int], Sample]) -> list[Sample]:
    """Return sixty samples of each life, as a function of their number makes them."""
    return [replace(change(number), life=life) for life, change in enumerate(changes, 1) for number in range(60)]


def up_and_down(number: int) -> Sample:
    return replace(
        STEADY, rss=100 + number % 7, files=40 + number % 3, connections=20 + number % 30, threads=9 + number % 2
    )


def test_what_goes_up_and_down_is_flat() -> None:
    assert [*growths(lives(up_and_down, up_and_down, up_and_down))] == []


@pytest.mark.parametrize(
    ("grow", "name"),
    [
        (lambda number: replace(STEADY, rss=100 + 0.4 * number), "resident memory"),
        (lambda number: replace(STEADY, files=40 + number // 2), "open files"),
        (lambda number: replace(STEADY, connections=20 + number), "connections"),
        (lambda number: replace(STEADY, threads=9 + number // 10), "threads"),
    ],
)
def test_what_grows_within_a_life_is_noticed_though_the_next_begins_anew(
    grow: Callable[[int], Sample], name: str
) -> None:
    stories = [*growths(lives(grow, grow, grow))]
    assert [story.partition(",")[0].partition(":")[0] for story in stories] == [name] * 3
    assert stories[2].endswith("in life 3")


def test_what_is_more_in_each_life_than_in_the_one_before_is_noticed() -> None:
    light, heavier, heaviest = (replace(STEADY, rss=rss) for rss in (100, 104, 108))
    [story] = growths(lives(lambda _: light, lambda _: heavier, lambda _: heaviest))
    assert story == "resident memory, MB: 100.0 became 108.0 from first to last third"


def test_a_ledger_that_takes_more_for_each_message_is_noticed() -> None:
    samples = [replace(STEADY, messages=1000 + number, ledger=4_000_000 + 20_000 * number) for number in range(60)]
    [story] = growths(samples)
    assert story.startswith("ledger bytes a message: ")


def test_the_youth_of_a_life_does_not_count() -> None:
    young = [replace(STEADY, rss=60 + 4 * min(number, 10)) for number in range(60)]
    assert [*growths(young)] == []


def test_texts_that_begin_later_and_later_are_noticed() -> None:
    assert [*slowness([0.4, 0.5, 0.4, 0.6, 0.5, 0.5])] == []
    assert [*slowness([0.4, 0.5, 0.4, 0.6, 1.9, 2.0])] == ["95 of 100 texts within 0.45 s became within 1.95 s"]


def test_a_month_is_a_line_of_the_table() -> None:
    later = [replace(STEADY, month=1, life=life, messages=2_000, ledger=9_000_000) for life in (1, 2)]
    assert [*table([STEADY, *later], [0.42])] == [
        "month  messages  rss MB  files  connections  threads  bytes/msg  late s  lives",
        "    1     1,000   100.0     40           20        9      4,000    0.42      1",
        "    2     2,000   100.0     40           20        9      4,500    0.00      2",
    ]
