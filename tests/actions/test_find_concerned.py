"""Who is planned anew, and who is not, as files, ledger and time change."""

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from notifier.actions.check_schedules import Checked, examine
from notifier.actions.find_concerned import Following
from notifier.actions.update_plan import BrokenOffError, Terms, Update, apply_update, update_plan
from notifier.clock import JumpingClock
from notifier.core.guard import UNGUARDED
from notifier.core.lifecycle import State
from notifier.intake.folder import ScheduleReader
from notifier.ledger.following import FILES, Followed
from notifier.ledger.opening import Ledger
from tests.actions.steps import check, denver, send, states, update
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients
from tests.fakes.fake_sender import FakeSender
from tests.fakes.watched_entries import watched

NOW = denver("2026-11-22 09:00")
ANN = an_entry("P-1", name="Ann", phone="+1 303 555 0111")
BOB = an_entry("P-2", name="Bob", phone="+1 303 555 0112")
CAL = an_entry("P-3", name="Cal", phone="+1 303 555 0113")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, ANN, BOB, CAL)
    return folder


@pytest.fixture
def known(folder: Path, ledger: Ledger) -> Following:
    """What a service has in mind once the three are planned, and what was late has gone."""
    update(folder, ledger, NOW)
    send(ledger, FakeSender(), JumpingClock(NOW))
    following = update(folder, ledger, NOW).following
    assert following is not None
    return following


def planned(folder: Path, ledger: Ledger, known: Following | None, minutes: int = 1) -> Update:
    return update_plan(check(folder, ledger, NOW + timedelta(minutes=minutes)), ledger, UNGUARDED, known)


@pytest.fixture(params=["knows", "starts"])
def in_mind(request: pytest.FixtureRequest, known: Following) -> Following | None:
    """What a service has in mind that goes on, and one that starts."""
    return known if request.param == "knows" else None


def test_where_nothing_has_changed_nobody_is_planned(folder: Path, ledger: Ledger, in_mind: Following | None) -> None:
    assert planned(folder, ledger, in_mind).patients == 0


def test_only_whose_entry_has_changed_is_planned(folder: Path, ledger: Ledger, in_mind: Following | None) -> None:
    write_patients(folder, ANN, BOB.replace("Bob", "Rob"), CAL)
    done = planned(folder, ledger, in_mind)
    assert done.patients == 1
    assert {change.after.draft.patient for change in done.changes} == {"P-2"}


def test_who_is_gone_is_planned_once(folder: Path, ledger: Ledger, in_mind: Following | None) -> None:
    write_patients(folder, ANN, BOB)
    done = planned(folder, ledger, in_mind)
    assert {change.after.draft.patient for change in done.changes} == {"P-3"}
    assert planned(folder, ledger, done.following).patients == 0
    assert planned(folder, ledger, None).patients == 0


def test_who_is_in_a_file_that_cannot_be_read_is_not_gone(
    folder: Path, ledger: Ledger, in_mind: Following | None
) -> None:
    (folder / "patients" / "patients.yaml").write_text("patients: [", encoding="utf-8")
    done = planned(folder, ledger, in_mind)
    assert (done.patients, done.changes) == (3, ())
    assert planned(folder, ledger, done.following).patients == 0
    assert planned(folder, ledger, None).patients == 0
    write_patients(folder, ANN, BOB, CAL)
    assert planned(folder, ledger, done.following).changes == ()


def test_a_clinic_that_says_something_else_concerns_everybody(
    folder: Path, ledger: Ledger, in_mind: Following | None
) -> None:
    clinic = folder / "clinic.yaml"
    clinic.write_text(clinic.read_text(encoding="utf-8").replace("15 minutes", "20 minutes"), encoding="utf-8")
    assert planned(folder, ledger, in_mind).patients == 3


def test_who_shares_the_phone_of_somebody_concerned_is_planned(
    folder: Path, ledger: Ledger, in_mind: Following | None
) -> None:
    write_patients(folder, ANN, BOB.replace("0112", "0113"), CAL)
    done = planned(folder, ledger, in_mind)
    assert done.patients == 2
    assert {change.after.draft.patient for change in done.changes} == {"P-2"}


def test_whose_phone_has_opted_out_is_planned(folder: Path, ledger: Ledger, in_mind: Following | None) -> None:
    with ledger.writing() as book:
        book.opt_out("+13035550111", "STOP", "patient", NOW)
    done = planned(folder, ledger, in_mind)
    assert done.patients == 1
    assert set(states(ledger, "P-1").values()) == {"accepted", "refused"}


def test_to_whom_a_text_went_is_planned_once(folder: Path, ledger: Ledger, in_mind: Following | None) -> None:
    with ledger.reading() as book:
        [(_, at), *_] = book.line(1)
    send(ledger, FakeSender(), JumpingClock(at))
    minutes = (at - NOW) // timedelta(minutes=1)
    done = planned(folder, ledger, in_mind, minutes)
    assert (done.patients, done.changes) == (3, ())
    assert planned(folder, ledger, done.following, minutes).patients == 0


def test_about_whom_time_may_have_changed_something_is_planned_once(
    folder: Path, ledger: Ledger, in_mind: Following | None
) -> None:
    week = 7 * 24 * 60  # past the place of a text that nobody has sent
    done = planned(folder, ledger, in_mind, week)
    assert done.patients == 3
    assert planned(folder, ledger, done.following, week).patients == 0


def test_what_another_process_has_applied_meanwhile_is_planned_again(
    folder: Path, ledger: Ledger, known: Following
) -> None:
    write_patients(folder, ANN, BOB.replace("Bob", "Rob"), CAL)
    planned(folder, ledger, None)
    write_patients(folder, ANN, BOB, CAL)
    assert planned(folder, ledger, known).patients == 1
    with ledger.reading() as book:
        assert all("Bob" in str(one.draft.body) for one in book.messages("P-2"))


def followed_files(ledger: Ledger) -> int:
    with ledger.reading() as book:
        return book.bookmark(FILES)


def forget(ledger: Ledger, patient: str) -> None:
    """Have the ledger not follow a patient's entry, which it cannot come to by itself."""
    with ledger.writing() as book:
        book.follow([Followed(patient, 7, None)])


@pytest.mark.usefixtures("known")
def test_a_start_on_the_files_that_are_followed_asks_about_no_patient(folder: Path, ledger: Ledger) -> None:
    forget(ledger, "P-1")
    assert planned(folder, ledger, None).patients == 0


@pytest.mark.usefixtures("known")
def test_a_start_on_other_files_asks_about_everybody(folder: Path, ledger: Ledger) -> None:
    forget(ledger, "P-1")
    write_patients(folder, ANN, BOB, CAL, "# the same people\n")
    assert planned(folder, ledger, None).patients == 1
    forget(ledger, "P-1")
    assert planned(folder, ledger, None).patients == 0


def test_while_a_file_cannot_be_read_no_version_of_all_files_is_followed(
    folder: Path, ledger: Ledger, in_mind: Following | None
) -> None:
    assert followed_files(ledger)
    (folder / "patients" / "patients.yaml").write_text("patients: [", encoding="utf-8")
    done = planned(folder, ledger, in_mind)
    assert followed_files(ledger) == 0
    forget(ledger, "P-1")
    assert planned(folder, ledger, None).patients == 1
    write_patients(folder, ANN, BOB, CAL)
    assert planned(folder, ledger, done.following).patients == 3
    assert followed_files(ledger)


def test_what_another_process_has_applied_and_taken_back_is_not_taken_for_followed(
    folder: Path, ledger: Ledger, known: Following
) -> None:
    rob = BOB.replace("Bob", "Rob")
    write_patients(folder, ANN, rob, CAL)
    planned(folder, ledger, None)
    write_patients(folder, ANN, BOB, CAL)
    planned(folder, ledger, known)
    write_patients(folder, ANN, rob, CAL)
    assert planned(folder, ledger, None).patients == 1
    with ledger.reading() as book:
        bodies = [str(one.draft.body) for one in book.messages("P-2") if one.state is State.PLANNED]
    assert bodies
    assert all("Rob" in body for body in bodies)


def test_who_is_broken_and_mended_is_planned_each_time(folder: Path, ledger: Ledger, in_mind: Following | None) -> None:
    write_patients(folder, ANN, BOB.replace("+1 303 555 0112", "soon"), CAL)
    done = planned(folder, ledger, in_mind)
    assert done.patients == 1
    write_patients(folder, ANN, BOB, CAL)
    assert planned(folder, ledger, done.following if in_mind else None).patients == 1


def test_an_update_that_is_given_up_writes_nothing(folder: Path, ledger: Ledger) -> None:
    checked = check(folder, ledger, NOW)
    with pytest.raises(BrokenOffError):
        apply_update(checked, ledger, Terms(UNGUARDED, is_given_up=lambda: True))
    with ledger.reading() as book:
        assert book.is_empty()


MANY = 120  # patients: among so many, who looks at all of them is told from who looks at a few


class Office:
    """Files with many patients, and a service that has them in mind."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder, self.ledger, self.reader = folder, ledger, ScheduleReader(folder)
        (folder / "patients" / "patients.yaml").unlink()
        self.last = self.bring_in_line(self.read(), None)

    def read(self, rob: int | None = None) -> Checked:
        """Read the files anew, in which everybody is called Bob, but for one."""
        rows = ["id,name,phone,consent,protocol,procedure"]
        for number in range(MANY):
            name, phone = "Rob" if number == rob else "Bob", f"{201 + number // 100} 555 01{number % 100:02}"
            rows.append(f"P-{number},{name},{phone},2026-11-20,mild,2027-01-{4 + number % 5:02} 07:30")
        (self.folder / "patients" / "many.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
        return examine(self.reader.read(NOW), NOW)

    def bring_in_line(self, checked: Checked, known: Following | None) -> Update:
        return update_plan(checked, self.ledger, UNGUARDED, known, in_full=False)


@pytest.fixture
def office(folder: Path, ledger: Ledger) -> Office:
    return Office(folder, ledger)


def test_a_reload_of_one_among_many_looks_at_a_few(office: Office) -> None:
    before = office.last.checked.reading.schedules
    checked = office.read(rob=60)
    after = checked.reading.schedules
    assert before is not None
    assert after is not None
    everybody = {id(patient): patient for patient in (*before.patients, *after.patients)}
    with watched(everybody.values()) as looks:
        assert office.bring_in_line(checked, office.last.following).patients == 1
        assert 0 < len(looks) < 20


def test_a_reload_of_one_among_many_goes_through_no_table(office: Office, file: Path) -> None:
    checked, said = office.read(rob=60), list[tuple[str, Any]]()

    def note(*what: Any) -> None:  # noqa: ANN401 (SQLAlchemy passes six things)
        _connection, _cursor, sql, values, _context, is_many = what
        said.append((sql, values[0] if is_many else values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        office.bring_in_line(checked, office.last.following)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    with closing(sqlite3.connect(file)) as database:
        plans = {
            row[3]: sql
            for sql, values in said
            if sql.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")) and "LIMIT" not in sql
            for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        }
    assert any(plan.startswith("SEARCH") for plan in plans)
    assert [plan for plan in plans if re.match(r"SCAN (?!given |\d+ CONSTANT)", plan)] == []
