"""A receipt, however it came: written down before anybody hears that it was."""

import sqlite3
from pathlib import Path

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
    assert (stop.by, stop.why) == ("notifier", "30034")


def test_the_same_receipt_twice_stops_dispatch_once(ledger: Ledger) -> None:
    accepted(ledger)
    for _ in range(2):
        take_receipt(Receipt("SM1", "undelivered", "30034", AnswerKind.CONFIGURATION), ledger, NOON)
    with ledger.reading() as book:
        assert len(book.switchings()) == 1
