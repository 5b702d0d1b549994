"""Asking what became of the texts that the provider took."""

from datetime import timedelta

from notifier.actions.poll_receipts import Polled, poll_receipts
from notifier.clock import JumpingClock
from notifier.core.lifecycle import State
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import Taken
from tests.actions.steps import record, send, states, with_worker
from tests.builders import NOON, a_record
from tests.fakes.fake_sender import FakeSender

MINUTE = timedelta(minutes=1)


def look(ledger: Ledger, sender: FakeSender, clock: JumpingClock) -> Polled:
    return with_worker(ledger, lambda worker: poll_receipts(worker, sender, clock, MINUTE))


def poll(ledger: Ledger, sender: FakeSender, clock: JumpingClock) -> list[Taken]:
    return list(look(ledger, sender, clock).taken)


def accepted(ledger: Ledger, sender: FakeSender) -> JumpingClock:
    """Have the provider take a text, and wait a minute."""
    clock = JumpingClock(NOON)
    record(ledger, a_record(), now=NOON)
    send(ledger, sender, clock)
    clock.wait(MINUTE + timedelta(seconds=1))
    return clock


def test_a_text_that_arrived_is_delivered(ledger: Ledger) -> None:
    sender = FakeSender()
    clock = accepted(ledger, sender)
    sender.statuses["SM1"] = "delivered"
    assert poll(ledger, sender, clock) == [Taken("P-1042/last-meal/1", State.DELIVERED)]
    assert states(ledger) == {"last-meal": State.DELIVERED}


def test_a_text_is_asked_about_until_its_end_is_known(ledger: Ledger) -> None:
    sender = FakeSender()
    clock = accepted(ledger, sender)
    seen = []
    for status in ("queued", "sent", "undelivered"):
        sender.statuses["SM1"] = status
        seen.append([received.state for received in poll(ledger, sender, clock)])
        clock.wait(2 * MINUTE)
    assert seen == [[], [State.SENT], [State.UNDELIVERED]]
    assert poll(ledger, sender, clock) == []


def test_a_text_is_not_asked_about_twice_in_a_minute(ledger: Ledger) -> None:
    sender = FakeSender()
    clock = accepted(ledger, sender)
    poll(ledger, sender, clock)
    sender.statuses["SM1"] = "delivered"
    clock.wait(MINUTE / 2)
    assert poll(ledger, sender, clock) == []
    clock.wait(MINUTE)
    assert len(poll(ledger, sender, clock)) == 1


def test_a_provider_that_does_not_answer_changes_nothing(ledger: Ledger) -> None:
    sender = FakeSender()
    clock = accepted(ledger, sender)
    assert poll(ledger, sender, clock) == []
    assert states(ledger) == {"last-meal": State.ACCEPTED}


def test_after_a_day_without_a_final_receipt_nobody_will_ever_know(ledger: Ledger) -> None:
    sender = FakeSender()
    clock = accepted(ledger, sender)
    clock.wait(timedelta(days=1))
    assert look(ledger, sender, clock) == Polled((), ("P-1042/last-meal/1",))
    assert states(ledger) == {"last-meal": State.UNCONFIRMED}


def test_a_last_look_after_a_day_counts(ledger: Ledger) -> None:
    sender = FakeSender()
    clock = accepted(ledger, sender)
    sender.statuses["SM1"] = "delivered"
    clock.wait(timedelta(days=1))
    assert look(ledger, sender, clock).unconfirmed == ()
    assert states(ledger) == {"last-meal": State.DELIVERED}
