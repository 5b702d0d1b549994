"""Texts that come back into the line after the files have changed, and attempts that were given up too early."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from notifier.core.delivery import Answer, AnswerKind, Receipt
from notifier.core.lifecycle import State
from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import Taken
from tests.builders import NOON, a_record
from tests.ledger.steps import claim, due_keys, record_new, settle, states, told

HOUR = timedelta(hours=1)
KEY, LATER = "P-1042/last-meal/1", "P-1042/last-meal/2"
TRY_AGAIN = Receipt("SM1", "undelivered", "30003", AnswerKind.TEMPORARY, KEY, 1)


def postpone(book: Book) -> None:
    [begun] = book.attempts("P-1042")
    book.settle([(begun.attempt, Answer(AnswerKind.TEMPORARY, code="20429"), NOON)], NOON)


def find_not_taken(book: Book) -> None:
    [begun] = book.attempts("P-1042")
    book.settle([(begun.attempt, Answer(AnswerKind.IN_DOUBT, code="time-out"), None)], NOON)
    [doubt] = book.in_doubt(10)
    assert book.not_taken(doubt, NOON)


def have_it_not_arrive(book: Book) -> None:
    assert book.take_receipt(TRY_AGAIN, NOON) == Taken(KEY, State.WITHDRAWN)


@pytest.mark.parametrize("come_back", [postpone, find_not_taken, have_it_not_arrive])
@pytest.mark.parametrize("state", [State.PLANNED, State.WITHDRAWN])
def test_a_text_that_was_replaced_while_it_was_on_its_way_does_not_go_again(
    ledger: Ledger, come_back: Callable[[Book], None], state: State
) -> None:
    record_new(ledger, a_record())
    claim(ledger)
    record_new(ledger, a_record(revision=2, body="By nine.", place=NOON + HOUR, state=state))
    with ledger.writing() as book:
        come_back(book)
    assert states(ledger) == [State.WITHDRAWN, state]
    assert told(ledger)[-1] == ("withdrawn", "a later revision has taken its place")
    assert due_keys(ledger, NOON + 2 * HOUR) == ([LATER] if state is State.PLANNED else [])


@pytest.fixture
def tried_twice(ledger: Ledger) -> Ledger:
    """A ledger with a text that was held for not taken, and whose second attempt the provider postponed."""
    record_new(ledger, a_record())
    claim(ledger)
    with ledger.writing() as book:
        find_not_taken(book)
    [again] = claim(ledger, NOON + HOUR)
    settle(ledger, again, Answer(AnswerKind.TEMPORARY, code="20429"), NOON + HOUR)
    return ledger


@pytest.mark.parametrize(("status", "state"), [("queued", State.ACCEPTED), ("sent", State.SENT)])
def test_what_an_earlier_attempt_is_shown_to_have_brought_is_not_sent_once_more(
    tried_twice: Ledger, status: str, state: State
) -> None:
    with tried_twice.writing() as book:
        assert book.take_receipt(Receipt("SM1", status, key=KEY, ordinal=1), NOON) == Taken(KEY, state)
    assert due_keys(tried_twice, NOON + 2 * HOUR) == []
    with tried_twice.writing() as book:
        assert book.awaiting_receipts(NOON + 9 * HOUR, NOON + 8 * HOUR, 10) == [(KEY, "SM1")]
        assert book.take_receipt(Receipt("SM1", "delivered"), NOON) == Taken(KEY, State.DELIVERED)


def test_an_earlier_attempt_that_is_on_its_way_and_fails_decides(tried_twice: Ledger) -> None:
    with tried_twice.writing() as book:
        book.take_receipt(Receipt("SM1", "sent", key=KEY, ordinal=1), NOON)
        assert book.take_receipt(Receipt("SM1", "undelivered", "30005"), NOON) == Taken(KEY, State.UNDELIVERED)


def test_a_failure_of_an_attempt_that_was_given_up_changes_nothing(tried_twice: Ledger) -> None:
    with tried_twice.writing() as book:
        assert book.take_receipt(Receipt("SM1", "failed", "30005", key=KEY, ordinal=1), NOON) is None
    assert states(tried_twice) == [State.PLANNED]
