"""Asking Twilio whether it lets us in, without sending a text."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from notifier.clock import JumpingClock
from notifier.gateway.faults import Refuse
from notifier.gateway.hook_probe import probe_hook
from notifier.gateway.twilio_check import Admission, TwilioCheck
from tests.fakes.canned_server import CannedServer, http
from tests.gateway.rig import ACCOUNT, NOW, OUR_NUMBER, SERVICE, TOKEN, a_sandbox, in_a_loop
from tests.web.rig import a_door


@asynccontextmanager
async def a_check(
    base_url: str, *, password: str = TOKEN, messaging_url: str | None = None, now: datetime = NOW
) -> AsyncIterator[TwilioCheck]:
    check = TwilioCheck(
        account_sid=ACCOUNT,
        username=ACCOUNT,
        password=password,
        base_url=base_url,
        messaging_url=messaging_url,
        timeout=5,
        clock=JumpingClock(now).now,
    )
    try:
        yield check
    finally:
        await check.close()


def listed(*headers: str) -> bytes:
    return http("200 OK", '{"messages": []}', *headers)


@in_a_loop
async def test_right_credentials_are_let_in_and_no_text_is_sent() -> None:
    async with a_sandbox() as sandbox, a_check(sandbox.base_url) as check:
        assert (await check.ask_admission()).refusal is None
        assert sandbox.messages == ()


@in_a_loop
async def test_wrong_credentials_are_refused_with_twilios_code() -> None:
    async with a_sandbox() as sandbox, a_check(sandbox.base_url, password="wrong") as check:
        assert await check.ask_admission() == Admission("20003")


@in_a_loop
async def test_a_refusal_without_a_code_is_told_by_its_status() -> None:
    async with CannedServer(http("407 Proxy", "who are you")) as server, a_check(server.base_url) as check:
        assert await check.ask_admission() == Admission("407")


@in_a_loop
async def test_a_provider_that_cannot_be_reached_is_told_in_a_word() -> None:
    async with a_check("http://127.0.0.1:1") as check:
        assert await check.ask_admission() == Admission("no-connection")


@pytest.mark.parametrize("behind", [timedelta(0), timedelta(seconds=90), timedelta(seconds=-90)])
def test_the_clocks_are_compared_by_the_date_of_the_answer(behind: timedelta) -> None:
    @in_a_loop
    async def run() -> None:
        answer = listed(f"Date: {format_datetime(NOW - behind, usegmt=True)}")
        async with CannedServer(answer) as server, a_check(server.base_url) as check:
            assert await check.ask_admission() == Admission(None, behind.total_seconds())

    run()


@pytest.mark.parametrize("headers", [(), ("Date: yesterday",)])
def test_an_answer_without_a_date_says_nothing_of_the_clock(headers: tuple[str, ...]) -> None:
    @in_a_loop
    async def run() -> None:
        async with CannedServer(listed(*headers)) as server, a_check(server.base_url) as check:
            assert await check.ask_admission() == Admission(None, None)

    run()


@pytest.mark.parametrize(
    ("answer", "has"),
    [
        (http("200 OK", '{"incoming_phone_numbers": [{"sid": "PN1"}]}'), True),
        (http("200 OK", '{"incoming_phone_numbers": []}'), False),
        (http("200 OK", "<html>"), None),
        (http("403 Forbidden", '{"code": 20403}'), None),
    ],
)
def test_a_number_is_looked_for_by_itself(answer: bytes, has: bool | None) -> None:  # noqa: FBT001 (a case)
    @in_a_loop
    async def run() -> None:
        async with CannedServer(answer) as server, a_check(server.base_url) as check:
            assert await check.has_number(OUR_NUMBER) is has
            assert b"GET /2010-04-01/Accounts/" in server.requests[0]
            assert b"PhoneNumber=%2B13035550100" in server.requests[0]

    run()


@pytest.mark.parametrize(
    ("answer", "has"),
    [
        (http("200 OK", "{}"), True),
        (http("404 Not Found", '{"code": 20404}'), False),
        (http("401 Unauthorized", '{"code": 20003}'), None),
        (b"nonsense\r\n\r\n", None),
    ],
)
def test_a_service_is_looked_for_where_services_are(answer: bytes, has: bool | None) -> None:  # noqa: FBT001 (a case)
    @in_a_loop
    async def run() -> None:
        async with (
            CannedServer(answer) as server,
            a_check("http://127.0.0.1:1", messaging_url=server.base_url) as check,
        ):
            assert await check.has_service(SERVICE) is has
            assert f"GET /v1/Services/{SERVICE} ".encode() in server.requests[0]

    run()


@in_a_loop
async def test_a_stand_in_is_not_asked_for_services() -> None:
    async with a_sandbox() as sandbox, a_check(sandbox.base_url) as check:
        sandbox.misbehave(Refuse(404, 20404))
        assert await check.has_service(SERVICE) is None


@in_a_loop
async def test_our_own_webhook_takes_the_signed_probe_and_refuses_the_other() -> None:
    async with a_door() as door:
        port = door.address.rpartition(":")[2]
    async with a_door(listen=f"127.0.0.1:{port}", public=f"http://127.0.0.1:{port}", token=TOKEN) as door:
        assert await probe_hook(door.address, TOKEN, 5) == (204, 403)
        [receipt] = door.receipts
        assert (receipt.key, receipt.sid) == (None, f"SM{0:032}")


@in_a_loop
async def test_a_webhook_that_expects_another_token_refuses_both_probes() -> None:
    async with a_door(token="another") as door:
        assert await probe_hook(door.address, TOKEN, 5) == (403, 403)


@in_a_loop
async def test_a_webhook_that_is_not_there_answers_nothing() -> None:
    assert await probe_hook("http://127.0.0.1:1", TOKEN, 5) == (None, None)
