"""Retention: a finished patient's name, phone and texts go for good; what happened, and whom not to text, stays."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from notifier.actions.purge_patients import Purge, preview_purge, purge_patients
from notifier.actions.tell_story import tell_story
from notifier.actions.update_calls import update_calls
from notifier.clock import JumpingClock
from notifier.core.lifecycle import State
from notifier.core.replies import PATIENT, Inbound, ReplyKind
from notifier.ledger.engine import url_of
from notifier.ledger.opening import Ledger, open_ledger
from tests.actions.steps import check, denver, record, send, states, update
from tests.builders import NOON, a_call, a_record
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients
from tests.fakes.fake_sender import FakeSender

KEEP = timedelta(days=2190)
YEARS_LATER = NOON + timedelta(days=2500)
PHONE = "+17205550134"
# Whatever is Maria's: her name, her phone, what she was told and what she wrote.
SECRETS = (b"Maria", b"7205550134", b"last meal", b"What may I eat", b"Ann reached")


@pytest.fixture
def finished(ledger: Ledger) -> Ledger:
    """Maria's one text went out and arrived, she wrote back, somebody called her, and all that was years ago."""
    record(ledger, a_record(), now=NOON)
    send(ledger, FakeSender(), JumpingClock(NOON))
    with ledger.writing() as book:
        book.give_up_waiting(NOON + timedelta(days=2))
        book.keep_reply(Inbound("SM9", PHONE, "What may I eat?", None), ReplyKind.OTHER, "Thanks.", ["P-1042"], NOON)
        book.keep_reply(Inbound("SM8", "+17205550177", "What may I eat?", None), ReplyKind.OTHER, None, [], NOON)
        entry = book.open_call(a_call(), NOON)
        book.close_call(entry.id, "Ann Lee", "Ann reached her", NOON)
    return ledger


def files_of(file: Path) -> bytes:
    """Everything that is on the disk of a ledger."""
    return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


def test_no_byte_of_a_purged_patient_is_left_in_the_files(finished: Ledger, file: Path) -> None:
    assert all(secret in files_of(file) for secret in SECRETS)
    purge_patients(finished, KEEP, YEARS_LATER)
    assert [secret for secret in SECRETS if secret in files_of(file)] == []


def test_what_happened_and_how_often_stays(finished: Ledger) -> None:
    before, counts = tell_story(finished, "P-1042"), _counts(finished)
    purge_patients(finished, KEEP, YEARS_LATER)
    after = tell_story(finished, "P-1042")
    assert [event.what for event in after.events] == [*(event.what for event in before.events), "purged"]
    assert _counts(finished) == counts
    assert [past.started_at for past in after.attempts] == [past.started_at for past in before.attempts]
    assert [call.closed_by for call in after.calls] == ["Ann Lee"]
    assert [reply.kind for reply in after.replies] == [ReplyKind.OTHER]


def _counts(ledger: Ledger) -> dict[State, int]:
    with ledger.reading() as book:
        return book.counts()


def test_a_purge_names_whom_it_concerned_and_a_second_one_nobody(finished: Ledger) -> None:
    before = YEARS_LATER - KEEP
    assert purge_patients(finished, KEEP, YEARS_LATER) == Purge(before, ("P-1042",), 1)
    assert purge_patients(finished, KEEP, YEARS_LATER) == Purge(before, (), 0)


def test_a_preview_says_the_same_and_does_nothing(finished: Ledger, file: Path) -> None:
    assert preview_purge(finished, KEEP, YEARS_LATER) == Purge(YEARS_LATER - KEEP, ("P-1042",), 1)
    assert all(secret in files_of(file) for secret in SECRETS)


def test_an_opt_out_outlives_its_patient(finished: Ledger) -> None:
    with finished.writing() as book:
        book.opt_out(PHONE, "STOP", PATIENT, NOON)
    purge_patients(finished, KEEP, YEARS_LATER)
    with finished.reading() as book:
        assert book.opted_out() == {PHONE}


def test_nobody_is_purged_before_the_time_is_over(finished: Ledger) -> None:
    assert purge_patients(finished, KEEP, NOON + KEEP).patients == ()


@pytest.mark.parametrize("state", [State.PLANNED, State.ACCEPTED, State.SENT, State.CLAIMED])
def test_nobody_is_purged_of_whom_a_text_is_still_underway(ledger: Ledger, state: State) -> None:
    record(ledger, a_record(step="wash", state=State.EXPIRED, send_at=None), a_record(state=state), now=NOON)
    assert purge_patients(ledger, KEEP, YEARS_LATER).patients == ()


def test_nobody_is_purged_whom_somebody_has_still_to_call(ledger: Ledger) -> None:
    record(ledger, a_record(state=State.EXPIRED, send_at=None), now=NOON)
    with ledger.writing() as book:
        book.open_call(a_call(), NOON)
    assert purge_patients(ledger, KEEP, YEARS_LATER).patients == ()


def test_a_phone_that_another_patient_has_is_not_forgotten(finished: Ledger) -> None:
    record(finished, a_record(patient="P-2", place=YEARS_LATER, latest=YEARS_LATER), now=NOON)
    purge_patients(finished, KEEP, YEARS_LATER)
    with finished.writing() as book:
        [due] = book.due(YEARS_LATER, 1, timedelta(0))
    assert due.wants_stop_line is False  # that phone has had it


def seen(ledger: Ledger, folder: Path, now: datetime) -> None:
    """Do what the service does when it reads the files, and once a minute."""
    update(folder, ledger, now)
    update_calls(check(folder, ledger, now).reading, ledger, now, is_in_force=True)


def test_an_entry_that_was_left_in_a_file_does_not_bring_its_patient_back(
    ledger: Ledger, file: Path, tmp_path: Path
) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry())
    seen(ledger, folder, denver("2026-12-02 13:30"))
    send(ledger, FakeSender(), JumpingClock(denver("2026-12-02 13:30")))
    years_later = denver("2033-12-02 13:30")
    seen(ledger, folder, years_later)
    with ledger.writing() as book:
        book.give_up_waiting(years_later)
        for entry in book.calls():
            book.close_call(entry.id, "Ann Lee", None, years_later)
    assert purge_patients(ledger, KEEP, years_later).patients == ("P-1042",)
    later = years_later + timedelta(days=1)
    seen(ledger, folder, later)
    seen(ledger, folder, later)
    assert update(folder, ledger, later).changes == ()
    assert b"7205550134" not in files_of(file)
    with ledger.reading() as book:
        assert book.calls() == []


def test_a_new_booking_under_an_old_id_gets_its_texts_and_no_notice(ledger: Ledger, tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry())
    update(folder, ledger, denver("2026-12-02 13:30"))
    send(ledger, FakeSender(), JumpingClock(denver("2026-12-02 13:30")))
    write_patients(folder)
    (folder / "patients" / "patients.yaml").write_text("patients: []\n", encoding="utf-8")
    years_later = denver("2033-12-01 09:00")
    update(folder, ledger, years_later)
    with ledger.writing() as book:
        book.give_up_waiting(years_later)
    assert purge_patients(ledger, KEEP, years_later).patients == ("P-1042",)
    write_patients(folder, an_entry(procedure="2033-12-15 07:30"))
    update(folder, ledger, years_later)
    found = states(ledger)
    assert found["last-meal"] is State.PLANNED
    assert "procedure-moved" not in found


def test_a_ledger_that_was_purged_opens_as_any_other(finished: Ledger, file: Path) -> None:
    purge_patients(finished, KEEP, YEARS_LATER)
    finished.close()
    with open_ledger(url_of(file)) as again:
        assert not tell_story(again, "P-1042").is_empty
