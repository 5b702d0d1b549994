"""Finding a text at the provider, of which nobody knows whether it was taken."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifier.clock import JumpingClock
from notifier.core.delivery import AnswerKind, Receipt
from notifier.gateway.faults import AnswerLate, CutOff, Fault, HangUp, Refuse, RefuseHtml
from notifier.gateway.twilio_sender import MOST_LISTED
from tests.fakes.canned_server import CannedServer, http
from tests.gateway.rig import (
    ACCOUNT,
    NOW,
    OUR_NUMBER,
    PHONE,
    SERVICE,
    TEXT,
    a_sandbox,
    a_sender,
    an_attempt,
    in_a_loop,
    the_library,
)


def listed(**fields: object) -> dict[str, object]:
    """A message as a list of Twilio's tells it, one that we look for."""
    message = {
        "sid": "SM1",
        "status": "delivered",
        "body": TEXT,
        "to": PHONE,
        "from": OUR_NUMBER,
        "messaging_service_sid": SERVICE,
        "error_code": None,
        "date_created": "Wed, 02 Dec 2026 20:30:00 +0000",
        "date_sent": None,
    }
    return {**message, **fields}


def a_page(*messages: Mapping[str, object], following: str | None = None) -> bytes:
    return http("200 OK", json.dumps({"messages": messages, "next_page_uri": following, "page": 0}))


async def found(*pages: bytes, since: datetime = NOW, **sender: Any) -> tuple[Receipt, ...] | None:  # noqa: ANN401 - passed on
    async with CannedServer(*pages) as server, a_sender(server.base_url, time_out=0.6, **sender) as asking:
        return await asking.find(PHONE, TEXT, since)


@in_a_loop
async def test_a_text_whose_answer_was_lost_is_found_with_what_became_of_it() -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url) as sender:
        sandbox.misbehave(HangUp(taken=True))
        assert (await sender.send(an_attempt(), NOW)).kind is AnswerKind.IN_DOUBT
        (message,) = sandbox.messages
        assert await sender.find(PHONE, TEXT, NOW) == (Receipt(message.sid, "delivered"),)


@in_a_loop
async def test_a_text_that_was_not_taken_is_not_found() -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url) as sender:
        sandbox.misbehave(HangUp(taken=False))
        assert (await sender.send(an_attempt(), NOW)).kind is AnswerKind.IN_DOUBT
        assert await sender.find(PHONE, TEXT, NOW) == ()


@in_a_loop
async def test_a_failure_is_found_with_its_verdict() -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url) as sender:
        sandbox.fail_next(PHONE, 30003)
        sid = (await sender.send(an_attempt(), NOW)).sid
        assert sid is not None
        assert await sender.find(PHONE, TEXT, NOW) == (Receipt(sid, "undelivered", "30003", AnswerKind.TEMPORARY),)


@in_a_loop
async def test_texts_with_the_same_words_are_found_oldest_first_across_pages() -> None:
    clock = JumpingClock(NOW)
    async with a_sandbox(clock=clock) as sandbox, a_sender(sandbox.base_url) as sender:
        sids = []
        for number in range(250):
            sids.append((await sender.send(an_attempt(text=TEXT if number % 50 == 0 else f"{number}"), NOW)).sid)
            clock.wait(timedelta(seconds=1))
        receipts = await sender.find(PHONE, TEXT, NOW)
        assert receipts is not None
        assert [receipt.sid for receipt in receipts] == sids[::50]


@pytest.mark.parametrize(
    "other",
    [
        {"body": f"{TEXT} "},
        {"body": TEXT.upper()},
        {"date_created": "Wed, 02 Dec 2026 20:29:59 +0000"},
        {"messaging_service_sid": f"MG{9:032}"},
    ],
    ids=["more words", "other words", "earlier", "another service"],
)
@in_a_loop
async def test_another_message_does_not_count(other: dict[str, object]) -> None:
    page = a_page(listed(sid="SM2", **other), listed())
    assert await found(page) == (Receipt("SM1", "delivered"),)


@in_a_loop
async def test_another_number_does_not_count_for_one_who_sends_from_a_number() -> None:
    page = a_page(listed(sid="SM2", **{"from": "+13035550101"}), listed(messaging_service_sid=None))
    assert await found(page, messaging_service_sid=None, from_number=OUR_NUMBER) == (Receipt("SM1", "delivered"),)


@in_a_loop
async def test_a_message_that_does_not_tell_who_sent_it_may_be_ours() -> None:
    page = a_page(listed(status="accepted", messaging_service_sid=None, **{"from": None}))
    assert await found(page) == (Receipt("SM1", "accepted"),)


@in_a_loop
async def test_a_message_is_dated_in_whole_seconds() -> None:
    assert await found(a_page(listed()), since=NOW.replace(microsecond=700_000)) == (Receipt("SM1", "delivered"),)


@in_a_loop
async def test_a_message_that_two_pages_show_is_one() -> None:
    pages = [a_page(listed(), following=f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1"), a_page(listed())]
    assert await found(*pages) == (Receipt("SM1", "delivered"),)


@in_a_loop
async def test_a_redacted_message_may_be_the_one_so_nothing_is_learned() -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url) as sender, the_library(sandbox) as library:
        sid = (await sender.send(an_attempt(), NOW)).sid
        await library.messages(sid).update_async(body="")
        assert await sender.find(PHONE, TEXT, NOW) is None
        assert await sender.find(PHONE, TEXT, NOW + timedelta(seconds=1)) == ()


@in_a_loop
async def test_a_list_too_long_to_be_read_to_its_end_says_nothing() -> None:
    page = a_page(*(listed(sid=f"SM{n}", body=f"{n}") for n in range(100)), following="/Messages.json?Page=1")
    async with CannedServer(page) as server, a_sender(server.base_url) as sender:
        assert await sender.find(PHONE, TEXT, NOW) is None
        assert len(server.requests) == MOST_LISTED / 100


@pytest.mark.parametrize(
    "fault", [Refuse(429, 20429), Refuse(401, 20003), RefuseHtml(502), HangUp(taken=True), CutOff(), AnswerLate(30)]
)
@in_a_loop
async def test_a_search_that_fails_says_nothing(fault: Fault) -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url, time_out=0.6) as sender:
        await sender.send(an_attempt(), NOW)
        sandbox.misbehave(fault, fault)  # a look-up may be tried twice on a connection that was kept
        assert await sender.find(PHONE, TEXT, NOW) is None


@pytest.mark.parametrize(
    "answer",
    [
        http("200 OK", "[]"),
        http("200 OK", "{}"),
        http("200 OK", "<html>"),
        a_page(listed(date_created=None)),
        a_page(listed(date_created="yesterday")),
        a_page(listed(status=None)),
        a_page(listed(sid=None)),
        a_page(listed(sid=["SM1"])),
    ],
)
@in_a_loop
async def test_an_answer_that_is_no_list_of_messages_says_nothing(answer: bytes) -> None:
    assert await found(answer) is None


@in_a_loop
async def test_a_failure_on_the_second_page_says_nothing() -> None:
    assert await found(a_page(listed(), following="/Messages.json?Page=1"), http("500 Oh", "{}")) is None


@in_a_loop
async def test_a_new_message_is_not_found_before_it_is_listed_though_it_can_be_fetched() -> None:
    clock = JumpingClock(datetime(2026, 12, 2, 20, 30, 0, 500_000, tzinfo=UTC))
    async with (
        a_sandbox(clock=clock, list_lag=timedelta(seconds=10)) as sandbox,
        a_sender(sandbox.base_url) as sender,
    ):
        sid = (await sender.send(an_attempt(), NOW)).sid
        assert sid is not None
        assert await sender.fetch(sid) == Receipt(sid, "delivered")
        assert await sender.find(PHONE, TEXT, NOW) == ()
        clock.wait(timedelta(seconds=9.9))
        assert await sender.find(PHONE, TEXT, NOW) == ()
        clock.wait(timedelta(seconds=0.1))
        assert await sender.find(PHONE, TEXT, NOW) == (Receipt(sid, "delivered"),)
