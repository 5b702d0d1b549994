"""`notifier plan` for people: the timeline, the list of a day, filters, files, and what a draft would change."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.rig import NOW, Desk, Outcome, notifier
from tests.fakes.clinic_folder import SHIPPED, an_entry, copy_shipped, write_patients

JAMES = an_entry("P-1043", name="James", phone="+1 303 555 0112", procedure="2026-12-08 06:00")
NEW_YORK = an_entry("P-1044", name="Ms. O'Dell", phone="+1 602 555 0147", time_zone="America/New_York")


def plan(desk: Desk, *arguments: object) -> Outcome:
    return desk.call("plan", "--now", NOW, *arguments)


def steps(outcome: Outcome) -> list[tuple[str, str]]:
    return [(one["patient"], one["step"]) for one in outcome.json["messages"]]


def lines(outcome: Outcome) -> list[str]:
    assert outcome.code == 0, outcome.err
    return outcome.out.splitlines()


# The timeline.


def test_a_patients_plan_is_a_timeline_with_local_times_weekdays_and_words(desk: Desk) -> None:
    found = lines(plan(desk))
    assert found[0] == "P-1042  Maria, mild on Thu 2026-12-03 07:30, America/Denver: 12 texts"
    start = found.index("Wed 2026-12-02  1 day before")
    assert found[start : start + 7] == [
        "Wed 2026-12-02  1 day before",
        " 13:30 ◆ last-meal            until 22:00                 planned",
        "       │ Anchor Healthcare: Maria, finish eating by Wed, Dec 2, 11:30 PM. Then",
        "       │ only clear liquids until Thu, Dec 3, 5:30 AM. Questions? 303-555-0100.",
        " 19:00 ◆ night-before-wash    until 22:00                 planned",
        "       │ Anchor Healthcare: Maria, on the evening of Wed, Dec 2, please wash",
        "       │ with Hibiclens soap. Questions? Call 303-555-0100.",
    ]
    assert " 07:30 ━ procedure" in found
    assert "   ⋮   11 days without texts" in found
    assert "       - blood-thinner                                    skipped" in found
    assert found[-2] == "◆ critical   ● other text   - does not go"
    assert found[-1] == "As of Sun 2026-11-22 09:00 at the clinic; no problems in the files."


def test_why_a_text_is_as_it_is_and_how_long_it_is_stands_below_it(desk: Desk) -> None:
    desk.entries(an_entry(name="Nguyễn", status="on-hold"))
    found = lines(plan(desk))
    meal = next(number for number, line in enumerate(found) if "◇ last-meal" in line)
    assert found[meal].endswith("held")
    assert found[meal + 1] == "       │ (on-hold, 3 SMS)"


def test_nothing_that_the_shipped_files_ask_for_is_wider_than_80_columns() -> None:
    views = [(), ("--day", "2026-12-10"), ("--day", "2026-12-02", "--day", "2026-12-07")]
    for view in views:
        found = lines(notifier("--schedules", SHIPPED, "plan", "--now", NOW, *view))
        assert [line for line in found if cell_len(line) > 80] == []


# One day.


def test_a_day_is_a_list_of_what_goes_to_whom_in_the_order_of_time(desk: Desk) -> None:
    desk.entries(an_entry(), JAMES, NEW_YORK, an_entry("P-1045", phone="+1 303 555 0155", status="cancelled"))
    found = lines(plan(desk, "--day", "2026-12-02"))
    assert found[0] == "Wed 2026-12-02: 4 texts to 2 patients"
    table = [line.split() for line in found[3:] if line and "does not go" not in line][:-1]
    assert table[0] == ["13:30", "◆", "last-meal", "P-1042", "Maria", "22:00", "planned"]
    assert any(line[:4] == ["15:30", "EST", "◆", "last-meal"] for line in table)
    assert [line[2] for line in table[4:] if "off" in line] == [  # where their windows begin
        *("last-meal", "night-before-wash", "morning-wash", "last-clear-liquids")
    ]


def test_a_day_is_the_patients_own(desk: Desk) -> None:
    desk.entries(an_entry(time_zone="Asia/Tokyo"))  # where the afternoon of the procedure is the next morning
    assert ("P-1042", "after-care") in steps(plan(desk, "--json", "--day", "2026-12-04"))
    assert ("P-1042", "after-care") not in steps(plan(desk, "--json", "--day", "2026-12-03"))


# Filters.


def test_filters_leave_the_shape_for_programs_as_it_is(desk: Desk) -> None:
    desk.entries(an_entry(), JAMES)
    everything = plan(desk, "--json").json
    one = plan(desk, "--json", "--patient", "P-1043", "--step", "last-meal", "--step", "welcome")
    assert list(one.json) == ["now", "messages", "problems"]
    assert steps(one) == [("P-1043", "welcome"), ("P-1043", "last-meal")]
    assert all(message in everything["messages"] for message in one.json["messages"])
    assert {message["status"] for message in plan(desk, "--json", "--status", "skipped").json["messages"]} == {
        "skipped"
    }


def test_a_filter_that_leaves_nothing_is_no_mistake(desk: Desk) -> None:
    assert lines(plan(desk, "--status", "too-late")) == [
        "",
        "As of Sun 2026-11-22 09:00 at the clinic; no problems in the files.",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--patient", "P-1024"), "There is no patient “P-1024” in the files. Did you mean “P-1042”?"),
        (("--step", "lastmeal"), "There is no step “lastmeal” in the files. Did you mean “last-meal”?"),
        (("--status", "planed"), "'planed' is not one of"),
        (("--day", "2026-02-30"), "There is no such day as “2026-02-30”."),
    ],
)
def test_what_is_not_in_the_files_is_wrong_usage(desk: Desk, arguments: tuple[str, ...], sentence: str) -> None:
    outcome = plan(desk, *arguments)
    assert outcome.code == 2
    assert sentence in outcome.err


def test_a_patient_whose_entry_has_an_error_may_be_asked_for(desk: Desk) -> None:
    desk.entries(an_entry(phone="12"), JAMES)
    outcome = plan(desk, "--json", "--patient", "P-1042")
    assert outcome.code == 1
    assert outcome.json["messages"] == []
    assert len(outcome.json["problems"]) == 1


def test_while_the_clinic_cannot_be_read_nobody_knows_who_is_not_there(desk: Desk) -> None:
    (desk.folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    assert plan(desk, "--json", "--patient", "P-1024", "--svg", "x.svg").code == 1
    assert not Path("x.svg").exists()


# Files.


def test_pictures_a_page_and_a_calendar_are_written_side_by_side(desk: Desk) -> None:
    desk.entries(an_entry(), JAMES)
    outcome = plan(
        desk, "--patient", "P-1042", "--svg", "a.svg", "--png", "a.png", "--html", "a.html", "--ics", "a.ics"
    )
    assert lines(outcome)[:4] == ["Wrote a.svg.", "Wrote a.png.", "Wrote a.html.", "Wrote a.ics."]
    assert Path("a.svg").read_text(encoding="utf-8").startswith("<svg")
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")
    page = Path("a.html").read_text(encoding="utf-8")
    assert "Maria" in page
    assert "James" not in page
    assert Path("a.ics").read_bytes().count(b"BEGIN:VEVENT") == 12


def test_where_a_machine_cannot_draw_a_bitmap_it_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    outcome = plan(desk, "--png", "a.png")
    assert outcome.code == 2
    assert "A PNG needs the package resvg-py: pip install 'notifier[png]'." in outcome.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--svg", "a.svg"), "--svg shows one patient, and 2 are selected: name one with --patient ID."),
        (("--png", "a.png", "--status", "off"), "--png shows one patient, and nobody is selected"),
        (("--svg", "clinic.yaml"), "the name of this file has to end in .svg."),
        (("--html", "none/a.html"), "none/a.html cannot be written: no such file or directory."),
        (("--ics-names",), "--ics-names belongs to --ics FILE."),
        (("--ics", "a.ics", "--diff", "."), "leave out --diff."),
    ],
)
def test_a_file_that_cannot_be_made_is_said(desk: Desk, arguments: tuple[str, ...], sentence: str) -> None:
    desk.entries(an_entry(), JAMES)
    outcome = plan(desk, *arguments)
    assert outcome.code == 2
    assert sentence in outcome.err
    assert list(Path().iterdir()) == []


# What a draft would change.


@pytest.fixture
def before(desk: Desk, tmp_path: Path) -> Path:
    """What the desk's folder was before: with James, and without a change of Maria's time."""
    folder = copy_shipped(tmp_path / "before")
    write_patients(folder, an_entry(), JAMES)
    desk.entries(an_entry(procedure="2026-12-03 09:30", skip="[recovery]"), NEW_YORK)
    return folder


def test_a_draft_is_compared_patient_by_patient_with_what_it_changes_in_the_words(desk: Desk, before: Path) -> None:
    found = lines(plan(desk, "--diff", before))
    assert found[0] == "P-1042  Maria, booked for Thu 2026-12-03 07:30 → booked for Thu 2026-12-03 09:30"
    meal = next(number for number, line in enumerate(found) if "last-meal" in line)
    assert found[meal : meal + 5] == [
        "  moved    last-meal *           Wed 2026-12-02 13:30 → Wed 2026-12-02 15:30",
        "           until: Wed 2026-12-02 22:00 → Thu 2026-12-03 00:00",
        "           Anchor Healthcare: Maria, finish eating by [Wed, Dec 2, 11:30 PM. →",
        "           Thu, Dec 3, 1:30 AM.] Then only clear liquids until Thu, Dec 3, [5:30",
        "           → 7:30] AM. Questions? 303-555-0100.",
    ]
    assert "  status   recovery              planned → skipped (listed in skip)" in found
    assert "P-1043  James, booked for Tue 2026-12-08 06:00, gone" in found
    assert "P-1044  Ms. O'Dell, booked for Thu 2026-12-03 09:30, new" in found
    assert any(line.startswith("  gone     welcome ") for line in found)
    assert any(line.startswith("  new      after-care * ") for line in found)
    assert found[-2].endswith(f"texts of 3 patients not as in {before}.")
    assert [line for line in found[:-2] if cell_len(line) > 80] == []


def test_a_comparison_is_told_to_programs_with_both_versions_of_a_message(desk: Desk, before: Path) -> None:
    outcome = plan(desk, "--diff", before, "--json", "--step", "recovery", "--patient", "P-1042")
    assert list(outcome.json) == ["now", "changes", "problems", "problems_before"]
    [change] = outcome.json["changes"]
    assert {name: change[name] for name in ("patient", "step", "changes")} == {
        "patient": "P-1042",
        "step": "recovery",
        "changes": ["status"],
    }
    assert (change["before"]["status"], change["after"]["status"]) == ("planned", "skipped")


def test_files_that_ask_for_the_same_are_said_to(desk: Desk) -> None:
    found = lines(plan(desk, "--diff", desk.folder))
    assert found[0] == f"All is as in {desk.folder}."


def test_corrected_phones_and_what_is_critical_are_told(desk: Desk, before: Path) -> None:
    desk.entries(an_entry(phone="+1 720 555 0155"), JAMES)
    mild = desk.folder / "protocols" / "mild.yaml"
    mild.write_text(mild.read_text("utf-8").replace("    critical: true\n", "", 1), encoding="utf-8")
    out = plan(desk, "--diff", before).out
    assert "  phone    last-meal *           +17205550134 → +17205550155" in out
    assert "           critical: yes → no" in out


def test_a_window_that_changes_alone_is_told_by_its_ends(desk: Desk, before: Path) -> None:
    desk.entries(an_entry(), JAMES)
    mild = desk.folder / "protocols" / "mild.yaml"
    words = mild.read_text("utf-8").replace(
        "earliest: 14 hours before last-meal", "earliest: 13 hours before last-meal"
    )
    mild.write_text(words, encoding="utf-8")
    found = lines(plan(desk, "--diff", before, "--patient", "P-1042"))
    assert found[1:3] == [
        "  window   last-meal *           Wed 2026-12-02 13:30",
        "           from: Wed 2026-12-02 09:30 → Wed 2026-12-02 10:30",
    ]


def test_mistakes_in_the_other_version_are_pointed_at(desk: Desk, before: Path) -> None:
    write_patients(before, an_entry(phone="12"))
    desk.entries(an_entry())
    outcome = plan(desk, "--diff", before)
    assert outcome.code == 0
    assert f"Mind that {before} has 1 error." in outcome.out
    assert plan(desk, "--diff", before, "--json").json["problems_before"][0]["severity"] == "error"


def test_mistakes_in_the_files_exit_with_one(desk: Desk, before: Path) -> None:
    desk.entries(an_entry(phone="12"))
    outcome = plan(desk, "--diff", before)
    assert outcome.code == 1
    assert "gone" in outcome.out


def test_a_git_revision_is_compared_with_what_is_written_now(desk: Desk) -> None:
    program = shutil.which("git")
    assert program is not None
    who = {f"GIT_{role}_{what}": "x@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "as it was"]):
        subprocess.run([program, "-C", desk.folder, *arguments], env={**os.environ, **who}, check=True)
    desk.entries(an_entry(skip="[recovery]"))
    assert (
        lines(plan(desk, "--diff", "HEAD"))[1] == "  status   recovery              planned → skipped (listed in skip)"
    )


def test_what_is_neither_a_folder_nor_a_revision_is_wrong_usage(desk: Desk) -> None:
    outcome = plan(desk, "--diff", "HED")
    assert outcome.code == 2
    assert "“HED” is no folder" in outcome.err
