"""What an admin looks at before anything is sent: `check`, `plan`, `changes`."""

from itertools import pairwise

from tests.cli.rig import NOW, Desk
from tests.fakes.clinic_folder import an_entry

KEYS = [
    *("patient", "step", "status", "reason", "critical", "send_at", "earliest", "latest", "moments"),
    *("to", "language", "body", "encoding", "segments"),
]
MARIA = an_entry(language="es", arrival="2026-12-03 06:30", orders="{ lifting: 24 hours, blood-thinner: 72 hours }")


def message(desk: Desk, step: str, now: str = NOW) -> dict[str, object]:
    [found] = [one for one in desk.call("plan", "--json", "--now", now).json["messages"] if one["step"] == step]
    assert isinstance(found, dict)
    return found


def test_files_that_are_fine_check_with_zero(desk: Desk) -> None:
    outcome = desk.call("check", "--now", NOW)
    assert outcome.code == 0
    assert outcome.out == "No problems. 12 texts to 1 patient will be sent.\n"
    assert desk.call("check", "--json", "--now", NOW).json == {"problems": []}


def test_a_mistake_is_shown_in_its_line_with_a_hint_and_checks_with_one(desk: Desk) -> None:
    desk.entries(an_entry(protocol="mlid"))
    outcome = desk.call("check", "--now", NOW)
    assert outcome.code == 1
    lines = outcome.out.splitlines()
    assert lines[0].startswith("patients/patients.yaml:6:15: error: ")
    assert lines[0].endswith("]")
    assert lines[1] == "     6 |     protocol: mlid"
    assert lines[2] == "       |               ^^^^"
    assert "mild" in lines[3]
    assert lines[-1] == "1 error. 0 texts to 0 patients would still be sent. Held until the errors are mended: P-1042."


def test_a_mistake_is_told_to_programs_with_just_the_agreed_keys(desk: Desk) -> None:
    desk.entries(an_entry(protocol="mlid"))
    outcome = desk.call("check", "--json", "--now", NOW)
    assert outcome.code == 1
    [problem] = outcome.json["problems"]
    assert list(problem) == ["file", "line", "column", "severity", "code", "message", "hint"]
    assert (problem["file"], problem["line"], problem["column"]) == ("patients/patients.yaml", 6, 15)
    assert problem["severity"] == "error"


def test_a_warning_keeps_nothing_from_being_sent(desk: Desk) -> None:
    (desk.folder / "patients" / "more.xlsx").touch()
    outcome = desk.call("check", "--now", NOW)
    assert outcome.code == 0
    assert outcome.out.endswith("1 warning. 12 texts to 1 patient will be sent.\n")


def test_a_mistake_far_to_the_right_is_still_in_sight(desk: Desk) -> None:
    desk.entries(an_entry(name=f"{'x' * 30}  # {'y' * 200}", procedure="2026-12-03 07:30,  " + " " * 150 + "x"))
    outcome = desk.call("check", "--now", NOW)
    assert outcome.code == 1
    assert max(map(len, outcome.out.splitlines())) < 400


def test_a_folder_that_is_not_there_is_a_problem(desk: Desk) -> None:
    outcome = desk.call("check", "--schedules", desk.folder / "none")
    assert outcome.code == 1
    assert "missing-folder" in outcome.out


def test_a_message_has_just_the_agreed_keys(desk: Desk) -> None:
    desk.entries(MARIA)
    plan = desk.call("plan", "--json", "--now", NOW).json
    assert list(plan) == ["now", "messages", "problems"]
    assert plan["now"] == NOW
    assert [list(one) for one in plan["messages"]] == [KEYS] * 13


def test_a_message_is_told_with_its_window_and_every_instant_that_it_prints(desk: Desk) -> None:
    desk.entries(an_entry(arrival="2026-12-03 06:30"))
    assert message(desk, "last-meal") == {
        "patient": "P-1042",
        "step": "last-meal",
        "status": "planned",
        "reason": None,
        "critical": True,
        "send_at": "2026-12-02T13:30:00-07:00",
        "earliest": "2026-12-02T09:30:00-07:00",
        "latest": "2026-12-02T22:00:00-07:00",
        "moments": {"last-meal": "2026-12-02T23:30:00-07:00", "last-liquids": "2026-12-03T05:30:00-07:00"},
        "to": "+17205550134",
        "language": "en",
        "body": "Anchor Healthcare: Maria, finish eating by Wed, Dec 2, 11:30 PM. Then only clear liquids until "
        "Thu, Dec 3, 5:30 AM. Questions? 303-555-0100.",
        "encoding": "GSM-7",
        "segments": 1,
    }
    assert message(desk, "welcome")["moments"] == {"procedure": "2026-12-03T07:30:00-07:00"}
    assert message(desk, "ride-and-clothes")["moments"] == {"arrival": "2026-12-03T06:30:00-07:00"}


def test_times_carry_the_patients_own_offset_also_after_a_clock_change(desk: Desk) -> None:
    desk.entries(an_entry(time_zone="America/New_York", procedure="2027-03-12 07:30"))
    assert str(message(desk, "ride-and-clothes")["send_at"]).endswith("T10:00:00-05:00")
    assert str(message(desk, "keep-dry-ends")["send_at"]).endswith("-04:00")


def test_a_message_without_a_place_has_neither_time_nor_words(desk: Desk) -> None:
    desk.entries(an_entry(skip="[recovery]"))
    no_order, skipped = message(desk, "blood-thinner"), message(desk, "recovery")
    assert (no_order["status"], no_order["reason"]) == ("skipped", "no order")
    assert skipped["status"] == "skipped"
    for one in (no_order, skipped):
        assert [one[key] for key in ("send_at", "body", "encoding", "segments")] == [None] * 4


def test_letters_outside_the_short_alphabet_are_told_by_encoding_and_segments(desk: Desk) -> None:
    desk.entries(an_entry(name="Nguyễn"))
    assert (message(desk, "last-meal")["encoding"], message(desk, "last-meal")["segments"]) == ("UCS-2", 3)


def test_messages_are_in_order_of_time_then_patient_then_step_and_those_without_a_time_last(desk: Desk) -> None:
    desk.entries(an_entry("P-9"), an_entry("P-10", phone="+1 303 555 0112"))
    messages = desk.call("plan", "--json", "--now", NOW).json["messages"]
    placed = [one for one in messages if one["send_at"]]
    assert messages == [*placed, *[one for one in messages if not one["send_at"]]]
    assert [one["patient"] for one in messages[-2:]] == ["P-10", "P-9"]
    for earlier, later in pairwise(placed):
        assert (earlier["send_at"], earlier["patient"]) <= (later["send_at"], later["patient"])
    both = [one["step"] for one in placed if one["send_at"] == "2026-12-05T08:30:00-07:00" and one["patient"] == "P-9"]
    assert both == ["keep-dry-ends", "lifting-ends"]


def test_the_plan_of_a_clinic_that_cannot_be_read_is_empty_and_exits_with_one(desk: Desk) -> None:
    (desk.folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    outcome = desk.call("plan", "--json", "--now", NOW)
    assert outcome.code == 1
    assert outcome.json["messages"] == []
    assert outcome.json["now"] == "2026-11-22T16:00:00+00:00"
    assert desk.call("plan", "--now", NOW).code == 1


def test_changes_are_shown_and_not_made(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    before = desk.counts()
    desk.entries(an_entry(procedure="2026-12-03 09:30", skip="[recovery]"))
    outcome = desk.call("changes", "--now", NOW)
    assert outcome.code == 0
    assert "Wed 2026-12-02 13:30 → Wed 2026-12-02 15:30" in outcome.out
    assert "withdrawn" in outcome.out
    assert outcome.out.endswith("9 changes for 1 patient.\n")
    assert desk.counts() == before


def test_changes_are_told_to_programs(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    desk.entries(an_entry(procedure="2026-12-03 09:30"))
    changes = desk.call("changes", "--json", "--now", NOW).json["changes"]
    [last_meal] = [change for change in changes if change["step"] == "last-meal"]
    assert last_meal.pop("body").startswith("Anchor Healthcare: Maria, finish eating by Thu, Dec 3, 1:30 AM.")
    assert last_meal == {
        "change": "moved",
        "patient": "P-1042",
        "step": "last-meal",
        "revision": 1,
        "state": "planned",
        "reason": None,
        "send_at_before": "2026-12-02T13:30:00-07:00",
        "send_at": "2026-12-02T15:30:00-07:00",
        "latest": "2026-12-03T00:00:00-07:00",
        "to": "+17205550134",
    }


def test_a_ledger_that_agrees_with_the_files_has_no_changes(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    outcome = desk.call("changes", "--now", NOW)
    assert (outcome.code, outcome.out) == (0, "The ledger agrees with the files.\n")


def test_changes_of_files_with_an_error_exit_with_one(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    desk.entries(an_entry(phone="12"))
    outcome = desk.call("changes", "--now", NOW)
    assert outcome.code == 1
    assert "error in the entry" in outcome.out


def test_the_closing_line_names_who_is_held_and_counts_the_rest(desk: Desk) -> None:
    wrong = [an_entry(f"P-{number}", phone="12") for number in range(11, 23)]
    desk.entries(an_entry(), *wrong)
    closing = desk.call("check", "--now", NOW).out.splitlines()[-1]
    assert closing.startswith(
        "12 errors. 12 texts to 1 patient would still be sent. Held until the errors are mended: P-11, "
    )
    assert closing.endswith("P-20 and 2 more.")


def test_a_warning_is_shown_with_how_to_allow_it(desk: Desk) -> None:
    desk.entries(an_entry(procedure="2026-12-05 07:30"))
    outcome = desk.call("check", "--now", NOW)
    assert outcome.code == 0
    assert outcome.out.endswith(
        "Where a warning is right, say so beside it: “allow: { its-code: the reason }”.\n\n"
        "1 warning. 12 texts to 1 patient will be sent.\n"
    )
