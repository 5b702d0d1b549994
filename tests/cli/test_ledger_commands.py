"""What people ask of the ledger: `show`, `status`, `report`."""

from datetime import timedelta

import pytest

from notifier.clock import JumpingClock, SystemClock
from notifier.core.alerts import change_waits, texts_overdue
from notifier.core.delivery import Answer, AnswerKind
from notifier.ledger.opening import open_ledger
from tests.actions.steps import denver, record, send
from tests.builders import a_record
from tests.cli.rig import Desk
from tests.fakes.clinic_folder import an_entry
from tests.fakes.fake_sender import FakeSender

REFUSED = Answer(AnswerKind.REFUSED, code="30006")


def text_due(desk: Desk, ago: timedelta, *answers: Answer, **fields: object) -> None:
    """Have a critical text in the ledger that was due a while ago; it is sent where there is an answer to it."""
    now = SystemClock().now()
    due = now - ago
    text = a_record(**{"place": due, "earliest": due, "latest": now + timedelta(hours=1), **fields})
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger:
        record(ledger, text, now=due)
        if answers:
            send(ledger, FakeSender(*answers), JumpingClock(due))


def sent_welcome(desk: Desk) -> None:
    """Record Maria's texts and send the first, on Sun Nov 22 at 09:00."""
    desk.record("2026-11-22 09:00")
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger:
        send(ledger, FakeSender(), JumpingClock(denver("2026-11-22 09:00")))


def test_a_story_is_shown_in_the_patients_own_time_and_in_the_words_that_went_out(desk: Desk) -> None:
    desk.entries(an_entry(time_zone="America/New_York"))
    sent_welcome(desk)
    outcome = desk.call("show", "P-1042")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0] == "Texts of P-1042, in America/New_York"
    welcome = next(line for line in lines if line.startswith("welcome"))
    assert "Sun 2026-11-22 11:00" in welcome
    assert "accepted" in welcome
    assert "Reply STOP" in " ".join(outcome.out.split())
    assert ["Sun", "2026-11-22", "11:00:00", "accepted", "welcome/1", "dispatch"] in [line.split() for line in lines]


def test_a_story_is_told_to_programs(desk: Desk) -> None:
    sent_welcome(desk)
    story = desk.call("show", "P-1042", "--json").json
    assert list(story) == ["messages", "attempts", "events", "calls", "replies"]
    assert story["messages"][0]["key"] == "P-1042/welcome/1"
    assert story["messages"][0]["state"] == "accepted"
    assert story["messages"][0]["send_at"] == "2026-11-22T09:00:00-07:00"
    [attempt] = story["attempts"]
    assert (attempt["attempt"], attempt["answer"], attempt["sid"]) == (1, "accepted", "SM1")
    assert attempt["text"].endswith("HELP for help.")
    assert [event["what"] for event in story["events"] if event["key"] == "P-1042/welcome/1"] == [
        "new",
        "claimed",
        "accepted",
    ]


def test_an_attempt_without_an_outcome_is_told_as_one(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    now = denver("2026-11-22 09:00")
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger, ledger.writing() as book:
        book.claim(book.due(now, 1, timedelta(0)), now, timedelta(minutes=2))
    [attempt] = desk.call("show", "P-1042", "--json").json["attempts"]
    assert (attempt["answer"], attempt["ended_at"]) == (None, None)


def test_a_patient_whom_the_ledger_does_not_know_exits_with_one(desk: Desk) -> None:
    desk.have_ledger()
    outcome = desk.call("show", "P-9999")
    assert outcome.code == 1
    assert outcome.out.startswith("The ledger knows no patient P-9999.")
    asked_by_program = desk.call("show", "P-9999", "--json")
    assert asked_by_program.code == 1
    assert asked_by_program.json == {"messages": [], "attempts": [], "events": [], "calls": [], "replies": []}


def test_a_quiet_service_needs_no_person(desk: Desk) -> None:
    text_due(desk, timedelta(hours=-1), latest=SystemClock().now() + timedelta(hours=2))
    outcome = desk.call("status")
    assert outcome.code == 0
    assert outcome.out.startswith("transport      sandbox  (no phone gets any text)\n")
    assert outcome.out.endswith("Nothing needs a person.\n")


def test_status_is_told_to_programs(desk: Desk) -> None:
    text_due(desk, timedelta(minutes=1))
    status = desk.call("status", "--json").json
    keys = ["now", "transport", "states", "next_due", "oldest_overdue", "not_reached", "calls", "paused", "stopped"]
    keys += ["opted_out", "undecided", "replies_to_read", "alerts_not_told", "waits", "last_good", "needs_a_person"]
    assert list(status) == keys
    assert status["states"] == {"planned": 1}
    assert status["oldest_overdue"] is not None
    assert status["needs_a_person"] == []


def test_a_text_overdue_by_more_than_ten_minutes_needs_a_person(desk: Desk) -> None:
    text_due(desk, timedelta(minutes=11))
    outcome = desk.call("status")
    assert outcome.code == 1
    assert "Texts are overdue by more than ten minutes: is “notifier run” running?" in outcome.out


def test_a_critical_text_that_was_refused_needs_a_person(desk: Desk) -> None:
    text_due(desk, timedelta(minutes=1), REFUSED)
    outcome = desk.call("status")
    assert outcome.code == 1
    assert "1 critical text did not do its job; call these patients." in outcome.out
    assert "P-1042/last-meal/1" in outcome.out
    assert desk.call("status", "--json").json["not_reached"] == [{"key": "P-1042/last-meal/1", "state": "refused"}]


def test_an_alert_that_no_channel_has_taken_needs_a_person(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger, ledger.writing() as book:
        book.open_alerts_for([texts_overdue(), change_waits([])], SystemClock().now())
        first, second = book.open_alerts()
        book.alerts_not_told([first.id, second.id])
        book.alerts_told([second.id], SystemClock().now())
    outcome = desk.call("status")
    assert outcome.code == 1
    assert "1 alert that no channel has taken; the service's log says why." in outcome.out
    assert desk.call("status", "--json").json["alerts_not_told"] == 1


def test_files_with_an_error_need_a_person(desk: Desk) -> None:
    desk.have_ledger()
    (desk.folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    outcome = desk.call("status")
    assert outcome.code == 1
    assert "The schedule files have 1 error; see “notifier check”." in outcome.out


def test_an_empty_ledger_has_a_status(desk: Desk) -> None:
    desk.have_ledger()
    outcome = desk.call("status")
    assert outcome.code == 0
    assert "next due       -" in outcome.out
    assert "last event     -" in outcome.out


def test_a_days_report_counts_and_lists_its_texts(desk: Desk) -> None:
    sent_welcome(desk)
    outcome = desk.call("report", "--day", "2026-12-02")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0] == "Wednesday 2026-12-02, America/Denver"
    assert lines[1] == (
        "2 texts expected: 0 sent, 0 delivered, 2 still ahead, 0 not reached; 0 more held or withdrawn."
    )
    assert [line.split() for line in lines if line.startswith(("last-meal", "night"))] == [
        ["last-meal", "1", "0", "0"],
        ["night-before-wash", "1", "0", "0"],
    ]
    assert [line.split()[:3] for line in lines if "P-1042" in line] == [
        ["Wed", "2026-12-02", "13:30"],
        ["Wed", "2026-12-02", "19:00"],
    ]


@pytest.mark.parametrize("answer", [REFUSED, Answer(AnswerKind.STALE, code="30036")])
def test_a_report_of_a_day_on_which_a_text_did_not_arrive_exits_with_one(desk: Desk, answer: Answer) -> None:
    desk.record("2026-11-22 09:00")
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger:
        send(ledger, FakeSender(answer), JumpingClock(denver("2026-11-22 09:00")))
    outcome = desk.call("report", "--day", "2026-11-22", "--json")
    assert outcome.code == 1
    assert (outcome.json["day"], outcome.json["time_zone"]) == ("2026-11-22", "America/Denver")
    counts = [outcome.json[name] for name in ("expected", "sent", "delivered")]
    assert counts == [1, 0, 0]


def test_a_day_without_texts_is_reported_too(desk: Desk) -> None:
    desk.have_ledger()
    outcome = desk.call("report", "--day", "2026-01-01")
    assert outcome.code == 0
    assert "0 texts expected" in outcome.out


def test_without_a_day_it_is_today(desk: Desk) -> None:
    text_due(desk, timedelta(0))
    assert desk.call("report", "--json").json["expected"] == 1


def test_a_day_that_is_none_is_wrong_usage(desk: Desk) -> None:
    outcome = desk.call("report", "--day", "someday")
    assert outcome.code == 2
    assert "“someday” is not a date that this program can read. Write year, month and day" in outcome.err


def test_a_day_may_be_written_as_excel_writes_it(desk: Desk) -> None:
    assert desk.call("report", "--day", "12/2/2026").out == desk.call("report", "--day", "2026-12-02").out
