"""The service while admins work on its files: real files, real time, each effect in the ledger within two seconds."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.clinic_folder import a_reminder, an_entry, write_patients, write_reminders
from tests.service.rig import Service, now, until
from tests.service.test_run import rests

WITHIN = 2.0  # seconds: the contract's promise
AHEAD = timedelta(days=10)  # of today, at which the texts of these tests are due


@pytest.fixture
def due() -> datetime:
    return (now() + AHEAD).replace(second=0, microsecond=0)


@pytest.fixture
def running(service: Service, due: datetime) -> Iterator[Service]:
    """A service that has planned one booking, P-1, and that must be alive and well at the end."""
    write_reminders(service.schedules, now())
    write_patients(service.schedules, a_reminder("P-1", due))
    service.start_ready()
    yield service
    service.stop()
    assert [event["event"] for event in service.log if "failed" in event["event"]] == []


def soon(condition: Callable[[], object], what: str) -> None:
    until(condition, what, patience=WITHIN)


def places(service: Service, patient: str) -> dict[str, int]:
    """Return where a patient's planned texts have their place, in seconds since 1970."""
    query = "SELECT step, place / 1000000 FROM messages WHERE patient = ? AND state = 'planned'"
    return dict(service.ask(query, patient))


def are_planned_at(service: Service, patient: str, due: datetime) -> bool:
    return set(places(service, patient).values()) == {int(due.timestamp())}


def kept_apart(service: Service, what: str) -> int:
    """Return how many events of a kind the ledger tells of."""
    [(number,)] = service.ask("SELECT count(*) FROM events WHERE what = ?", what)
    return int(number)


def many(count: int, due: datetime) -> list[str]:
    return [a_reminder(f"P-{number}", due, phone=f"+1 720 555 {100 + number:04}") for number in range(1, count + 1)]


def another(due: datetime, booking: str = "P-2") -> str:
    return a_reminder(booking, due, phone="+1 720 555 0140")


def test_a_changed_time_is_in_the_ledger(running: Service, due: datetime) -> None:
    later = due + timedelta(hours=2)
    write_patients(running.schedules, a_reminder("P-1", later))
    soon(lambda: are_planned_at(running, "P-1", later), "the new time")


def test_a_file_that_is_replaced_as_a_whole_is_seen(running: Service, due: datetime, tmp_path: Path) -> None:
    for later in (due + timedelta(hours=2), due + timedelta(hours=4)):
        draft = write_patients(tmp_path / "elsewhere", a_reminder("P-1", later))
        draft.replace(running.schedules / "patients" / "patients.yaml")
        soon(lambda at=later: are_planned_at(running, "P-1", at), "the new time")  # type: ignore[misc]


def test_what_editors_leave_beside_a_file_is_no_schedule(running: Service, due: datetime) -> None:
    patients = running.schedules / "patients"
    for name in (
        ".patients.yaml.swp",
        "4913",
        "#patients.yaml#",
        "~$patients.csv",
        ".#patients.yaml",
        "patients.yaml~",
    ):
        (patients / name).write_text("patients: [", encoding="utf-8")
        (patients / name).unlink()
    # As vim writes: the old file is kept under another name until the new one is there.
    (patients / "patients.yaml").rename(patients / "patients.yaml~")
    write_patients(running.schedules, a_reminder("P-1", due), another(due))
    (patients / "patients.yaml~").unlink()
    soon(lambda: are_planned_at(running, "P-2", due), "the new booking")
    assert kept_apart(running, "withdrawn") == 0
    assert [event for event in running.events("problem") if event["level"] == "error"] == []


def test_an_entry_that_breaks_is_held_and_planned_again_when_it_is_mended(running: Service, due: datetime) -> None:
    write_patients(running.schedules, a_reminder("P-1", due, phone="12"), another(due))
    soon(lambda: set(running.states.values()) == {"held", "planned"}, "the hold")
    assert {running.states[f"P-1/{step}/1"] for step in ("reminder", "ride")} == {"held"}
    soon(lambda: running.events("problem"), "the problem in the log")
    write_patients(running.schedules, a_reminder("P-1", due), another(due))
    soon(lambda: set(running.states.values()) == {"planned"}, "the release")


def test_a_file_that_breaks_keeps_its_patients_and_the_others_go_on(running: Service, due: datetime) -> None:
    file = write_patients(running.schedules, another(due, "P-9"), file="more.yaml")
    soon(lambda: are_planned_at(running, "P-9", due), "the second file")
    file.write_text("patients: [", encoding="utf-8")
    soon(lambda: running.events("problem"), "the problem in the log")
    write_patients(running.schedules, a_reminder("P-1", due + timedelta(hours=2)))
    soon(lambda: are_planned_at(running, "P-1", due + timedelta(hours=2)), "the change in the other file")
    assert are_planned_at(running, "P-9", due)


def test_a_broken_clinic_file_leaves_its_last_good_version_in_force(running: Service, due: datetime) -> None:
    (running.schedules / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    [event] = running.wait_for("the last good version of a file is in force", patience=WITHIN)
    assert (event["level"], event["file"]) == ("error", "clinic.yaml")
    write_patients(running.schedules, a_reminder("P-1", due), another(due))
    soon(lambda: are_planned_at(running, "P-2", due), "the new booking")
    assert are_planned_at(running, "P-1", due)


def test_a_file_that_is_deleted_takes_its_texts_along_and_brings_them_back(running: Service, due: datetime) -> None:
    file = write_patients(running.schedules, another(due, "P-9"), file="more.yaml")
    soon(lambda: are_planned_at(running, "P-9", due), "the second file")
    text = file.read_text(encoding="utf-8")
    file.unlink()
    soon(lambda: running.states.get("P-9/ride/1") == "withdrawn", "the withdrawal")
    file.write_text(text, encoding="utf-8")
    soon(lambda: running.states.get("P-9/ride/2") == "planned", "the next revision")
    assert are_planned_at(running, "P-1", due)


def test_a_change_for_too_many_waits_until_a_person_accepts_it(running: Service, due: datetime) -> None:
    write_patients(running.schedules, *many(8, due))
    soon(lambda: len(running.states) == 16, "eight bookings")
    write_patients(running.schedules, *many(8, due + timedelta(hours=2)))
    [event] = running.wait_for("the change waits for a person: notifier changes --accept", patience=WITHIN)
    assert event["level"] == "error"
    assert event["why"].startswith("It would withdraw, move or hold texts of 8 patients")
    assert all(are_planned_at(running, f"P-{number}", due) for number in range(1, 9))
    assert running.notifier("status").returncode == 1
    done = running.notifier("changes", "--accept")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(are_planned_at(running, f"P-{number}", due + timedelta(hours=2)) for number in range(1, 9))
    write_patients(running.schedules, *many(7, due + timedelta(hours=2)))
    soon(lambda: running.states["P-8/ride/1"] == "withdrawn", "the next change, by itself")


def test_a_folder_renamed_away_and_back_costs_nothing(running: Service, due: datetime) -> None:
    away = running.schedules.with_name("away")
    running.schedules.rename(away)
    [event] = running.wait_for("the change waits for a person: notifier changes --accept", patience=WITHIN)
    assert event["why"] == "The schedules folder is empty or missing."
    away.rename(running.schedules)
    planned = len(running.events("planned"))
    running.wait_for("planned", planned + 1, patience=WITHIN)
    assert kept_apart(running, "withdrawn") == 0
    write_patients(running.schedules, a_reminder("P-1", due), another(due))
    soon(lambda: are_planned_at(running, "P-2", due), "a change after that")


def test_a_patients_folder_renamed_with_a_typo_takes_nobody_away(running: Service, due: datetime) -> None:
    patients = running.schedules / "patients"
    planned = len(running.events("planned"))
    patients.rename(running.schedules / "patinets")
    running.wait_for("planned", planned + 1, patience=WITHIN)
    assert are_planned_at(running, "P-1", due)
    (running.schedules / "patinets").rename(patients)
    write_patients(running.schedules, a_reminder("P-1", due), another(due))
    soon(lambda: are_planned_at(running, "P-2", due), "a change after that")


def test_a_link_that_is_switched_to_another_folder_is_followed(service: Service, due: datetime, tmp_path: Path) -> None:
    for version, hours in (("one", 0), ("two", 2)):
        write_reminders(tmp_path / version, now())
        write_patients(tmp_path / version, a_reminder("P-1", due + timedelta(hours=hours)))
    service.schedules.symlink_to(tmp_path / "one")
    service.start_ready()
    assert are_planned_at(service, "P-1", due)
    fresh = tmp_path / "fresh"
    fresh.symlink_to(tmp_path / "two")
    fresh.replace(service.schedules)
    soon(lambda: are_planned_at(service, "P-1", due + timedelta(hours=2)), "the other folder")
    write_patients(tmp_path / "two", a_reminder("P-1", due + timedelta(hours=4)))
    soon(lambda: are_planned_at(service, "P-1", due + timedelta(hours=4)), "a change in the other folder")
    write_patients(tmp_path / "one", a_reminder("P-1", due))
    service.stop()
    assert are_planned_at(service, "P-1", due + timedelta(hours=4))


def test_many_files_that_change_together_are_taken_together(running: Service, due: datetime) -> None:
    names = [f"week-{number:02}.yaml" for number in range(20)]
    for number, name in enumerate(names):
        entry = a_reminder(f"W-{number}", due, phone=f"+1 720 555 {150 + number:04}")
        write_patients(running.schedules, entry, file=name)
    soon(lambda: len(running.states) == 42, "twenty files")
    loads = [number for (number,) in running.ask("SELECT id FROM loads")]
    # As git does on a checkout: each file is unlinked and written anew; a booking goes from one file into another.
    for name in names:
        (running.schedules / "patients" / name).unlink()
    for number in range(20):
        entry = a_reminder(f"W-{number}", due, phone=f"+1 720 555 {150 + number:04}", name="Rosa")
        write_patients(running.schedules, entry, file=f"week-{(number + 1) % 20:02}.yaml")
    rosa = "SELECT count(*) FROM messages WHERE body LIKE '%Rosa%'"
    soon(lambda: running.ask(rosa) == [(40,)], "the other branch")
    assert len(running.ask("SELECT id FROM loads")) == len(loads) + 1
    assert kept_apart(running, "withdrawn") == 0


def test_a_file_that_is_written_slowly_is_not_taken_for_a_shorter_one(running: Service, due: datetime) -> None:
    write_patients(running.schedules, *many(4, due))
    soon(lambda: len(running.states) == 8, "four bookings")
    file = running.schedules / "patients" / "patients.yaml"
    entries = many(4, due + timedelta(hours=2))
    with file.open("w", encoding="utf-8") as slow:  # empty from here on
        for part in ("patients:\n" + entries[0] + entries[1], entries[2] + entries[3]):
            resume = now() + timedelta(seconds=2.5)
            until(lambda at=resume: now() > at, "the writer to go on")  # type: ignore[misc]
            slow.write(part)
            slow.flush()
    soon(lambda: are_planned_at(running, "P-4", due + timedelta(hours=2)), "the whole file")
    assert all(are_planned_at(running, f"P-{number}", due + timedelta(hours=2)) for number in range(1, 5))
    assert kept_apart(running, "withdrawn") == kept_apart(running, "held") == 0


def test_whatever_else_lands_in_the_folder_the_service_goes_on(running: Service, due: datetime) -> None:
    patients = running.schedules / "patients"
    (patients / "noise.yaml").write_bytes(bytes(range(256)))
    (patients / "deep.yaml").write_text("[" * 5000, encoding="utf-8")
    (patients / "folder.yaml").mkdir()
    (patients / "nowhere.yaml").symlink_to(patients / "not-there")
    (patients / "round").symlink_to(patients)
    (patients / "sheet.csv").write_text('"', encoding="utf-8")
    os.mkfifo(patients / "pipe.yaml")
    (running.schedules / os.fsdecode(b"protocols/\xff.yaml")).write_text("protocol: [", encoding="utf-8")
    soon(lambda: running.events("problem"), "the problems in the log")
    write_patients(running.schedules, a_reminder("P-1", due), another(due))
    soon(lambda: are_planned_at(running, "P-2", due), "the new booking")
    assert are_planned_at(running, "P-1", due)


def test_a_cancelled_procedure_brings_a_notice_and_a_call(service: Service) -> None:
    service.have_due("P-1")
    service.start_ready()
    service.wait_for("accepted")
    file = service.schedules / "patients" / "patients.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.rstrip("\n") + "\n    status: cancelled\n", encoding="utf-8")
    soon(lambda: service.states.get("P-1/procedure-cancelled/1") == "planned", "the notice")
    assert [row[0] for row in service.ask("SELECT reason FROM calls WHERE closed_at IS NULL")] == [
        "procedure cancelled"
    ]
    assert service.wait_for("somebody has to be called: notifier calls")[0]["patient"] == "P-1"
    file.write_text(text, encoding="utf-8")
    soon(lambda: service.states["P-1/procedure-cancelled/1"] == "withdrawn", "the notice to be dropped")
    service.stop()


def test_a_critical_text_not_delivered_at_its_l_puts_the_patient_on_the_call_list(service: Service) -> None:
    service.have_due("P-1")
    service.start_ready()
    service.wait_for("accepted")
    service.stop()
    service.ask("UPDATE messages SET latest = send_at")  # hours pass
    service.start_ready()
    [event] = service.wait_for("somebody has to be called: notifier calls")
    assert (event["patient"], event["why"]) == ("P-1", "unknown whether the text arrived")
    service.stop()


def test_while_a_change_waits_from_the_start_on_the_call_list_is_kept_all_the_same(
    service: Service, due: datetime
) -> None:
    service.have_due("P-1")
    write_patients(service.schedules, another(due, "P-8"), file="more.yaml")
    without_consent = a_reminder("P-9", due, phone="+1 720 555 0149", consent="")
    write_patients(service.schedules, without_consent, file="others.yaml")
    service.start_ready()
    service.wait_for("accepted")
    service.stop()
    service.ask("UPDATE messages SET latest = send_at WHERE patient = 'P-1'")  # hours pass
    service.ask("UPDATE messages SET latest = earliest - 864000000000 WHERE patient = 'P-9'")
    service.ask("UPDATE followed SET look_at = 0")  # which was for the hours as they were
    service.schedules.rename(service.schedules.with_name("away"))
    service.start()
    service.wait_for("the change waits for a person: notifier changes --accept")
    opened = service.wait_for("somebody has to be called: notifier calls", count=3)
    assert ("P-1", "unknown whether the text arrived") in {(event["patient"], event["why"]) for event in opened}
    assert {event["key"] for event in service.wait_for("expired", count=2)} == {"P-9/reminder/1", "P-9/ride/1"}
    service.stop()
    assert service.states["P-8/reminder/1"] == "planned"


def test_a_reading_that_fails_does_not_keep_the_service_from_sending(service: Service) -> None:
    service.have_due("P-1")
    service.ask("ALTER TABLE good_files RENAME TO elsewhere")
    service.start()
    service.wait_for("reading the files failed")
    service.wait_for("accepted")
    service.ask("ALTER TABLE elsewhere RENAME TO good_files")
    write_patients(service.schedules, an_entry())
    service.wait_for("planned", patience=WITHIN)
    service.stop()


def test_after_its_work_it_sleeps(running: Service, due: datetime) -> None:
    for hours in range(5):
        write_patients(running.schedules, a_reminder("P-1", due + timedelta(hours=hours)))
        soon(lambda at=due + timedelta(hours=hours): are_planned_at(running, "P-1", at), "the change")  # type: ignore[misc]
    rested = now() + timedelta(seconds=3)
    until(lambda: now() > rested, "the last change to be over")
    before = rests(running.pid)
    later = now() + timedelta(seconds=15)
    until(lambda: now() > later, "a quarter of a minute")
    after = rests(running.pid)
    assert after[0] - before[0] <= 30  # at most one look, over all threads
    assert after[1] - before[1] <= 20
