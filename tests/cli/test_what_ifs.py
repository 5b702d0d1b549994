"""`notifier simulate` with what might happen: moves, cancellations, holds and outages, together and again."""

import pytest

from tests.cli.rig import NOW, Desk, Outcome
from tests.fakes.clinic_folder import an_entry

MARIA = an_entry(arrival="2026-12-03 06:30")


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.entries(MARIA, an_entry("P-1043", phone="+1 303 555 0112"))
    return desk


def simulate(desk: Desk, *arguments: str) -> Outcome:
    return desk.call("simulate", "P-1042", "--now", NOW, *arguments)


def sent(outcome: Outcome) -> list[tuple[str, str]]:
    """Return the steps that go out, and when: `12-02 13:30`."""
    return [(text["step"], text["at"][5:16].replace("T", " ")) for text in outcome.json["texts"]]


def left_out(outcome: Outcome) -> dict[str, str]:
    return {one["step"]: f"{one['status']}: {one['reason']}" for one in outcome.json["left_out"]}


def test_a_move_after_the_last_meals_text_is_played_as_the_service_would_do_it(desk: Desk) -> None:
    outcome = simulate(desk, "--json", "--move", "2026-12-04 13:00", "--at", "2026-12-02 20:30")
    assert outcome.code == 0
    assert ("procedure-moved", "12-02 20:33") in sent(outcome)
    assert ("last-meal", "12-03 19:00") in sent(outcome)
    assert ("morning-wash", "12-04 06:30") in sent(outcome)
    [notice] = [text["body"] for text in outcome.json["texts"] if text["step"] == "procedure-moved"]
    assert "Fri, Dec 4, 12:00 PM" in notice  # the arrival keeps its distance
    assert left_out(outcome) == {
        "welcome": "left out: late, and not critical",
        "prepare": "left out: late, and not critical",
        "ride-and-clothes": "left out: late, and not critical",
        "blood-thinner": "skipped: no order",
    }
    [call] = outcome.json["calls"]
    assert call["reason"] == "procedure moved"


def test_the_story_is_told_in_the_order_in_which_it_happens(desk: Desk) -> None:
    outcome = simulate(
        desk,
        *("--cancel", "--at", "2026-12-02 14:00", "--book", "--at", "2026-12-02 14:02"),
        *("--outage", "18:00-23:50"),
    )
    assert outcome.code == 0
    story = [
        "  Wed 13:30 MST  last-meal",
        "  Wed 14:00  At the clinic: The procedure is cancelled.",
        "    notice      procedure-cancelled                 Wed 2026-12-02 14:03",
        "  Wed 14:00  Call list: procedure cancelled; call by Thu 2026-12-03 07:30.",
        "  Wed 14:02  At the clinic: The procedure is booked again.",
        "    withdrawn   procedure-cancelled                 Wed 2026-12-02 14:03  undone",
        "  Wed 14:02  Off the call list: procedure cancelled (no longer needed).",
        "  Wed 18:00  The service goes down until Wed 2026-12-02 23:50.",
        "  Wed 23:50  The service is up again.",
        "  Wed 23:50  Call list: text not sent in time (P-1042/night-before-wash/2); call by Wed 2026-12-02 22:00.",
        "  Thu 05:00 MST  last-clear-liquids",
        "What does not go out",
        "Call list",
    ]
    lines = outcome.out.splitlines()
    places = [lines.index(line) for line in story]
    assert places == sorted(places)


def test_a_text_that_an_outage_delayed_says_since_when_it_was_due(desk: Desk) -> None:
    outcome = simulate(desk, "--outage", "2026-12-02 13:00 - 18:00")
    assert "  Wed 18:00 MST  last-meal, late: due Wed 2026-12-02 13:30" in outcome.out.splitlines()


def test_a_hold_holds_until_it_is_booked_again(desk: Desk) -> None:
    held = simulate(desk, "--json", "--hold", "--at", "2026-12-02 15:00")
    assert sent(held)[-1] == ("last-meal", "12-02 13:30")
    assert left_out(held)["therapy-starts"] == "expired: missed its window"
    booked = simulate(
        desk, "--json", "--hold", "--at", "2026-12-02 15:00", "--book", "--at", "2026-12-02T18:30:00-07:00"
    )
    assert ("night-before-wash", "12-02 19:00") in sent(booked)


def test_what_stands_before_an_at_happens_together(desk: Desk) -> None:
    outcome = simulate(desk, "--arrival", "2026-12-04 09:00", "--move", "2026-12-04 13:00", "--at", "2026-12-02 20:30")
    words = "The procedure is moved to Fri 2026-12-04 13:00. The arrival is moved to Fri 2026-12-04 09:00."
    assert f"  Wed 20:30  At the clinic: {words}" in outcome.out.splitlines()


def test_an_outage_may_run_over_midnight(desk: Desk) -> None:
    assert "The service goes down until Thu 2026-12-03 06:00." in simulate(desk, "--outage", "18:00 to 6:00").out


def test_a_reply_is_answered_and_what_it_asks_for_is_done(desk: Desk) -> None:
    outcome = simulate(
        desk,
        *("--json", "--reply", "STOP", "--at", "2026-12-02 15:00", "--reply", "START", "--at", "2026-12-02 19:30"),
        *("--reply", "May I chew gum?", "--at", "2026-12-03 06:00"),
    )
    assert [(one["at"][5:16], one["kind"]) for one in outcome.json["replies"]] == [
        ("12-02T15:00", "stop"),
        ("12-02T19:30", "start"),
        ("12-03T06:00", "other"),
    ]
    assert all("303-555-0100" in one["answer"] for one in outcome.json["replies"])
    assert ("night-before-wash", "12-02 19:30") in sent(outcome)
    assert [call["reason"] for call in outcome.json["calls"] if call["closed_at"] is None] == ["the patient wrote"]


def test_the_patients_own_texts_stand_on_the_other_side(desk: Desk) -> None:
    lines = simulate(desk, "--reply", "Stop!", "--at", "2026-12-02 15:00").out.splitlines()
    start = lines.index(f"{'':26}Wed 15:00 MST  the patient (stop)")
    assert lines[start + 2] == f"{'':28}│ Stop!{'':41} │"
    assert lines[start + 5] == "  Wed 15:00 MST  answer"
    assert "  The service plans anew: 8 changes." in lines[start:]
    assert max(map(len, lines[start : start + 6])) <= 80


def test_a_second_stop_is_not_answered(desk: Desk) -> None:
    stop = ("--reply", "STOP", "--at", "2026-12-02 15:00")
    outcome = simulate(desk, *stop, *stop)
    assert outcome.out.count("the patient (stop)") == 2
    assert outcome.out.count("  answer") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--reply", "STOP", "--at", "2026-12-02 18:00", "--outage", "18:00-19:00"],
            "A reply at Wed 2026-12-02 18:00 would not reach the service: it is down.",
        ),
        (["--cancel"], "When does --cancel happen? Say it right after it: --at “2026-12-02 20:30”."),
        (["--hold", "--at", "2026-12-02", "--move", "2026-12-04 07:30"], "When does --move 2026-12-04 07:30 happen?"),
        (["--at", "2026-12-02", "--hold"], "Nothing stands before --at “2026-12-02” that could happen then."),
        (["--hold", "--at", "2026-11-01"], "lies before the start, Sun 2026-11-22 09:00; an earlier start is --now."),
        (["--hold", "--at", "soon"], "“soon” is not an instant"),
        (["--outage", "18-20"], "“18-20” is no time from and to; write it as 18:00-23:50 or"),
        (["--outage", "18:00-24:30"], "“24:30” is not a time of day."),
        (["--outage", "Dec-2 18:00-23:00"], "“Dec-2” is not a date that this program can read."),
        (["--move", "2026-12-32 07:30", "--at", "2026-12-02"], "There is no such day as “2026-12-32”."),
        (["--move", "2027-03-14 02:30", "--at", "2026-12-02"], "does not exist: clocks skip it"),
        (["--arrival", "2026-12-03 08:00", "--at", "2026-12-02"], "The arrival is after the procedure."),
    ],
)
def test_what_cannot_happen_is_said(desk: Desk, arguments: list[str], sentence: str) -> None:
    outcome = simulate(desk, *arguments)
    assert outcome.code == 2
    assert sentence in outcome.err


def test_what_might_happen_happens_to_one_patient(desk: Desk) -> None:
    outcome = desk.call("simulate", "--now", NOW, "--hold", "--at", "2026-12-02")
    assert outcome.code == 2
    assert "What might happen, happens to one patient: name the ID." in outcome.err
