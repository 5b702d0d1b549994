"""What the provider says later: in any order, any number of times, and never past a final state."""

from datetime import datetime, timedelta

import pytest

from notifier.core.delivery import Receipt
from notifier.core.lifecycle import State
from notifier.ledger.opening import Ledger
from tests.builders import NOON, a_record
from tests.ledger.steps import accepted, claim, record_new, settle, states, told

HOUR, JUST = timedelta(hours=1), timedelta(microseconds=1)
KEY = "P-1042/last-meal/1"


@pytest.fixture
def taken(ledger: Ledger) -> Ledger:
    """A ledger with one message that the provider has accepted as SM1."""
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    settle(ledger, attempt, accepted())
    return ledger


def receive(ledger: Ledger, status: str, sid: str = "SM1", code: str | None = None) -> State | None:
    with ledger.writing() as book:
        return book.take_receipt(Receipt(sid, status, code), NOON)


def awaiting(ledger: Ledger, before: datetime, limit: int = 10) -> list[tuple[str, str]]:
    with ledger.reading() as book:
        return book.awaiting_receipts(before, limit)


def test_receipts_lead_to_delivered(taken: Ledger) -> None:
    assert receive(taken, "sent") is State.SENT
    assert receive(taken, "delivered") is State.DELIVERED
    assert states(taken) == [State.DELIVERED]
    assert told(taken)[-2:] == [("sent", None), ("delivered", None)]


def test_a_failure_is_told_with_its_code(taken: Ledger) -> None:
    assert receive(taken, "undelivered", code="30003") is State.UNDELIVERED
    assert told(taken)[-1] == ("undelivered", "30003")


@pytest.mark.parametrize("status", ["delivered", "sent", "failed"])
def test_nothing_leaves_a_final_state(taken: Ledger, status: str) -> None:
    receive(taken, "delivered")
    before = told(taken)
    assert receive(taken, status) is None
    assert states(taken) == [State.DELIVERED]
    assert told(taken) == before


@pytest.mark.parametrize("receipt", [("SM1", "queued"), ("SM1", "a word of tomorrow"), ("SM9", "delivered")])
def test_a_receipt_that_says_nothing_of_ours_changes_nothing(taken: Ledger, receipt: tuple[str, str]) -> None:
    sid, status = receipt
    assert receive(taken, status, sid) is None
    assert states(taken) == [State.ACCEPTED]


def test_messages_without_a_final_receipt_are_asked_about_again_after_a_while(taken: Ledger) -> None:
    assert awaiting(taken, NOON - JUST) == []
    assert awaiting(taken, NOON) == [(KEY, "SM1")]
    with taken.writing() as book:
        book.looked_at([KEY], NOON + HOUR)
    assert awaiting(taken, NOON + HOUR - JUST) == []
    receive(taken, "sent")
    assert awaiting(taken, NOON + HOUR) == [(KEY, "SM1")]
    receive(taken, "delivered")
    assert awaiting(taken, NOON + 9 * HOUR) == []


def test_those_that_waited_longest_are_asked_about_first(ledger: Ledger) -> None:
    for number in range(3):
        record_new(ledger, a_record(patient=f"P-{number}", to=f"+172055501{number:02}"))
        [attempt] = claim(ledger)
        settle(ledger, attempt, accepted(f"SM{number}"), now=NOON - number * HOUR)
    assert [sid for _, sid in awaiting(ledger, NOON + HOUR, limit=2)] == ["SM2", "SM1"]
