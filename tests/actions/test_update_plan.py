"""Bringing the ledger in line with the files, as an admin changes them."""

import shutil
from pathlib import Path

import pytest

from notifier.actions.update_plan import Update, accept_update, preview_update, show_update
from notifier.clock import JumpingClock
from notifier.core.calls import CallReason
from notifier.core.delivery import ChangeKind
from notifier.core.guard import UNGUARDED, Limits
from notifier.core.lifecycle import State
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import LoadOutcome
from tests.actions.steps import check, denver, send, shown, states, told, update
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients
from tests.fakes.fake_sender import FakeSender

NOW = denver("2026-11-22 09:00")
LATER = denver("2026-11-22 15:00")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped clinic and protocol, with Maria, whose procedure is on Thu Dec 3 at 07:30."""
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry())
    return folder


def places(ledger: Ledger, patient: str = "P-1042") -> dict[str, str]:
    with ledger.reading() as book:
        return {one.draft.step: shown(one.send_at) for one in book.messages(patient)}


def kinds(folder: Path, ledger: Ledger) -> set[ChangeKind]:
    return {change.kind for change in update(folder, ledger, LATER).changes}


def test_a_new_patients_texts_are_recorded_with_their_places(folder: Path, ledger: Ledger) -> None:
    assert kinds(folder, ledger) == {ChangeKind.NEW}
    assert places(ledger) == {
        "welcome": "Sun 2026-11-22 15:00",  # late: its time was on Nov 3
        "prepare": "Thu 2026-11-26 10:00",
        "ride-and-clothes": "Tue 2026-12-01 10:00",
        "last-meal": "Wed 2026-12-02 13:30",
        "night-before-wash": "Wed 2026-12-02 19:00",
        "morning-wash": "Thu 2026-12-03 06:10",
        "last-clear-liquids": "Thu 2026-12-03 05:00",  # when that day stops being quiet
        "after-care": "Thu 2026-12-03 14:30",
        "keep-dry-ends": "Sat 2026-12-05 08:30",
        "lifting-ends": "Sat 2026-12-05 08:30",
        "recovery": "Thu 2026-12-17 10:00",
        "therapy-starts": "Thu 2026-12-31 10:00",
    }


def test_a_second_run_changes_nothing_although_time_has_passed(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    assert update(folder, ledger, LATER).changes == ()


def test_a_preview_shows_just_what_an_update_does_and_writes_nothing(folder: Path, ledger: Ledger) -> None:
    previewed = preview_update(check(folder, ledger, NOW), ledger, UNGUARDED)
    assert states(ledger) == {}
    assert update(folder, ledger, NOW).changes == previewed.changes


def test_a_procedure_that_moves_moves_the_unsent_texts(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    write_patients(folder, an_entry(procedure="2026-12-03 09:30"))
    assert kinds(folder, ledger) == {ChangeKind.UPDATED}
    assert places(ledger)["last-meal"] == "Wed 2026-12-02 15:30"


def test_a_sent_text_stays_as_it_was_sent(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    send(ledger, FakeSender(), JumpingClock(NOW))
    write_patients(folder, an_entry(name="Mary"))
    changes = update(folder, ledger, LATER).changes
    assert states(ledger)["welcome"] is State.ACCEPTED
    assert "welcome" not in {change.after.draft.step for change in changes}
    assert len(changes) == 11


def test_an_entry_that_is_gone_takes_its_unsent_texts_with_it(folder: Path, ledger: Ledger) -> None:
    write_patients(folder, an_entry(), an_entry("P-1043", phone="+1 303 555 0112"))
    update(folder, ledger, NOW)
    write_patients(folder, an_entry())
    assert kinds(folder, ledger) == {ChangeKind.WITHDRAWN}
    assert set(states(ledger, "P-1043").values()) == {State.WITHDRAWN}
    assert ("withdrawn", "gone from the files") in told(ledger, "P-1043")
    assert set(states(ledger).values()) == {State.PLANNED}


def test_an_entry_that_comes_back_gets_its_texts_as_their_next_revision(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    write_patients(folder, an_entry("P-1043", phone="+1 303 555 0112"))
    update(folder, ledger, NOW)
    write_patients(folder, an_entry())
    update(folder, ledger, NOW)
    with ledger.reading() as book:
        revisions = {one.revision for one in book.latest(["P-1042"])}
    assert revisions == {2}


def test_a_cancelled_procedure_withdraws_what_was_not_sent(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    write_patients(folder, an_entry(status="cancelled"))
    assert kinds(folder, ledger) == {ChangeKind.WITHDRAWN}


def test_a_patient_on_hold_gets_nothing_until_booked_again(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    write_patients(folder, an_entry(status="on-hold"))
    update(folder, ledger, NOW)
    assert State.PLANNED not in states(ledger).values()
    write_patients(folder, an_entry())
    update(folder, ledger, NOW)
    assert set(states(ledger).values()) == {State.PLANNED}


def test_a_patient_without_consent_is_held_and_gets_nothing(folder: Path, ledger: Ledger) -> None:
    write_patients(folder, an_entry(consent=""))
    update(folder, ledger, NOW)
    assert set(states(ledger).values()) == {State.HELD}
    assert send(ledger, FakeSender(), JumpingClock(NOW)).is_empty
    write_patients(folder, an_entry())
    assert kinds(folder, ledger) == {ChangeKind.RELEASED}


def test_a_text_that_is_too_late_from_the_start_is_recorded_as_expired_once(folder: Path, ledger: Ledger) -> None:
    write_patients(folder, an_entry(consent="2026-12-02"))
    evening = denver("2026-12-02 21:30")
    update(folder, ledger, evening)
    expired = [step for step, state in states(ledger).items() if state is State.EXPIRED]
    assert expired == ["welcome", "prepare", "ride-and-clothes"]
    assert update(folder, ledger, denver("2026-12-02 21:45")).changes == ()


def test_an_entry_with_an_error_has_its_unsent_texts_held(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    write_patients(folder, an_entry(phone="12"), an_entry("P-1043", phone="+1 303 555 0112"))
    update(folder, ledger, NOW)
    assert set(states(ledger).values()) == {State.HELD}
    assert ("held", "error in the entry") in told(ledger)
    assert set(states(ledger, "P-1043").values()) == {State.PLANNED}
    write_patients(folder, an_entry())
    update(folder, ledger, NOW)
    assert set(states(ledger).values()) == {State.PLANNED}


def test_a_file_that_cannot_be_read_leaves_its_patients_as_they_are(folder: Path, ledger: Ledger) -> None:
    write_patients(folder, an_entry("P-1043", phone="+1 303 555 0112"), file="more.yaml")
    update(folder, ledger, NOW)
    (folder / "patients" / "more.yaml").write_text("patients: [", encoding="utf-8")
    done = update(folder, ledger, LATER)
    assert done.changes == ()
    assert done.checked.has_errors
    assert set(states(ledger, "P-1043").values()) == {State.PLANNED}


def test_a_clinic_file_that_cannot_be_used_leaves_its_last_good_version_in_force(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    (folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    write_patients(folder, an_entry(), an_entry("P-1043", phone="+1 303 555 0112"))
    done = update(folder, ledger, LATER)
    assert done.checked.last_good == ("clinic.yaml",)
    assert done.checked.has_errors
    assert {change.after.draft.patient for change in done.changes} == {"P-1043"}
    assert "Anchor Healthcare" in str(done.changes[0].after.draft.body)


def test_a_clinic_file_that_never_could_be_used_changes_nothing(folder: Path, ledger: Ledger) -> None:
    (folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    done = update(folder, ledger, NOW)
    assert done.changes == ()
    assert not done.is_in_force
    assert states(ledger) == {}


def test_a_protocol_with_an_error_leaves_its_patients_as_they_are(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    protocol = folder / "protocols" / "mild.yaml"
    protocol.write_text(protocol.read_text(encoding="utf-8").replace("orders:", "ordres:"), encoding="utf-8")
    done = update(folder, ledger, LATER)
    assert done.changes == ()
    assert done.checked.has_errors


def test_a_folder_that_is_not_there_changes_nothing(folder: Path, ledger: Ledger, tmp_path: Path) -> None:
    update(folder, ledger, NOW)
    assert update(tmp_path / "elsewhere", ledger, LATER).waits == ("The schedules folder is empty or missing.",)
    assert set(states(ledger).values()) == {State.PLANNED}


STRICT = Limits(patients=1, share=0.5, at_once=50, first_late=True)


def three_bookings(procedure: str, **fields: str) -> list[str]:
    phones = [f"+1 303 555 011{number}" for number in range(3)]
    return [
        an_entry(f"P-{number}", phone=phone, procedure=procedure, **fields) for number, phone in enumerate(phones, 1)
    ]


def loads(ledger: Ledger) -> LoadOutcome | None:
    with ledger.reading() as book:
        last = book.last_load()
    return None if last is None else last.outcome


@pytest.fixture
def guarded(folder: Path, ledger: Ledger) -> Path:
    """Three bookings whose first texts went out, and all of whose procedures have been moved since."""
    write_patients(folder, *three_bookings("2026-12-03 07:30"))
    update(folder, ledger, NOW)
    send(ledger, FakeSender(), JumpingClock(NOW))
    write_patients(folder, *three_bookings("2026-12-04 13:00"))
    return folder


def accept(folder: Path, ledger: Ledger, wall: str) -> Update:
    return accept_update(check(folder, ledger, denver(wall)), ledger, STRICT)


@pytest.mark.parametrize("is_one_deeper", [False, True])
def test_a_folder_whose_files_stand_where_nobody_reads_them_is_not_accepted_as_an_empty_one(
    folder: Path, ledger: Ledger, *, is_one_deeper: bool
) -> None:
    """Each name in it is wrong: the patients are in “patiens”, or all is in a folder “schedules” of its own."""
    update(folder, ledger, NOW)
    shutil.rmtree(folder / "examples")
    if is_one_deeper:
        folder.rename(folder.with_name("unpacked"))
        folder.mkdir()
        folder.with_name("unpacked").rename(folder / "schedules")
    else:
        (folder / "clinic.yaml").unlink()
        shutil.rmtree(folder / "protocols")
        (folder / "patients").rename(folder / "patiens")
    assert update(folder, ledger, LATER, STRICT).waits == ()
    assert accept(folder, ledger, "2026-11-22 15:05").changes == ()
    assert set(states(ledger).values()) == {State.PLANNED}


def test_a_change_for_too_many_patients_waits_and_changes_nothing(guarded: Path, ledger: Ledger) -> None:
    before = places(ledger, "P-1")
    waiting = update(guarded, ledger, LATER, STRICT)
    assert waiting.waits == ("It would withdraw, move or hold texts of 3 patients, 100% of those with texts pending.",)
    assert not waiting.is_in_force
    assert places(ledger, "P-1") == before
    assert loads(ledger) is LoadOutcome.WAITS


def test_what_the_service_has_shown_is_accepted_also_minutes_later(guarded: Path, ledger: Ledger) -> None:
    update(guarded, ledger, LATER, STRICT)
    done = accept(guarded, ledger, "2026-11-22 15:07")
    assert done.waits == ()
    assert loads(ledger) is LoadOutcome.ACCEPTED
    assert places(ledger, "P-1")["last-meal"] == "Thu 2026-12-03 19:00"
    assert states(ledger, "P-1")["procedure-moved"] is State.PLANNED
    assert update(guarded, ledger, denver("2026-11-22 15:08"), STRICT).changes == ()


def test_what_a_person_was_shown_is_noted_and_nothing_else(guarded: Path, ledger: Ledger) -> None:
    with ledger.reading() as book:
        before = [book.messages(patient) for patient in sorted(book.patients())]
    show_update(check(guarded, ledger, LATER), ledger, STRICT)
    with ledger.reading() as book:
        assert [book.messages(patient) for patient in sorted(book.patients())] == before
    assert loads(ledger) is LoadOutcome.WAITS
    assert accept(guarded, ledger, "2026-11-22 15:03").waits == ()


def test_what_was_never_shown_is_not_accepted_but_shown(guarded: Path, ledger: Ledger) -> None:
    assert accept(guarded, ledger, "2026-11-22 15:00").waits != ()
    assert "procedure-moved" not in states(ledger, "P-1")
    assert accept(guarded, ledger, "2026-11-22 15:01").waits == ()


def test_files_that_changed_since_are_shown_again(guarded: Path, ledger: Ledger) -> None:
    update(guarded, ledger, LATER, STRICT)
    write_patients(guarded, *three_bookings("2026-12-04 14:00"))
    assert accept(guarded, ledger, "2026-11-22 15:01").waits != ()
    assert "procedure-moved" not in states(ledger, "P-1")
    assert accept(guarded, ledger, "2026-11-22 15:02").waits == ()
    assert places(ledger, "P-1")["last-meal"] == "Thu 2026-12-03 20:00"


def test_a_change_that_does_not_wait_is_shown_without_a_note(folder: Path, ledger: Ledger) -> None:
    shown_first = show_update(check(folder, ledger, NOW), ledger, UNGUARDED)
    assert shown_first.outcome is LoadOutcome.APPLIED
    assert loads(ledger) is None


def test_a_clinic_file_that_waits_is_not_taken_for_a_good_one(guarded: Path, ledger: Ledger) -> None:
    clinic = guarded / "clinic.yaml"
    text = clinic.read_text(encoding="utf-8")
    clinic.write_text(text.replace("America/Denver", "Europe/Paris"), encoding="utf-8")
    update(guarded, ledger, LATER, STRICT)
    clinic.write_text("clinic: {", encoding="utf-8")
    reading = check(guarded, ledger, LATER).reading
    assert reading.schedules is not None
    assert reading.schedules.clinic.time_zone.key == "America/Denver"


def test_a_story_tells_the_file_and_the_reading_that_changed_a_text(folder: Path, ledger: Ledger) -> None:
    write_patients(folder, an_entry("P-1043", phone="+1 303 555 0112"), file="more.yaml")
    update(folder, ledger, NOW)
    (folder / "patients" / "more.yaml").unlink()
    update(folder, ledger, NOW)
    with ledger.reading() as book:
        assert {event.cause for event in book.story("P-1042")} == {"patients/patients.yaml, load 1"}
        assert {event.cause for event in book.story("P-1043")} == {"patients/more.yaml, load 1", "files, load 2"}


def test_a_call_is_new_once(folder: Path, ledger: Ledger) -> None:
    write_patients(folder, an_entry(consent=""))
    first = update(folder, ledger, NOW)
    assert [call.reason for call in first.new_calls] == [CallReason.NO_CONSENT]
    again = update(folder, ledger, LATER)
    assert again.new_calls == ()
    with ledger.writing() as book:
        book.close_call(book.calls()[0].id, "Ann Lee", None, LATER)
    assert update(folder, ledger, LATER).new_calls == ()


def test_who_is_in_a_file_that_cannot_be_read_stays_on_the_call_list(folder: Path, ledger: Ledger) -> None:
    write_patients(folder, an_entry("P-1043", phone="+1 303 555 0112", consent=""), file="more.yaml")
    update(folder, ledger, NOW)
    (folder / "patients" / "more.yaml").write_text("patients: [", encoding="utf-8")
    update(folder, ledger, LATER)
    with ledger.reading() as book:
        assert [entry.patient for entry in book.calls()] == ["P-1043"]
