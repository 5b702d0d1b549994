"""What the ledger tells people: a day's report, a patient's story, how things stand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from notifier.actions.report_day import Tally, report_day
from notifier.actions.take_stock import take_stock
from notifier.actions.tell_day import called, why_missed
from notifier.actions.tell_story import tell_story
from notifier.clock import JumpingClock
from notifier.core.calls import CallReason
from notifier.core.delivery import Answer, AnswerKind, Record
from notifier.core.lifecycle import State
from notifier.ledger.opening import Ledger
from tests.actions.steps import DENVER, denver, record, send
from tests.builders import a_call, a_record
from tests.fakes.fake_sender import FakeSender

DUE = denver("2026-12-02 13:30")
REFUSED = Answer(AnswerKind.REFUSED, code="30006")
DOUBT = Answer(AnswerKind.IN_DOUBT, code="time-out")


def a_text(step: str, place: str, **fields: object) -> Record:
    """Return a text placed at a wall time in Denver, and useful for four hours."""
    return text_at(step, denver(place), **fields)


def text_at(step: str, at: datetime, **fields: object) -> Record:
    return a_record(**{"step": step, "place": at, "earliest": at, "latest": at + timedelta(hours=4), **fields})


def test_a_report_holds_what_was_to_go_out_on_a_day_by_the_clinics_clock(ledger: Ledger) -> None:
    record(
        ledger,
        a_text("the-day-before", "2026-12-01 23:59"),
        a_text("first", "2026-12-02 00:00"),
        a_text("last", "2026-12-02 23:59"),
        a_text("the-day-after", "2026-12-03 00:00"),
        now=denver("2026-11-20 09:00"),
    )
    report = report_day(ledger, date(2026, 12, 2), DENVER)
    assert [one.draft.step for one in report.messages] == ["first", "last"]
    assert report.counts == {State.PLANNED: 2}
    assert report.not_reached == ()


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25)])
def test_the_day_of_a_clock_change_is_reported_whole(ledger: Ledger, day: str, hours: int) -> None:
    start = denver(f"{day} 00:00").astimezone(UTC)
    texts = [text_at(f"hour-{hour}", start + timedelta(hours=hour)) for hour in range(26)]
    record(ledger, *texts, now=denver("2026-01-20 09:00"))
    assert len(report_day(ledger, date.fromisoformat(day), DENVER).messages) == hours


def test_a_report_names_what_did_not_arrive(ledger: Ledger) -> None:
    texts = [a_text(f"text-{number}", "2026-12-02 13:30", to=f"+1720555010{number}") for number in range(3)]
    record(ledger, *texts, now=DUE)
    send(ledger, FakeSender(REFUSED, DOUBT), JumpingClock(DUE))
    report = report_day(ledger, date(2026, 12, 2), DENVER)
    assert {one.state for one in report.not_reached} == {State.REFUSED, State.IN_DOUBT}
    assert report.counts[State.ACCEPTED] == 1


def test_a_report_does_not_miss_a_text_whose_next_revision_went_out(ledger: Ledger) -> None:
    first = a_text("last-meal", "2026-12-02 13:30")
    record(ledger, first, now=DUE)
    send(ledger, FakeSender(REFUSED), JumpingClock(DUE))
    report = report_day(ledger, date(2026, 12, 2), DENVER)
    assert (report.tally, len(report.missed)) == (Tally(expected=1, sent=0, delivered=0), 1)
    record(ledger, first._replace(revision=2), now=DUE)
    report = report_day(ledger, date(2026, 12, 2), DENVER)
    assert (report.not_reached, report.missed) == ((), ())
    assert report.tally == report.steps["last-meal"] == Tally(expected=1, sent=0, delivered=0)
    send(ledger, FakeSender(), JumpingClock(DUE + timedelta(minutes=1)))
    assert report_day(ledger, date(2026, 12, 2), DENVER).tally == Tally(expected=1, sent=1, delivered=0)


def test_a_story_has_each_text_each_attempt_and_all_that_happened(ledger: Ledger) -> None:
    clock = JumpingClock(DUE)
    record(ledger, a_text("last-meal", "2026-12-02 13:30"), now=DUE)
    send(ledger, FakeSender(Answer(AnswerKind.TEMPORARY, code="20429")), clock)
    clock.wait(timedelta(minutes=1))
    send(ledger, FakeSender(), clock)
    story = tell_story(ledger, "P-1042")
    assert [one.key for one in story.messages] == ["P-1042/last-meal/1"]
    assert [past.answer and past.answer.code for past in story.attempts] == ["20429", None]
    assert [event.what for event in story.events] == ["new", "claimed", "postponed", "claimed", "accepted"]
    assert not story.is_empty


def test_nobody_knows_a_story_of_a_patient_who_never_was(ledger: Ledger) -> None:
    assert tell_story(ledger, "P-9999").is_empty


def test_stock_tells_what_is_next_and_what_is_overdue(ledger: Ledger) -> None:
    record(ledger, a_text("first", "2026-12-02 13:30"), a_text("second", "2026-12-02 15:00"), now=DUE)
    stock = take_stock(ledger, DUE + timedelta(minutes=10))
    assert stock.standing.next_due == denver("2026-12-02 15:00")
    assert stock.standing.oldest_overdue == DUE
    assert not stock.is_overdue(DUE + timedelta(minutes=10))
    assert stock.is_overdue(DUE + timedelta(minutes=11))
    assert stock.counts == {State.PLANNED: 2}


def test_nothing_is_overdue_in_an_empty_ledger(ledger: Ledger) -> None:
    stock = take_stock(ledger, DUE)
    assert not stock.is_overdue(DUE)
    assert stock.standing.last_event is None


def test_a_critical_text_that_did_not_do_its_job_is_in_the_stock_for_a_week(ledger: Ledger) -> None:
    texts = [
        a_text("critical", "2026-12-02 13:30", to="+17205550101"),
        a_text("pleasant", "2026-12-02 13:30", to="+17205550102", critical=False),
    ]
    record(ledger, *texts, now=DUE)
    send(ledger, FakeSender(REFUSED, REFUSED), JumpingClock(DUE))
    assert [one.draft.step for one in take_stock(ledger, DUE + timedelta(days=6)).not_reached] == ["critical"]
    assert take_stock(ledger, DUE + timedelta(days=8)).not_reached == ()


def test_a_text_that_was_too_late_from_the_start_matters_until_the_procedures_day(ledger: Ledger) -> None:
    planned = a_text("last-meal", "2026-12-02 13:30")
    record(ledger, planned._replace(state=State.EXPIRED, reason="too-late", send_at=None), now=DUE)
    assert len(take_stock(ledger, denver("2026-12-03 23:00")).not_reached) == 1
    assert take_stock(ledger, denver("2026-12-04 01:00")).not_reached == ()


def test_a_text_that_missed_its_window_is_in_the_stock(ledger: Ledger) -> None:
    record(ledger, a_text("last-meal", "2026-12-02 13:30"), now=DUE)
    after = denver("2026-12-02 17:31")
    send(ledger, FakeSender(), JumpingClock(after))
    assert [one.reason for one in take_stock(ledger, after).not_reached] == ["missed its window"]


def test_a_report_tells_of_each_critical_text_that_was_missed_whether_somebody_called(ledger: Ledger) -> None:
    texts = [a_text(f"text-{number}", "2026-12-02 13:30", to=f"+1720555010{number}") for number in range(2)]
    held = a_text("held", "2026-12-02 15:00", state=State.HELD, reason="no consent", send_at=None)
    record(ledger, *texts, held, now=DUE)
    send(ledger, FakeSender(REFUSED, REFUSED), JumpingClock(DUE))
    with ledger.writing() as book:
        entry = book.open_call(a_call(about="P-1042/text-0/1", reason=CallReason.REFUSED), DUE)
        book.close_call(entry.id, "Ann", None, DUE)
    report = report_day(ledger, date(2026, 12, 2), DENVER)
    told = [(one.record.draft.step, one.code, why_missed(one), called(one)) for one in report.missed]
    assert told == [
        ("text-0", "30006", "code 30006", "closed by Ann"),
        ("text-1", "30006", "code 30006", ""),
        ("held", None, "no consent", ""),
    ]
    assert report.tally == Tally(expected=2, sent=0, delivered=0)
