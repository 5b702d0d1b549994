"""Bringing the ledger in line with the files, as an admin changes them."""

from pathlib import Path

import pytest

from notifier.actions.check_schedules import check_schedules
from notifier.actions.update_plan import preview_update
from notifier.clock import JumpingClock
from notifier.core.delivery import ChangeKind
from notifier.core.lifecycle import State
from notifier.ledger.opening import Ledger
from tests.actions.steps import denver, send, shown, states, told, update
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
    previewed = preview_update(check_schedules(folder, NOW), ledger)
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


def test_a_clinic_file_that_cannot_be_used_changes_nothing(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    (folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    write_patients(folder, an_entry("P-1043", phone="+1 303 555 0112"))
    assert update(folder, ledger, LATER).changes == ()
    assert set(states(ledger).values()) == {State.PLANNED}


def test_a_protocol_with_an_error_leaves_its_patients_as_they_are(folder: Path, ledger: Ledger) -> None:
    update(folder, ledger, NOW)
    protocol = folder / "protocols" / "mild.yaml"
    protocol.write_text(protocol.read_text(encoding="utf-8").replace("orders:", "ordres:"), encoding="utf-8")
    done = update(folder, ledger, LATER)
    assert done.changes == ()
    assert done.checked.has_errors


def test_a_folder_that_is_not_there_changes_nothing(folder: Path, ledger: Ledger, tmp_path: Path) -> None:
    update(folder, ledger, NOW)
    assert update(tmp_path / "elsewhere", ledger, LATER).changes == ()
    assert set(states(ledger).values()) == {State.PLANNED}
