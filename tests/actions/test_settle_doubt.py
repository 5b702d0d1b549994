"""Texts in doubt: settled by asking, and sent again only when the provider had time to show that it has them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from notifier.actions.settle_doubt import DoubtSettler, Settled
from notifier.clock import JumpingClock
from notifier.core.delivery import Answer, AnswerKind, Receipt
from notifier.core.lifecycle import State
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import Taken
from tests.actions.steps import record, send, states, told, with_worker
from tests.builders import NOON, a_record
from tests.fakes.fake_sender import FakeSender

AFTER = 300.0  # seconds
KEY = "P-1042/last-meal/1"
Result = TypeVar("Result")


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock(NOON)


@pytest.fixture
def sender() -> FakeSender:
    return FakeSender(Answer(AnswerKind.IN_DOUBT, code="time-out"))


@pytest.fixture
def doubtful(ledger: Ledger, sender: FakeSender, clock: JumpingClock) -> Ledger:
    """A ledger with one text that may have been taken."""
    record(ledger, a_record(), now=NOON)
    send(ledger, sender, clock)
    return ledger


def settling(
    ledger: Ledger, sender: FakeSender, clock: JumpingClock, work: Callable[[DoubtSettler], Awaitable[Result]]
) -> Result:
    """Work with one settler, as a process does while it lives."""
    return with_worker(ledger, lambda worker: work(DoubtSettler(worker, sender, clock, AFTER)))


def wait(clock: JumpingClock, seconds: float) -> None:
    clock.wait(timedelta(seconds=seconds))


def test_a_text_that_the_provider_has_is_accepted_under_its_name(
    doubtful: Ledger, sender: FakeSender, clock: JumpingClock
) -> None:
    sender.found = (Receipt("SM7", "queued"),)
    settled = settling(doubtful, sender, clock, DoubtSettler.settle)
    assert settled == Settled(found=(Taken(KEY, State.ACCEPTED),))
    assert states(doubtful) == {"last-meal": State.ACCEPTED}
    with doubtful.reading() as book:
        assert book.known_sids(["SM7"]) == {"SM7"}


def test_the_provider_is_asked_for_the_very_words_that_were_sent(
    doubtful: Ledger, sender: FakeSender, clock: JumpingClock
) -> None:
    settling(doubtful, sender, clock, DoubtSettler.settle)
    [(to, text, since)] = sender.searched
    assert (to, text) == (sender.asked[0].to, sender.asked[0].text)
    assert since == NOON - timedelta(hours=2)


def test_a_text_known_as_another_attempts_is_not_the_one_in_doubt(ledger: Ledger, clock: JumpingClock) -> None:
    sender = FakeSender(Answer(AnswerKind.ACCEPTED, sid="SM1"), Answer(AnswerKind.IN_DOUBT, code="time-out"))
    record(ledger, a_record(), a_record(patient="P-1043", position=9), now=NOON)
    send(ledger, sender, clock)
    wait(clock, 30)
    send(ledger, sender, clock)
    sender.found = (Receipt("SM1", "delivered"),)
    assert settling(ledger, sender, clock, DoubtSettler.settle) == Settled(open=1)
    sender.found = (Receipt("SM1", "delivered"), Receipt("SM2", "sent"))
    settling(ledger, sender, clock, DoubtSettler.settle)
    assert states(ledger, "P-1043") == {"last-meal": State.SENT}
    assert states(ledger) == {"last-meal": State.ACCEPTED}


def test_that_it_is_not_there_yet_means_nothing_at_first(
    doubtful: Ledger, sender: FakeSender, clock: JumpingClock
) -> None:
    async def look_for_long(settler: DoubtSettler) -> list[Settled]:
        settled = [await settler.settle()]
        wait(clock, AFTER - 1)
        settled.append(await settler.settle())
        return settled

    assert settling(doubtful, sender, clock, look_for_long) == [Settled(open=1), Settled(open=1)]
    assert states(doubtful) == {"last-meal": State.IN_DOUBT}


def test_what_is_still_not_there_when_it_must_be_goes_again(
    doubtful: Ledger, sender: FakeSender, clock: JumpingClock
) -> None:
    async def look_long_enough(settler: DoubtSettler) -> Settled:
        await settler.settle()
        wait(clock, AFTER)
        return await settler.settle()

    assert settling(doubtful, sender, clock, look_long_enough) == Settled(not_taken=(KEY,))
    assert told(doubtful)[-1] == ("postponed", "the provider did not take it")
    assert send(doubtful, sender, clock).is_empty  # the files come first: they may have changed meanwhile
    wait(clock, 5)
    assert len(send(doubtful, sender, clock).sent) == 1
    assert states(doubtful) == {"last-meal": State.ACCEPTED}


def test_a_restart_begins_the_wait_anew(doubtful: Ledger, sender: FakeSender, clock: JumpingClock) -> None:
    settling(doubtful, sender, clock, DoubtSettler.settle)
    wait(clock, AFTER)
    assert settling(doubtful, sender, clock, DoubtSettler.settle) == Settled(open=1)


def test_a_look_that_failed_decides_nothing(doubtful: Ledger, sender: FakeSender, clock: JumpingClock) -> None:
    async def fail_then_look(settler: DoubtSettler) -> list[Settled]:
        await settler.settle()
        wait(clock, AFTER)
        sender.found = None
        failed = await settler.settle()
        wait(clock, settler.next_look() or 0)
        sender.found = ()
        return [failed, await settler.settle()]

    assert settling(doubtful, sender, clock, fail_then_look) == [Settled(open=1), Settled(not_taken=(KEY,))]


def test_looks_come_at_steps_and_the_one_that_decides_on_time(
    doubtful: Ledger, sender: FakeSender, clock: JumpingClock
) -> None:
    async def follow(settler: DoubtSettler) -> list[float]:
        looks: list[float] = []
        await settler.settle()
        while (step := settler.next_look()) is not None and len(looks) < 20:
            wait(clock, step)
            looks.append(clock.elapsed())
            await settler.settle()
        return looks

    assert settling(doubtful, sender, clock, follow) == [50, 100, 150, 200, 250, 300]


def test_nothing_is_looked_for_where_nothing_is_in_doubt(ledger: Ledger, clock: JumpingClock) -> None:
    sender = FakeSender()

    async def look(settler: DoubtSettler) -> tuple[Settled, float | None]:
        return await settler.settle(), settler.next_look()

    assert settling(ledger, sender, clock, look) == (Settled(), None)
    assert sender.searched == []


def test_a_text_that_was_not_taken_and_is_no_longer_true_expires(
    doubtful: Ledger, sender: FakeSender, clock: JumpingClock
) -> None:
    async def look_long_enough(settler: DoubtSettler) -> Settled:
        await settler.settle()
        clock.jump(NOON + timedelta(days=1))
        return await settler.settle()

    assert settling(doubtful, sender, clock, look_long_enough).not_taken == (KEY,)
    send(doubtful, sender, clock)
    assert states(doubtful) == {"last-meal": State.EXPIRED}
    assert len(sender.asked) == 1


def test_a_text_found_to_have_failed_for_a_moment_goes_again(
    doubtful: Ledger, sender: FakeSender, clock: JumpingClock
) -> None:
    sender.found = (Receipt("SM7", "undelivered", "30003", AnswerKind.TEMPORARY),)
    settling(doubtful, sender, clock, DoubtSettler.settle)
    assert states(doubtful) == {"last-meal": State.PLANNED}
