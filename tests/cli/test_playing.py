"""What can be tried without a phone: `simulate`, `demo`."""

from pathlib import Path

import pytest

from notifier.ledger.opening import open_ledger
from tests.cli.rig import NOW, Desk, notifier
from tests.fakes.clinic_folder import an_entry


def test_a_patients_weeks_are_played_as_a_conversation(desk: Desk) -> None:
    outcome = desk.call("simulate", "P-1042", "--now", NOW)
    assert outcome.code == 0
    assert outcome.err == ""
    lines = outcome.out.splitlines()
    assert "P-1042, Maria" in lines
    assert "Wednesday 2026-12-02" in outcome.out
    assert "  Wed 13:30 MST  last-meal" in lines
    words = " ".join(word for line in lines if line.startswith("    │") for word in line.strip(" │").split())
    assert "finish eating by Wed, Dec 2, 11:30 PM." in words
    assert lines[-1].split() == ["P-1042", "Maria", "12", "12", "1", "12", "0", "0"]


def test_a_conversation_is_told_to_programs(desk: Desk) -> None:
    outcome = desk.call("simulate", "P-1042", "--json", "--now", NOW)
    assert outcome.code == 0
    texts = outcome.json["texts"]
    assert len(texts) == 12
    assert outcome.json["problems"] == []
    assert list(texts[0]) == ["at", "patient", "step", "to", "body", "encoding", "segments"]
    assert (texts[0]["at"], texts[0]["step"]) == (NOW, "welcome")
    assert [(one["encoding"], one["segments"]) for one in texts[1:]] == [("GSM-7", 1)] * 11


def test_only_the_patient_who_is_named_is_played(desk: Desk) -> None:
    desk.entries(an_entry(), an_entry("P-1043", phone="+1 303 555 0112", time_zone="America/Phoenix"))
    one = desk.call("simulate", "P-1043", "--json", "--now", NOW).json["texts"]
    assert {text["patient"] for text in one} == {"P-1043"}
    everyone = desk.call("simulate", "--now", NOW).out
    assert "P-1042, Maria" in everyone
    assert "P-1043, Maria" in everyone


def test_playing_leaves_the_services_ledger_alone(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    before = desk.counts()
    desk.call("simulate", "P-1042", "--now", NOW)
    assert desk.counts() == before


def test_a_patient_who_is_not_in_the_files_is_wrong_usage(desk: Desk) -> None:
    outcome = desk.call("simulate", "P-9999", "--now", NOW)
    assert outcome.code == 2
    assert f"No patient P-9999 that can be planned is in {desk.folder}." in outcome.err


def test_a_mistake_beside_a_good_patient_is_shown_and_exits_with_one(desk: Desk) -> None:
    desk.entries(an_entry(), an_entry("P-1043", phone="12"))
    outcome = desk.call("simulate", "P-1042", "--now", NOW)
    assert outcome.code == 1
    assert "patients/patients.yaml" in outcome.out
    assert "last-meal" in outcome.out
    program = desk.call("simulate", "P-1042", "--json", "--now", NOW)
    assert program.code == 1
    assert [problem["severity"] for problem in program.json["problems"]] == ["error"]


def test_a_clinic_that_cannot_be_read_has_nobody_to_play(desk: Desk) -> None:
    (desk.folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    assert desk.call("simulate", "P-1042", "--now", NOW).code == 2


def test_the_demo_plays_four_patients_and_can_be_played_again() -> None:
    for _ in range(2):
        outcome = notifier("demo")
        assert outcome.code == 0, outcome.err
    names = ("Grace", "María", "Lee O'Connor", "Sam")
    assert all(f"{name}, +1" in outcome.out for name in names)
    assert "4 patients" in outcome.out
    assert "STOP to end" in outcome.out
    assert Path("demo/timeline.html").read_text(encoding="utf-8").startswith("<!")
    with open_ledger("sqlite:///demo/ledger.db") as ledger, ledger.reading() as book:
        assert book.patients() == {"P-1001", "P-1002", "P-1003", "P-1004"}
        assert {state.value for state in book.counts()} == {"delivered", "expired"}
    assert notifier("check", "--schedules", "demo/schedules").code == 0


def test_a_folder_that_is_not_the_demos_is_left_alone() -> None:
    Path("demo").mkdir()
    Path("demo/mine.txt").touch()
    outcome = notifier("demo")
    assert outcome.code == 2
    assert "demo is there already and is not a demo's; name another with --folder." in outcome.err
    assert Path("demo/mine.txt").is_file()


def test_the_demo_is_told_of_wrong_settings_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_DISPATCH__RATE", "fast")
    outcome = notifier("demo")
    assert outcome.code == 2
    assert outcome.err.startswith("Error: The setting dispatch.rate is not right: ")
