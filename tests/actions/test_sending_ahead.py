"""Texts that are claimed while others are under way: they go without a commit in between, or back into the line."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.actions.send_due import Dispatcher
from notifier.actions.take_turn import Dispatch, Pace
from notifier.clock import JumpingClock
from notifier.core.delivery import Answer, AnswerKind, Attempt
from notifier.core.lifecycle import State
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import REPLANNED_WITHIN
from notifier.ledger.rows import Switch
from notifier.ledger.worker import LedgerWorker
from tests.actions.steps import PACE, denver, record, states, until, with_worker
from tests.builders import a_record
from tests.fakes.fake_sender import FakeSender

DUE = denver("2026-12-02 13:30")
TEXTS = 6
# One under way. When it has landed, two are claimed beyond the next one.
ONE_AND_TWO = Pace(batch=1, min_gap=PACE.min_gap, lease=PACE.lease, ahead=10)
TAKEN = Answer(AnswerKind.ACCEPTED, sid="SM1")

Scene = Callable[[Dispatcher, FakeSender, "asyncio.Task[object]"], Awaitable[None]]


def six_due(ledger: Ledger) -> None:
    latest = (DUE + timedelta(hours=1, minutes=number) for number in range(TEXTS))
    texts = (
        a_record(patient=f"P-{number}", to=f"+1720555010{number}", place=DUE, earliest=DUE, latest=until_then)
        for number, until_then in enumerate(latest)
    )
    record(ledger, *texts, now=DUE)


def standing(ledger: Ledger) -> Counter[State]:
    return Counter(state for number in range(TEXTS) for state in states(ledger, f"P-{number}").values())


def play(
    ledger: Ledger,
    sender: FakeSender,
    scene: Scene,
    pace: Pace = ONE_AND_TWO,
    is_astray: Callable[[], bool] = lambda: False,
) -> None:
    """Send what is due, and have the scene while the second request hangs."""

    async def run(worker: LedgerWorker) -> None:
        dispatcher = Dispatcher(worker, sender, JumpingClock(DUE), pace, tell=lambda _: None, is_astray=is_astray)
        sending = asyncio.create_task(dispatcher.send_due())
        await until(lambda: len(sender.asked) == 2 and standing(ledger)[State.ACCEPTED] == 1)
        await scene(dispatcher, sender, sending)
        await asyncio.wait({sending})

    with_worker(ledger, run)


def hanging_from(number: int) -> FakeSender:
    """Return a provider with whom that request hangs, and all later ones, until they are released."""

    def watch(_: Attempt) -> None:
        sender.holding = sender.holding or len(sender.asked) == number

    sender = FakeSender(watch=watch)
    return sender


def test_a_text_follows_the_one_that_has_landed_without_a_commit_in_between(ledger: Ledger, file: Path) -> None:
    seen: list[dict[str, int]] = []

    def look(_: Attempt) -> None:
        other = sqlite3.connect(file)
        seen.append(dict(other.execute("SELECT state, count(*) FROM messages GROUP BY state")))
        other.close()

    six_due(ledger)

    async def send(worker: LedgerWorker) -> None:
        sender = FakeSender(watch=look)
        await Dispatcher(worker, sender, JumpingClock(DUE), ONE_AND_TWO, tell=lambda _: None).send_due()

    with_worker(ledger, send)
    assert seen[1:3] == [{"accepted": 1, "claimed": 3, "planned": 2}] * 2
    assert standing(ledger) == {State.ACCEPTED: 6}


def test_no_more_are_claimed_ahead_than_the_pace_allows(ledger: Ledger) -> None:
    async def look(_dispatcher: Dispatcher, sender: FakeSender, _sending: object) -> None:
        assert standing(ledger) == {State.ACCEPTED: 1, State.CLAIMED: 2, State.PLANNED: 3}
        sender.release()

    six_due(ledger)
    play(ledger, hanging_from(2), look, Pace(batch=1, min_gap=PACE.min_gap, lease=PACE.lease, ahead=1))
    assert standing(ledger) == {State.ACCEPTED: 6}


async def stop(dispatcher: Dispatcher, sender: FakeSender, _sending: object) -> None:
    dispatcher.stop()
    sender.release()


async def cancel(_dispatcher: Dispatcher, _sender: FakeSender, sending: "asyncio.Task[object]") -> None:
    sending.cancel()


@pytest.mark.parametrize(("scene", "becomes"), [(stop, State.ACCEPTED), (cancel, State.IN_DOUBT)])
def test_when_the_service_stops_those_that_wait_go_back_into_the_line(
    ledger: Ledger, scene: Scene, becomes: State
) -> None:
    six_due(ledger)
    sender = hanging_from(2)
    play(ledger, sender, scene)
    assert len(sender.asked) == 2
    assert standing(ledger) == Counter({State.PLANNED: 4, State.ACCEPTED: 1}) + Counter([becomes])


def test_a_pause_calls_back_those_that_wait(ledger: Ledger) -> None:
    async def pause(dispatcher: Dispatcher, sender: FakeSender, _sending: object) -> None:
        with ledger.writing() as book:
            book.turn(Switch.PAUSE, "Ann", "wrong wording", DUE, is_on=True)
        dispatcher.nudge()
        await until(lambda: standing(ledger)[State.CLAIMED] == 1)
        sender.release()

    six_due(ledger)
    sender = hanging_from(2)
    play(ledger, sender, pause)
    assert len(sender.asked) == 2
    assert standing(ledger) == {State.ACCEPTED: 2, State.PLANNED: 4}


def test_once_the_clock_is_wrong_what_waits_goes_back_and_only_what_has_landed_is_recorded(ledger: Ledger) -> None:
    is_wrong = asyncio.Event()

    async def step(dispatcher: Dispatcher, sender: FakeSender, _sending: object) -> None:
        is_wrong.set()
        dispatcher.nudge()
        await until(lambda: standing(ledger)[State.CLAIMED] == 1)
        sender.release()

    six_due(ledger)
    sender = hanging_from(2)
    play(ledger, sender, step, is_astray=is_wrong.is_set)
    assert len(sender.asked) == 2
    assert standing(ledger) == {State.ACCEPTED: 2, State.PLANNED: 4}


def test_by_a_wrong_clock_nothing_has_expired_and_nothing_is_lost(ledger: Ledger) -> None:
    six_due(ledger)
    with ledger.dispatching() as book:
        book.claim(book.due(DUE, 1, PACE.min_gap), DUE, PACE.lease)

    async def send(worker: LedgerWorker) -> None:
        clock, told = JumpingClock(DUE + timedelta(days=1)), list[Dispatch]()
        dispatcher = Dispatcher(worker, FakeSender(), clock, ONE_AND_TWO, tell=told.append, is_astray=lambda: True)
        assert await dispatcher.send_due() is None
        assert told == []

    with_worker(ledger, send)
    assert standing(ledger) == {State.CLAIMED: 1, State.PLANNED: 5}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(AnswerKind.TEMPORARY, code="20429", retry_after=20),
        Answer(AnswerKind.CONFIGURATION, code="20003"),
    ],
)
def test_a_provider_that_will_not_have_them_now_is_not_asked_with_those_that_wait(
    ledger: Ledger, answer: Answer
) -> None:
    six_due(ledger)
    sender = FakeSender(TAKEN, answer)

    async def send(worker: LedgerWorker) -> None:
        await Dispatcher(worker, sender, JumpingClock(DUE), ONE_AND_TWO, tell=lambda _: None).send_due()

    with_worker(ledger, send)
    assert len(sender.asked) == 2
    assert standing(ledger) == {State.ACCEPTED: 1, State.PLANNED: 5}


def test_one_that_has_waited_long_for_its_lane_is_looked_at_again_before_it_goes(ledger: Ledger) -> None:
    six_due(ledger)
    sender, clock, told = hanging_from(2), JumpingClock(DUE), list[Dispatch]()

    async def send(worker: LedgerWorker) -> None:
        dispatcher = Dispatcher(worker, sender, clock, replace(ONE_AND_TWO, min_gap=timedelta(0)), tell=told.append)
        sending = asyncio.create_task(dispatcher.send_due())
        await until(lambda: bool(told))  # P-1 hangs, and P-2 and P-3 wait for its lane
        with ledger.writing() as book:
            book.opt_out("+17205550103", "STOP", "patient", DUE)
        clock.wait(timedelta(seconds=3))
        sender.release()
        await sending
        clock.wait(REPLANNED_WITHIN)  # in case that planning has passed over it
        await dispatcher.send_due()

    with_worker(ledger, send)
    assert [(attempt.key[:3], attempt.ordinal) for attempt in sender.asked] == [
        ("P-0", 1),
        ("P-1", 1),
        ("P-4", 1),
        ("P-5", 1),
        ("P-2", 2),
    ]
