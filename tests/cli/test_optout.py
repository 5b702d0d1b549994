"""Phones that get no texts: listed, added and removed by name, with what patients wrote."""

import pytest

from notifier.actions.check_schedules import check_schedules
from notifier.actions.take_reply import take_reply
from notifier.core.replies import Inbound
from notifier.ledger.opening import open_ledger
from tests.actions.steps import denver
from tests.cli.rig import Desk, Outcome, notifier
from tests.fakes.clinic_folder import an_entry

MARIA, LUZ, STRANGER = "+17205550134", "+13035550112", "+17205550199"
ANN = ("--by", "Ann Lee", "--why", "asked at the desk")


def write(desk: Desk, phone: str, body: str, wall: str = "2026-11-21 10:00") -> None:
    """Have a phone write to the service, at a wall time in Denver."""
    at = denver(wall)
    schedules = check_schedules(desk.folder, at).reading.schedules
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger:
        take_reply(Inbound(f"SM{phone}{body}", phone, body), ledger, schedules.clinic if schedules else None, at)


def lines(outcome: Outcome) -> list[str]:
    return [" ".join(line.split()) for line in outcome.out.splitlines() if line.strip()]


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """A desk with two patients, of whom Luz has written ALTO, and Maria, later, a question with “stop” in it."""
    desk.entries(an_entry(), an_entry("P-7", name="Luz", phone=LUZ, language="es"))
    desk.record("2026-11-20 09:00")
    write(desk, LUZ, "ALTO")
    write(desk, MARIA, "should I stop my aspirin?", "2026-11-21 11:00")
    return desk


def standing(desk: Desk) -> dict[str, bool]:
    """The phones that get no texts, and whether each is yet to be decided about."""
    return {one["phone"]: one["undecided"] for one in desk.call("optout", "--json").json["opted_out"]}


def test_without_opt_outs_there_is_nothing_to_decide(desk: Desk) -> None:
    desk.have_ledger()
    outcome = desk.call("optout")
    assert (outcome.code, outcome.out) == (0, "No phone has opted out.\n")


def test_what_is_to_be_decided_comes_first_with_the_words_that_were_written(asked: Desk) -> None:
    outcome = asked.call("optout")
    assert outcome.code == 1
    assert lines(outcome)[2:] == [
        "+17205550134 Sat 2026-11-21 11:00 undecided patient should I stop my aspirin?",
        "+13035550112 Sat 2026-11-21 10:00 asked to stop patient",
        "2 phones opted out; times are America/Denver.",
        "1 to decide about: “notifier optout add” (no texts) or “notifier optout remove” (texts again).",
    ]


def test_the_list_is_told_to_programs_with_its_history(asked: Desk) -> None:
    said = asked.call("optout", "--json").json
    assert said["opted_out"][0] == {
        "phone": MARIA,
        "at": "2026-11-21T11:00:00-07:00",
        "why": "asked in own words",
        "by": "patient",
        "undecided": True,
        "wrote": "should I stop my aspirin?",
    }
    assert [(one["phone"], one["opted_out"]) for one in said["history"]] == [(LUZ, True), (MARIA, True)]
    assert said["from_strangers"] == []


def test_a_decision_keeps_a_phone_blocked_and_settles_the_call(asked: Desk) -> None:
    outcome = asked.call("optout", "add", "(720) 555-0134", *ANN)
    assert (outcome.code, outcome.out) == (0, f"{MARIA} gets no texts.\n")
    assert standing(asked) == {LUZ: False, MARIA: False}
    assert asked.call("optout").code == 0
    assert "asked in own words to stop" not in asked.call("calls").out
    assert "by   Ann Lee: asked at the desk" in asked.call("calls", "--all").out
    events = asked.call("show", "P-1042", "--json").json["events"]
    assert [(one["what"], one["why"], one["cause"]) for one in events[-2:]] == [
        ("call closed", "asked in own words to stop", "staff"),
        ("opted out", None, "staff"),
    ]


def test_a_phone_that_was_removed_gets_texts_again(asked: Desk) -> None:
    outcome = asked.call("optout", "remove", "720.555.0134", *ANN)
    assert outcome.code == 0
    assert outcome.out.startswith(f"{MARIA} gets texts again.")
    assert standing(asked) == {LUZ: False}
    asked.record("2026-11-22 09:00")
    assert {one["state"] for one in asked.call("show", "P-1042", "--json").json["messages"]} == {"planned"}


def test_who_and_why_is_kept_with_what_was_before(asked: Desk) -> None:
    asked.call("optout", "add", MARIA, *ANN)
    asked.call("optout", "remove", MARIA, "--by", "Bo", "--why", "a misunderstanding")
    told = [line.split(maxsplit=3)[3] for line in lines(asked.call("optout", "--history"))[2:]]
    assert told == [
        "+13035550112 out asked to stop patient",
        "+17205550134 out asked in own words patient",
        "+17205550134 out asked at the desk Ann Lee",
        "+17205550134 in a misunderstanding Bo",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", LUZ), "+13035550112 got no texts already.\n"),
        (("remove", STRANGER), "+17205550199 had not opted out.\n"),
    ],
)
def test_what_stands_so_already_is_said_and_not_noted(asked: Desk, arguments: tuple[str, ...], said: str) -> None:
    outcome = asked.call("optout", *arguments, *ANN)
    assert (outcome.code, outcome.out) == (0, said)
    assert len(asked.call("optout", "--json").json["history"]) == 2


@pytest.mark.parametrize(("verb", "is_out"), [("add", True), ("remove", False)])
def test_what_was_decided_is_told_to_programs(asked: Desk, verb: str, *, is_out: bool) -> None:
    said = asked.call("optout", verb, MARIA, *ANN, "--json").json
    assert said == {"phone": MARIA, "opted_out": is_out, "changed": True}


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        ("720 555 013", "This is too long or too short for a phone number."),
        ("Maria", "This is not a phone number."),
        ("+1 720 555 0134 x5", "A text cannot reach an extension."),
        ("7.2E+09", "Excel"),
    ],
)
def test_a_phone_that_cannot_be_is_said_in_a_sentence(desk: Desk, phone: str, said: str) -> None:
    outcome = desk.call("optout", "add", phone, *ANN)
    assert outcome.code == 2
    assert said in outcome.err
    assert standing(desk) == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ("add",),
        ("add", MARIA),
        ("add", MARIA, "--by", "Ann"),
        ("add", MARIA, "--by", " ", "--why", "x"),
        ("drop", MARIA),
    ],
)
def test_nobody_decides_without_a_name_and_a_reason(desk: Desk, arguments: tuple[str, ...]) -> None:
    desk.have_ledger()
    assert desk.call("optout", *arguments).code == 2
    assert standing(desk) == {}


def test_whoever_could_write_can_be_removed_be_it_a_mobile_phone_or_not(desk: Desk) -> None:
    write(desk, "+18005550199", "STOP")
    assert desk.call("optout", "remove", "+18005550199", *ANN).code == 0
    assert standing(desk) == {}


def test_without_a_clinic_a_phone_needs_its_countrys_code(desk: Desk) -> None:
    (desk.folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    outcome = desk.call("optout", "add", "720 555 0134", *ANN)
    assert outcome.code == 2
    assert "clinic.yaml cannot be used" in outcome.err
    assert desk.call("optout", "add", MARIA, *ANN).code == 0
    assert "times are UTC." in desk.call("optout").out


def test_the_folder_is_named_before_the_verb_or_after(desk: Desk) -> None:
    option = ("--schedules", desk.folder)
    assert notifier("optout", *option, "add", "720 555 0134", *ANN).code == 0
    assert notifier("optout", "remove", "720 555 0134", *ANN, *option).code == 0


def test_what_strangers_wrote_is_shown_for_a_week(desk: Desk) -> None:
    write(desk, STRANGER, "my back hurts", "2099-01-01 10:00")
    assert "+17205550199 Thu 2099-01-01 10:00 other my back hurts" in lines(desk.call("optout"))
    [stranger] = desk.call("optout", "--json").json["from_strangers"]
    assert (stranger["phone"], stranger["wrote"], stranger["kind"]) == (STRANGER, "my back hurts", "other")
    write(desk, LUZ, "long ago", "2020-01-01 10:00")
    assert len(desk.call("optout", "--json").json["from_strangers"]) == 1


# What other commands show of it.


def test_a_story_shows_what_the_patient_wrote_and_was_answered(asked: Desk) -> None:
    told = asked.call("show", "P-1042").out
    assert "should I stop my aspirin?" in told
    assert "We will not text you unless you ask us to." in told
    [reply] = asked.call("show", "P-1042", "--json").json["replies"]
    assert (reply["at"], reply["kind"]) == ("2026-11-21T11:00:00-07:00", "refusal")


def test_what_was_written_is_on_the_call_list(asked: Desk) -> None:
    told = " ".join(asked.call("calls").out.split())
    assert "why asked in own words to stop (reply 2)" in told
    assert "say They wrote: “should I stop my aspirin?” Texts are off until you decide" in told


def test_status_counts_what_waits_for_the_staff(asked: Desk) -> None:
    write(asked, MARIA, "Can I drink coffee?", "2026-11-21 12:00")
    outcome = asked.call("status")
    assert outcome.code == 1
    assert "opted out 2 phones" in lines(outcome)
    assert "2 replies to read; see “notifier calls”." in outcome.out
    assert "1 phone blocked until you decide, asked in own words; see “notifier optout”." in outcome.out
    said = asked.call("status", "--json").json
    assert (said["opted_out"], said["undecided"], said["replies_to_read"]) == (2, 1, 2)
