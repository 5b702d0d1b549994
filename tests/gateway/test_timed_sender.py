"""A sender that is timed: everything passes through it, and each request is told of, also one that is broken off."""

import asyncio
from datetime import timedelta

from notifier.clock import JumpingClock
from notifier.core.delivery import Attempt, Receipt
from notifier.gateway.timed_sender import Operation, TimedSender
from tests.builders import NOON
from tests.fakes.fake_sender import FakeSender

ATTEMPT = Attempt(1, "P-1042/last-meal/1", "+17205550134", "A text.", NOON + timedelta(hours=1), 1)


def test_each_request_is_told_of_with_its_seconds() -> None:
    clock, told = JumpingClock(NOON), list[tuple[Operation, float]]()
    fake = FakeSender(watch=lambda _: clock.wait(timedelta(seconds=3)))
    fake.statuses["SM1"] = "delivered"
    sender = TimedSender(fake, clock.elapsed, lambda *one: told.append(one))

    async def run() -> None:
        assert (await sender.send(ATTEMPT, NOON)).sid == "SM1"
        assert await sender.fetch("SM1") == Receipt("SM1", "delivered")
        assert await sender.find("+17205550134", "A text.", NOON) == ()
        await sender.close()

    asyncio.run(run())
    assert told == [(Operation.SEND, 3.0), (Operation.FETCH, 0.0), (Operation.FIND, 0.0)]


def test_a_request_that_is_broken_off_is_told_of_too() -> None:
    told: list[Operation] = []
    fake = FakeSender()
    fake.holding = True
    sender = TimedSender(fake, JumpingClock(NOON).elapsed, lambda operation, _: told.append(operation))

    async def run() -> None:
        sending = asyncio.create_task(sender.send(ATTEMPT, NOON))
        await fake.was_asked.wait()
        sending.cancel()
        await asyncio.wait({sending})

    asyncio.run(run())
    assert told == [Operation.SEND]
