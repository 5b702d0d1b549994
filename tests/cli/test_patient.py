"""`notifier patient`: what an admin sees before her file is changed, and what then stands in it."""

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.rig import NOW, Desk, Outcome, notifier
from tests.fakes.clinic_folder import an_entry

FILE = "patients/patients.yaml"


def patient(desk: Desk, *arguments: object) -> Outcome:
    return desk.call("patient", *arguments, "--now", NOW)


def lines(desk: Desk, file: str = FILE) -> list[str]:
    return (desk.folder / file).read_text(encoding="utf-8").splitlines()


def test_a_move_is_shown_first_and_not_done_where_nobody_can_be_asked(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    before = lines(desk)
    outcome = patient(desk, "move", "P-1042", "2026-12-04 13:00")
    assert (outcome.code, lines(desk)) == (1, before)
    assert outcome.err == "Nothing is written: nobody is here to ask. Say --yes to write it.\n"
    shown = [" ".join(line.split()) for line in outcome.out.splitlines()]
    assert shown[:3] == [FILE, "7 - procedure: 2026-12-03 07:30", "7 + procedure: 2026-12-04 13:00"]
    assert "P-1042 Maria" in shown
    assert "moved last-meal Wed 2026-12-02 13:30 → Thu 2026-12-03 19:00" in shown


def test_a_move_is_written_with_yes(desk: Desk) -> None:
    outcome = patient(desk, "move", "P-1042", "12/4/2026 1:00 PM", "--arrival", "2026-12-04 12:15", "--yes")
    assert (outcome.code, outcome.out.splitlines()[-1]) == (0, f"Written to {FILE}. The files have no problems.")
    assert lines(desk)[-2:] == ["    procedure: 2026-12-04 13:00", "    arrival: 2026-12-04 12:15"]


def test_only_what_the_edit_changes_is_shown(desk: Desk) -> None:
    desk.entries(an_entry(), an_entry("P-1043", phone="+1 303 555 0112"))
    shown = patient(desk, "hold", "P-1043").out
    assert "P-1043" in shown
    assert "P-1042" not in shown


@pytest.mark.parametrize(
    ("command", "status"),
    [("cancel", "cancelled"), ("hold", "on-hold"), ("complete", "completed"), ("no-show", "no-show")],
)
def test_a_status_is_written_and_booked_again(desk: Desk, command: str, status: str) -> None:
    assert patient(desk, command, "P-1042", "--yes").code == 0
    assert lines(desk)[-1] == f"    status: {status}"
    assert patient(desk, "book", "P-1042", "--yes").code == 0
    assert lines(desk)[-1] == "    status: booked"


def test_what_is_so_already_is_said_and_fine(desk: Desk) -> None:
    outcome = patient(desk, "phone", "P-1042", "+1 720 555 0134")
    assert (outcome.code, outcome.out) == (0, f"{FILE} says so already: there is nothing to write.\n")


def test_an_edit_that_no_text_notices_says_so(desk: Desk) -> None:
    desk.entries(an_entry(consent="", status="cancelled"))
    assert "No text changes." in patient(desk, "set", "P-1042", "language=es").out


def test_an_edit_that_would_be_a_mistake_is_not_written(desk: Desk) -> None:
    before = lines(desk)
    outcome = patient(desk, "phone", "P-1042", "1.72E+10", "--yes")
    assert (outcome.code, lines(desk)) == (1, before)
    assert f"{FILE}:4: error: This phone has lost digits. Excel has turned it into a number" in outcome.out
    assert outcome.out.endswith("Nothing is written: the file would have a mistake.\n")


def test_a_mistake_that_is_there_already_may_be_mended_or_left(desk: Desk) -> None:
    desk.entries(an_entry(phone="12"), an_entry("P-1043", phone="13"))
    outcome = patient(desk, "phone", "P-1042", "+1 720 555 0134", "--yes")
    assert outcome.code == 0
    assert lines(desk)[3] == "    phone: +1 720 555 0134"


def test_a_warning_is_shown_and_keeps_nothing_from_being_written(desk: Desk) -> None:
    (desk.folder / FILE).write_text("patients:\n" + an_entry(language="es"), encoding="utf-8")
    protocol = desk.folder / "protocols" / "mild.yaml"
    text = protocol.read_text(encoding="utf-8")
    protocol.write_text(text.replace("      es: ", "      # es: ", 1), encoding="utf-8")
    assert patient(desk, "cancel", "P-1042", "--yes").code == 0


def test_consent_is_noted_for_today_or_a_day_and_withdrawn(desk: Desk) -> None:
    for arguments, line in (
        ((), "    consent: 2026-11-22"),
        (("11/19/2026",), "    consent: 2026-11-19"),
        (("--withdraw",), "    consent:"),
    ):
        assert patient(desk, "consent", "P-1042", *arguments, "--yes").code == 0
        assert lines(desk)[4] == line
    both = patient(desk, "consent", "P-1042", "2026-11-19", "--withdraw")
    assert (both.code, "A consent that is withdrawn has no day." in both.err) == (2, True)


def test_any_field_can_be_set_or_taken_out(desk: Desk) -> None:
    given = ("language=es", "order:lifting=36 hours", "skip=welcome recovery", "consent=")
    assert patient(desk, "set", "P-1042", *given, "--yes").code == 0
    assert lines(desk)[3:] == [
        "    phone: +1 720 555 0134",
        "    language: es",
        "    consent:",
        "    protocol: mild",
        "    procedure: 2026-12-03 07:30",
        "    orders: { lifting: 36 hours }",
        "    skip: [welcome, recovery]",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", "P-1042", "procedur=x"), "There is no field “procedur” to set. Did you mean “procedure”?"),
        (("set", "P-1042", "id=x"), "There is no field “id” to set."),
        (("set", "P-1042", "language"), "“language” has no “=”"),
        (("move", "P-1042", "2026-13-04 07:30"), "There is no such day as “2026-13-04”."),
        (("consent", "P-1042", "soon"), "“soon” is not a date that this program can read."),
    ],
)
def test_wrong_usage_is_told(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    outcome = patient(desk, *arguments)
    assert (outcome.code, said in outcome.err) == (2, True)


def test_a_booking_that_is_nowhere_is_wrong_usage_and_told_in_a_sentence(desk: Desk) -> None:
    outcome = patient(desk, "cancel", "P-9")
    said = "Error: Invalid value for ID: No entry has the id “P-9”. Check its capitals and hyphens.\n"
    assert (outcome.code, outcome.err.endswith(said)) == (2, True)


def test_a_booking_that_may_be_in_a_file_that_cannot_be_read_is_no_wrong_usage(desk: Desk) -> None:
    (desk.folder / "patients/2027.yaml").write_text("patients: [", encoding="utf-8")
    outcome = patient(desk, "cancel", "P-9")
    said = "Error: No entry has the id “P-9”. patients/2027.yaml cannot be read: “notifier check” says why.\n"
    assert (outcome.code, outcome.err) == (1, said)


def test_where_there_is_no_ledger_yet_none_is_begun(desk: Desk) -> None:
    outcome = patient(desk, "move", "P-1042", "2026-12-04 13:00", "--yes")
    assert (outcome.code, "Compared with an empty one." in outcome.err) == (0, True)
    assert not desk.ledger.exists()


ANA = ("P-9", "--name", "Ana", "--phone", "720 555 0177", "--procedure", "2026-12-10 09:00")


def test_a_patient_is_added_with_what_is_given(desk: Desk) -> None:
    given = ("--arrival", "2026-12-10 08:00", "--consent", "2026-11-20", "--order", "lifting=36 hours")
    assert patient(desk, "add", *ANA, *given, "--skip", "welcome", "--skip", "recovery", "--yes").code == 0
    assert lines(desk)[-9:] == [
        "  - id: P-9",
        "    name: Ana",
        "    phone: 720 555 0177",
        "    consent: 2026-11-20",
        "    protocol: mild",
        "    procedure: 2026-12-10 09:00",
        "    arrival: 2026-12-10 08:00",
        "    orders: { lifting: 36 hours }",
        "    skip: [welcome, recovery]",
    ]


def test_of_several_protocols_one_is_to_be_named(desk: Desk) -> None:
    mild = (desk.folder / "protocols" / "mild.yaml").read_text(encoding="utf-8")
    (desk.folder / "protocols" / "knee.yaml").write_text(mild.replace("protocol: mild", "protocol: knee"))
    outcome = patient(desk, "add", *ANA)
    assert (outcome.code, "Say which protocol it is with --protocol: knee or mild." in outcome.err) == (2, True)
    assert patient(desk, "add", *ANA, "--protocol", "knee", "--yes").code == 0
    assert "    protocol: knee" in lines(desk)


def test_what_programs_are_told(desk: Desk) -> None:
    outcome = patient(desk, "cancel", "P-1042", "--json")
    told = outcome.json
    assert (outcome.code, told["file"], told["written"], told["problems"]) == (1, FILE, False, [])
    done = patient(desk, "cancel", "P-1042", "--json", "--yes")
    assert (done.code, done.json["written"], lines(desk)[-1]) == (0, True, "    status: cancelled")


def test_what_will_wait_for_a_person_is_said(desk: Desk) -> None:
    many = [an_entry(f"P-{number}", phone=f"+1 720 555 {100 + number:04}") for number in range(1, 8)]
    desk.entries(*many)
    desk.record("2026-11-22 09:00")
    desk.entries(*(entry.replace("2026-12-03", "2026-12-05") for entry in many[:5]), *many[5:])
    shown = patient(desk, "move", "P-6", "2026-12-05 07:30").out
    assert "Once written it waits for a person: It would withdraw, move or hold texts of 6 patients" in shown


def test_a_file_that_is_open_elsewhere_is_left_alone(desk: Desk) -> None:
    (desk.folder / "patients" / ".patients.yaml.swp").touch()
    outcome = patient(desk, "cancel", "P-1042", "--yes")
    assert outcome.code == 1
    assert "patients.yaml is open in another program" in outcome.err
    assert "    status: cancelled" not in lines(desk)


def test_each_command_has_an_example_in_its_help() -> None:
    for name in ("add", "move", "cancel", "hold", "book", "complete", "no-show", "phone", "consent", "set"):
        assert f"Example: notifier patient {name} P-10" in notifier("patient", name, "--help").out


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1)])
def test_at_a_terminal_the_admin_is_asked(desk: Desk, answer: str, code: int) -> None:
    terminal, child_end = pty.openpty()
    command = [sys.executable, "-m", "notifier", "--schedules", str(desk.folder), "patient", "hold", "P-1042"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [*command, "--now", NOW],
        stdin=child_end,
        stdout=child_end,
        stderr=child_end,
        env={**os.environ, "PYTHONPATH": str(root), "TERM": "dumb"},
    ) as run:
        os.close(child_end)
        shown = read_until(terminal, "[y/N]")
        os.write(terminal, f"{answer}\n".encode())
        shown += read_until(terminal, None)
        assert run.wait(timeout=30) == code
    os.close(terminal)
    assert f"Write this to {FILE}?" in shown
    assert (f"Written to {FILE}." if answer == "y" else "Nothing is written.") in shown
    assert ("    status: on-hold" in lines(desk)) == (answer == "y")


def read_until(terminal: int, words: str | None) -> str:
    """Return what a terminal shows up to some words; None: up to its end."""
    shown = ""
    while words is None or words not in shown:
        assert select.select([terminal], [], [], 30)[0], f"nothing more within 30 s after: {shown}"
        try:
            data = os.read(terminal, 4096)
        except OSError:  # Linux says so where the other side is closed
            return shown
        if not data:
            return shown
        shown += data.decode()
    return shown
