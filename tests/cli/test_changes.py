"""`notifier changes`: what an admin sees beforehand, and what a person accepts."""

from datetime import datetime, timedelta

import pytest

from notifier.clock import JumpingClock, SystemClock
from notifier.ledger.opening import open_ledger
from notifier.ledger.rows import LoadOutcome
from tests.actions.steps import DENVER, denver, send
from tests.cli.rig import Desk
from tests.fakes.clinic_folder import an_entry
from tests.fakes.fake_sender import FakeSender

EVE = "2026-12-02T20:30:00-07:00"


def days_ahead(days: int, wall: str = "07:30") -> str:
    """Return a date and wall time in Denver, as a file has it."""
    day = SystemClock().now().astimezone(DENVER) + timedelta(days=days)
    return f"{day:%Y-%m-%d} {wall}"


def many(count: int, procedure: str) -> list[str]:
    consent = days_ahead(-2).partition(" ")[0]
    return [
        an_entry(f"P-{number}", phone=f"+1 720 555 {100 + number:04}", procedure=procedure, consent=consent)
        for number in range(1, count + 1)
    ]


def loads(desk: Desk) -> LoadOutcome | None:
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger, ledger.reading() as book:
        last = book.last_load()
    return None if last is None else last.outcome


def texted_until(desk: Desk, wall: str) -> None:
    """Have every text sent that is due by a wall time in Denver."""
    desk.record("2026-11-22 09:00")
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger:
        with ledger.reading() as book:
            places = sorted(one.send_at for one in book.messages("P-1042") if one.send_at)
        for place in (place for place in places if place <= denver(wall)):
            send(ledger, FakeSender(), JumpingClock(place))


@pytest.fixture
def waiting(desk: Desk) -> Desk:
    """A desk at which eight bookings are in the ledger, and all have been moved by two days since."""
    desk.entries(*many(8, days_ahead(20)))
    assert desk.call("changes", "--accept").code == 0
    desk.entries(*many(8, days_ahead(22)))
    return desk


def test_what_is_new_is_shown_with_its_words_below_the_patients_name(desk: Desk) -> None:
    outcome = desk.call("changes", "--now", "2026-11-22T09:00:00-07:00")
    lines = outcome.out.splitlines()
    assert lines[0] == "P-1042  Maria"
    number = next(number for number, line in enumerate(lines) if "last-meal" in line)
    assert lines[number].split() == ["new", "last-meal", "Wed", "2026-12-02", "13:30"]
    assert lines[number + 1].strip().startswith("Anchor Healthcare: Maria, finish eating by Wed, Dec 2, 11:30 PM.")


def test_a_procedure_moved_the_evening_before_is_shown_as_a_nurse_would_tell_it(desk: Desk) -> None:
    texted_until(desk, "2026-12-02 20:30")
    desk.entries(an_entry(procedure="2026-12-04 13:00"))
    outcome = desk.call("changes", "--now", EVE)
    assert outcome.code == 0
    lines = [" ".join(line.split()) for line in outcome.out.splitlines()]
    assert "notice procedure-moved Wed 2026-12-02 20:33" in lines
    assert "new last-meal (revision 2) Thu 2026-12-03 19:00" in lines
    assert lines[lines.index("new last-meal (revision 2) Thu 2026-12-03 19:00") + 1] == (
        "corrects what was sent on Wed 2026-12-02 13:30"
    )
    assert "moved morning-wash Thu 2026-12-03 06:10 → Fri 2026-12-04 06:30" in lines
    assert any(line.startswith("call procedure moved: The procedure has a new time") for line in lines)


def test_what_nobody_can_notice_is_not_shown_to_people(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    desk.entries(an_entry(procedure="2026-12-03 09:30"))
    shown = desk.call("changes", "--now", "2026-11-22T09:00:00-07:00")
    assert "therapy-starts" not in shown.out
    told = desk.call("changes", "--json", "--now", "2026-11-22T09:00:00-07:00").json["changes"]
    assert "therapy-starts" in {change["step"] for change in told}


def test_a_call_that_is_on_the_list_already_is_not_shown_again(desk: Desk) -> None:
    desk.entries(an_entry(consent=""))
    now = ("--now", "2026-11-22T09:00:00-07:00")
    assert "call        no consent: " in desk.call("changes", *now).out
    [call] = desk.call("changes", "--json", *now).json["calls"]
    assert (call["patient"], call["reason"], call["phone"]) == ("P-1042", "no consent", "+17205550134")
    assert datetime.fromisoformat(call["by"]).utcoffset() == timedelta(hours=-7)
    desk.record("2026-11-22 09:00")
    assert "no consent: " not in desk.call("changes", *now).out


def test_changes_that_wait_say_why_and_exit_with_one(waiting: Desk) -> None:
    before = waiting.counts()
    outcome = waiting.call("changes")
    assert outcome.code == 1
    assert outcome.out.splitlines()[-1].endswith(
        "This waits for a person: It would withdraw, move or hold texts of 8 patients, 100% of those with texts "
        "pending. “notifier changes --accept” applies exactly this."
    )
    assert waiting.counts() == before
    assert loads(waiting) is LoadOutcome.WAITS


def test_what_was_shown_is_accepted(waiting: Desk) -> None:
    waiting.call("changes")
    outcome = waiting.call("changes", "--accept")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1].startswith("Applied: ")
    assert loads(waiting) is LoadOutcome.ACCEPTED
    assert waiting.call("changes").out == "The ledger agrees with the files.\n"


def test_what_was_not_shown_is_shown_instead_of_accepted(waiting: Desk) -> None:
    outcome = waiting.call("changes", "--accept")
    assert outcome.code == 1
    assert "Nothing is accepted yet: this was not shown before." in outcome.out
    assert waiting.call("changes", "--accept").code == 0


def test_files_that_changed_since_they_were_shown_are_shown_again(waiting: Desk) -> None:
    waiting.call("changes")
    waiting.entries(*many(8, days_ahead(23)))
    again = waiting.call("changes", "--accept", "--json")
    assert (again.code, again.json["applied"]) == (1, False)
    assert waiting.call("changes", "--accept", "--json").json["applied"] is True


def test_acting_as_if_it_were_another_instant_shows_without_a_trace(waiting: Desk) -> None:
    now = SystemClock().now().isoformat()
    assert waiting.call("changes", "--now", now).code == 1
    assert loads(waiting) is LoadOutcome.APPLIED
    refused = waiting.call("changes", "--accept", "--now", now)
    assert refused.code == 2
    assert "What is accepted happens now: leave out --now." in refused.err


def test_an_empty_folder_waits(waiting: Desk) -> None:
    for file in sorted(waiting.folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    outcome = waiting.call("changes", "--json")
    assert outcome.code == 1
    assert "The schedules folder is empty or missing." in outcome.json["waits"]
    status = waiting.call("status")
    assert status.code == 1
    assert "A change in the files waits for a person:" in status.out


def test_a_last_good_version_in_force_needs_a_person(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    (desk.folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    status = desk.call("status")
    assert status.code == 1
    assert "The last good version of clinic.yaml is in force." in status.out
    assert desk.call("status", "--json").json["last_good"] == ["clinic.yaml"]
    changes = desk.call("changes", "--now", "2026-11-22T09:00:00-07:00", "--json").json
    assert (changes["changes"], changes["now"]) == ([], "2026-11-22T09:00:00-07:00")
