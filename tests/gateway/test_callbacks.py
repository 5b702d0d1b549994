"""What Twilio posts to us: our own address comes back as we wrote it, and the form says what it says."""

import string
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.core.delivery import AnswerKind, Receipt
from notifier.core.replies import Inbound
from notifier.gateway.callbacks import callback_url, read_inbound, read_status

URL = "https://texts.example.org/twilio/status"
REPORT = {"MessageSid": "SM1", "MessageStatus": "sent"}


def test_the_address_carries_the_message_and_the_attempt_and_asks_to_be_called_again() -> None:
    url = callback_url(URL, "P-1042/last-meal/1", 2)
    assert url == f"{URL}?key=P-1042%2Flast-meal%2F1&attempt=2#rc=5&rp=all"


@given(key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), ordinal=st.integers(1, 1000))
@example(key="Müller & Söhne #7/last-meal/1", ordinal=1)
@example(key="100%/a+b c/1?x=y", ordinal=1)
def test_every_key_comes_back_as_it_was(key: str, ordinal: int) -> None:
    url = callback_url(URL, key, ordinal)
    assert set(url) <= set(string.ascii_letters + string.digits + "-._~:/?#=&%")
    query = dict(parse_qsl(urlsplit(url).query))
    assert read_status(query, REPORT) == Receipt("SM1", "sent", key=key, ordinal=ordinal)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"key": "P-1042/last-meal/1"},
        {"attempt": "1"},
        {"key": "", "attempt": "1"},
        {"key": "P-1042/last-meal/1", "attempt": "first"},
        {"key": "P-1042/last-meal/1", "attempt": "0"},
        {"key": "P-1042/last-meal/1", "attempt": "-1"},
        {"key": "P-1042/last-meal/1", "attempt": "\u0661"},
        {"key": "P-1042/last-meal/1", "attempt": "1" * 5000},
    ],
)
def test_an_address_that_names_no_attempt_leaves_the_receipt_its_sid(query: dict[str, str]) -> None:
    assert read_status(query, REPORT) == Receipt("SM1", "sent")


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("delivered", None, Receipt("SM1", "delivered")),
        ("sent", "0", Receipt("SM1", "sent")),
        ("undelivered", "30003", Receipt("SM1", "undelivered", "30003", AnswerKind.TEMPORARY)),
        ("undelivered", "30005", Receipt("SM1", "undelivered", "30005", AnswerKind.REFUSED)),
        ("failed", "21610", Receipt("SM1", "failed", "21610", AnswerKind.OPTED_OUT)),
        ("failed", "30036", Receipt("SM1", "failed", "30036", AnswerKind.STALE)),
        ("failed", "30034", Receipt("SM1", "failed", "30034", AnswerKind.CONFIGURATION)),
        ("failed", "20500", Receipt("SM1", "failed", "20500", AnswerKind.REFUSED)),
        ("failed", "99999", Receipt("SM1", "failed", "99999", AnswerKind.REFUSED)),
        ("failed", None, Receipt("SM1", "failed", None, AnswerKind.REFUSED)),
        ("failed", "words", Receipt("SM1", "failed", None, AnswerKind.REFUSED)),
        ("canceled", None, Receipt("SM1", "canceled", None, AnswerKind.REFUSED)),
    ],
)
def test_a_failure_says_what_its_code_calls_for(status: str, code: str | None, expected: Receipt) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": status} | ({} if code is None else {"ErrorCode": code})
    assert read_status({}, form) == expected


@pytest.mark.parametrize("name", ["MessageSid", "MessageStatus"])
def test_a_report_without_a_message_or_a_status_is_none(name: str) -> None:
    assert read_status({}, {**REPORT, name: ""}) is None
    assert read_status({}, {field: value for field, value in REPORT.items() if field != name}) is None


def test_a_reply_is_what_the_phone_wrote() -> None:
    form = {"MessageSid": "SM1", "From": "+17205550134", "Body": " Stop \n", "OptOutType": "STOP", "FromZip": ""}
    assert read_inbound(form) == Inbound("SM1", "+17205550134", " Stop \n", "STOP")


def test_a_picture_without_words_is_an_empty_reply() -> None:
    assert read_inbound({"MessageSid": "MM1", "From": "+17205550134"}) == Inbound("MM1", "+17205550134", "", None)


@pytest.mark.parametrize("form", [{}, {"MessageSid": "SM1"}, {"From": "+17205550134"}, {"MessageSid": "", "From": "x"}])
def test_a_reply_without_a_message_or_a_phone_is_none(form: dict[str, str]) -> None:
    assert read_inbound(form) is None
