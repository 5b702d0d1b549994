"""The sandbox as our webhooks see it: it calls them as Twilio does, and as badly as it is told to."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import aiohttp
import pytest
from multidict import MultiDict

from notifier.clock import JumpingClock
from notifier.core.delivery import AnswerKind, Receipt
from notifier.gateway.faults import (
    CallbackFault,
    DelayCallbacks,
    DoubleCallbacks,
    DropCallbacks,
    EarlyCallbacks,
    ForgeCallbacks,
    HangUp,
    SwapCallbacks,
)
from notifier.gateway.sandbox import Sandbox
from notifier.gateway.signature import SignatureCheck
from notifier.gateway.twilio_sender import TwilioSender
from tests.fakes.canned_server import CannedServer
from tests.fakes.webhook import Call, Webhook
from tests.gateway.rig import (
    ACCOUNT,
    NOW,
    OUR_NUMBER,
    PHONE,
    SERVICE,
    TOKEN,
    a_sandbox,
    a_sender,
    an_attempt,
    in_a_loop,
    the_library,
)

TARGET = "/twilio/status?key=P-1042%2Flast-meal%2F1&attempt=1"


def is_signed(hook: Webhook, call: Call) -> bool:
    return SignatureCheck(TOKEN, hook.base_url).holds(call.target, MultiDict(call.form), call.signature)


async def sent(sender: TwilioSender) -> str:
    """Send a text that is taken; return its sid."""
    sid = (await sender.send(an_attempt(), NOW)).sid
    assert sid is not None
    return sid


def a_sender_with(hook: Webhook, sandbox: Sandbox) -> AbstractAsyncContextManager[TwilioSender]:
    return a_sender(sandbox.base_url, status_url=f"{hook.base_url}/twilio/status")


@in_a_loop
async def test_what_becomes_of_a_text_is_reported_signed_at_the_address_that_names_the_attempt() -> None:
    async with Webhook() as hook, a_sandbox() as sandbox, a_sender_with(hook, sandbox) as sender:
        sid = await sent(sender)
        first, last = await hook.called(2)
        form = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "From": OUR_NUMBER,
            "MessageSid": sid,
            "MessageStatus": "sent",
            "MessagingServiceSid": SERVICE,
            "SmsSid": sid,
            "SmsStatus": "sent",
            "To": PHONE,
        }
        assert dict(first.form) == form
        delivered = {"MessageStatus": "delivered", "SmsStatus": "delivered", "RawDlrDoneDate": "2612022030"}
        assert dict(last.form) == {**form, **delivered}
        assert (first.target, last.target) == (TARGET, TARGET)
        assert is_signed(hook, first)
        assert is_signed(hook, last)
        assert first.token != last.token


@pytest.mark.parametrize(
    ("code", "said"), [(30003, ["sent", "undelivered"]), (30005, ["sent", "undelivered"]), (21612, ["failed"])]
)
@in_a_loop
async def test_a_failure_is_reported_with_its_code_and_the_next_text_arrives(code: int, said: list[str]) -> None:
    async with Webhook() as hook, a_sandbox() as sandbox, a_sender_with(hook, sandbox) as sender:
        sandbox.fail_next(PHONE, code)
        await sent(sender)
        calls = await hook.called(len(said))
        assert hook.said == said
        assert [dict(call.form).get("ErrorCode") for call in calls] == [*[None] * (len(said) - 1), str(code)]
        await sent(sender)
        await hook.called(len(said) + 2)
        assert hook.said == [*said, "sent", "delivered"]


@in_a_loop
async def test_a_text_without_an_address_is_not_reported() -> None:
    async with Webhook() as hook, a_sandbox() as sandbox:
        async with a_sender(sandbox.base_url) as silent:
            await sent(silent)
        async with a_sender_with(hook, sandbox) as sender:
            sid = await sent(sender)
        assert {dict(call.form)["MessageSid"] for call in await hook.called(2)} == {sid}


@in_a_loop
async def test_reports_come_when_they_are_due_by_the_clock() -> None:
    clock = JumpingClock(NOW)
    async with (
        Webhook() as hook,
        a_sandbox(clock=clock, delivery_delay=timedelta(seconds=2)) as sandbox,
        a_sender_with(hook, sandbox) as sender,
    ):
        await sent(sender)
        clock.wait(timedelta(seconds=1))
        await hook.called(1)
        assert hook.said == ["sent"]
        clock.wait(timedelta(seconds=1))
        await hook.called(2)
        assert hook.said == ["sent", "delivered"]


@in_a_loop
async def test_a_text_that_is_late_for_its_validity_period_expires() -> None:
    clock = JumpingClock(NOW)
    async with (
        Webhook() as hook,
        a_sandbox(clock=clock, delivery_delay=timedelta(hours=4)) as sandbox,
        a_sender_with(hook, sandbox) as sender,
    ):
        sid = await sent(sender)
        clock.wait(timedelta(hours=1))
        (call,) = await hook.called(1)
        assert (hook.said, dict(call.form)["ErrorCode"]) == (["failed"], "30036")
        assert await sender.fetch(sid) == Receipt(sid, "failed", "30036", AnswerKind.STALE)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (DropCallbacks(), []),
        (DoubleCallbacks(), ["sent", "sent", "delivered", "delivered"]),
        (SwapCallbacks(), ["delivered", "sent"]),
        (DelayCallbacks(0), ["sent", "delivered"]),
        (DelayCallbacks(3600), []),
        (EarlyCallbacks(), ["sent", "delivered"]),
        (None, ["sent", "delivered"]),
    ],
)
@in_a_loop
async def test_callbacks_go_wrong_as_told_and_only_for_one_text(fault: CallbackFault | None, said: list[str]) -> None:
    async with Webhook() as hook, a_sandbox() as sandbox, a_sender_with(hook, sandbox) as sender:
        sandbox.misreport(fault)
        spoiled, sound = await sent(sender), await sent(sender)
        calls = await hook.called(len(said) + 2)
        by_sid = {
            sid: [dict(c.form)["MessageStatus"] for c in calls if ("MessageSid", sid) in c.form]
            for sid in (spoiled, sound)
        }
        assert by_sid == {spoiled: said, sound: ["sent", "delivered"]}
        assert all(is_signed(hook, call) for call in calls)


@in_a_loop
async def test_a_late_callback_comes_after_its_delay() -> None:
    clock = JumpingClock(NOW)
    async with (
        Webhook() as hook,
        a_sandbox(clock=clock) as sandbox,
        a_sender_with(hook, sandbox) as sender,
    ):
        sandbox.misreport(DelayCallbacks(3600))
        await sent(sender)
        clock.wait(timedelta(hours=1))
        await hook.called(2)


@in_a_loop
async def test_an_early_callback_comes_before_the_answer() -> None:
    order: list[str] = []
    async with (
        Webhook(watch=lambda: order.append("callback")) as hook,
        a_sandbox() as sandbox,
        a_sender_with(hook, sandbox) as sender,
    ):
        sandbox.misreport(EarlyCallbacks())
        await sent(sender)
        order.append("answer")
    assert order == ["callback", "callback", "answer"]


@in_a_loop
async def test_a_forged_callback_has_a_signature_that_does_not_hold() -> None:
    async with Webhook() as hook, a_sandbox() as sandbox, a_sender_with(hook, sandbox) as sender:
        sandbox.misreport(ForgeCallbacks())
        await sent(sender)
        assert not any(is_signed(hook, call) for call in await hook.called(2))


@in_a_loop
async def test_a_text_whose_answer_is_lost_is_reported_all_the_same() -> None:
    async with Webhook() as hook, a_sandbox() as sandbox, a_sender_with(hook, sandbox) as sender:
        sandbox.misbehave(HangUp(taken=True))
        assert (await sender.send(an_attempt(), NOW)).kind is AnswerKind.IN_DOUBT
        (first, _) = await hook.called(2)
        assert first.target == TARGET


@pytest.mark.parametrize("status", [400, 404, 500, 503])
@in_a_loop
async def test_a_report_that_is_not_taken_is_made_again(status: int) -> None:
    async with Webhook(status, status, 204) as hook, a_sandbox() as sandbox, a_sender_with(hook, sandbox) as sender:
        await sent(sender)
        await hook.called(4)
        assert hook.said == ["sent", "sent", "sent", "delivered"]
        assert [len({call.token for call in calls}) for calls in (hook.calls[:3], hook.calls[2:])] == [1, 2]


@pytest.mark.parametrize(
    ("fragment", "status", "calls"),
    [
        ("", 500, 1),
        ("#rc=2&rp=5xx", 500, 3),
        ("#rc=2&rp=5xx", 404, 1),
        ("#rc=2&rp=4xx,5xx", 404, 3),
        ("#rc=x&rp=all", 500, 2),
    ],
)
@in_a_loop
async def test_the_fragment_says_how_often_and_why_a_report_is_made_again(
    fragment: str, status: int, calls: int
) -> None:
    async with Webhook(status) as hook, a_sandbox() as sandbox, the_library(sandbox) as library:
        sandbox.fail_next(PHONE, 21612)  # one report
        callback = f"{hook.base_url}/?a=b%2Fc{fragment}"
        await library.messages.create_async(to=PHONE, body="x", from_=OUR_NUMBER, status_callback=callback)
        async with asyncio.timeout(10):
            while sandbox.reporting:  # noqa: ASYNC110 - polled, as a test polls everything
                await asyncio.sleep(0.005)
        assert [(call.target, is_signed(hook, call)) for call in hook.calls] == [("/?a=b%2Fc", True)] * calls


@in_a_loop
async def test_a_host_that_is_down_is_called_again() -> None:
    async with Webhook() as past:
        address = past.base_url
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url, status_url=f"{address}/twilio/status") as sender:
        await sent(sender)
        async with Webhook(port=int(address.rpartition(":")[2])) as hook:
            await hook.called(2)
            assert hook.said == ["sent", "delivered"]


@in_a_loop
async def test_a_host_that_hangs_up_is_called_again() -> None:
    async with (
        CannedServer(b"!") as hook,
        a_sandbox() as sandbox,
        a_sender(sandbox.base_url, status_url=f"{hook.base_url}/twilio/status") as sender,
    ):
        await sent(sender)
        async with asyncio.timeout(10):
            while len(hook.requests) < 3:  # noqa: ASYNC110 - polled, as a test polls everything
                await asyncio.sleep(0.005)


@in_a_loop
async def test_no_more_messages_are_reported_on_than_are_kept() -> None:
    async with Webhook() as hook, a_sandbox(keep=2) as sandbox, a_sender_with(hook, sandbox) as sender:
        sandbox.misreport(*[DelayCallbacks(3600)] * 3)
        for _ in range(3):
            await sent(sender)
        assert sandbox.reporting == 2


@in_a_loop
async def test_stopping_drops_what_is_still_to_be_reported() -> None:
    async with Webhook() as hook, a_sandbox() as sandbox, a_sender_with(hook, sandbox) as sender:
        sandbox.misreport(DelayCallbacks(3600))
        await sent(sender)
        async with asyncio.timeout(5):
            await sandbox.stop()
    assert hook.calls == []


@pytest.mark.parametrize("url", ["nowhere", "ftp://host/x", "https://host/a b", "https://höst/"])
@in_a_loop
async def test_an_address_that_cannot_be_called_is_refused(url: str) -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url, status_url=url) as sender:
        assert (await sender.send(an_attempt(), NOW)).code == "21609"


@in_a_loop
async def test_a_number_refuses_to_send_to_who_has_opted_out_and_a_service_finds_out_later() -> None:
    async with Webhook() as hook, a_sandbox() as sandbox, a_sender_with(hook, sandbox) as by_service:
        sandbox.opted_out.add(PHONE)
        async with a_sender(sandbox.base_url, messaging_service_sid=None, from_number=OUR_NUMBER) as by_number:
            assert (await by_number.send(an_attempt(), NOW)).code == "21610"
        sid = await sent(by_service)
        (call,) = await hook.called(1)
        assert (hook.said, dict(call.form)["ErrorCode"]) == (["failed"], "21610")
        assert await by_service.fetch(sid) == Receipt(sid, "failed", "21610", AnswerKind.OPTED_OUT)
        sandbox.opted_out.clear()
        await sent(by_service)
        await hook.called(3)
        assert hook.said == ["failed", "sent", "delivered"]


@in_a_loop
async def test_a_reply_is_posted_signed_and_its_answer_comes_back() -> None:
    async with Webhook(200, text="<Response />") as hook, a_sandbox() as sandbox:
        sandbox.inbound_url = f"{hook.base_url}/twilio/inbound"
        assert await sandbox.reply(PHONE, " Stop\n", opt_out_type="STOP") == "<Response />"
        assert await sandbox.reply(PHONE, "¿Qué?") == "<Response />"
        stop, question = hook.calls
        form = dict(stop.form)
        assert (form["From"], form["Body"], form["OptOutType"], form["FromZip"]) == (PHONE, " Stop\n", "STOP", "")
        assert "OptOutType" not in dict(question.form)
        assert dict(question.form)["MessageSid"] != form["MessageSid"]
        assert is_signed(hook, stop)
        assert is_signed(hook, question)


@in_a_loop
async def test_a_reply_that_is_not_taken_is_an_error() -> None:
    async with Webhook(503) as hook, a_sandbox() as sandbox:
        with pytest.raises(ValueError, match="inbound_url"):
            await sandbox.reply(PHONE, "Hello")
        sandbox.inbound_url = f"{hook.base_url}/twilio/inbound"
        with pytest.raises(aiohttp.ClientResponseError, match="503"):
            await sandbox.reply(PHONE, "Hello")
