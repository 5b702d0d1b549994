"""A connection that is lost during a commit: nobody knows whether it was done, and nothing is sent twice, or lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from notifier.actions.send_due import Dispatcher
from notifier.clock import JumpingClock
from notifier.core.lifecycle import State
from notifier.ledger.book import Book
from notifier.ledger.errors import LedgerError, LedgerOutOfOrderError
from notifier.ledger.opening import Ledger
from notifier.ledger.worker import LedgerWorker
from tests.actions.steps import PACE, record, send, states, told, with_worker
from tests.builders import NOON, a_record
from tests.fakes.fake_sender import FakeSender


class LosesAnswers(Ledger):
    """A ledger that commits, and whose answer to some commits of dispatch never comes."""

    def __init__(self, ledger: Ledger, *lost: int) -> None:
        """`lost`: which commits, from 1."""
        self._under, self._lost, self._commits = ledger, lost, 0

    @contextmanager
    def reading(self) -> Iterator[Book]:
        with self._under.reading() as book:
            yield book

    @contextmanager
    def dispatching(self) -> Iterator[Book]:
        with self._under.dispatching() as book:
            yield book
        self._commits += 1
        if self._commits in self._lost:
            raise LedgerOutOfOrderError("The connection was lost.")


def test_a_claim_of_which_it_is_not_known_whether_it_was_written_is_not_sent(ledger: Ledger) -> None:
    record(ledger, a_record(), now=NOON)
    sender, clock = FakeSender(), JumpingClock(NOON)
    with pytest.raises(LedgerError):
        send(LosesAnswers(ledger, 1), sender, clock)
    assert sender.asked == []
    assert states(ledger) == {"last-meal": State.CLAIMED}
    clock.wait(PACE.lease + timedelta(seconds=1))
    send(ledger, sender, clock)
    assert sender.asked == []
    assert states(ledger) == {"last-meal": State.IN_DOUBT}  # until the provider has been asked


def test_an_outcome_of_which_it_is_not_known_whether_it_was_written_is_written_again(ledger: Ledger) -> None:
    record(ledger, a_record(), now=NOON)
    sender, clock = FakeSender(), JumpingClock(NOON)

    async def work(worker: LedgerWorker) -> None:
        dispatcher = Dispatcher(worker, sender, clock, PACE, tell=lambda _: None)
        with pytest.raises(LedgerError):
            await dispatcher.send_due()
        await dispatcher.send_due()

    with_worker(LosesAnswers(ledger, 2), work)
    assert len(sender.asked) == 1
    assert told(ledger) == [("new", None), ("claimed", None), ("accepted", None)]
