"""Checking the files: what each of them says, and what only the plan of all of them shows."""

from pathlib import Path

from notifier.actions.check_schedules import check_schedules
from notifier.core.problems import Severity, Spot
from tests.actions.steps import denver
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients

NOW = denver("2026-11-22 09:00")


def test_what_only_the_plan_shows_stands_at_the_entry_that_it_is_about(tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry(), an_entry("P-1043", name="李" * 60, phone="+1 303 555 0112"))
    checked = check_schedules(folder, NOW)
    [problem] = checked.problems
    assert (problem.code, problem.severity) == ("long-text", Severity.WARNING)
    assert problem.spot == Spot("patients/patients.yaml", 8, 5)
    assert not checked.has_errors


def test_a_step_whose_window_never_opens_is_an_error_at_the_step(tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    protocol = folder / "protocols" / "mild.yaml"
    text = protocol.read_text(encoding="utf-8")
    late = text.replace("earliest: 14 hours before last-meal", "earliest: 30 minutes before last-meal")
    protocol.write_text(late, encoding="utf-8")
    write_patients(folder, an_entry())
    [problem] = check_schedules(folder, NOW).problems
    assert problem.code == "window-never-opens"
    assert late.splitlines()[problem.spot.line - 1].strip() == "latest: 90 minutes before last-meal"


def test_problems_come_by_file_and_line(tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry(phone="12"), an_entry("P-1043", name="李" * 60, phone="+1 303 555 0112"))
    write_patients(folder, an_entry("P-1044", protocol="mlid"), file="more.yaml")
    checked = check_schedules(folder, NOW)
    assert [problem.code for problem in checked.problems[1:]] == [checked.problems[1].code, "long-text"]
    assert checked.problems[0].spot.file == "patients/more.yaml"
    assert checked.has_errors
