"""The sandbox as the real twilio library and plain HTTP see it: it answers as Twilio's published API does."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioException

from notifier.clock import JumpingClock
from notifier.gateway.faults import AnswerLate, CutOff, HangUp, Refuse, Slow
from notifier.gateway.sandbox import Sandbox
from notifier.gateway.transport import ProviderError
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
    the_library,
)

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
GOOD = {"To": PHONE, "Body": TEXT, "From": OUR_NUMBER}
SCHEDULED = {"To": PHONE, "Body": TEXT, "MessagingServiceSid": SERVICE, "ScheduleType": "fixed"}


async def ask(
    sandbox: Sandbox,
    method: str,
    path: str,
    *,
    form: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    authorization: str | None = None,
) -> tuple[int, Any]:
    headers = {"Authorization": authorization or aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, f"{sandbox.base_url}{path}", data=form, params=query) as answer,
    ):
        return answer.status, await answer.json() if answer.content_type == "application/json" else None


@in_a_loop
async def test_a_new_message_has_every_documented_property() -> None:
    async with a_sandbox() as sandbox:
        status, message = await ask(sandbox, "POST", f"{MESSAGES}.json", form=GOOD)
        sid = message["sid"]
        assert status == 201
        assert len(sid) == 34
        assert sid.startswith("SM")
        assert message == {
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": TEXT,
            "date_created": "Wed, 02 Dec 2026 20:30:00 +0000",
            "date_sent": None,
            "date_updated": "Wed, 02 Dec 2026 20:30:00 +0000",
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": OUR_NUMBER,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "queued",
            "subresource_uris": {"media": f"{MESSAGES}/{sid}/Media.json"},
            "to": PHONE,
            "uri": f"{MESSAGES}/{sid}.json",
        }


@in_a_loop
async def test_the_library_creates_through_a_service_and_fetches_what_became_of_it() -> None:
    async with a_sandbox() as sandbox, the_library(sandbox) as library:
        created = await library.messages.create_async(to=PHONE, body=TEXT, messaging_service_sid=SERVICE)
        assert (created.status, created.date_sent, created.num_segments) == ("accepted", None, "0")
        fetched = await library.messages(created.sid).fetch_async()
        assert (fetched.sid, fetched.body, fetched.to, fetched.direction) == (created.sid, TEXT, PHONE, "outbound-api")
        assert (fetched.status, fetched.date_sent, fetched.error_code) == ("delivered", NOW, None)
        assert (fetched.messaging_service_sid, fetched.num_segments) == (SERVICE, "1")


@in_a_loop
async def test_a_message_comes_along_as_the_clock_goes() -> None:
    clock = JumpingClock(NOW)
    async with a_sandbox(clock=clock, delivery_delay=timedelta(seconds=10)) as sandbox, the_library(sandbox) as library:
        message = await library.messages.create_async(to=PHONE, body=TEXT, from_=OUR_NUMBER)
        seen = []
        for _ in range(3):
            fetched = await message.fetch_async()
            seen.append((fetched.status, fetched.date_sent))
            clock.wait(timedelta(seconds=5))
        sent = NOW + timedelta(seconds=5)
        assert seen == [("queued", None), ("sent", sent), ("delivered", sent)]


@in_a_loop
async def test_an_undeliverable_number_ends_with_its_code() -> None:
    async with a_sandbox(undeliverable=frozenset({PHONE})) as sandbox, the_library(sandbox) as library:
        message = await library.messages.create_async(to=PHONE, body=TEXT, from_=OUR_NUMBER)
        fetched = await message.fetch_async()
        assert (fetched.status, fetched.error_code) == ("undelivered", 30005)
        assert fetched.error_message == "Unknown destination handset"


@in_a_loop
async def test_the_library_lists_by_recipient_and_sender_newest_first() -> None:
    clock = JumpingClock(NOW)
    async with a_sandbox(clock=clock) as sandbox, the_library(sandbox) as library:
        for number, to in enumerate([PHONE, "+17205550135", PHONE]):
            clock.wait(timedelta(seconds=1))
            await library.messages.create_async(to=to, body=f"text {number}", from_=OUR_NUMBER)
        assert [message.body for message in await library.messages.list_async()] == ["text 2", "text 1", "text 0"]
        assert [message.body for message in await library.messages.list_async(to=PHONE)] == ["text 2", "text 0"]
        assert await library.messages.list_async(from_="+13035550101") == []
        assert len(await library.messages.list_async(from_=OUR_NUMBER, limit=2)) == 2


@in_a_loop
async def test_the_library_streams_through_all_pages_though_new_messages_come_meanwhile() -> None:
    clock = JumpingClock(NOW)
    async with a_sandbox(clock=clock) as sandbox, the_library(sandbox) as library:
        texts = [f"text {number}" for number in range(7)]
        for text in texts:
            clock.wait(timedelta(seconds=1))
            await library.messages.create_async(to=PHONE, body=text, from_=OUR_NUMBER)
        seen = []
        async for message in await library.messages.stream_async(to=PHONE, page_size=3):
            seen.append(message.body)
            clock.wait(timedelta(seconds=1))
            await library.messages.create_async(to=PHONE, body="meanwhile", from_=OUR_NUMBER)
        assert seen == texts[::-1]


@in_a_loop
async def test_a_page_says_where_it_stands() -> None:
    async with a_sandbox() as sandbox:
        for _ in range(3):
            await ask(sandbox, "POST", f"{MESSAGES}.json", form=GOOD)
        status, first = await ask(sandbox, "GET", f"{MESSAGES}.json", query={"To": PHONE, "PageSize": "2"})
        assert status == 200
        assert (first["page"], first["page_size"], first["start"], first["end"]) == (0, 2, 0, 1)
        assert first["uri"] == f"{MESSAGES}.json?To=%2B17205550134&PageSize=2&Page=0"
        async with aiohttp.ClientSession(
            headers={"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
        ) as session:
            last = await (await session.get(f"{sandbox.base_url}{first['next_page_uri']}")).json()
        assert (last["page"], last["start"], last["end"], last["next_page_uri"]) == (1, 2, 2, None)
        assert len(last["messages"]) == 1


@in_a_loop
async def test_a_page_holds_50_messages_where_nothing_is_said_and_1000_at_most() -> None:
    async with a_sandbox() as sandbox:
        assert (await ask(sandbox, "GET", f"{MESSAGES}.json"))[1]["page_size"] == 50
        assert (await ask(sandbox, "GET", f"{MESSAGES}.json", query={"PageSize": "5000"}))[1]["page_size"] == 1000


@pytest.mark.parametrize(
    "query",
    [
        {"PageSize": "0"},
        {"PageSize": "many"},
        {"Page": "-1"},
        {"PageToken": "PASM1"},
        {"DateSent": "yesterday"},
        {"DateSent>": "2026-13-01"},
    ],
)
@in_a_loop
async def test_a_list_call_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    async with a_sandbox() as sandbox:
        status, error = await ask(sandbox, "GET", f"{MESSAGES}.json", query=query)
        assert (status, error["code"]) == (400, 20001)


@in_a_loop
async def test_messages_are_found_by_the_day_or_the_instant_at_which_they_were_sent() -> None:
    clock = JumpingClock(datetime(2026, 12, 1, 23, 59, 50, 400_000, tzinfo=UTC))
    async with a_sandbox(clock=clock) as sandbox, the_library(sandbox) as library:
        for text in ("first", "second"):
            await library.messages.create_async(to=PHONE, body=text, from_=OUR_NUMBER)
            clock.wait(timedelta(seconds=20))

        async def found(**filters: datetime) -> list[str]:
            return [message.body for message in await library.messages.list_async(**filters)]

        first_sent = datetime(2026, 12, 1, 23, 59, 50, tzinfo=UTC)
        assert await found(date_sent=datetime(2026, 12, 1, tzinfo=UTC)) == ["first"]
        assert await found(date_sent_before=first_sent) == ["first"]
        assert await found(date_sent_after=first_sent) == ["second", "first"]
        assert await found(date_sent_after=first_sent + timedelta(seconds=1)) == ["second"]
        _, page = await ask(sandbox, "GET", f"{MESSAGES}.json", query={"DateSent<": "2026-12-01"})
        assert [message["body"] for message in page["messages"]] == ["first"]


@in_a_loop
async def test_a_message_that_is_not_sent_yet_has_no_date_to_be_found_by() -> None:
    async with a_sandbox(delivery_delay=timedelta(seconds=10)) as sandbox, the_library(sandbox) as library:
        await library.messages.create_async(to=PHONE, body=TEXT, messaging_service_sid=SERVICE)
        assert await library.messages.list_async(date_sent_after=NOW - timedelta(days=1)) == []
        assert len(await library.messages.list_async(to=PHONE)) == 1


@in_a_loop
async def test_an_empty_body_redacts_the_text() -> None:
    async with a_sandbox() as sandbox, the_library(sandbox) as library:
        message = await library.messages.create_async(to=PHONE, body=TEXT, from_=OUR_NUMBER)
        assert (await message.update_async(body="")).body == ""
        assert (await message.fetch_async()).body == ""


@in_a_loop
async def test_a_text_cannot_be_rewritten() -> None:
    async with a_sandbox() as sandbox, the_library(sandbox) as library:
        message = await library.messages.create_async(to=PHONE, body=TEXT, from_=OUR_NUMBER)
        with pytest.raises(ProviderError, match="20001"):
            await message.update_async(body="something else")


@in_a_loop
async def test_a_scheduled_message_is_sent_at_its_time_or_canceled_before() -> None:
    clock = JumpingClock(NOW)
    async with a_sandbox(clock=clock) as sandbox, the_library(sandbox) as library:
        kept, dropped = [
            await library.messages.create_async(
                to=PHONE,
                body=TEXT,
                messaging_service_sid=SERVICE,
                schedule_type="fixed",
                send_at=NOW + timedelta(hours=1),
            )
            for _ in range(2)
        ]
        assert (kept.status, (await kept.fetch_async()).status) == ("scheduled", "scheduled")
        assert (await dropped.update_async(status="canceled")).status == "canceled"
        clock.wait(timedelta(hours=1))
        assert (await kept.fetch_async()).date_sent == NOW + timedelta(hours=1)
        assert (await dropped.fetch_async()).status == "canceled"
        with pytest.raises(ProviderError, match="30409"):
            await kept.update_async(status="canceled")


@in_a_loop
async def test_a_deleted_message_is_gone() -> None:
    async with a_sandbox() as sandbox, the_library(sandbox) as library:
        message = await library.messages.create_async(to=PHONE, body=TEXT, from_=OUR_NUMBER)
        assert await message.delete_async()
        with pytest.raises(ProviderError, match="20404"):
            await message.fetch_async()


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({**GOOD, "To": ""}, 21604),
        ({"Body": TEXT, "From": OUR_NUMBER}, 21604),
        ({**GOOD, "To": "7205550134"}, 21211),
        ({**GOOD, "To": "+1720555013x"}, 21211),
        ({**GOOD, "Body": ""}, 21602),
        ({**GOOD, "Body": "a" * 1601}, 21617),
        ({**GOOD, "From": ""}, 21603),
        ({**GOOD, "ValidityPeriod": "0"}, 90007),
        ({**GOOD, "ValidityPeriod": "36001"}, 90007),
        ({**GOOD, "ValidityPeriod": "1.5"}, 90007),
        ({**GOOD, "ScheduleType": "fixed", "SendAt": "2026-12-02T22:00:00Z"}, 35118),
        (SCHEDULED, 35111),
        ({**SCHEDULED, "SendAt": "2026-12-02T20:31:00Z"}, 35114),
        ({**SCHEDULED, "SendAt": "2027-12-02T20:31:00Z"}, 35114),
        ({**SCHEDULED, "SendAt": "later"}, 20001),
    ],
)
@in_a_loop
async def test_what_twilio_refuses_is_refused_with_its_code_and_its_shape(form: dict[str, str], code: int) -> None:
    async with a_sandbox() as sandbox:
        status, error = await ask(sandbox, "POST", f"{MESSAGES}.json", form=form)
        assert status == 400
        assert error == {
            "code": code,
            "message": error["message"],
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": 400,
        }
        assert sandbox.messages == ()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"{MESSAGES}/SM00000000000000000000000000000001.json", 404, 20404),
        ("DELETE", f"{MESSAGES}/SM00000000000000000000000000000001.json", 404, 20404),
        ("GET", "/2010-04-01/Accounts/AC00000000000000000000000000000002/Messages.json", 404, 20404),
        ("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json", 404, 20404),
        ("GET", "/", 404, 20404),
        ("PUT", f"{MESSAGES}.json", 405, 20004),
    ],
)
@in_a_loop
async def test_what_is_not_there_is_refused_in_json(method: str, path: str, status: int, code: int) -> None:
    async with a_sandbox() as sandbox:
        got, error = await ask(sandbox, method, path)
        assert (got, error["code"], error["status"]) == (status, code, status)


@pytest.mark.parametrize("authorization", ["Bearer x", aiohttp.encode_basic_auth(ACCOUNT, "wrong")])
@in_a_loop
async def test_wrong_credentials_are_refused(authorization: str) -> None:
    async with a_sandbox() as sandbox:
        status, error = await ask(sandbox, "POST", f"{MESSAGES}.json", form=GOOD, authorization=authorization)
        assert (status, error["code"]) == (401, 20003)
        assert sandbox.messages == ()


@in_a_loop
async def test_the_library_cannot_list_with_a_wrong_password() -> None:
    async with a_sandbox() as sandbox, the_library(sandbox, password="wrong") as library:
        with pytest.raises((ProviderError, TwilioException), match="20003"):
            await library.messages.list_async()


@in_a_loop
async def test_only_the_last_messages_are_kept() -> None:
    async with a_sandbox(keep=3) as sandbox, the_library(sandbox) as library:
        for number in range(5):
            await library.messages.create_async(to=PHONE, body=f"text {number}", from_=OUR_NUMBER)
        assert [message.body for message in sandbox.messages] == ["text 2", "text 3", "text 4"]


@in_a_loop
async def test_a_taken_port_is_said_and_the_sandbox_starts_elsewhere() -> None:
    async with a_sandbox() as first:
        second = Sandbox(account_sid=ACCOUNT, auth_token=TOKEN, clock=JumpingClock(NOW).now)
        with pytest.raises(OSError, match="address already in use"):
            await second.start(port=int(first.base_url.rpartition(":")[2]))
        await second.start()
        assert second.base_url != first.base_url
        await second.stop()
        await second.stop()


@in_a_loop
async def test_a_late_answer_takes_the_message_at_once_and_a_slow_one_afterwards() -> None:
    for fault, taken in ((AnswerLate(30), 1), (Slow(30), 0)):
        async with a_sandbox() as sandbox, a_sender(sandbox.base_url, time_out=0.6) as sender:
            sandbox.misbehave(fault)
            await sender.send(an_attempt(), NOW)
            assert len(sandbox.messages) == taken


@in_a_loop
async def test_a_slow_sandbox_takes_a_message_though_its_caller_has_gone() -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url, time_out=0.6) as sender:
        sandbox.misbehave(Slow(1.5))
        await sender.send(an_attempt(), NOW)
        assert sandbox.messages == ()
        async with asyncio.timeout(10):
            while not sandbox.messages:  # noqa: ASYNC110 - the sandbox has no event to wait for
                await asyncio.sleep(0.01)


@in_a_loop
async def test_stopping_does_not_wait_for_the_slow() -> None:
    async with a_sender("http://127.0.0.1", time_out=20) as unused, asyncio.timeout(10):
        del unused
        async with a_sandbox() as sandbox, a_sender(sandbox.base_url, time_out=20) as sender:
            sandbox.misbehave(AnswerLate(600))
            sending = asyncio.create_task(sender.send(an_attempt(), NOW))
            while not sandbox.messages:  # noqa: ASYNC110 - the sandbox has no event to wait for
                await asyncio.sleep(0.01)
            await sandbox.stop()
            await sending
        assert len(sandbox.messages) == 1  # still to be read


@in_a_loop
async def test_faults_spoil_one_request_each_in_their_order() -> None:
    async with a_sandbox() as sandbox, a_sender(sandbox.base_url) as sender:
        sandbox.misbehave(Refuse(400, 21610), HangUp(taken=False), CutOff())
        codes = [(await sender.send(an_attempt(), NOW)).code for _ in range(4)]
        assert codes == ["21610", "reset", "cut-off", None]
