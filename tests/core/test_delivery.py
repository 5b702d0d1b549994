"""What the ledger and the provider say of a message."""

import pytest

from notifier.core.delivery import Answer, AnswerKind, Receipt, message_key
from notifier.core.lifecycle import Happening
from tests.builders import a_record


def test_a_message_is_named_by_booking_step_and_revision() -> None:
    assert message_key("P-1042", "last-meal", 1) == "P-1042/last-meal/1"
    assert a_record(patient="P-7", step="welcome", revision=2).key == "P-7/welcome/2"


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
        ("accepted", None),
        ("scheduled", None),
        ("queued", None),
        ("sending", None),
        ("sent", Happening.RECEIPT_SENT),
        ("delivered", Happening.RECEIPT_DELIVERED),
        ("read", Happening.RECEIPT_DELIVERED),
        ("undelivered", Happening.RECEIPT_UNDELIVERED),
        ("failed", Happening.RECEIPT_FAILED),
        ("canceled", Happening.RECEIPT_FAILED),
        ("a word of next year", None),
    ],
)
def test_each_word_of_the_provider_means_something_or_only_that_it_is_on_its_way(
    status: str, expected: Happening | None
) -> None:
    assert Receipt("SM1", status).happening == expected
