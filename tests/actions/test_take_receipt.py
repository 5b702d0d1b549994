"""A receipt, however it came: written down before anybody hears that it was."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.actions.take_receipt import take_receipt
from notifier.clock import JumpingClock
from notifier.core.delivery import AnswerKind, Receipt
from notifier.core.lifecycle import State
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import Taken
from notifier.ledger.rows import Switch
from tests.actions.steps import record, send, states
from tests.builders import NOON, a_record
from tests.fakes.fake_sender import FakeSender


def accepted(ledger: Ledger) -> None:
    record(ledger, a_record(), now=NOON)
    send(ledger, FakeSender(), JumpingClock(NOON))


def test_a_receipt_is_in_the_ledger_when_it_is_taken(ledger: Ledger, file: Path) -> None:
    accepted(ledger)
    assert take_receipt(Receipt("SM1", "delivered"), ledger, NOON) == Taken("P-1042/last-meal/1", State.DELIVERED)
    other = sqlite3.connect(file)
    assert other.execute("SELECT state FROM messages").fetchall() == [("delivered",)]
    other.close()


def test_a_receipt_that_says_nothing_new_is_none(ledger: Ledger) -> None:
    accepted(ledger)
    assert take_receipt(Receipt("SM9", "delivered"), ledger, NOON) is None


def test_a_receipt_that_blames_our_settings_stops_dispatch_and_burns_nothing(ledger: Ledger) -> None:
    accepted(ledger)
    take_receipt(Receipt("SM1", "undelivered", "30034", AnswerKind.CONFIGURATION), ledger, NOON)
    assert states(ledger) == {"last-meal": State.PLANNED}
    with ledger.reading() as book:
        stop = book.switched_on(Switch.STOP)
    assert stop is not None
    assert (stop.by, stop.why) == ("receipt", "30034")


def refused(sid: str) -> Receipt:
    return Receipt(sid, "undelivered", "30034", AnswerKind.CONFIGURATION)


@pytest.fixture
def probed(ledger: Ledger) -> JumpingClock:
    """Dispatch was stopped by a receipt a minute ago, and the provider has taken a text since."""
    accepted(ledger)
    record(ledger, a_record(patient="P-1043", to="+13035550112"), now=NOON)
    clock = JumpingClock(NOON)
    stopped = take_receipt(refused("SM1"), ledger, NOON)
    assert stopped is not None
    assert stopped.stopped == "30034"
    clock.wait(timedelta(minutes=1))
    send(ledger, FakeSender(), clock)
    assert "accepted" in {*states(ledger).values(), *states(ledger, "P-1043").values()}
    return clock


def is_stopped(ledger: Ledger) -> bool:
    with ledger.reading() as book:
        return book.switched_on(Switch.STOP) is not None


def test_a_stop_that_a_receipt_has_brought_is_not_lifted_by_a_text_that_is_only_taken(
    ledger: Ledger, probed: JumpingClock
) -> None:
    assert is_stopped(ledger)
    sender = FakeSender()
    probed.wait(timedelta(minutes=1))
    send(ledger, sender, probed)
    assert sender.asked == []  # until it is known what became of the one


@pytest.mark.parametrize("status", ["sent", "delivered"])
def test_it_is_lifted_by_the_receipt_of_a_text_that_went_since(
    ledger: Ledger, probed: JumpingClock, status: str
) -> None:
    taken = take_receipt(Receipt("SM2", status), ledger, probed.now())
    assert taken is not None
    assert (taken.resumed, is_stopped(ledger)) == (True, False)


def test_it_is_not_lifted_by_the_receipt_of_a_text_that_went_before(ledger: Ledger) -> None:
    record(ledger, a_record(), a_record(patient="P-1043", to="+13035550112"), now=NOON)
    send(ledger, FakeSender(), JumpingClock(NOON))
    later = NOON + timedelta(seconds=9)
    take_receipt(refused("SM1"), ledger, later)
    assert take_receipt(Receipt("SM2", "delivered"), ledger, later) == Taken("P-1043/last-meal/1", State.DELIVERED)
    assert is_stopped(ledger)


def test_a_text_that_is_refused_as_the_one_before_keeps_it_and_another_tries(
    ledger: Ledger, probed: JumpingClock
) -> None:
    sender = FakeSender()
    assert take_receipt(refused("SM2"), ledger, probed.now()) is not None
    probed.wait(timedelta(minutes=1))
    send(ledger, sender, probed)
    assert (len(sender.asked), is_stopped(ledger)) == (1, True)
    with ledger.reading() as book:
        assert len(book.switchings()) == 1


def test_a_text_of_which_nothing_is_heard_for_long_keeps_no_other_from_trying(
    ledger: Ledger, probed: JumpingClock
) -> None:
    sender = FakeSender()
    probed.wait(timedelta(minutes=6))
    send(ledger, sender, probed)
    assert (len(sender.asked), is_stopped(ledger)) == (1, True)


def test_the_same_receipt_twice_stops_dispatch_once(ledger: Ledger) -> None:
    accepted(ledger)
    for _ in range(2):
        take_receipt(Receipt("SM1", "undelivered", "30034", AnswerKind.CONFIGURATION), ledger, NOON)
    with ledger.reading() as book:
        assert len(book.switchings()) == 1
