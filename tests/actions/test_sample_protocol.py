"""The second protocol, a sample of writing one: it works as MILD does, and nothing in the program knows either."""

import ast
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.actions.check_schedules import Checked, check_schedules
from notifier.core.model import Planned, PlanStatus
from notifier.intake.folder import read_schedules
from tests.actions.steps import DENVER, denver
from tests.cli.rig import notifier
from tests.fakes.clinic_folder import SHIPPED, an_entry, copy_shipped, write_patients

NOW = denver("2026-11-22 09:00")
NAME = "colonoscopy-sample"
SAMPLE = Path("examples", "colonoscopy.yaml")
PROGRAM = Path(__file__).parents[2] / "notifier"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clinic that has the sample, and no other protocol."""
    folder = copy_shipped(tmp_path / "schedules")
    shutil.rmtree(folder / "protocols")
    (folder / "protocols").mkdir()
    shutil.copyfile(folder / SAMPLE, folder / "protocols" / SAMPLE.name)
    return folder


def entry(booking: str = "C-1", **fields: str) -> str:
    return an_entry(booking, **{"protocol": NAME, "procedure": "2026-12-17 07:30", **fields})


def checked(folder: Path, *entries: str) -> Checked:
    write_patients(folder, *entries)
    return check_schedules(folder, NOW)


def places(checked: Checked) -> dict[str, str]:
    """Return by step when its text goes out, by Denver's clocks."""
    return {
        message.draft.step: f"{message.send_at.astimezone(DENVER):%a %m-%d %H:%M}"
        for message in checked.plan.messages
        if message.send_at is not None
    }


def text(checked: Checked, step: str) -> str:
    (message,) = (message for message in checked.plan.messages if message.draft.step == step)
    assert message.text is not None
    return message.text


def test_nobody_is_texted_by_the_sample_unless_it_is_put_among_the_protocols() -> None:
    shipped = read_schedules(SHIPPED, NOW).schedules
    assert shipped is not None
    assert set(shipped.protocols) == {"mild"}
    assert "A SAMPLE" in (SHIPPED / SAMPLE).read_text(encoding="utf-8").splitlines()[2]


def test_the_sample_is_written_as_it_should_be(folder: Path) -> None:
    assert checked(folder, entry(), entry("C-2", language="es", phone="+1 303 555 0112")).problems == ()


def test_each_text_of_the_sample_has_its_place(folder: Path) -> None:
    assert places(checked(folder, entry(arrival="2026-12-17 06:45", orders="{ blood-thinner: 5 days }"))) == {
        "welcome": "Thu 11-26 10:00",
        "get-ready": "Thu 12-10 10:00",
        "blood-thinner": "Fri 12-11 10:00",
        "plain-food": "Sun 12-13 17:00",
        "liquids-only": "Tue 12-15 17:00",
        "ride": "Wed 12-16 10:00",
        "first-drink": "Wed 12-16 17:00",
        "second-drink": "Wed 12-16 20:59",  # for 2:30 in the night
        "last-clear-liquids": "Thu 12-17 05:00",
        "after-care": "Thu 12-17 10:15",
        "results": "Thu 12-24 10:00",
    }


def test_the_orders_of_the_sample_move_what_hangs_on_them(folder: Path) -> None:
    usual = checked(folder, entry(procedure="2026-12-17 13:00"))
    assert "at Thu, Dec 17, 8:00 AM. Set an alarm." in text(usual, "second-drink")
    ordered = checked(
        folder, entry(procedure="2026-12-17 13:00", orders="{ second-half: 6 hours, plain-food: 5 days }")
    )
    assert "at Thu, Dec 17, 7:00 AM. Set an alarm." in text(ordered, "second-drink")
    assert places(ordered)["plain-food"] == "Fri 12-11 17:00"
    (skipped,) = (message for message in ordered.plan.messages if message.draft.step == "blood-thinner")
    assert (skipped.status, skipped.reason) == (PlanStatus.SKIPPED, "no order")


@pytest.mark.parametrize("hour", range(6, 18))
@pytest.mark.parametrize("language", ["en", "es"])
def test_at_any_hour_every_text_of_the_sample_has_a_place_and_is_short(folder: Path, hour: int, language: str) -> None:
    found = checked(folder, entry(procedure=f"2026-12-16 {hour:02}:15", language=language))
    assert found.problems == ()
    asked = [message for message in found.plan.messages if message.reason != "no order"]
    assert {message.status for message in asked} == {PlanStatus.PLANNED}
    assert all(is_ahead(message) for message in asked)


def is_ahead(message: Planned) -> bool:
    """Say whether what a text asks for is still possible when it goes out."""
    named = message.draft.moments.get(
        {"last-clear-liquids": "last-liquids"}.get(message.draft.step, message.draft.step)
    )
    return named is None or message.send_at is None or message.send_at - named <= timedelta(minutes=30)


def test_the_sample_is_played_to_its_end(folder: Path) -> None:
    write_patients(folder, entry(language="es"))
    outcome = notifier("simulate", "C-1", "--schedules", folder, "--now", NOW.isoformat(), "--json")
    assert outcome.code == 0
    assert [sent["step"] for sent in outcome.json["texts"]] == [
        *("welcome", "get-ready", "plain-food", "liquids-only", "ride", "first-drink"),
        *("second-drink", "last-clear-liquids", "after-care", "results"),
    ]


def test_nothing_in_the_program_knows_a_shipped_protocol() -> None:
    schedules = read_schedules(SHIPPED, NOW).schedules
    assert schedules is not None
    names: set[str] = set()
    for protocol in schedules.protocols.values():
        names |= {protocol.name, *protocol.orders, *protocol.moments, *(step.name for step in protocol.steps)}
    # The demo's invented patients have that protocol, and examples are for people.
    modules = [path for path in PROGRAM.rglob("*.py") if path.name != "make_demo.py" and path.parent.name != "schema"]
    assert len(modules) > 100
    known = {
        (path.name, node.value)
        for path in modules
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in names
    }
    assert known == set()
