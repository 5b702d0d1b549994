"""Just before an attempt and just after: does a due text go now, later or never, and when is it tried again."""

from datetime import timedelta

import pytest

from notifier.core.attempts import Go, Verdict, before_attempt, next_try
from notifier.core.delivery import AnswerKind
from tests.builders import a_record
from tests.core.clinics import local

NOW = local("2026-12-02 12:00")


@pytest.mark.parametrize(
    ("place", "now", "latest", "expected"),
    [
        pytest.param("12:00", "12:00:00", "22:00", Verdict(Go.NOW), id="on time"),
        pytest.param("12:00", "12:10:00", "22:00", Verdict(Go.NOW), id="10 minutes past its place"),
        pytest.param("12:00", "12:10:01", "22:00", Verdict(Go.NOW), id="longer past it, but the day still allows it"),
        pytest.param("20:58", "21:08:00", "22:00", Verdict(Go.NOW), id="within 10 minutes, into quiet hours"),
        pytest.param(
            "12:00", "22:00:00", "22:00", Verdict(Go.NEVER, reason="missed its window"), id="only quiet minutes left"
        ),
        pytest.param(
            "12:00", "12:05:01", "12:05", Verdict(Go.NEVER, reason="missed its window"), id="a second after L"
        ),
        pytest.param("12:00", "12:05:00", "12:05", Verdict(Go.NOW), id="at L itself"),
        pytest.param("12:00", "12:20:30", "12:21", Verdict(Go.NOW), id="in the minute before L"),
    ],
)
def test_a_due_text_is_looked_at_again(place: str, now: str, latest: str, expected: Verdict) -> None:
    day = "2026-12-02 {}"
    record = a_record(critical=False, latest=local(day.format(latest)), send_at=local(day.format(place)))
    assert before_attempt(record, local(day.format(now))) == expected


def test_what_an_outage_delayed_into_the_night_waits_for_the_morning() -> None:
    record = a_record(send_at=local("2026-12-02 19:00"), latest=local("2026-12-03 06:00"))
    verdict = before_attempt(record, local("2026-12-02 21:30"))
    assert verdict == Verdict(Go.LATER, local("2026-12-03 05:00"), "late")


def test_a_delayed_text_waits_out_the_last_seconds_of_the_quiet_hours() -> None:
    record = a_record(critical=False, send_at=local("2026-12-02 19:00"), latest=local("2026-12-03 12:00"))
    verdict = before_attempt(record, local("2026-12-03 04:59:30"))
    assert verdict == Verdict(Go.LATER, local("2026-12-03 05:00"), "late")


def test_a_delayed_critical_text_with_only_quiet_minutes_left_goes_at_once() -> None:
    record = a_record(critical=True, send_at=local("2026-12-02 19:00"), latest=local("2026-12-02 22:00"))
    verdict = before_attempt(record, local("2026-12-02 21:30:20"))
    assert verdict == Verdict(Go.NOW, reason="quiet hours give way")


def test_a_message_without_a_place_or_a_latest_never_goes() -> None:
    assert before_attempt(a_record(send_at=None), NOW).go is Go.NEVER
    assert before_attempt(a_record(latest=None, send_at=NOW), NOW) == Verdict(Go.NEVER, reason="missed its window")


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 600), (7, 600), (1000, 600)],
)
def test_the_wait_doubles_from_half_a_minute_to_ten(tries: int, seconds: int) -> None:
    assert next_try(AnswerKind.TEMPORARY, tries, NOW, jitter=0) == NOW + timedelta(seconds=seconds)


def test_what_met_a_mistake_in_our_settings_waits_for_nothing_but_their_mending() -> None:
    assert next_try(AnswerKind.CONFIGURATION, 7, NOW, jitter=1) == NOW


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 60), (0.5, 75), (1.0, 90)])
def test_the_wait_is_stretched_by_up_to_a_half(jitter: float, seconds: int) -> None:
    assert next_try(AnswerKind.TEMPORARY, 2, NOW, jitter) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(("retry_after", "seconds"), [(None, 30), (0.5, 30), (45.5, 45.5), (3600, 3600)])
def test_the_wait_is_never_shorter_than_the_provider_asked(retry_after: float | None, seconds: float) -> None:
    assert next_try(AnswerKind.TEMPORARY, 1, NOW, 0, retry_after) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("kind", [AnswerKind.ACCEPTED, AnswerKind.REFUSED, AnswerKind.STALE, AnswerKind.IN_DOUBT])
def test_what_was_taken_refused_or_may_have_been_taken_is_not_asked_again(kind: AnswerKind) -> None:
    assert next_try(kind, 1, NOW, 0) is None
