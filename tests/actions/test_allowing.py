"""Warnings that an admin has looked at: silenced where the `allow` stands, with a reason, and nowhere else."""

from pathlib import Path

import pytest

from notifier.actions.check_schedules import check_schedules
from tests.actions.steps import denver
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients

NOW = denver("2026-11-22 09:00")
SATURDAY = "2026-12-05 07:30"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_shipped(tmp_path / "schedules")


def told(folder: Path) -> list[str]:
    """Return what is said of the files, as `file:line:column code`."""
    problems = check_schedules(folder, NOW).problems
    return [f"{one.spot.file}:{one.spot.line}:{one.spot.column} {one.code}" for one in problems]


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    "allow",
    [
        "{ weekend: a Saturday list }",
        "[weekend]  # a Saturday list",
        "weekend  # a Saturday list",
        "\n      weekend: a Saturday list",
        "\n      - weekend  # a Saturday list",
    ],
)
def test_an_entry_allows_what_stands_in_it(folder: Path, allow: str) -> None:
    write_patients(folder, an_entry(procedure=SATURDAY, allow=allow), an_entry("P-2", phone="720 555 0135"))
    assert told(folder) == []


def test_it_allows_nothing_in_other_entries_and_no_other_code(folder: Path) -> None:
    entry = an_entry(procedure="2026-12-05 02:30", allow="{ weekend: a Saturday list }")
    write_patients(folder, entry, an_entry("P-2", procedure=SATURDAY, phone="720 555 0135"))
    assert told(folder) == ["patients/patients.yaml:7:16 night", "patients/patients.yaml:14:16 weekend"]


def test_a_table_allows_in_a_column_of_its_own(folder: Path) -> None:
    rows = [
        "id,name,phone,consent,protocol,procedure,allow",
        f"P-1,Maria,720 555 0134,2026-11-20,mild,{SATURDAY},weekend: a Saturday list; night: never",
        f"P-2,Jo,720 555 0134,2026-11-20,mild,{SATURDAY},weekend; shared-phone: his wife's; moon: full",
    ]
    (folder / "patients" / "a.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert told(folder) == [
        "patients/a.csv:2:83 allow-unused",
        "patients/a.csv:3:54 allow-reason",
        "patients/a.csv:3:89 allow-unknown",
    ]


@pytest.mark.parametrize("allow", ["[weekend]", "{ weekend: }", "{ weekend: '' }", "[weekend] #"])
def test_a_reason_is_asked_for(folder: Path, allow: str) -> None:
    write_patients(folder, an_entry(procedure=SATURDAY, allow=allow))
    [said] = told(folder)
    assert said.endswith("allow-reason")


def test_an_unknown_code_is_told_with_the_nearest(folder: Path) -> None:
    write_patients(folder, an_entry(allow="{ weeknd: why not }"))
    [problem] = check_schedules(folder, NOW).problems
    assert (problem.code, problem.spot.column) == ("allow-unknown", 14)
    assert problem.hint == "Did you mean “weekend”?"


def test_one_that_silences_nothing_is_told(folder: Path) -> None:
    write_patients(folder, an_entry(allow="{ weekend: a Saturday list }"))
    assert told(folder) == ["patients/patients.yaml:8:14 allow-unused"]


def test_one_that_an_error_may_hide_is_not_told_idle(folder: Path) -> None:
    write_patients(folder, an_entry(procedure="2026-12-35 07:30", allow="{ weekend: a Saturday list }"))
    assert told(folder) == ["patients/patients.yaml:7:16 date-time"]


def test_what_comes_and_goes_with_the_day_is_never_idle(folder: Path) -> None:
    write_patients(folder, an_entry(allow="{ far-ahead: booked early }"))
    assert told(folder) == []


def test_an_error_cannot_be_allowed(folder: Path) -> None:
    write_patients(folder, an_entry(phone="12", allow="{ phone-invalid: it rings }"))
    assert told(folder) == ["patients/patients.yaml:4:12 phone-invalid", "patients/patients.yaml:8:14 allow-unknown"]


def test_a_step_allows_what_stands_in_its_texts(folder: Path) -> None:
    mild = folder / "protocols" / "mild.yaml"
    edit(mild, "finish eating by {last-meal}", "eat today until {last-meal}")
    assert [line.split()[1] for line in told(folder)] == ["relative-day"]
    window = "latest: 90 minutes before last-meal\n"
    edit(mild, window, f"{window}    allow: {{ relative-day: it goes out on the day itself }}\n")
    assert told(folder) == []
    edit(mild, "eat and sleep well", "eat well today")
    assert [line.split()[1] for line in told(folder)] == ["relative-day"]


def test_a_protocol_allows_in_all_of_its_file(folder: Path) -> None:
    mild = folder / "protocols" / "mild.yaml"
    edit(mild, "finish eating by {last-meal}", "eat today until {last-meal}")
    edit(mild, "HELP for help.\n  es", "HELP for aspirin.\n  es")
    edit(mild, "protocol: mild\n", "protocol: mild\nallow: { relative-day: now, medical-name: now, night: x }\n")
    assert [line.split()[1] for line in told(folder)] == ["allow-unused"]


def test_a_notice_allows_what_stands_in_it(folder: Path) -> None:
    mild = folder / "protocols" / "mild.yaml"
    edit(mild, "Forget earlier times", "Forget yesterday's times")
    assert [line.split()[1] for line in told(folder)] == ["relative-day"]
    edit(mild, "  procedure-moved:\n", "  procedure-moved:\n    allow: { relative-day: meant }\n")
    assert told(folder) == []


def test_the_clinic_allows_in_all_files_and_is_never_idle(folder: Path) -> None:
    rule = "  allow: { weekend: we operate on Saturdays, night: and at night }\n"
    edit(folder / "clinic.yaml", "  country: US", f"{rule}  country: US")
    write_patients(folder, an_entry(procedure=SATURDAY))
    assert told(folder) == []


def test_what_only_the_plan_shows_is_allowed_too(folder: Path) -> None:
    entry = an_entry(name="李" * 60, allow="{ long-text: it is her name }")
    write_patients(folder, entry)
    assert told(folder) == []
