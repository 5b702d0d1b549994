"""The webhooks over real connections: what Twilio has signed is taken before it is answered, and nothing else."""

import asyncio
import gzip
import logging
import time

import pytest
from multidict import MultiMapping
from structlog.testing import capture_logs

from notifier.core.delivery import Receipt
from notifier.core.replies import Inbound
from notifier.gateway.faults import ForgeCallbacks
from notifier.gateway.signature import SignatureCheck
from notifier.web.hooks import LARGEST_BODY, MOST_FIELDS, serving_hooks
from tests.fakes.twilio_signature import signed
from tests.gateway.rig import NOW, PHONE, a_sandbox, a_sender, an_attempt, in_a_loop
from tests.gateway.rig import TOKEN as SANDBOX_TOKEN
from tests.web.rig import (
    INBOUND,
    PUBLIC,
    REPORT,
    STATUS,
    TARGET,
    TOKEN,
    WRITTEN,
    Door,
    a_call,
    a_door,
    a_free_port,
    a_signed_call,
    call,
    encoded,
    parsed,
    say,
)


@in_a_loop
async def test_a_report_that_twilio_signed_is_taken() -> None:
    async with a_door() as door:
        answer = await call(door.address, a_signed_call())
        assert (answer.status, answer.body) == (204, "")
        assert door.receipts == [Receipt("SM1", "delivered", key="P-1042/last-meal/1", ordinal=2)]


@in_a_loop
async def test_what_a_phone_wrote_is_taken_and_answered() -> None:
    async with a_door() as door:
        door.answer = "Call +1 303 555 0100; for an emergency, 911."
        answer = await call(door.address, a_signed_call(INBOUND, WRITTEN))
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
        assert f"<Response><Message>{door.answer}</Message></Response>" in answer.body
        assert door.inbounds == [Inbound("SM2", PHONE, "What may I eat?", None)]


@in_a_loop
async def test_where_there_is_nothing_to_say_the_answer_is_empty() -> None:
    async with a_door() as door:
        answer = await call(door.address, a_signed_call(INBOUND, [*WRITTEN, ("OptOutType", "HELP")]))
        assert (answer.status, answer.body.endswith("<Response />")) == (200, True)
        assert door.inbounds == [Inbound("SM2", PHONE, "What may I eat?", "HELP")]


@in_a_loop
async def test_nothing_is_answered_before_it_is_written() -> None:
    async with a_door(is_open=False) as door:
        calls = [
            asyncio.create_task(call(door.address, raw)) for raw in (a_signed_call(), a_signed_call(INBOUND, WRITTEN))
        ]
        async with asyncio.timeout(10):
            while door.asked < len(calls):  # noqa: ASYNC110 - polled, as a test polls everything
                await asyncio.sleep(0.005)
        assert not any(calling.done() for calling in calls)
        door.opened.set()
        assert [answer.status for answer in await asyncio.gather(*calls)] == [204, 200]
        assert (len(door.receipts), len(door.inbounds)) == (1, 1)


@pytest.mark.parametrize(
    "form",
    [
        [*REPORT, ("FromZip", ""), ("Body", "")],
        [*REPORT, ("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "b")],
        [*REPORT, ("Body", " a + b & c = d % \t\n"), ("City", "Cañon City 李 🩺")],
    ],
    ids=["blank values", "repeated", "odd characters"],
)
@in_a_loop
async def test_every_form_that_twilio_may_send_is_understood(form: list[tuple[str, str]]) -> None:
    async with a_door() as door:
        assert (await call(door.address, a_signed_call(form=form))).status == 204


@pytest.mark.parametrize("public", ["https://texts.example.org:8443", "https://clinic.example.org/notifier"])
@in_a_loop
async def test_the_signature_is_that_of_the_public_address(public: str) -> None:
    async with a_door(public=public) as door:
        assert (await call(door.address, a_signed_call(public=public))).status == 204
        assert (await call(door.address, a_signed_call(public=door.address))).status == 403


@in_a_loop
async def test_whatever_is_wrong_with_a_signature_the_answer_is_the_same() -> None:
    good = signed(PUBLIC + TARGET, REPORT, TOKEN)
    calls = [
        a_call(),
        a_call(signature=""),
        a_call(signature="ñ"),
        a_call(signature=good[:-4]),
        a_call(signature=signed(PUBLIC + TARGET, REPORT, "another token")),
        a_call(form=[*REPORT, ("more", "")], signature=good),
        a_call(TARGET.replace("attempt=2", "attempt=3"), signature=good),
        a_call(INBOUND, WRITTEN),
        a_call(form=b"%zz=%ff&&&=", signature=good),
        a_call(form=b"\xff\xfe\x00", signature=good),
        a_call(f"{STATUS}?%ff=%zz&&=", signature=good),
    ]
    async with a_door() as door:
        answers = [await call(door.address, raw) for raw in calls]
        assert [answer.status for answer in answers] == [403] * len(calls)
        assert all(answer == answers[0] for answer in answers)
        assert door.is_untouched


@in_a_loop
async def test_a_wrong_public_address_is_told_in_the_log_once_and_without_what_was_called() -> None:
    with capture_logs() as logs:
        async with a_door() as door:
            for _ in range(3):
                await call(door.address, a_signed_call(public="http://texts.example.org"))
    assert [(entry["log_level"], entry["event"]) for entry in logs] == [
        ("warning", "hook refused: not signed by Twilio for hooks.public_url")
    ]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (a_signed_call("/", REPORT), 404),
        (a_signed_call("/twilio/status/", REPORT), 404),
        (a_signed_call("/live", REPORT), 404),
        (a_call(method="GET"), 405),
        (a_call(method="PUT"), 405),
        (a_call(INBOUND, WRITTEN, method="DELETE"), 405),
        (a_call(content_type="application/json"), 415),
        (a_call(content_type="multipart/form-data; boundary=x"), 415),
        (a_call(content_type="text/plain"), 415),
        (a_call(form="&".join(["a=b"] * (MOST_FIELDS + 1)).encode()), 400),
        (a_signed_call(form=[("MessageSid", "SM1")]), 400),
        (a_signed_call(form=[]), 400),
        (a_signed_call(INBOUND, [("From", PHONE)]), 400),
        (a_call(TARGET, b"zz\r\n", "Transfer-Encoding: chunked"), 400),
        (a_call(TARGET, b"", "Content-Length: -1"), 400),
        (a_call(TARGET, b"", "Content-Length: many"), 400),
        (a_call(TARGET, b"", "Bad Header"), 400),
        (a_call(TARGET, b"", "Long: " + 9000 * "x"), 400),
        (a_call(f"{STATUS}?{9000 * 'x'}"), 400),
        (a_call(f"{STATUS}?key=\xff"), 400),
        (b"!\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\r\n", 400),
    ],
)
@in_a_loop
async def test_what_is_no_call_of_twilios_is_turned_away(
    raw: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_door() as door:
        answer = parsed(await say(door.address, raw.replace(b"Host:", b"Connection: close\r\nHost:")))
        assert answer.status == status
        assert door.is_untouched
    assert caplog.records == []


@in_a_loop
async def test_an_answer_does_not_tell_what_answers() -> None:
    async with a_door() as door:
        for raw in (a_signed_call(), a_call(), a_call("/")):
            assert "Server" not in (await call(door.address, raw)).headers


@in_a_loop
async def test_a_body_as_long_as_may_be_is_read() -> None:
    form = [*REPORT, ("Body", "")]
    form[-1] = ("Body", "x" * (LARGEST_BODY - len(encoded(form))))
    async with a_door() as door:
        assert (await call(door.address, a_signed_call(form=form))).status == 204


@pytest.mark.parametrize("size", [LARGEST_BODY + 1, 10**12])
@in_a_loop
async def test_a_body_that_says_it_is_too_long_is_refused_unread(size: int) -> None:
    async with a_door() as door:
        answer = await call(door.address, a_call(TARGET, b"", f"Content-Length: {size}"))
        assert answer.status == 413
        assert door.is_untouched


@in_a_loop
async def test_a_body_that_grows_too_long_is_refused_before_its_end() -> None:
    chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    async with a_door() as door:
        answer = await call(door.address, a_call(TARGET, b"", "Transfer-Encoding: chunked"), *[chunk] * 17)
        assert answer.status == 413
        assert door.is_untouched


@in_a_loop
async def test_a_chunked_body_is_read() -> None:
    body = encoded(REPORT)
    raw = a_call(
        TARGET,
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body),
        "Transfer-Encoding: chunked",
        signature=signed(PUBLIC + TARGET, REPORT, TOKEN),
    )
    async with a_door() as door:
        assert (await call(door.address, raw)).status == 204


@in_a_loop
async def test_a_small_body_that_unpacks_to_a_large_one_is_not_unpacked() -> None:
    body = gzip.compress(b"x" * 50_000_000)
    assert len(body) < LARGEST_BODY
    async with a_door() as door:
        assert (await call(door.address, a_call(TARGET, body, "Content-Encoding: gzip"))).status == 403


@in_a_loop
async def test_a_body_that_does_not_come_is_not_waited_for_long() -> None:
    async with a_door(patience=0.3) as door:
        begin = time.monotonic()
        answer = await call(door.address, a_call(TARGET, b"Message", "Content-Length: 100"))
        assert answer.status == 408
        assert time.monotonic() - begin < 5
        assert door.is_untouched


@in_a_loop
async def test_a_body_that_comes_in_drops_is_not_waited_for_long() -> None:
    async with a_door(patience=0.3) as door:
        drops = [b"x"] * 10
        answer = await call(door.address, a_call(TARGET, b"", "Content-Length: 100"), *drops, pause=0.1)
        assert answer.status == 408


@in_a_loop
async def test_a_head_that_comes_in_drops_is_not_waited_for_long() -> None:
    async with a_door(patience=0.3) as door:
        begin = time.monotonic()
        assert await say(door.address, b"POST /twi") == b""
        assert time.monotonic() - begin < 5


@in_a_loop
async def test_a_caller_who_goes_in_the_middle_of_a_body_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with a_door() as door:
        port = int(door.address.rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(a_call(TARGET, b"Message", "Content-Length: 100"))
        await writer.drain()
        writer.transport.abort()
        assert (await call(door.address, a_signed_call())).status == 204
        assert len(door.receipts) == 1
    assert caplog.records == []


@in_a_loop
async def test_connections_above_the_limit_are_turned_away_until_others_end() -> None:
    async with a_door(most_connections=2) as door:
        port = int(door.address.rpartition(":")[2])
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        busy = parsed(await say(door.address))
        assert (busy.status, busy.headers["Retry-After"]) == (503, "5")
        for _, writer in idle:
            writer.close()
        async with asyncio.timeout(10):
            while (await call(door.address, a_signed_call())).status != 204:  # noqa: ASYNC110 - polled, as a test polls everything
                await asyncio.sleep(0.01)


@in_a_loop
async def test_where_it_cannot_be_written_twilio_is_asked_to_call_again_and_no_log_tells_why() -> None:
    with capture_logs() as logs:
        async with a_door() as door:
            door.failure = OSError(f"disk full while {PHONE} wrote 'What may I eat?'")
            for raw in (a_signed_call(), a_signed_call(INBOUND, WRITTEN)):
                answer = await call(door.address, raw)
                assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
                assert answer.body == "503: Service Unavailable"
            door.failure = None
            assert (await call(door.address, a_signed_call())).status == 204
    failed = {"event": "hook failed", "error": "OSError", "log_level": "error"}
    assert logs == [failed, failed]


@in_a_loop
async def test_a_mistake_of_our_own_is_logged_without_what_was_called() -> None:
    class Broken(SignatureCheck):
        def holds(self, target: str, form: MultiMapping[str], signature: str | None) -> bool:
            raise RuntimeError(f"{target} {form} {signature}")

    with capture_logs() as logs:
        door = Door()
        async with serving_hooks(
            "127.0.0.1:0", Broken(TOKEN, PUBLIC), door.take_status, door.take_inbound
        ) as door.address:
            answer = await call(door.address, a_signed_call())
        assert (answer.status, answer.body) == (500, "")
    assert logs == [{"event": "hook broke", "error": "RuntimeError", "log_level": "error"}]


@in_a_loop
async def test_several_calls_may_come_on_one_connection() -> None:
    async with a_door(patience=0.3) as door:
        answers = await say(door.address, a_signed_call(), a_call(), a_signed_call(INBOUND, WRITTEN))
        assert [answers.count(b"HTTP/1.1 %d" % status) for status in (204, 403, 200)] == [1, 1, 1]


@in_a_loop
async def test_a_port_in_use_is_an_error_of_the_system() -> None:
    async with a_door() as door:
        with pytest.raises(OSError, match="address already in use"):
            async with a_door(listen=door.address.removeprefix("http://")):
                pytest.fail("two listen on one port")


@in_a_loop
async def test_an_address_of_ipv6_is_written_as_one() -> None:
    async with a_door(listen="[::1]:0") as door:
        assert door.address.startswith("http://[::1]:")
        assert (await call(door.address, a_signed_call())).status == 204


@in_a_loop
async def test_stopping_does_not_wait_for_who_says_nothing() -> None:
    begin = time.monotonic()
    async with a_door() as door:
        _, writer = await asyncio.open_connection("127.0.0.1", int(door.address.rpartition(":")[2]))
    writer.close()
    assert time.monotonic() - begin < 5


@in_a_loop
async def test_a_text_goes_out_and_what_became_of_it_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    listen = f"127.0.0.1:{a_free_port()}"
    public = f"http://{listen}"
    async with (
        a_sandbox() as sandbox,
        a_door(public=public, token=SANDBOX_TOKEN, listen=listen) as door,
        a_sender(sandbox.base_url, status_url=f"{public}{STATUS}") as sender,
    ):
        sandbox.misreport(ForgeCallbacks())
        await sender.send(an_attempt(text="of which only forgeries tell"), NOW)
        sid = (await sender.send(an_attempt(), NOW)).sid
        assert sid is not None
        async with asyncio.timeout(10):
            while len(door.receipts) < 2:  # noqa: ASYNC110 - polled, as a test polls everything
                await asyncio.sleep(0.01)
        key = "P-1042/last-meal/1"
        assert door.receipts == [Receipt(sid, status, key=key, ordinal=1) for status in ("sent", "delivered")]
        sandbox.inbound_url, door.answer = f"{public}{INBOUND}", "Call us."
        assert "<Message>Call us.</Message>" in await sandbox.reply(PHONE, "¿Qué puedo comer?")
        assert [(inbound.phone, inbound.body) for inbound in door.inbounds] == [(PHONE, "¿Qué puedo comer?")]
    assert "5550134" not in caplog.text
