"""Sending what is due: in which order, in which words, and what is written down before and after."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from aiolimiter import AsyncLimiter

from notifier.actions.pause_texts import pause_texts
from notifier.actions.send_due import Dispatcher, send_due
from notifier.actions.take_turn import Dispatch, Pace
from notifier.clock import JumpingClock
from notifier.core.delivery import Answer, AnswerKind, Attempt, Record
from notifier.core.lifecycle import State
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import REPLANNED_WITHIN
from notifier.ledger.rows import Switch
from notifier.ledger.worker import LedgerWorker
from tests.actions.steps import PACE, Result, denver, record, send, shown, states, told, until, with_worker
from tests.builders import a_record
from tests.fakes.fake_sender import FakeSender

DUE = denver("2026-12-02 13:30")
UNTIL = denver("2026-12-02 22:00")


def a_text(step: str = "last-meal", **fields: object) -> Record:
    """Return a text that is due on Wednesday at 13:30, and useful until 22:00; quiet hours begin at 21:00."""
    return a_record(**{"step": step, "place": DUE, "earliest": DUE, "latest": UNTIL, **fields})


def now_is(wall: str) -> JumpingClock:
    return JumpingClock(denver(wall))


def at_once() -> JumpingClock:
    return JumpingClock(DUE)


def write_down(file: Path, into: list[tuple[str, str | None]]) -> Callable[[Attempt], None]:
    """Return a watcher that looks into the ledger's file, as another process would, while the provider is asked."""

    def look(attempt: Attempt) -> None:
        other = sqlite3.connect(file)
        query = "SELECT state, answer FROM messages JOIN attempts USING (key) WHERE attempts.id = ?"
        into.extend(other.execute(query, (attempt.id,)).fetchall())
        other.close()

    return look


def test_the_intent_is_committed_before_the_provider_hears_of_it(ledger: Ledger, file: Path) -> None:
    seen: list[tuple[str, str | None]] = []
    record(ledger, a_text(), now=DUE)
    send(ledger, FakeSender(watch=write_down(file, seen)), at_once())
    assert seen == [("claimed", None)]


def test_the_outcome_is_committed_after_the_provider_has_answered(ledger: Ledger) -> None:
    record(ledger, a_text(), now=DUE)
    dispatch = send(ledger, FakeSender(), at_once())
    assert [one.answer.kind for one in dispatch.sent] == [AnswerKind.ACCEPTED]
    assert states(ledger) == {"last-meal": State.ACCEPTED}
    assert told(ledger) == [("new", None), ("claimed", None), ("accepted", None)]


def test_nothing_is_sent_where_nothing_is_due(ledger: Ledger) -> None:
    record(ledger, a_text(), now=DUE)
    assert send(ledger, FakeSender(), now_is("2026-12-02 13:29")).is_empty


def test_nothing_goes_after_the_latest_instant(ledger: Ledger) -> None:
    sender = FakeSender()
    record(ledger, a_text(), now=DUE)
    dispatch = send(ledger, sender, JumpingClock(UNTIL + timedelta(seconds=1)))
    assert sender.asked == []
    assert dispatch.expired == ("P-1042/last-meal/1",)
    assert told(ledger)[-1] == ("expired", "missed its window")


def test_a_text_at_most_ten_minutes_past_its_place_goes_as_it_is(ledger: Ledger) -> None:
    record(ledger, a_text(latest=denver("2026-12-03 09:00")), now=DUE)
    assert len(send(ledger, FakeSender(), now_is("2026-12-02 13:40")).sent) == 1


def test_a_text_that_an_outage_delayed_by_day_goes_when_it_is_over(ledger: Ledger) -> None:
    record(ledger, a_text(), now=DUE)
    assert len(send(ledger, FakeSender(), now_is("2026-12-02 17:12")).sent) == 1


def test_a_text_that_an_outage_delayed_into_the_night_waits_for_the_morning(ledger: Ledger) -> None:
    sender, clock = FakeSender(), now_is("2026-12-02 23:15")
    record(ledger, a_text(latest=denver("2026-12-03 09:00")), now=DUE)
    dispatch = send(ledger, sender, clock)
    assert dispatch.replaced == ("P-1042/last-meal/1",)
    assert sender.asked == []
    with ledger.reading() as book:
        assert shown(book.next_due(PACE.min_gap)) == "Thu 2026-12-03 05:00"  # the procedure's day is quiet until five
    clock.jump(denver("2026-12-03 05:00"))
    assert len(send(ledger, sender, clock).sent) == 1


def test_a_critical_text_with_only_quiet_minutes_left_goes_at_night(ledger: Ledger) -> None:
    record(ledger, a_text(latest=denver("2026-12-02 23:30")), now=DUE)
    assert len(send(ledger, FakeSender(), now_is("2026-12-02 23:15")).sent) == 1


def test_a_text_that_is_not_critical_is_not_sent_at_night(ledger: Ledger) -> None:
    record(ledger, a_text(critical=False, latest=denver("2026-12-02 23:30")), now=DUE)
    dispatch = send(ledger, FakeSender(), now_is("2026-12-02 23:15"))
    assert dispatch.expired == ("P-1042/last-meal/1",)


def test_the_text_that_is_useful_for_the_shortest_time_goes_first(ledger: Ledger) -> None:
    sender = FakeSender()
    for number, hours in enumerate((3, 1, 2)):
        text = a_text(patient=f"P-{number}", to=f"+1720555010{number}", latest=DUE + timedelta(hours=hours))
        record(ledger, text, now=DUE)
    send(ledger, sender, at_once())
    assert sender.keys == ["P-1/last-meal/1", "P-2/last-meal/1", "P-0/last-meal/1"]


def test_no_more_than_a_batch_is_under_way_at_once(ledger: Ledger) -> None:
    sender, pace = FakeSender(), Pace(batch=2, min_gap=PACE.min_gap, lease=PACE.lease)
    sender.holding = True
    record(ledger, *(a_text(patient=f"P-{number}", to=f"+1720555010{number}") for number in range(3)), now=DUE)

    async def look(worker: LedgerWorker) -> None:
        sending = asyncio.create_task(send_due(worker, sender, at_once(), pace))
        await until(lambda: len(sender.asked) == 2)
        sender.release()
        await sending

    with_worker(ledger, look)
    assert len(sender.asked) == 3
    assert sender.most_at_once == 2


def test_two_texts_to_one_phone_are_half_a_minute_apart_in_plan_order(ledger: Ledger) -> None:
    sender, clock = FakeSender(), at_once()
    record(ledger, a_text("second", position=5), a_text("first", position=4), now=DUE)
    send(ledger, sender, clock)
    clock.wait(timedelta(seconds=29))
    send(ledger, sender, clock)
    assert sender.keys == ["P-1042/first/1"]
    clock.wait(timedelta(seconds=1))
    send(ledger, sender, clock)
    assert sender.keys == ["P-1042/first/1", "P-1042/second/1"]


def test_the_first_text_that_a_phone_gets_carries_the_stop_line(ledger: Ledger) -> None:
    sender, clock = FakeSender(), at_once()
    record(ledger, a_text("first", position=1), a_text("second", position=2), now=DUE)
    send(ledger, sender, clock)
    clock.wait(PACE.min_gap)
    send(ledger, sender, clock)
    assert ["Reply STOP" in attempt.text for attempt in sender.asked] == [True, False]


def test_a_text_that_the_provider_refused_has_told_nobody_of_stop(ledger: Ledger) -> None:
    sender, clock = FakeSender(Answer(AnswerKind.REFUSED, code="30006")), at_once()
    record(ledger, a_text("first", position=1), a_text("second", position=2), now=DUE)
    send(ledger, sender, clock)
    clock.wait(PACE.min_gap)
    send(ledger, sender, clock)
    assert ["Reply STOP" in attempt.text for attempt in sender.asked] == [True, True]
    assert states(ledger) == {"first": State.REFUSED, "second": State.ACCEPTED}


def test_what_the_provider_could_not_take_now_is_tried_again_until_its_latest_instant(ledger: Ledger) -> None:
    busy, clock = Answer(AnswerKind.TEMPORARY, code="20429"), at_once()
    sender = FakeSender(*[busy] * 100)
    record(ledger, a_text(latest=DUE + timedelta(hours=1)), now=DUE)
    tries: list[datetime] = []
    while (due := next_due(ledger)) is not None:
        clock.jump(due)
        tries += [clock.now() for _ in send(ledger, sender, clock).sent]
    waits = [(later - earlier).total_seconds() for earlier, later in pairwise(tries)]
    assert [30 * 2**number <= wait <= 45 * 2**number for number, wait in enumerate(waits[:4])] == [True] * 4
    assert max(waits) <= 900
    assert tries[-1] <= DUE + timedelta(hours=1)
    assert states(ledger) == {"last-meal": State.EXPIRED}


def next_due(ledger: Ledger) -> datetime | None:
    with ledger.reading() as book:
        return book.next_due(PACE.min_gap)


def test_a_settings_mistake_of_ours_burns_no_text(ledger: Ledger) -> None:
    sender, clock = FakeSender(Answer(AnswerKind.CONFIGURATION, code="20003")), at_once()
    record(ledger, a_text(), now=DUE)
    send(ledger, sender, clock)
    assert states(ledger) == {"last-meal": State.PLANNED}
    clock.wait(timedelta(minutes=1))
    send(ledger, sender, clock)
    assert states(ledger) == {"last-meal": State.ACCEPTED}


def test_what_may_have_been_taken_is_never_sent_again(ledger: Ledger) -> None:
    sender, clock = FakeSender(Answer(AnswerKind.IN_DOUBT, code="time-out")), at_once()
    record(ledger, a_text(), now=DUE)
    send(ledger, sender, clock)
    clock.wait(timedelta(hours=1))
    assert send(ledger, sender, clock).is_empty
    assert len(sender.asked) == 1
    assert states(ledger) == {"last-meal": State.IN_DOUBT}


def test_one_in_doubt_blocks_no_other_text_to_its_phone(ledger: Ledger) -> None:
    sender, clock = FakeSender(Answer(AnswerKind.IN_DOUBT, code="time-out")), at_once()
    record(ledger, a_text("first", position=1), a_text("second", position=2), now=DUE)
    send(ledger, sender, clock)
    clock.wait(PACE.min_gap)
    send(ledger, sender, clock)
    assert states(ledger) == {"first": State.IN_DOUBT, "second": State.ACCEPTED}


def test_a_provider_that_kept_to_the_latest_instant_makes_it_expired(ledger: Ledger) -> None:
    record(ledger, a_text(), now=DUE)
    send(ledger, FakeSender(Answer(AnswerKind.STALE, code="30036")), at_once())
    assert states(ledger) == {"last-meal": State.EXPIRED}


def test_a_request_that_is_broken_off_is_recorded_as_in_doubt(ledger: Ledger) -> None:
    sender = FakeSender()
    sender.holding = True
    record(ledger, a_text(), now=DUE)

    async def break_off(worker: LedgerWorker) -> None:
        sending = asyncio.create_task(send_due(worker, sender, at_once(), PACE))
        await sender.was_asked.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    with_worker(ledger, break_off)
    assert states(ledger) == {"last-meal": State.IN_DOUBT}
    assert told(ledger)[-1] == ("in-doubt", "stopping")


class SecondHeld(LedgerWorker):
    """A worker whose second piece of work waits until it may go on."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.is_waiting, self.go_on, self._pieces = threading.Event(), threading.Event(), 0

    async def __call__(self, work: Callable[[Ledger], Result]) -> Result:
        self._pieces += 1
        return await super().__call__(self._held(work) if self._pieces == 2 else work)

    def _held(self, work: Callable[[Ledger], Result]) -> Callable[[Ledger], Result]:
        def held(ledger: Ledger) -> Result:
            self.is_waiting.set()
            assert self.go_on.wait(10)
            return work(ledger)

        return held


def test_what_a_commit_has_recorded_is_told_also_where_it_is_broken_off(ledger: Ledger) -> None:
    record(ledger, a_text(), now=DUE)
    heard: list[Dispatch] = []

    async def break_off() -> None:
        worker = SecondHeld(ledger)
        sending = asyncio.create_task(Dispatcher(worker, FakeSender(), at_once(), PACE, tell=heard.append).send_due())
        assert await asyncio.to_thread(worker.is_waiting.wait, 10)
        sending.cancel()
        await asyncio.sleep(0)
        worker.go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await sending
        worker.close()

    asyncio.run(break_off())
    assert states(ledger) == {"last-meal": State.ACCEPTED}
    assert [one.answer.kind for each in heard for one in each.sent] == [AnswerKind.ACCEPTED]


def test_what_still_waits_for_its_turn_when_all_is_broken_off_goes_back_into_the_line(ledger: Ledger) -> None:
    sender = FakeSender()
    sender.holding = True
    record(ledger, a_text(), a_text(patient="P-1043", to="+13035550112"), now=DUE)

    async def break_off(worker: LedgerWorker) -> None:
        limiter = AsyncLimiter(1, 60)
        sending = asyncio.create_task(send_due(worker, sender, at_once(), PACE, limiter=limiter))
        await sender.was_asked.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    with_worker(ledger, break_off)
    assert sender.keys == ["P-1042/last-meal/1"]
    assert states(ledger) == {"last-meal": State.IN_DOUBT}
    assert states(ledger, "P-1043") == {"last-meal": State.PLANNED}
    assert next_due(ledger) is not None


def test_what_has_not_begun_when_the_service_stops_goes_back_into_the_line(ledger: Ledger) -> None:
    sender = FakeSender()
    sender.holding = True
    record(ledger, a_text(), a_text(patient="P-1043", to="+13035550112"), now=DUE)

    async def stop(worker: LedgerWorker) -> None:
        limiter = AsyncLimiter(1, 0.2)
        dispatcher = Dispatcher(worker, sender, at_once(), PACE, limiter=limiter, tell=lambda _: None)
        sending = asyncio.create_task(dispatcher.send_due())
        await sender.was_asked.wait()
        dispatcher.stop()
        sender.release()
        await sending

    with_worker(ledger, stop)
    assert sender.keys == ["P-1042/last-meal/1"]
    assert states(ledger) == {"last-meal": State.ACCEPTED}
    assert states(ledger, "P-1043") == {"last-meal": State.PLANNED}


def test_a_hanging_request_delays_no_other_text(ledger: Ledger) -> None:
    sender, clock = FakeSender(), at_once()
    sender.holding = True
    record(ledger, a_text(), now=DUE)

    async def send_another(worker: LedgerWorker) -> None:
        dispatcher = Dispatcher(worker, sender, clock, PACE, tell=lambda _: None)
        sending = asyncio.create_task(dispatcher.send_due())
        await sender.was_asked.wait()
        record(ledger, a_text(patient="P-1043", to="+13035550112"), now=DUE)
        dispatcher.nudge()
        await until(lambda: len(sender.asked) == 2)
        sender.release()
        await sending

    with_worker(ledger, send_another)
    assert states(ledger, "P-1043") == {"last-meal": State.ACCEPTED}


def test_a_process_that_slept_past_its_lease_sends_only_what_it_claims_anew(ledger: Ledger) -> None:
    sender, clock = FakeSender(), at_once()
    record(ledger, a_text(), now=DUE)

    async def sleep_past_it(worker: LedgerWorker) -> Dispatch:
        limiter = Sleeper(clock)
        first = await send_due(worker, sender, clock, PACE, limiter=limiter)
        assert [(one.attempt.ordinal, one.answer.code) for one in first.sent] == [(1, "not-begun")]
        clock.wait(REPLANNED_WITHIN)  # and not for the gap to an earlier text: there was none
        return await send_due(worker, sender, clock, PACE, limiter=limiter)

    dispatch = with_worker(ledger, sleep_past_it)
    assert [(one.attempt.ordinal, one.answer.code) for one in dispatch.sent] == [(2, None)]
    assert [attempt.ordinal for attempt in sender.asked] == [2]


def test_a_text_that_was_called_back_waits_after_its_first_request_as_after_a_first_try(ledger: Ledger) -> None:
    sender, clock = FakeSender(Answer(AnswerKind.TEMPORARY, code="20429")), at_once()
    record(ledger, a_text(), now=DUE)

    async def sleep_past_the_lease(worker: LedgerWorker) -> None:
        limiter = Sleeper(clock)
        await send_due(worker, sender, clock, PACE, limiter=limiter)
        clock.wait(REPLANNED_WITHIN)
        await send_due(worker, sender, clock, PACE, limiter=limiter)

    with_worker(ledger, sleep_past_the_lease)
    again = next_due(ledger)
    assert [attempt.ordinal for attempt in sender.asked] == [2]
    assert again is not None
    assert 30 <= (again - clock.now()).total_seconds() <= 45


class Sleeper(AsyncLimiter):
    """A limiter that has the first claim wait for as long as its lease."""

    def __init__(self, clock: JumpingClock) -> None:
        super().__init__(1)
        self._clock = clock
        self._spans = [PACE.lease]

    async def acquire(self, amount: float = 1) -> None:  # noqa: ARG002 (the library's signature)
        if self._spans:
            self._clock.wait(self._spans.pop())


class Gate(AsyncLimiter):
    """A limiter that lets one through when somebody says so, and however late that is."""

    def __init__(self) -> None:
        super().__init__(1)
        self.asked, self.opened = asyncio.Event(), asyncio.Event()

    async def acquire(self, amount: float = 1) -> None:  # noqa: ARG002 (the library's signature)
        self.asked.set()
        await self.opened.wait()


def test_a_pause_reaches_a_text_that_waits_for_its_turn_by_the_rate(ledger: Ledger) -> None:
    sender, gate = FakeSender(), Gate()
    record(ledger, a_text(), now=DUE)

    async def pause_meanwhile(worker: LedgerWorker) -> None:
        dispatcher = Dispatcher(worker, sender, at_once(), PACE, limiter=gate, tell=lambda _: None)
        sending = asyncio.create_task(dispatcher.send_due())
        await gate.asked.wait()
        pause_texts(ledger, is_on=True, by="Ann", why=None, now=DUE)
        dispatcher.nudge()
        await until(lambda: dispatcher.is_paused)
        gate.opened.set()
        await sending

    with_worker(ledger, pause_meanwhile)
    assert sender.asked == []
    assert states(ledger) == {"last-meal": State.PLANNED}


def test_a_text_that_was_held_up_for_long_after_its_claim_is_looked_at_again(ledger: Ledger) -> None:
    sender, clock, gate = FakeSender(), at_once(), Gate()
    record(ledger, a_text(), now=DUE)

    async def hold_up(worker: LedgerWorker) -> None:
        sending = asyncio.create_task(send_due(worker, sender, clock, PACE, limiter=gate))
        await gate.asked.wait()
        with ledger.writing() as book:
            book.opt_out(a_text().draft.to, "STOP", "patient", DUE)
        clock.wait(timedelta(seconds=11))
        gate.opened.set()
        await sending
        clock.wait(REPLANNED_WITHIN)
        await send_due(worker, sender, clock, PACE, limiter=gate)

    with_worker(ledger, hold_up)
    assert sender.asked == []


def test_the_gap_to_the_next_text_to_a_phone_begins_with_the_request(ledger: Ledger) -> None:
    sender, clock, gate = FakeSender(), at_once(), Gate()
    later = {"place": DUE + timedelta(seconds=1), "latest": DUE + timedelta(hours=5)}
    record(ledger, a_text(), a_text(step="night-before-wash", position=5, **later), now=DUE)

    async def hold_up(worker: LedgerWorker) -> datetime | None:
        dispatcher = Dispatcher(worker, sender, clock, PACE, limiter=gate, tell=lambda _: None)
        sending = asyncio.create_task(dispatcher.send_due())
        await gate.asked.wait()
        clock.wait(timedelta(seconds=9))
        gate.opened.set()
        return await sending

    due = with_worker(ledger, hold_up)
    assert due == DUE + timedelta(seconds=9) + PACE.min_gap


def test_while_the_provider_refuses_our_settings_one_text_in_ten_seconds_tries_it(ledger: Ledger) -> None:
    wrong, clock = Answer(AnswerKind.CONFIGURATION, code="20003"), at_once()
    sender = FakeSender(*[wrong] * 5)
    texts = [a_text(patient=f"P-{number}", to=f"+172055501{number:02}") for number in range(12)]
    record(ledger, *texts, now=DUE)
    told: list[Dispatch] = []

    async def refuse(worker: LedgerWorker) -> list[int]:
        asked = []
        dispatcher = Dispatcher(
            worker, sender, clock, Pace(batch=3, min_gap=timedelta(0), lease=PACE.lease), tell=told.append
        )
        for _ in range(5):
            due = await dispatcher.send_due()
            asked.append(len(sender.asked))
            if due is not None:
                clock.jump(due)
        return asked

    # All that were under way, one, one, and with the one that was taken all the others.
    assert with_worker(ledger, refuse) == [3, 4, 5, 17, 17]
    assert [(each.stopped, each.resumed) for each in told if each.stopped or each.resumed] == [
        ("20003", False),
        (None, True),
    ]
    assert {state for number in range(12) for state in states(ledger, f"P-{number}").values()} == {State.ACCEPTED}


def test_a_stop_outlives_the_process(ledger: Ledger) -> None:
    record(ledger, a_text(), a_text(patient="P-1043", to="+13035550112"), now=DUE)
    with ledger.writing() as book:
        book.turn(Switch.STOP, "notifier", "20003", DUE, is_on=True)
    sender = FakeSender(Answer(AnswerKind.CONFIGURATION, code="20003"))
    send(ledger, sender, at_once())
    assert len(sender.asked) == 1
    with ledger.reading() as book:
        assert book.switched_on(Switch.STOP) is not None


def test_nothing_goes_during_a_pause(ledger: Ledger) -> None:
    sender = FakeSender()
    record(ledger, a_text(), now=DUE)
    with ledger.writing() as book:
        book.turn(Switch.PAUSE, "Ann", "wrong wording", DUE, is_on=True)
    assert send(ledger, sender, at_once()).is_empty
    with ledger.writing() as book:
        book.turn(Switch.PAUSE, "Ann", None, DUE, is_on=False)
    assert len(send(ledger, sender, at_once()).sent) == 1


@pytest.mark.parametrize("switch", list(Switch))
def test_what_is_kept_back_until_it_is_too_late_expires_then_and_not_afterwards(ledger: Ledger, switch: Switch) -> None:
    record(ledger, a_text(), now=DUE)
    with ledger.writing() as book:
        book.turn(switch, "Ann", "wrong wording", DUE, is_on=True)
    dispatch = send(ledger, FakeSender(), JumpingClock(UNTIL + timedelta(seconds=1)))
    assert dispatch.expired == ("P-1042/last-meal/1",)
    assert told(ledger)[-1] == ("expired", "missed its window")


def test_what_missed_its_time_expires_although_its_phone_has_opted_out(ledger: Ledger) -> None:
    record(ledger, a_text(), now=DUE)
    with ledger.writing() as book:
        book.opt_out("+17205550134", "asked to stop", "patient", DUE)
    assert send(ledger, FakeSender(), at_once()).is_empty
    assert len(send(ledger, FakeSender(), JumpingClock(UNTIL + timedelta(seconds=1))).expired) == 1


def test_a_mistake_of_ours_in_one_attempt_leaves_that_in_doubt_and_lets_the_others_go(ledger: Ledger) -> None:
    def fail(attempt: Attempt) -> None:
        if attempt.key == "P-1042/last-meal/1":
            raise ValueError(attempt.to)

    record(ledger, a_text(), a_text(patient="P-1043", to="+13035550112"), now=DUE)
    dispatch = send(ledger, FakeSender(watch=fail), at_once())
    # By its kind alone, not by what it says.
    assert Answer(AnswerKind.IN_DOUBT, code="broken: ValueError") in [one.answer for one in dispatch.sent]
    assert states(ledger) == {"last-meal": State.IN_DOUBT}
    assert states(ledger, "P-1043") == {"last-meal": State.ACCEPTED}


def test_a_provider_that_asks_for_patience_is_left_alone_by_all(ledger: Ledger) -> None:
    clock = at_once()
    sender = FakeSender(Answer(AnswerKind.TEMPORARY, code="20429", retry_after=20))
    record(ledger, a_text(), a_text(patient="P-1043", to="+13035550112"), now=DUE)

    async def wait(worker: LedgerWorker) -> datetime | None:
        pace = Pace(batch=1, min_gap=PACE.min_gap, lease=PACE.lease)
        return await Dispatcher(worker, sender, clock, pace, tell=lambda _: None).send_due()

    assert with_worker(ledger, wait) == DUE + timedelta(seconds=20)
    assert len(sender.asked) == 1


def test_who_has_opted_out_at_the_provider_is_known_from_its_refusal(ledger: Ledger) -> None:
    record(ledger, a_text("first", position=1), a_text("second", position=2), now=DUE)
    clock = at_once()
    send(ledger, FakeSender(Answer(AnswerKind.OPTED_OUT, code="21610")), clock)
    with ledger.reading() as book:
        assert book.opted_out() == {"+17205550134"}
        assert [record.reason for record in book.messages("P-1042")] == ["opted out", None]
    clock.wait(PACE.min_gap)
    assert send(ledger, FakeSender(), clock).is_empty


def test_an_outcome_that_could_not_be_written_is_kept_until_it_can(ledger: Ledger, file: Path) -> None:
    sender, clock = FakeSender(), at_once()
    sender.holding = True
    record(ledger, a_text(), now=DUE)

    async def lose_the_ledger(worker: LedgerWorker) -> None:
        dispatcher = Dispatcher(worker, sender, clock, PACE, tell=lambda _: None)
        sending = asyncio.create_task(dispatcher.send_due())
        await sender.was_asked.wait()
        other = sqlite3.connect(file)
        other.execute("ALTER TABLE attempts RENAME TO lost")
        sender.release()
        with pytest.raises(LedgerError):
            await sending
        other.execute("ALTER TABLE lost RENAME TO attempts")
        other.close()
        await dispatcher.send_due()

    with_worker(ledger, lose_the_ledger)
    assert states(ledger) == {"last-meal": State.ACCEPTED}
    assert len(sender.asked) == 1


def test_a_claim_whose_process_died_becomes_in_doubt_when_its_lease_is_over(ledger: Ledger) -> None:
    sender, clock = FakeSender(), at_once()
    record(ledger, a_text("first", position=1), a_text("second", position=2), now=DUE)
    with ledger.writing() as book:
        book.claim(book.due(DUE, 1, PACE.min_gap), DUE, PACE.lease)
    due = next_due(ledger)
    assert due == DUE + PACE.lease
    clock.jump(due)
    dispatch = send(ledger, sender, clock)
    assert dispatch.abandoned == 1
    assert sender.keys == ["P-1042/second/1"]
    assert states(ledger) == {"first": State.IN_DOUBT, "second": State.ACCEPTED}
