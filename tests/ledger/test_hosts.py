"""Several hosts on one PostgreSQL ledger: claims beside each other, and no writer beside them."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from notifier.core.delivery import Attempt
from notifier.core.lifecycle import State
from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger, open_ledger
from tests.builders import NOON, a_record
from tests.ledger.steps import GAP, LEASE, accepted, record_new, settle, states

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
SECOND = timedelta(seconds=1)


@pytest.fixture
def other(ledger: Ledger, url: str) -> Iterator[Ledger]:
    """The same ledger, as another host has it open."""
    assert ledger
    with open_ledger(url) as other:
        yield other


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    """A thread for what has to wait."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


def claim(book: Book, limit: int = 100) -> list[Attempt]:
    return book.claim(book.due(NOON, limit, GAP), NOON, LEASE)


def to_many_phones(ledger: Ledger, number: int) -> set[str]:
    records = [a_record(patient=f"P-{each}", to=f"+1720555{each:04}") for each in range(number)]
    record_new(ledger, *records)
    return {record.key for record in records}


def enter(way: AbstractContextManager[Book]) -> str:
    with way:
        return "entered"


def is_kept_waiting(waiting: "Future[str]") -> bool:
    """Whether it has not got in, though there was time for that."""
    try:
        waiting.result(timeout=0.3)
    except TimeoutError:
        return True
    return False


def test_two_hosts_claim_beside_each_other_and_nothing_twice(ledger: Ledger, other: Ledger) -> None:
    keys = to_many_phones(ledger, 10)
    with ledger.dispatching() as mine, other.dispatching() as theirs:
        first, second = claim(mine, limit=6), claim(theirs)
    assert (len(first), len(second)) == (6, 4)
    assert {attempt.key for attempt in (*first, *second)} == keys


def test_a_phone_that_another_host_is_about_to_text_is_left_to_it(ledger: Ledger, other: Ledger) -> None:
    soon_over = NOON + timedelta(minutes=3)
    record_new(ledger, a_record(send_at=NOON - SECOND), a_record(patient="P-7", latest=soon_over))
    with ledger.writing() as book:
        book.postpone("P-1042/last-meal/1", NOON + SECOND, "temporary", NOON)
    # The first of the two waits for its next try, which by the one host's clock has come, and not by the other's.
    with ledger.dispatching() as mine, other.dispatching() as theirs:
        [second] = claim(theirs)
        assert mine.due(NOON + 2 * SECOND, 10, GAP) == []
    assert second.key == "P-7/last-meal/1"


def test_a_phone_that_another_host_has_just_texted_has_its_gap(ledger: Ledger, other: Ledger) -> None:
    record_new(ledger, a_record(), a_record(patient="P-7"))
    with other.dispatching() as theirs:
        [first] = claim(theirs)
    settle(other, first, accepted())
    with ledger.dispatching() as mine:
        assert mine.due(NOON + GAP - SECOND, 10, GAP) == []
        assert len(mine.due(NOON + GAP, 10, GAP)) == 1


def test_what_another_host_expires_just_now_is_not_expired_again(ledger: Ledger, other: Ledger) -> None:
    record_new(ledger, a_record())
    late = NOON + timedelta(days=1)
    with ledger.dispatching() as mine, other.dispatching() as theirs:
        assert len(mine.missed(late, 10)) == 1
        assert theirs.missed(late, 10) == []


def test_whoever_writes_waits_until_no_host_dispatches(
    ledger: Ledger, other: Ledger, elsewhere: ThreadPoolExecutor
) -> None:
    with ledger.dispatching():
        writing = elsewhere.submit(lambda: enter(other.writing()))
        assert is_kept_waiting(writing)
    assert writing.result(timeout=10) == "entered"


def test_no_host_dispatches_while_another_writes(ledger: Ledger, other: Ledger, elsewhere: ThreadPoolExecutor) -> None:
    with ledger.writing():
        dispatching = elsewhere.submit(lambda: enter(other.dispatching()))
        assert is_kept_waiting(dispatching)
    assert dispatching.result(timeout=10) == "entered"


@pytest.mark.parametrize("way", ["reading", "aside"])
def test_neither_reading_nor_what_is_about_no_message_waits(ledger: Ledger, other: Ledger, way: str) -> None:
    with ledger.writing():
        assert enter(getattr(other, way)()) == "entered"


def test_an_answer_that_is_recorded_twice_changes_nothing_the_second_time(ledger: Ledger) -> None:
    """Where the connection was lost during a commit, nobody knows whether it was done: it is tried again."""
    record_new(ledger, a_record())
    with ledger.dispatching() as book:
        [attempt] = claim(book)
    settle(ledger, attempt, accepted())
    with ledger.reading() as book:
        story = book.story("P-1042")
    settle(ledger, attempt, accepted())
    with ledger.reading() as book:
        assert book.story("P-1042") == story
    assert states(ledger) == [State.ACCEPTED]
