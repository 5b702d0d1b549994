"""What the ledger and the provider say of a message."""

from dataclasses import replace

import pytest

from notifier.core.delivery import Answer, AnswerKind, Attempt, Receipt, message_key
from notifier.core.lifecycle import Happening
from tests.builders import NOON, a_record


def test_a_message_is_named_by_booking_step_and_revision() -> None:
    assert message_key("P-1042", "last-meal", 1) == "P-1042/last-meal/1"
    assert a_record(patient="P-7", step="welcome", revision=2).key == "P-7/welcome/2"


def test_an_attempt_is_the_n_th_try_of_those_that_were_not_spared() -> None:
    attempt = Attempt(1, "P-1042/last-meal/1", "+17205550134", "A text.", NOON, 5)
    assert (attempt.tries, replace(attempt, spared=3).tries) == (5, 2)


def test_an_accepted_message_has_the_providers_name() -> None:
    assert Answer(AnswerKind.ACCEPTED, sid="SM1").sid == "SM1"
    with pytest.raises(ValueError, match=r"^an accepted message has the provider's sid$"):
        Answer(AnswerKind.ACCEPTED)


@pytest.mark.parametrize("kind", [kind for kind in AnswerKind if kind is not AnswerKind.ACCEPTED])
def test_any_other_answer_may_come_without_one(kind: AnswerKind) -> None:
    assert Answer(kind).sid is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("accepted", Happening.ACCEPT),
        ("scheduled", Happening.ACCEPT),
        ("queued", Happening.ACCEPT),
        ("sending", Happening.ACCEPT),
        ("sent", Happening.RECEIPT_SENT),
        ("delivered", Happening.RECEIPT_DELIVERED),
        ("read", Happening.RECEIPT_DELIVERED),
        ("undelivered", Happening.RECEIPT_UNDELIVERED),
        ("failed", Happening.RECEIPT_FAILED),
        ("canceled", Happening.RECEIPT_FAILED),
        ("a word of next year", None),
    ],
)
def test_each_word_of_the_provider_has_its_meaning(status: str, expected: Happening | None) -> None:
    assert Receipt("SM1", status).happening == expected


@pytest.mark.parametrize("status", ["undelivered", "failed"])
@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (AnswerKind.TEMPORARY, Happening.RECEIPT_RETRY),
        (AnswerKind.CONFIGURATION, Happening.RECEIPT_RETRY),
        (AnswerKind.OPTED_OUT, Happening.REFUSE),
    ],
)
def test_a_text_that_did_not_arrive_goes_again_where_its_code_says_so(
    status: str, verdict: AnswerKind, expected: Happening
) -> None:
    assert Receipt("SM1", status, "30003", verdict).happening == expected


@pytest.mark.parametrize("verdict", [AnswerKind.REFUSED, AnswerKind.STALE, None])
def test_a_text_that_did_not_arrive_and_never_will_has_failed(verdict: AnswerKind | None) -> None:
    assert Receipt("SM1", "failed", "30005", verdict).happening == Happening.RECEIPT_FAILED


def test_what_the_code_of_a_text_that_arrived_would_mean_does_not_matter() -> None:
    assert Receipt("SM1", "delivered", None, AnswerKind.TEMPORARY).happening == Happening.RECEIPT_DELIVERED


@pytest.mark.parametrize(
    ("status", "is_failure"),
    [
        ("queued", False),
        ("delivered", False),
        ("undelivered", True),
        ("failed", True),
        ("canceled", True),
        ("odd", False),
    ],
)
def test_what_did_not_arrive_is_told_from_what_did_or_may(status: str, is_failure: bool) -> None:  # noqa: FBT001 (a case)
    assert Receipt("SM1", status, verdict=AnswerKind.TEMPORARY).is_failure is is_failure


def test_a_message_without_its_phone_was_purged() -> None:
    assert a_record(to="").is_purged
    assert not a_record().is_purged
