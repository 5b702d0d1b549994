"""The vital signs: what they say, how rarely the ledger is asked for them, and what holds where it gives no answer."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.actions import take_vitals
from notifier.actions.pause_texts import pause_texts
from notifier.actions.take_vitals import Vitals, VitalsTaker
from notifier.clock import JumpingClock
from notifier.core.calls import CallReason
from notifier.core.delivery import Answer, AnswerKind
from notifier.core.lifecycle import State
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger
from notifier.ledger.worker import LedgerWorker
from tests.actions.steps import record, send, with_worker
from tests.builders import NOON, a_call, a_record
from tests.fakes.fake_sender import FakeSender

MINUTE = timedelta(minutes=1)
TEMPORARY = Answer(AnswerKind.TEMPORARY, code="dns")


def vitals(ledger: Ledger, clock: JumpingClock) -> Vitals:
    return with_worker(ledger, lambda worker: VitalsTaker(worker, clock).take())


def test_they_tell_of_the_ledger_in_keys_and_counts(ledger: Ledger) -> None:
    record(ledger, a_record(patient="P-1"), a_record(patient="P-2", state=State.IN_DOUBT), now=NOON - MINUTE)
    with ledger.writing() as book:
        book.open_call(a_call(), NOON)
        book.keep_files({"clinic.yaml": b"clinic:"}, NOON - MINUTE)
    pause_texts(ledger, is_on=True, by="Ann", why=None, now=NOON)
    taken = vitals(ledger, JumpingClock(NOON + 3 * MINUTE))
    assert taken.counts == {State.PLANNED: 1, State.IN_DOUBT: 1}
    assert taken.line == (("P-1/last-meal/1", NOON),)
    assert taken.open_calls == {CallReason.UNDELIVERED: 1}
    assert taken.kept_at == {"clinic.yaml": NOON - MINUTE}
    assert (taken.paused is not None, taken.stopped) == (True, None)
    assert (taken.lag, taken.is_overdue) == (3 * MINUTE, False)
    assert taken.size > 4096


def test_nothing_due_means_no_lag(ledger: Ledger) -> None:
    record(ledger, a_record(place=NOON + MINUTE), now=NOON)
    assert vitals(ledger, JumpingClock(NOON)).lag == timedelta(0)


def test_a_text_that_is_tried_in_vain_again_and_again_is_overdue(ledger: Ledger) -> None:
    place = NOON + timedelta(hours=6)  # at noon in Denver too: at no try is it kept for the end of quiet hours
    record(ledger, a_record(place=place, latest=place + timedelta(hours=4)), now=NOON)
    clock = JumpingClock(place)
    while clock.now() < place + 12 * MINUTE:
        send(ledger, FakeSender(TEMPORARY), clock)
        assert vitals(ledger, clock).lag == clock.now() - place
        clock.wait(MINUTE)
    assert vitals(ledger, clock).is_overdue


def taken_twice(ledger: Ledger, clock: JumpingClock, meanwhile: Callable[[], None]) -> tuple[Vitals, Vitals]:
    async def run(worker: LedgerWorker) -> tuple[Vitals, Vitals]:
        taker = VitalsTaker(worker, clock)
        first = await taker.take()
        meanwhile()
        return first, await taker.take()

    return with_worker(ledger, run)


def test_who_asks_again_at_once_gets_the_same_answer(ledger: Ledger) -> None:
    def meanwhile() -> None:
        record(ledger, a_record(), now=NOON)
        clock.wait(timedelta(seconds=4))

    clock = JumpingClock(NOON)
    first, second = taken_twice(ledger, clock, meanwhile)
    assert second is first


def test_who_asks_a_little_later_gets_a_new_one(ledger: Ledger) -> None:
    def meanwhile() -> None:
        record(ledger, a_record(), now=NOON)
        clock.wait(timedelta(seconds=6))

    clock = JumpingClock(NOON)
    _, second = taken_twice(ledger, clock, meanwhile)
    assert second.counts == {State.PLANNED: 1}


class SlowClock(JumpingClock):
    """A clock by which a second passes at each look: as if counting took one."""

    def elapsed(self) -> float:
        self.wait(timedelta(seconds=1))
        return super().elapsed()


def test_a_count_that_took_a_second_is_not_taken_again_for_minutes(ledger: Ledger) -> None:
    def meanwhile() -> None:
        record(ledger, a_record(place=NOON + timedelta(days=1)), now=NOON)
        clock.wait(timedelta(seconds=100))

    clock = SlowClock(NOON)
    _, second = taken_twice(ledger, clock, meanwhile)
    assert second.counts == {}
    assert second.line != ()  # the rest is as it is now

    def much_later() -> None:
        clock.wait(timedelta(seconds=300))

    _, third = taken_twice(ledger, clock, much_later)
    assert third.counts == {State.PLANNED: 1}


def test_a_ledger_that_fails_is_an_error_and_is_asked_again(ledger: Ledger) -> None:
    async def run(worker: LedgerWorker) -> None:
        taker = VitalsTaker(worker, JumpingClock(NOON))
        with ledger.writing() as book:
            book._connection.exec_driver_sql("ALTER TABLE switches RENAME TO elsewhere")  # noqa: SLF001 - no door breaks it
        with pytest.raises(LedgerError):
            await taker.take()
        with ledger.writing() as book:
            book._connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO switches")  # noqa: SLF001
        assert (await taker.take()).counts == {}

    with_worker(ledger, run)


def test_a_ledger_that_hangs_is_an_error_soon_and_is_asked_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(take_vitals, "PATIENCE", 0.05)
    go_on = tmp_path / "go-on"
    asked: list[str] = []

    def hang(_: Ledger) -> None:
        asked.append("hung")
        while not go_on.exists():
            time.sleep(0.005)

    async def run(worker: LedgerWorker) -> None:
        taker = VitalsTaker(worker, JumpingClock(NOON))
        hanging = asyncio.create_task(worker(hang))
        for _ in range(2):
            with pytest.raises(LedgerError, match="gives no answer"):
                await taker.take()
        monkeypatch.setattr(take_vitals, "PATIENCE", 30.0)  # this one answers, on a busy machine too
        go_on.touch()
        await hanging
        assert (await taker.take()).counts == {}

    with_worker(ledger, run)
    assert asked == ["hung"]
