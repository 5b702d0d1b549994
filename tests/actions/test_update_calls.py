"""The call list as hours pass and texts fare, without any change in the files."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from notifier.actions.check_schedules import check_schedules
from notifier.actions.update_calls import CallsUpdate, update_calls
from notifier.clock import JumpingClock
from notifier.core.calls import CallReason
from notifier.core.delivery import Answer, AnswerKind, Receipt
from notifier.core.lifecycle import State
from notifier.ledger.opening import Ledger
from tests.actions.steps import check, denver, send, states, update
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients
from tests.fakes.fake_sender import FakeSender

NOW = denver("2026-12-01 15:00")
LAST_MEAL = denver("2026-12-02 13:30")  # useful until 22:00
TAKEN = Answer(AnswerKind.ACCEPTED, sid="SM-last-meal")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped clinic and protocol, with Maria, whose procedure is on Thu Dec 3 at 07:30."""
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry())
    return folder


def look(folder: Path, ledger: Ledger, now: datetime, *, is_in_force: bool = True) -> CallsUpdate:
    return update_calls(check(folder, ledger, NOW).reading, ledger, now, is_in_force=is_in_force)


def send_last_meal(ledger: Ledger, *answers: Answer) -> None:
    """Send what is due until the last-meal text is answered so."""
    clock = JumpingClock(NOW)
    while send(ledger, FakeSender(), clock).sent:
        clock.wait(timedelta(minutes=1))
    send(ledger, FakeSender(*answers), JumpingClock(LAST_MEAL))


def reasons(ledger: Ledger) -> list[tuple[str, str]]:
    with ledger.reading() as book:
        return [(entry.reason, entry.about) for entry in book.calls()]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (TAKEN, CallReason.UNCONFIRMED),
        (Answer(AnswerKind.IN_DOUBT, code="time-out"), CallReason.IN_DOUBT),
    ],
)
def test_a_critical_text_not_delivered_at_its_l_is_on_the_list_when_that_has_passed(
    folder: Path, ledger: Ledger, answer: Answer, reason: CallReason
) -> None:
    update(folder, ledger, NOW)
    send_last_meal(ledger, answer)
    first = look(folder, ledger, denver("2026-12-02 13:31"))
    at_l = look(folder, ledger, denver("2026-12-02 22:00"))
    assert (first.turned, at_l.turned) == ((), ())
    after = look(folder, ledger, denver("2026-12-02 22:01"))
    assert [(entry.reason, entry.about) for entry in after.turned] == [(reason, "P-1042/last-meal/1")]
    assert reasons(ledger) == [(reason, "P-1042/last-meal/1")]


def test_a_text_delivered_in_time_needs_no_call(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    send_last_meal(ledger, TAKEN)
    look(folder, ledger, denver("2026-12-02 13:31"))
    with ledger.writing() as book:
        book.take_receipt(Receipt("SM-last-meal", "delivered"), denver("2026-12-02 13:40"))
    look(folder, ledger, denver("2026-12-02 22:01"))
    assert reasons(ledger) == []


def test_a_text_that_the_provider_refuses_is_on_the_list_at_the_next_look(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    look(folder, ledger, NOW)
    send_last_meal(ledger, Answer(AnswerKind.REFUSED, code="30006"))
    look(folder, ledger, denver("2026-12-02 13:31"))
    assert reasons(ledger) == [(CallReason.REFUSED, "P-1042/last-meal/1")]


def test_a_text_that_missed_its_window_during_an_outage_is_on_the_list(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    look(folder, ledger, NOW)
    send(ledger, FakeSender(), JumpingClock(denver("2026-12-02 22:30")))
    look(folder, ledger, denver("2026-12-02 22:31"))
    assert (CallReason.EXPIRED, "P-1042/last-meal/1") in reasons(ledger)


def test_a_held_text_expires_at_its_l_although_no_file_changes(folder: Path, ledger: Ledger) -> None:
    write_patients(folder, an_entry(consent=""))
    update(folder, ledger, NOW)
    first = look(folder, ledger, denver("2026-12-02 21:59"))
    assert "P-1042/last-meal/1" not in first.expired
    after = look(folder, ledger, denver("2026-12-02 22:01"))
    assert after.expired == ("P-1042/last-meal/1", "P-1042/night-before-wash/1")
    assert states(ledger)["last-meal"] is State.EXPIRED
    assert (CallReason.EXPIRED, "P-1042/last-meal/1") in reasons(ledger)
    assert (CallReason.NO_CONSENT, "") in reasons(ledger)
    assert update(folder, ledger, denver("2026-12-02 22:02")).changes == ()


def test_nothing_is_looked_at_twice_where_nothing_happens(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    look(folder, ledger, NOW)
    again = look(folder, ledger, NOW + timedelta(minutes=1))
    assert again == CallsUpdate()


def test_a_call_that_nobody_was_looked_at_for_stays(folder: Path, ledger: Ledger) -> None:
    write_patients(folder, an_entry(), an_entry("P-1043", phone="+1 303 555 0112", consent=""))
    update(folder, ledger, NOW)
    look(folder, ledger, NOW)
    send_last_meal(ledger, Answer(AnswerKind.REFUSED, code="30006"))
    look(folder, ledger, denver("2026-12-02 13:31"))
    assert {reason for reason, _ in reasons(ledger)} == {CallReason.NO_CONSENT, CallReason.REFUSED}


def test_while_the_guard_waits_since_the_start_what_the_files_say_ends_no_call(folder: Path, ledger: Ledger) -> None:
    write_patients(folder, an_entry(consent=""))
    update(folder, ledger, NOW)
    write_patients(folder, an_entry("P-1043", phone="+1 303 555 0112"))
    look(folder, ledger, NOW, is_in_force=False)
    assert reasons(ledger) == [(CallReason.NO_CONSENT, "")]


def test_a_change_that_needs_a_call_needs_none_once_the_procedure_is_over(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    send_last_meal(ledger, TAKEN)
    with ledger.writing() as book:
        book.take_receipt(Receipt("SM-last-meal", "delivered"), LAST_MEAL)
    write_patients(folder, an_entry(status="on-hold"))
    update(folder, ledger, denver("2026-12-02 15:00"))
    look(folder, ledger, denver("2026-12-02 15:00"))
    assert (CallReason.ON_HOLD, "") in reasons(ledger)
    look(folder, ledger, denver("2026-12-03 07:31"))
    assert (CallReason.ON_HOLD, "") not in reasons(ledger)


def test_without_a_clinic_that_ever_could_be_used_nothing_is_done(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    (folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    looked = update_calls(check_schedules(folder, NOW).reading, ledger, NOW, is_in_force=False)
    assert looked == CallsUpdate()
