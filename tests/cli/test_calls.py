"""The call list, and what else tells who did not get what, and why."""

from datetime import timedelta

import pytest

from notifier.clock import JumpingClock
from notifier.core.delivery import Answer, AnswerKind
from notifier.ledger.opening import open_ledger
from tests.actions.steps import denver, send
from tests.cli.rig import Desk, notifier
from tests.fakes.clinic_folder import an_entry
from tests.fakes.fake_sender import FakeSender

REFUSED = Answer(AnswerKind.REFUSED, code="30006")


@pytest.fixture
def listed(desk: Desk) -> Desk:
    """A desk with two patients to call, of whom P-2's procedure comes first."""
    desk.entries(
        an_entry("P-1", consent="", phone="+1 720 555 0101", procedure="2026-12-10 07:30"),
        an_entry("P-2", consent="", phone="+1 720 555 0102", name="Zoë", procedure="2026-12-03 07:30"),
    )
    desk.record("2026-11-22 09:00")
    return desk


def ids(desk: Desk, *options: str) -> dict[str, int]:
    return {entry["patient"]: entry["id"] for entry in desk.call("calls", "--json", *options).json["calls"]}


def test_the_most_urgent_comes_first_with_all_that_a_caller_needs(listed: Desk) -> None:
    outcome = listed.call("calls")
    assert outcome.code == 1
    lines = [" ".join(line.split()) for line in outcome.out.splitlines()]
    assert lines[0] == f"{ids(listed)['P-2']} call by Wed 2026-12-02 22:00 P-2 Zoë, +17205550102"
    assert lines[1] == "why no consent"
    assert lines[2].startswith("say Anchor Healthcare: Zoë, finish eating by Wed, Dec 2, 11:30 PM.")
    assert lines[-1] == "2 patients to call; times are America/Denver."


def test_the_list_is_told_to_programs(listed: Desk) -> None:
    first = listed.call("calls", "--json").json["calls"][0]
    assert first.pop("say").startswith("Anchor Healthcare: Zoë")
    assert first == {
        "id": ids(listed)["P-2"],
        "patient": "P-2",
        "name": "Zoë",
        "phone": "+17205550102",
        "reason": "no consent",
        "about": "",
        "by": "2026-12-02T22:00:00-07:00",
        "opened_at": "2026-11-22T09:00:00-07:00",
        "closed_at": None,
        "closed_by": None,
        "note": None,
    }


def test_a_procedure_that_moved_is_told_with_its_new_time(desk: Desk) -> None:
    desk.record("2026-12-02 13:30")
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger:
        clock = JumpingClock(denver("2026-12-02 13:30"))
        while send(ledger, FakeSender(), clock).sent:
            clock.wait(timedelta(minutes=1))
    desk.entries(an_entry(procedure="2026-12-04 13:00"))
    desk.record("2026-12-02 20:30")
    assert "why  procedure moved (Fri 2026-12-04 13:00)" in desk.call("calls").out


def test_an_entry_is_closed_by_whoever_has_called(listed: Desk) -> None:
    number = ids(listed)["P-2"]
    done = listed.call("calls", "done", number, "--by", "Ann Lee", "--note", "reached, will sign")
    assert (done.code, done.out) == (0, "Closed: P-2, no consent.\n")
    assert ids(listed).keys() == {"P-1"}
    closed = listed.call("calls", "--all").out
    assert "by   Ann Lee: reached, will sign" in closed
    assert "1 patient to call" in closed
    story = listed.call("show", "P-2", "--json").json
    assert [(event["what"], event["cause"]) for event in story["events"] if event["what"].startswith("call")] == [
        ("call opened", "call list"),
        ("call closed", "staff"),
    ]
    assert [(call["closed_by"], call["note"]) for call in story["calls"]] == [("Ann Lee", "reached, will sign")]


def test_an_entry_that_is_closed_is_told_to_programs(listed: Desk) -> None:
    closed = listed.call("calls", "done", ids(listed)["P-2"], "--by", "Ann Lee", "--json").json
    assert (closed["patient"], closed["closed_by"], closed["note"]) == ("P-2", "Ann Lee", None)


def test_an_empty_list_is_fine(desk: Desk) -> None:
    desk.have_ledger()
    outcome = desk.call("calls")
    assert (outcome.code, outcome.out) == (0, "Nobody has to be called.\n")


@pytest.mark.parametrize("arguments", [("999", "--by", "Ann"), ("one", "--by", "Ann"), ("1",), ("1", "--by", " ")])
def test_what_cannot_be_closed_is_wrong_usage(listed: Desk, arguments: tuple[str, ...]) -> None:
    assert listed.call("calls", "done", *arguments).code == 2
    assert len(ids(listed)) == 2


def test_an_entry_is_closed_once(listed: Desk) -> None:
    number = ids(listed)["P-2"]
    listed.call("calls", "done", number, "--by", "Ann Lee")
    again = listed.call("calls", "done", number, "--by", "Bo")
    assert again.code == 2
    assert f"No open entry has the number {number}; “notifier calls” lists them." in again.err


def test_the_folder_is_named_before_the_list_or_after_the_verb(listed: Desk) -> None:
    before, after = ids(listed)["P-1"], ids(listed)["P-2"]
    option = ("--schedules", listed.folder)
    assert notifier("calls", *option, "done", before, "--by", "Ann").code == 0
    assert notifier("calls", "done", after, "--by", "Ann", *option).code == 0


def test_times_stay_the_clinics_while_its_file_is_broken(listed: Desk) -> None:
    (listed.folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    assert "call by Wed 2026-12-02 22:00" in listed.call("calls").out


def test_patients_to_call_need_a_person(listed: Desk) -> None:
    status = listed.call("status")
    assert status.code == 1
    assert "2 patients to call; see “notifier calls”." in status.out
    assert listed.call("status", "--json").json["calls"] == 2


def test_a_story_shows_the_calls_in_the_patients_own_time(listed: Desk) -> None:
    lines = [" ".join(line.split()) for line in listed.call("show", "P-2").out.splitlines()]
    assert "Calls" in lines
    assert f"{ids(listed)['P-2']} call by Wed 2026-12-02 22:00 P-2 Zoë, +17205550102" in lines
    assert "Sun 2026-11-22 09:00:00 call opened no consent call list" in lines


def test_a_story_tells_which_file_and_which_reading_caused_what(listed: Desk) -> None:
    events = listed.call("show", "P-2", "--json").json["events"]
    assert {event["cause"] for event in events if event["what"] == "new"} == {"patients/patients.yaml, load 1"}


def test_a_report_tells_who_did_not_get_what_and_why(desk: Desk) -> None:
    late = denver("2026-12-02 21:40")  # too late for the last meal's text, and the wash's could only go at night
    desk.entries(an_entry(consent="2026-12-02"))
    desk.record("2026-12-02 18:50")
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger:
        clock = JumpingClock(denver("2026-12-02 18:50"))
        while send(ledger, FakeSender(), clock).sent:
            clock.wait(timedelta(minutes=1))
        send(ledger, FakeSender(REFUSED), JumpingClock(denver("2026-12-02 19:00")))
    # The same person under a new id: what she has on her phone is not sent again.
    desk.entries(an_entry("P-1042-B", consent="2026-12-02"))
    desk.record(f"{late:%Y-%m-%d %H:%M}")
    outcome = desk.call("report", "--day", "2026-12-02", "--json")
    assert outcome.code == 1
    found = {(text["patient"], text["step"]): (text["state"], text["reason"]) for text in outcome.json["texts"]}
    assert found["P-1042", "night-before-wash"] == ("refused", None)
    assert found["P-1042-B", "last-meal"] == ("withdrawn", "already sent")
    [missed] = [one for one in outcome.json["missed"] if one["key"] == "P-1042/night-before-wash/1"]
    assert (missed["critical"], missed["state"], missed["code"]) == (True, "refused", "30006")
    assert missed["call"] == {"number": 1, "is_open": True, "by": None}
    said = desk.call("report", "--day", "2026-12-02").out
    assert "already sent" in said
    [row] = [line.split() for line in said.splitlines() if line.startswith("P-1042 ")]
    assert row == ["P-1042", "night-before-wash", "yes", "refused", "code", "30006", "to", "call"]


def test_a_text_that_found_no_minute_is_in_the_report_of_its_day(desk: Desk) -> None:
    protocol = desk.folder / "protocols" / "mild.yaml"
    text = protocol.read_text(encoding="utf-8")
    head, _, tail = text.partition("  ride-and-clothes:\n")
    step, _, rest = tail.partition("    text:")
    night = "    send: 2 days before procedure at 23:00\n    latest: 2 days before procedure at 23:30\n"
    assert "send:" in step
    protocol.write_text(f"{head}  ride-and-clothes:\n{night}    text:{rest}", encoding="utf-8")
    desk.record("2026-11-22 09:00")
    outcome = desk.call("report", "--day", "2026-12-01", "--json")
    assert outcome.code == 1
    [ride] = [one for one in outcome.json["texts"] if one["step"] == "ride-and-clothes"]
    assert (ride["state"], ride["reason"], ride["send_at"]) == ("expired", "no-window", None)
