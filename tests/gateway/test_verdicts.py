"""The table of error classes: every code that we know, and what becomes of those that we do not."""

import aiohttp
import pytest

from notifier.core.delivery import AnswerKind
from notifier.gateway.verdicts import class_of, verdict, verdict_on_failure

# Written out a second time, from the design's list, so that a slip in either shows.
CLASSES = {
    AnswerKind.TEMPORARY: "20429 21611 21730 35125 30001 30003 30008 30017 30020 30021 30022 30047 30450 30500",
    AnswerKind.IN_DOUBT: "20500 20503",
    AnswerKind.REFUSED: "21211 21214 21217 21612 21614 21635 30004 30005 30006 21602 21617 30007 30019 30409",
    AnswerKind.OPTED_OUT: "21610",
    AnswerKind.STALE: "30036",
    AnswerKind.CONFIGURATION: (
        "20003 20005 20006 20403 20404 21212 21408 21603 21606 21608 21609 21624 21701 21702 21703 21704 21705 "
        "30002 30018 30024 30032 30033 30034 30035 35111 35114 35115 35118"
    ),
}


@pytest.mark.parametrize(
    ("code", "kind"),
    [(int(code), kind) for kind, codes in CLASSES.items() for code in codes.split()],
)
def test_every_code_that_we_know_has_its_class(code: int, kind: AnswerKind) -> None:
    assert verdict(400, code) is kind


def test_an_unknown_code_goes_to_a_person() -> None:
    assert verdict(400, 99_999) is AnswerKind.REFUSED
    assert verdict(400, None) is AnswerKind.REFUSED


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
@pytest.mark.parametrize("code", [None, 20500, 20503, 21610, 99_999])
def test_a_failure_of_the_server_leaves_doubt_whatever_code_it_gives(status: int, code: int | None) -> None:
    assert verdict(status, code) is AnswerKind.IN_DOUBT


@pytest.mark.parametrize("code", [None, 20429, 21610])
def test_too_many_requests_were_never_processed_whatever_code_they_get(code: int | None) -> None:
    assert verdict(429, code) is AnswerKind.TEMPORARY


@pytest.mark.parametrize("status", [301, 302, 307, 308, 401, 403, 404, 405, 407])
def test_what_a_wrong_address_or_a_proxy_answers_burns_no_message(status: int) -> None:
    assert verdict(status, None) is AnswerKind.CONFIGURATION


def test_wrong_credentials_burn_no_message_whatever_code_they_get() -> None:
    assert verdict(401, 99_999) is AnswerKind.CONFIGURATION


def test_a_proxy_that_tired_of_waiting_leaves_doubt() -> None:
    assert verdict(408, None) is AnswerKind.IN_DOUBT


@pytest.mark.parametrize(
    ("failure", "kind", "word"),
    [
        (aiohttp.ConnectionTimeoutError(), AnswerKind.TEMPORARY, "connect-time-out"),
        (aiohttp.ServerTimeoutError(), AnswerKind.IN_DOUBT, "time-out"),
        (TimeoutError(), AnswerKind.IN_DOUBT, "time-out"),
        (aiohttp.ServerDisconnectedError(), AnswerKind.IN_DOUBT, "reset"),
        (aiohttp.ClientOSError(104, "reset"), AnswerKind.IN_DOUBT, "reset"),
        (aiohttp.ClientPayloadError(), AnswerKind.IN_DOUBT, "cut-off"),
        (ValueError(), AnswerKind.IN_DOUBT, "unreadable"),
        (RecursionError(), AnswerKind.IN_DOUBT, "unreadable"),
    ],
)
def test_only_a_failure_before_the_request_was_written_is_no_doubt(
    failure: Exception, kind: AnswerKind, word: str
) -> None:
    assert verdict_on_failure(failure) == (kind, word)


@pytest.mark.parametrize(
    ("code", "class_"),
    [
        ("30006", "answer"),
        ("503", "answer"),
        (None, "answer"),
        ("dns", "dns"),
        ("reset", "reset"),
        ("broken: KeyError", "broken"),
    ],
)
def test_failures_are_counted_in_few_classes(code: str | None, class_: str) -> None:
    assert class_of(code) == class_
