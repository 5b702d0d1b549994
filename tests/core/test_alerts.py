"""What the staff read on their channels."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifier.core import alerts
from notifier.core.alerts import AlertKind, Cause, Message, message_of
from notifier.core.calls import CallReason
from tests.builders import NOON

DENVER = ZoneInfo("America/Denver")
CHECK = "“notifier check” lists every mistake with its line."
CALLS = "“notifier calls” lists whom to call, why, what to say and by when."


def a_call(number: int = 17, patient: str = "P-1042", reason: CallReason = CallReason.REFUSED, hours: int = 4) -> Cause:
    """Return a call to be made so many hours after noon UTC, which is 05:00 in Denver."""
    return alerts.call_wanted(number, patient, reason, NOON, NOON + timedelta(hours=hours))


def message(*causes: Cause, digest_over: int = 5) -> Message:
    return message_of(causes, DENVER, digest_over)


def test_one_patient_to_call_is_told_by_booking_reason_and_time() -> None:
    assert message(a_call()) == Message(
        "notifier: 1 patient to call",
        f"P-1042: text refused (entry 17), call by Wed 2026-12-02 09:00 (America/Denver)\n\n{CALLS}",
    )


def test_calls_to_one_patient_are_one_patient_to_call() -> None:
    assert message(a_call(17), a_call(18, reason=CallReason.MOVED)).title == "notifier: 1 patient to call"


def test_the_most_urgent_call_comes_first() -> None:
    said = message(a_call(17, "P-1", hours=9), a_call(18, "P-2", hours=1))
    assert said.title == "notifier: 2 patients to call"
    assert [line[:3] for line in said.body.splitlines()[:2]] == ["P-2", "P-1"]


def test_more_than_the_digest_allows_are_counted_by_reason_with_the_first_deadline() -> None:
    calls = [a_call(number, f"P-{number}", hours=number) for number in (3, 4, 5)]
    calls += [a_call(number, f"P-{number}", CallReason.OPTED_OUT, hours=number) for number in (1, 2)]
    said = message(*calls, a_call(9, "P-5", CallReason.MOVED, hours=9))
    assert said == Message(
        "notifier: 5 patients to call",
        "opted out: 2\ntext refused: 3\nprocedure moved: 1\n"
        f"The first call is to be made by Wed 2026-12-02 06:00 (America/Denver).\n\n{CALLS}",
    )


def test_as_many_as_the_digest_allows_are_told_one_by_one() -> None:
    calls = [a_call(number, f"P-{number}") for number in range(5)]
    assert len(message(*calls).body.splitlines()) == 5 + 2


def test_what_stands_alone_in_a_digest_is_told_in_full() -> None:
    said = message(
        alerts.errors_in("clinic.yaml", 1), alerts.errors_in("protocols/mild.yaml", 2), alerts.texts_overdue(),
        digest_over=2,
    )  # fmt: skip
    assert said.body.splitlines()[:2] == ["Texts are overdue by more than ten minutes.", "errors in the files: 2"]
    assert "call is to be made" not in said.body


def test_a_stop_of_dispatch_leads_whatever_else_there_is() -> None:
    said = message(a_call(), alerts.dispatch_stopped(NOON, "20003"))
    assert said.title == "notifier: no text goes out, the provider refuses our settings, and more"
    assert said.body.startswith("The provider refuses our settings (code 20003): no text goes out.\nP-1042: ")
    assert said.body.endswith(f"all go out again by themselves.\n{CALLS}")


@pytest.mark.parametrize(
    ("cause", "title", "body"),
    [
        (
            alerts.dispatch_stopped(NOON, None),
            "no text goes out, the provider refuses our settings",
            (
                "The provider refuses our settings (code unknown): no text goes out.\n\n"
                "Mend the account's settings; once a text gets through, all go out again by themselves."
            ),
        ),
        (
            alerts.paused(NOON, "Ann Lee"),
            "paused, no text goes out",
            "Paused by Ann Lee: no text goes out.\n\n“notifier resume” ends the pause.",
        ),
        (
            alerts.goes_on(7, AlertKind.STOPPED, "notifier"),
            "texts go out again",
            "Texts go out again: the provider takes texts again.",
        ),
        (
            alerts.goes_on(7, AlertKind.PAUSED, "Ann Lee"),
            "texts go out again",
            "Texts go out again: Ann Lee has ended the pause.",
        ),
        (
            alerts.change_waits(["It would send 60 late texts at once."]),
            "a change in the files waits for a person",
            (
                "A change in the files waits for a person. It would send 60 late texts at once.\n\n"
                "“notifier changes” shows it; “notifier changes --accept” applies it."
            ),
        ),
        (
            alerts.last_good("clinic.yaml"),
            "a file's last good version is in force",
            f"clinic.yaml cannot be used; its last good version is in force.\n\n{CHECK}",
        ),
        (
            alerts.errors_in("protocols/mild.yaml", 1),
            "errors in the schedule files",
            f"protocols/mild.yaml has 1 error.\n\n{CHECK}",
        ),
        (
            alerts.errors_in("patients/maria-garcia.yaml", 3),
            "errors in the schedule files",
            f"A patients file has 3 errors.\n\n{CHECK}",
        ),
        (
            alerts.texts_overdue(),
            "texts are overdue",
            "Texts are overdue by more than ten minutes.\n\nSee “notifier status” and the service's log.",
        ),
        (
            alerts.ledger_fails(),
            "no text goes out, the ledger fails",
            "The ledger cannot be read or written: no text goes out.\n\nLook at the disk and at the service's log.",
        ),
    ],
)
def test_each_kind_says_what_is_the_matter_before_what_to_do(cause: Cause, title: str, body: str) -> None:
    assert message(cause) == Message(f"notifier: {title}", body)


def test_times_are_by_the_clock_that_is_given() -> None:
    assert "Wed 2026-12-02 16:00 (UTC)" in message_of([a_call()], UTC, 5).body


LATER = datetime(2026, 12, 2, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (a_call(17), a_call(17), True),
        (a_call(17), a_call(18), False),
        (a_call(17), alerts.call_wanted(17, "P-1042", CallReason.REFUSED, LATER, NOON), False),  # opened again
        (alerts.dispatch_stopped(NOON, "20003"), alerts.dispatch_stopped(LATER, "20003"), False),
        (alerts.paused(NOON, "Ann"), alerts.paused(LATER, "Ann"), False),
        (alerts.paused(NOON, "Ann"), alerts.dispatch_stopped(NOON, None), False),
        (alerts.goes_on(7, AlertKind.PAUSED, "Ann"), alerts.goes_on(8, AlertKind.PAUSED, "Ann"), False),
        (alerts.change_waits(["One reason."]), alerts.change_waits(["Another."]), True),
        (alerts.last_good("clinic.yaml"), alerts.last_good("protocols/mild.yaml"), False),
        (alerts.errors_in("clinic.yaml", 1), alerts.errors_in("clinic.yaml", 2), True),
        (alerts.errors_in("clinic.yaml", 1), alerts.last_good("clinic.yaml"), False),
    ],
)
def test_a_cause_is_the_same_for_as_long_as_it_lasts(one: Cause, other: Cause, *, is_same: bool) -> None:
    assert (one.name == other.name) is is_same
