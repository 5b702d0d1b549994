"""The call about what a patient wrote: whose it is, what to say, and until when."""

from datetime import timedelta

import pytest

from notifier.core.calls import Call, CallReason, call_about_reply
from notifier.core.replies import Inbound
from tests.builders import NOON, PROCEDURE, a_record

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PHONE = "+17205550134"
WROTE = Inbound("SM1", PHONE, "Can I drink\n coffee? ")


def test_what_was_written_is_said_in_one_line() -> None:
    assert call_about_reply(7, WROTE, CallReason.WROTE, [a_record(latest=NOON + HOUR)], NOON) == Call(
        "P-1042", CallReason.WROTE, "reply 7", None, PHONE, "They wrote: “Can I drink coffee?”", NOON + HOUR
    )


def test_whoever_has_to_decide_is_told_how() -> None:
    call = call_about_reply(7, Inbound("SM1", PHONE, "leave me alone"), CallReason.ASKED, [a_record()], NOON)
    assert call.reason is CallReason.ASKED
    assert call.say == (
        "They wrote: “leave me alone” Texts are off until you decide: “notifier optout add” or "
        "“notifier optout remove” +17205550134."
    )


def test_a_reply_without_words_says_so() -> None:
    call = call_about_reply(7, Inbound("SM1", PHONE, " \n"), CallReason.WROTE, [a_record()], NOON)
    assert call.say == "They wrote: nothing in words; a picture perhaps"


def test_the_patient_of_the_first_text_gets_it() -> None:
    texts = [a_record(patient="P-2"), a_record(patient="P-1")]
    assert call_about_reply(7, WROTE, CallReason.WROTE, texts, NOON).patient == "P-2"


@pytest.mark.parametrize(
    ("latest", "critical", "procedure", "by"),
    [
        (NOON + 4 * HOUR, True, PROCEDURE, NOON + 4 * HOUR),
        (NOON + 4 * HOUR, False, NOON + 9 * HOUR, NOON + 9 * HOUR),  # its own L is not what matters
        (NOON, True, NOON + 9 * HOUR, NOON + 9 * HOUR),  # over
        (NOON - HOUR, True, NOON, NOON + DAY),
        (None, True, NOON + 9 * HOUR, NOON + 9 * HOUR),
        (NOON + 3 * DAY, True, NOON + 4 * DAY, NOON + DAY),
    ],
)
def test_it_is_to_be_read_before_the_next_thing_that_matters_and_within_a_day(
    latest: object, procedure: object, by: object, *, critical: bool
) -> None:
    text = a_record(latest=latest, critical=critical, procedure=procedure)
    assert call_about_reply(7, WROTE, CallReason.WROTE, [text], NOON).by == by


def test_the_other_bookings_of_the_phone_count_too() -> None:
    texts = [a_record(latest=NOON - DAY, procedure=NOON - HOUR), a_record(patient="P-2", latest=NOON + 2 * HOUR)]
    assert call_about_reply(7, WROTE, CallReason.WROTE, texts, NOON).by == NOON + 2 * HOUR
