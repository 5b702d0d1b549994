"""The sender against the sandbox, and against servers that no sane person runs, over real HTTP."""

import asyncio
import logging
import socket
import time
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.rest import Client

from notifier.core.delivery import Answer, AnswerKind, Receipt
from notifier.gateway.callbacks import callback_url
from notifier.gateway.faults import AnswerLate, CutOff, Fault, HangUp, Refuse, RefuseHtml, Slow
from notifier.gateway.sender import Sender
from notifier.gateway.transport import LARGEST_ANSWER, Transport, write_form
from notifier.gateway.twilio_sender import TwilioSender
from tests.fakes.canned_server import CannedServer, http
from tests.gateway.rig import (
    ACCOUNT,
    NOW,
    OUR_NUMBER,
    PHONE,
    SERVICE,
    TEXT,
    TOKEN,
    a_sandbox,
    a_sender,
    an_attempt,
    in_a_loop,
)

TIMEOUT = 0.6  # seconds


@in_a_loop
async def test_a_text_goes_out_from_the_messaging_service_with_its_validity_period() -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url) as sender:
        answer = await sender.send(an_attempt(), NOW)
        (message,) = sandbox.messages
        assert answer == Answer(AnswerKind.ACCEPTED, sid=message.sid)
        assert (message.to, message.body, message.validity_period) == (PHONE, TEXT, 3600)
        assert (message.messaging_service_sid, message.from_number) == (SERVICE, None)


@in_a_loop
async def test_a_text_goes_out_from_a_number() -> None:
    async with (
        a_sandbox() as sandbox,
        a_sender(sandbox.base_url, messaging_service_sid=None, from_number=OUR_NUMBER) as sender,
    ):
        await sender.send(an_attempt(), NOW)
        (message,) = sandbox.messages
        assert (message.messaging_service_sid, message.from_number) == (None, OUR_NUMBER)


@in_a_loop
async def test_an_api_key_sends_in_place_of_the_account_token() -> None:
    async with (
        a_sandbox() as sandbox,
        a_sender(sandbox.base_url, username="SK00000000000000000000000000000001", password="a-secret") as sender,
    ):
        assert (await sender.send(an_attempt(), NOW)).kind is AnswerKind.ACCEPTED


@pytest.mark.parametrize("text", ["¿Mañana? Nguyễn & 李 = 50 % + 1; {a}", "two\nlines", "a" * 1600, "🩺 שלום"])
@in_a_loop
async def test_a_text_arrives_as_it_was_written(text: str) -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url) as sender:
        await sender.send(an_attempt(text=text), NOW)
        assert [message.body for message in sandbox.messages] == [text]


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        (timedelta(milliseconds=200), 1),
        (timedelta(seconds=90, milliseconds=900), 90),
        (timedelta(hours=10), 36_000),
        (timedelta(days=9), 36_000),
    ],
)
@in_a_loop
async def test_the_provider_is_told_of_the_latest_instant_within_its_limits(left: timedelta, seconds: int) -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url) as sender:
        await sender.send(an_attempt(latest=NOW + left), NOW)
        assert [message.validity_period for message in sandbox.messages] == [seconds]


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(seconds=1), timedelta(days=1)])
@in_a_loop
async def test_no_attempt_starts_at_or_after_the_latest_instant(ago: timedelta) -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url) as sender:
        answer = await sender.send(an_attempt(latest=NOW - ago), NOW)
        assert answer == Answer(AnswerKind.STALE, code="after-latest")
        assert sandbox.messages == ()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Refuse(400, 21610), Answer(AnswerKind.OPTED_OUT, code="21610")),
        (Refuse(400, 21211), Answer(AnswerKind.REFUSED, code="21211")),
        (Refuse(400, 99999), Answer(AnswerKind.REFUSED, code="99999")),
        (Refuse(400, 30036), Answer(AnswerKind.STALE, code="30036")),
        (Refuse(401, 20003), Answer(AnswerKind.CONFIGURATION, code="20003")),
        (Refuse(429, 20429), Answer(AnswerKind.TEMPORARY, code="20429")),
        (Refuse(429, 20429, 7), Answer(AnswerKind.TEMPORARY, code="20429", retry_after=7.0)),
        (Refuse(429, 20429, "soon"), Answer(AnswerKind.TEMPORARY, code="20429")),
        (Refuse(429, 20429, f"Wed, {10**30} Dec 2026 20:30:00 GMT"), Answer(AnswerKind.TEMPORARY, code="20429")),
        (
            Refuse(429, 20429, format_datetime(NOW.astimezone(UTC) + timedelta(seconds=90), usegmt=True)),
            Answer(AnswerKind.TEMPORARY, code="20429", retry_after=90.0),
        ),
        (
            Refuse(429, 20429, "Wed, 02 Dec 2026 20:31:00 -0000"),
            Answer(AnswerKind.TEMPORARY, code="20429", retry_after=60.0),
        ),
        (
            Refuse(429, 20429, "Wed, 02 Dec 2026 20:29:00 GMT"),
            Answer(AnswerKind.TEMPORARY, code="20429", retry_after=0.0),
        ),
        (Refuse(500, 20500), Answer(AnswerKind.IN_DOUBT, code="20500")),
        (Refuse(503, 20503, 7), Answer(AnswerKind.IN_DOUBT, code="20503")),
        (RefuseHtml(502), Answer(AnswerKind.IN_DOUBT, code="502")),
        (RefuseHtml(403), Answer(AnswerKind.CONFIGURATION, code="403")),
        (HangUp(taken=True), Answer(AnswerKind.IN_DOUBT, code="reset")),
        (HangUp(taken=False), Answer(AnswerKind.IN_DOUBT, code="reset")),
        (CutOff(), Answer(AnswerKind.IN_DOUBT, code="cut-off")),
    ],
)
@in_a_loop
async def test_each_misfortune_has_its_answer_and_the_next_text_goes_out(fault: Fault, expected: Answer) -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url) as sender:
        sandbox.misbehave(fault)
        assert await sender.send(an_attempt(), NOW) == expected
        assert (await sender.send(an_attempt(), NOW)).kind is AnswerKind.ACCEPTED
        was_taken = fault in {HangUp(taken=True), CutOff()}
        assert len(sandbox.messages) == 1 + was_taken  # tried once: no retry that nobody asked for


@in_a_loop
async def test_a_text_is_not_sent_again_where_a_kept_connection_breaks() -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url, pool_size=1) as sender:
        await sender.send(an_attempt(text="on a new connection"), NOW)
        sandbox.misbehave(HangUp(taken=True))
        answer = await sender.send(an_attempt(text="on the kept one"), NOW)
        assert answer == Answer(AnswerKind.IN_DOUBT, code="reset")
        assert [message.body for message in sandbox.messages] == ["on a new connection", "on the kept one"]


@pytest.mark.parametrize("fault", [Slow(30), AnswerLate(30)])
@in_a_loop
async def test_the_time_out_bounds_the_wait_and_leaves_doubt(fault: Fault) -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url, time_out=TIMEOUT) as sender:
        sandbox.misbehave(fault)
        begin = time.monotonic()
        assert await sender.send(an_attempt(), NOW) == Answer(AnswerKind.IN_DOUBT, code="time-out")
        assert TIMEOUT / 2 < time.monotonic() - begin < TIMEOUT + 5


@in_a_loop
async def test_the_time_out_bounds_an_answer_that_never_ends() -> None:
    endless = b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n"
    async with CannedServer(endless, drip=b" ") as server, a_sender(server.base_url, time_out=TIMEOUT) as sender:
        begin = time.monotonic()
        assert await sender.send(an_attempt(), NOW) == Answer(AnswerKind.IN_DOUBT, code="time-out")
        assert time.monotonic() - begin < TIMEOUT + 5


@in_a_loop
async def test_waiting_for_a_connection_too_long_is_no_doubt() -> None:
    async with CannedServer(b"") as server, a_sender(server.base_url, time_out=TIMEOUT, pool_size=1) as sender:
        answers = await asyncio.gather(sender.send(an_attempt(), NOW), sender.send(an_attempt(), NOW))
        assert list(answers) == [
            Answer(AnswerKind.IN_DOUBT, code="time-out"),
            Answer(AnswerKind.TEMPORARY, code="connect-time-out"),
        ]
        assert len(server.requests) == 1


@in_a_loop
async def test_a_refused_connection_is_no_doubt() -> None:
    with socket.socket() as bound_but_not_listening:
        bound_but_not_listening.bind(("127.0.0.1", 0))
        port = bound_but_not_listening.getsockname()[1]
        async with a_sender(f"http://127.0.0.1:{port}") as sender:
            assert await sender.send(an_attempt(), NOW) == Answer(AnswerKind.TEMPORARY, code="no-connection")


@in_a_loop
async def test_a_name_that_does_not_resolve_is_no_doubt() -> None:
    async with a_sender("http://nowhere.invalid", time_out=20) as sender:
        answer = await sender.send(an_attempt(), NOW)
        assert answer.kind is AnswerKind.TEMPORARY
        assert answer.code in {"dns", "connect-time-out"}  # the latter where the resolver itself cannot be reached


@in_a_loop
async def test_a_server_without_tls_where_it_is_due_is_no_doubt() -> None:
    async with (
        CannedServer(http("201 Created", "{}")) as server,
        a_sender(server.base_url.replace("http:", "https:"), time_out=TIMEOUT) as sender,
    ):
        answer = await sender.send(an_attempt(), NOW)
        assert answer.kind is AnswerKind.TEMPORARY
        assert server.requests == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "unreadable"),
        ("{}", "no-sid"),
        ('{"sid": null}', "no-sid"),
        ('{"sid": ""}', "no-sid"),
        ('{"sid": 7}', "no-sid"),
        ("[]", "unreadable"),
        ("<html>fine</html>", "unreadable"),
        ('{"sid": "SM', "unreadable"),
        ("[" * 100_000, "unreadable"),
        (" " * (LARGEST_ANSWER + 1), "cut-off"),
    ],
)
@in_a_loop
async def test_a_success_that_names_no_message_leaves_doubt(body: str, code: str) -> None:
    async with CannedServer(http("201 Created", body)) as server, a_sender(server.base_url) as sender:
        assert await sender.send(an_attempt(), NOW) == Answer(AnswerKind.IN_DOUBT, code=code)
        assert len(server.requests) == 1


@pytest.mark.parametrize("body", ['{"sid": "SM1", "date_sent": 7}', '{"sid": "SM1", "error_code": 1e999}'])
@in_a_loop
async def test_a_success_that_names_its_message_is_one_whatever_else_it_says(body: str) -> None:
    async with CannedServer(http("201 Created", body)) as server, a_sender(server.base_url) as sender:
        assert await sender.send(an_attempt(), NOW) == Answer(AnswerKind.ACCEPTED, sid="SM1")


@pytest.mark.parametrize(
    ("ours", "the_librarys"),
    [
        ({"messaging_service_sid": SERVICE}, {"messaging_service_sid": SERVICE}),
        ({"messaging_service_sid": None, "from_number": OUR_NUMBER}, {"from_": OUR_NUMBER}),
    ],
)
@in_a_loop
async def test_what_goes_over_the_wire_is_what_the_library_sends(
    ours: dict[str, Any], the_librarys: dict[str, Any]
) -> None:
    text, hook = "José & Ana: 50 % + 7:30 → ✓ ñ=?\n", "https://texts.example.org/twilio/status"
    async with CannedServer(http("201 Created", '{"sid": "SM1"}')) as server:
        async with a_sender(server.base_url, status_url=hook, **ours) as sender:
            await sender.send(an_attempt(text=text), NOW)
        transport = Transport(base_url=server.base_url, timeout=5, pool_size=1)
        await Client(ACCOUNT, TOKEN, http_client=transport).messages.create_async(
            to=PHONE,
            body=text,
            validity_period=3600,
            smart_encoded=False,
            status_callback=callback_url(hook, "P-1042/last-meal/1", 1),
            **the_librarys,
        )
        await transport.close()
        assert server.requests[0] == server.requests[1]


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8") | st.sampled_from(" +&=%~\n"))
    )
)
def test_a_form_is_written_as_python_writes_it(form: dict[str, str]) -> None:
    assert write_form(form) == urlencode(form)


@pytest.mark.parametrize(
    "answer",
    [
        http("307 Temporary Redirect", "", "Location: /elsewhere"),
        http("404 Not Found", "[]"),
        http("404 Not Found", '{"code": "words"}'),
        http("401 Unauthorized", "[" * 100_000),
    ],
)
@in_a_loop
async def test_an_answer_that_is_not_the_providers_stops_the_sending_and_is_asked_for_once(answer: bytes) -> None:
    async with CannedServer(answer) as server, a_sender(server.base_url) as sender:
        assert (await sender.send(an_attempt(), NOW)).kind is AnswerKind.CONFIGURATION
        assert len(server.requests) == 1


@in_a_loop
async def test_an_answer_that_is_not_http_leaves_doubt() -> None:
    async with CannedServer(b"220 mail.example ESMTP\r\n") as server, a_sender(server.base_url) as sender:
        assert (await sender.send(an_attempt(), NOW)).kind is AnswerKind.IN_DOUBT


@in_a_loop
async def test_the_base_url_may_have_a_path_and_a_slash_at_its_end() -> None:
    async with (
        CannedServer(http("201 Created", '{"sid": "SM1"}')) as server,
        a_sender(f"{server.base_url}/proxy/") as sender,
    ):
        assert await sender.send(an_attempt(), NOW) == Answer(AnswerKind.ACCEPTED, sid="SM1")
        (request,) = server.requests
        assert request.startswith(f"POST /proxy/2010-04-01/Accounts/{ACCOUNT}/Messages.json HTTP/1.1".encode())


@pytest.mark.parametrize(
    "base_url",
    ["api.twilio.com", "ftp://api.twilio.com", "https://", "https://u:p@host", "https://host?a=b", "http://host:99999"],
)
def test_a_base_url_that_cannot_be_used_is_said_at_once(base_url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        TwilioSender(account_sid=ACCOUNT, username=ACCOUNT, password="-", base_url=base_url, timeout=1, pool_size=1)


@in_a_loop
async def test_many_texts_at_once_all_arrive_through_a_small_pool() -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url, pool_size=4) as sender:
        texts = [f"text {number}" for number in range(100)]
        answers = await asyncio.gather(*(sender.send(an_attempt(text=text), NOW) for text in texts))
        assert {answer.kind for answer in answers} == {AnswerKind.ACCEPTED}
        assert sorted(message.body for message in sandbox.messages) == sorted(texts)


@in_a_loop
async def test_a_receipt_says_the_providers_word() -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url) as sender:
        sid = (await sender.send(an_attempt(), NOW)).sid
        assert sid is not None
        assert await sender.fetch(sid) == Receipt(sid, "delivered")


@in_a_loop
async def test_a_receipt_gives_the_code_of_a_failure() -> None:
    async with a_sandbox(undeliverable=frozenset({PHONE})) as sandbox, a_sender(sandbox.base_url) as sender:
        sid = (await sender.send(an_attempt(), NOW)).sid
        assert sid is not None
        assert await sender.fetch(sid) == Receipt(sid, "undelivered", "30005", AnswerKind.REFUSED)


@pytest.mark.parametrize(
    "fault", [Refuse(404, 20404), Refuse(500, 20500), RefuseHtml(502), HangUp(taken=False), CutOff(), AnswerLate(30)]
)
@in_a_loop
async def test_a_look_up_that_fails_says_nothing(fault: Fault) -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url, time_out=TIMEOUT) as sender:
        sid = (await sender.send(an_attempt(), NOW)).sid
        assert sid is not None
        sandbox.misbehave(fault, fault)  # a look-up may be tried twice on a connection that was kept
        assert await sender.fetch(sid) is None


@pytest.mark.parametrize("body", ["[]", "{}", '{"sid": "SM1", "status": null}'])
@in_a_loop
async def test_a_look_up_without_a_status_says_nothing(body: str) -> None:
    async with CannedServer(http("200 OK", body)) as server, a_sender(server.base_url) as sender:
        assert await sender.fetch("SM1") is None


@in_a_loop
async def test_a_closed_sender_opens_again_when_it_is_used() -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url) as sender:
        await sender.close()
        assert (await sender.send(an_attempt(), NOW)).kind is AnswerKind.ACCEPTED
        await sender.close()
        assert (await sender.send(an_attempt(), NOW)).kind is AnswerKind.ACCEPTED


@in_a_loop
async def test_closing_ends_what_is_in_flight_in_doubt() -> None:
    async with CannedServer(b"") as server, a_sender(server.base_url) as sender:
        sending = asyncio.create_task(sender.send(an_attempt(), NOW))
        while not server.requests:  # noqa: ASYNC110 - a fake has no event to wait for
            await asyncio.sleep(0.005)
        await sender.close()
        assert (await sending).kind is AnswerKind.IN_DOUBT


@in_a_loop
async def test_no_logger_tells_a_phone_or_a_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(enabled=True)
    faults: list[Fault] = [Refuse(400, 21610), RefuseHtml(502), HangUp(taken=True), CutOff(), AnswerLate(30)]
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url, time_out=TIMEOUT) as sender:
        sid = (await sender.send(an_attempt(), NOW)).sid
        assert sid is not None
        await sender.fetch(sid)
        for fault in faults:
            sandbox.misbehave(fault)
            await sender.send(an_attempt(), NOW)
        await sender.send(an_attempt(to="not a phone: 7205550134"), NOW)
    logging.getLogger("a.control").debug("that this is seen shows that the others would be")
    assert "that this is seen" in caplog.text
    for secret in ("5550134", "Maria", "last meal", "last+meal"):
        assert secret not in caplog.text


def test_the_twilio_sender_is_a_sender() -> None:
    sender: Sender = TwilioSender(account_sid=ACCOUNT, username=ACCOUNT, password="-", timeout=1, pool_size=1)
    assert sender is not None


@in_a_loop
async def test_no_text_waits_for_a_connection_behind_look_ups() -> None:
    async with CannedServer(b"") as server, a_sender(server.base_url, time_out=TIMEOUT, pool_size=1) as sender:
        looks = [asyncio.create_task(sender.fetch(f"SM{number:032}")) for number in range(30)]
        await asyncio.sleep(0)
        assert await sender.send(an_attempt(), NOW) == Answer(AnswerKind.IN_DOUBT, code="time-out")
        assert sum(request.startswith(b"POST") for request in server.requests) == 1
        for look in looks:
            look.cancel()
        await asyncio.wait(looks)
