"""What the provider sees is valid by its published API: every request that the sender makes, byte by byte.

The table is written from Twilio's OpenAPI file `twilio_api_v2010` (CreateMessage, FetchMessage,
ListMessage) and https://www.twilio.com/docs/messaging/api/message-resource.
"""

import base64
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from notifier.core.delivery import Attempt
from tests.fakes.canned_server import CannedServer, http
from tests.gateway.rig import ACCOUNT, NOW, OUR_NUMBER, PHONE, SERVICE, TEXT, TOKEN, a_sender, in_a_loop

E164 = r"\+[1-9][0-9]{6,14}"
ADDRESS = r"https?://[A-Za-z0-9.:\[\]-]+(/[!-~]*)?"
NUMBER = r"0|[1-9][0-9]*"
BOOLEAN = r"true|false"
INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
CREATE = {
    "To": E164,
    "From": rf"{E164}|[A-Za-z0-9 ]{{1,11}}|[0-9]{{3,8}}",
    "MessagingServiceSid": r"MG[0-9a-fA-F]{32}",
    "Body": r"(?s).{1,1600}",
    "StatusCallback": ADDRESS,
    "ApplicationSid": r"AP[0-9a-fA-F]{32}",
    "MaxPrice": r"[0-9]+(\.[0-9]+)?",
    "ProvideFeedback": BOOLEAN,
    "Attempt": NUMBER,
    "ValidityPeriod": NUMBER,
    "ForceDelivery": BOOLEAN,
    "ContentRetention": r"retain|discard",
    "AddressRetention": r"retain|obfuscate",
    "SmartEncoded": BOOLEAN,
    "PersistentAction": r".+",
    "TrafficType": r"free",
    "ShortenUrls": BOOLEAN,
    "ScheduleType": r"fixed",
    "SendAt": INSTANT,
    "SendAsMms": BOOLEAN,
    "ContentVariables": r".+",
    "RiskCheck": r"enable|disable",
    "MediaUrl": ADDRESS,
    "ContentSid": r"HX[0-9a-fA-F]{32}",
}
LIST = {
    "To": E164,
    "From": E164,
    "DateSent": INSTANT,
    "DateSent<": INSTANT,
    "DateSent>": INSTANT,
    "PageSize": NUMBER,
    "Page": NUMBER,
    "PageToken": r"[!-~]+",
}
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
SID = f"SM{1:032}"
A_MESSAGE = {"sid": SID, "status": "queued", "body": TEXT, "date_created": "Wed, 02 Dec 2026 20:30:00 +0000"}


@dataclass(frozen=True)
class Request:
    """One request as it came over the wire."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @classmethod
    def read(cls, raw: bytes) -> "Request":
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("ascii").split("\r\n")
        method, target, version = first.split(" ")
        assert version == "HTTP/1.1"
        parts = urlsplit(target)
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), errors="strict")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return cls(method, parts.path, query, headers, body)

    @property
    def form(self) -> list[tuple[str, str]]:
        """The fields of the body, which must be strictly encoded."""
        assert self.headers["content-type"] == "application/x-www-form-urlencoded"
        assert re.fullmatch(rb"([A-Za-z0-9*._~+=&-]|%[0-9A-F]{2})+", self.body)
        return parse_qsl(self.body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")


def check(fields: list[tuple[str, str]], table: dict[str, str]) -> dict[str, str]:
    """Fail where a field is not documented, comes twice, or is not of its documented type."""
    given = dict(fields)
    assert len(given) == len(fields)
    for name, value in fields:
        assert re.fullmatch(table[name], value), (name, value)
    return given


async def requests_for(
    *attempts: Attempt, by_number: bool = False, status_url: str | None = "https://texts.example.org/twilio/status"
) -> list[Request]:
    async with (
        CannedServer(http("201 Created", json.dumps(A_MESSAGE))) as server,
        a_sender(
            server.base_url,
            messaging_service_sid=None if by_number else SERVICE,
            from_number=OUR_NUMBER if by_number else None,
            status_url=status_url,
        ) as sender,
    ):
        for attempt in attempts:
            await sender.send(attempt, NOW)
        return [Request.read(raw) for raw in server.requests]


def an_attempt(key: str = "P-1042/last-meal/1", text: str = TEXT, left: timedelta = timedelta(hours=1)) -> Attempt:
    return Attempt(id=1, key=key, to=PHONE, text=text, latest=NOW + left, ordinal=3)


def check_call(request: Request) -> None:
    """Fail where a request does not say who asks, as Twilio wants it."""
    assert request.headers["authorization"] == f"Basic {base64.b64encode(f'{ACCOUNT}:{TOKEN}'.encode()).decode()}"
    assert request.headers["accept"] == "application/json"
    assert request.headers["user-agent"].startswith("twilio-python/")


@pytest.mark.parametrize("by_number", [False, True])
@pytest.mark.parametrize(
    "attempt",
    [
        an_attempt(),
        an_attempt(key="Müller & Söhne #7/last-meal/12"),
        an_attempt(key="a b+c/100%/1?x=y&z"),
        an_attempt(text="¿Mañana? 李 🩺 & = + % ; \n"),
        an_attempt(text="a" * 1600),
        an_attempt(left=timedelta(milliseconds=1)),
        an_attempt(left=timedelta(days=30)),
    ],
    ids=["usual", "odd key", "odder key", "odd text", "long text", "last moment", "long before"],
)
@in_a_loop
async def test_a_create_call_has_what_is_required_and_nothing_undocumented(attempt: Attempt, by_number: bool) -> None:  # noqa: FBT001 - a parameter of the test
    (request,) = await requests_for(attempt, by_number=by_number)
    check_call(request)
    assert (request.method, request.path, request.query) == ("POST", f"{MESSAGES}.json", [])
    fields = check(request.form, CREATE)
    assert {"To", "Body"} <= fields.keys()
    assert len({"From", "MessagingServiceSid"} & fields.keys()) == 1
    assert 1 <= int(fields["ValidityPeriod"]) <= 36_000
    assert (fields["To"], fields["Body"]) == (attempt.to, attempt.text)


@in_a_loop
async def test_a_create_call_names_our_address_for_what_becomes_of_the_text() -> None:
    (request,) = await requests_for(an_attempt(key="Müller & Söhne/last-meal/1"))
    address = check(request.form, CREATE)["StatusCallback"]
    assert address == (
        "https://texts.example.org/twilio/status?key=M%C3%BCller%20%26%20S%C3%B6hne%2Flast-meal%2F1&attempt=3#rc=5&rp=all"
    )


@in_a_loop
async def test_without_a_public_address_no_report_is_asked_for() -> None:
    (request,) = await requests_for(an_attempt(), status_url=None)
    assert "StatusCallback" not in check(request.form, CREATE)


@in_a_loop
async def test_a_fetch_call_names_the_message_and_nothing_else() -> None:
    async with CannedServer(http("200 OK", json.dumps(A_MESSAGE))) as server, a_sender(server.base_url) as sender:
        await sender.fetch(SID)
        (request,) = [Request.read(raw) for raw in server.requests]
    check_call(request)
    assert (request.method, request.path, request.query) == ("GET", f"{MESSAGES}/{SID}.json", [])
    assert request.body == b""


@in_a_loop
async def test_a_list_call_asks_by_recipient_page_by_page() -> None:
    following = f"{MESSAGES}.json?To=%2B17205550134&PageSize=100&Page=1&PageToken=PASM1"
    pages = [
        http("200 OK", json.dumps({"messages": [A_MESSAGE], "next_page_uri": following})),
        http("200 OK", json.dumps({"messages": [], "next_page_uri": None})),
    ]
    async with CannedServer(*pages) as server, a_sender(server.base_url) as sender:
        assert await sender.find(PHONE, TEXT, NOW) is not None
        first, second = [Request.read(raw) for raw in server.requests]
    for request in (first, second):
        check_call(request)
        assert (request.method, request.path, request.body) == ("GET", f"{MESSAGES}.json", b"")
        assert 1 <= int(check(request.query, LIST)["PageSize"]) <= 1000
    assert first.query == [("To", PHONE), ("PageSize", "100")]
    assert second.query == [("To", PHONE), ("PageSize", "100"), ("Page", "1"), ("PageToken", "PASM1")]
