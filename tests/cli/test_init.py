"""`notifier init`: what it asks, what it refuses, and that its folder checks clean."""

import sys
from pathlib import Path

import pytest

from notifier.actions.start_schedules import example_card
from tests.cli.rig import bare_environment, notifier
from tests.fakes.clinic_folder import SHIPPED
from tests.fakes.terminal import Session, at_a_terminal

ROOT = Path(__file__).parents[2]
GIVEN = ("--name", "Harbor Spine", "--phone", "617-555-0101", "--time-zone", "Asia/Tokyo")


def test_what_is_started_checks_clean(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    outcome = notifier("init", folder, *GIVEN)
    assert outcome.code == 0
    assert f"wrote {folder / 'clinic.yaml'}" in outcome.out.splitlines()
    assert f"“notifier check --schedules {folder}”" in outcome.out
    checked = notifier("check", "--schedules", folder)
    assert (checked.code, checked.out) == (0, "No problems. 0 texts to 0 patients will be sent.\n")


def test_yes_takes_the_examples_values_for_what_is_not_given(tmp_path: Path) -> None:
    assert notifier("init", tmp_path / "own", "--yes", "--languages", "es, en").code == 0
    card = example_card(tmp_path / "own")
    assert (card.name, card.languages) == (example_card(SHIPPED).name, ("es", "en"))


def test_an_example_that_does_not_fit_what_is_given_is_refused(tmp_path: Path) -> None:
    outcome = notifier("init", tmp_path / "own", "--yes", "--country", "FR")
    assert outcome.code == 2
    assert "Invalid value for --phone: This is too long or too short for a phone number." in outcome.err


def test_where_nobody_can_be_asked_it_says_what_to_give(tmp_path: Path) -> None:
    outcome = notifier("init", tmp_path / "own", "--name", "Harbor Spine")
    assert outcome.code == 2
    assert (
        "There is nobody to ask here: give --name, --phone and --time-zone, or --yes for the example's." in outcome.err
    )
    assert not (tmp_path / "own").exists()


def test_a_folder_that_holds_anything_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "notes.txt").touch()
    outcome = notifier("init", tmp_path / "own")
    assert outcome.code == 2
    assert "is there already and is not empty; name another folder." in outcome.err


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--name", " ", "Nothing is given. Write it as “Anchor Healthcare”."),
        ("--phone", "call us", "This is not a phone number."),
        ("--phone", "555", "This is too long or too short for a phone number."),
        ("--time-zone", "America/Denvr", "“America/Denvr” is not a time zone. Did you mean “America/Denver”?"),
        ("--country", "USA", "“USA” is not a country's code."),
        ("--languages", "english", "“english” is not a language's code."),
        ("--languages", "en fr", "The shipped texts are not written in “fr”. Known here: “en”, “es”. Add it to clinic"),
        ("--languages", ",", "This names no language. Write it as “en es”."),
        ("--quiet-hours", "9pm to 8am", "“9pm” is not a time of day. Write it on the 24-hour clock, as “21:00”."),
        ("--quiet-that-day", "21:00", "“21:00” is not a range of hours."),
    ],
)
def test_a_wrong_option_is_told_in_the_problems_own_sentence(
    tmp_path: Path, option: str, value: str, expected: str
) -> None:
    outcome = notifier("init", tmp_path / "own", "--yes", option, value)
    assert outcome.code == 2
    assert f"Invalid value for {option}: {expected}" in outcome.err
    assert not (tmp_path / "own").exists()


def asked(folder: Path, *answers: str) -> Session:
    """Call `init` at a terminal, and give these answers."""
    command = [sys.executable, "-m", "notifier", "init", str(folder)]
    return at_a_terminal(command, *answers, environment={**bare_environment(), "PYTHONPATH": str(ROOT)})


def test_at_a_terminal_it_asks_and_asks_again_after_a_wrong_answer(tmp_path: Path) -> None:
    answers = ("Harbor Spine", "", "617-555-0101", "Denver", "America/New_York", "es", "", "")
    code, printed, prompts = asked(tmp_path / "own", *answers)
    assert code == 0, printed
    assert prompts.startswith("The clinic's name, as texts give it [Anchor Healthcare]: ")
    assert "Error: “Denver” is not a time zone. Did you mean “America/Denver”?" in printed
    assert prompts.count("Time zone [America/Denver]: ") == 2
    card = example_card(tmp_path / "own")
    assert (card.name, card.phone, card.time_zone) == ("Harbor Spine", "617-555-0101", "America/New_York")
    assert (card.country, card.languages, card.every_day) == ("US", ("es",), "21:00 to 08:00")


def test_whoever_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    code, _, asides = asked(tmp_path / "own", "Harbor Spine", "\x04")
    assert code == 1
    assert asides.endswith("Aborted!\n")
    assert not (tmp_path / "own").exists()
