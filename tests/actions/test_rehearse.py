"""Playing weeks in seconds, over the whole real path to the sandbox."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from notifier.actions.check_schedules import check_schedules
from notifier.actions.rehearse import Outage, Played, Stage, Turn, rehearse
from notifier.clock import JumpingClock
from notifier.core.lifecycle import State
from notifier.gateway.sandbox_messages import SandboxMessage
from notifier.ledger.opening import Ledger
from notifier.settings import Settings
from notifier.wiring.provider import sandbox_sender
from tests.actions.steps import PACE, denver, shown, states
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients

NOW = denver("2026-11-01 09:00")
IN_ORDER = [
    ("welcome", "Tue 2026-11-03 10:00"),
    ("prepare", "Thu 2026-11-26 10:00"),
    ("blood-thinner", "Sat 2026-11-28 19:30"),
    ("ride-and-clothes", "Tue 2026-12-01 10:00"),
    ("last-meal", "Wed 2026-12-02 13:30"),
    ("night-before-wash", "Wed 2026-12-02 19:00"),
    ("last-clear-liquids", "Thu 2026-12-03 05:00"),
    ("morning-wash", "Thu 2026-12-03 05:10"),
    ("after-care", "Thu 2026-12-03 14:30"),
    ("keep-dry-ends", "Sat 2026-12-05 08:30"),
    ("lifting-ends", "Sat 2026-12-05 08:30"),
    ("recovery", "Thu 2026-12-17 10:00"),
    ("therapy-starts", "Thu 2026-12-31 10:00"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = copy_shipped(tmp_path / "schedules")
    maria = an_entry(arrival="2026-12-03 06:30", orders="{ blood-thinner: 72 hours }", consent="2026-10-30")
    write_patients(folder, maria)
    return folder


def play(
    folder: Path, ledger: Ledger, turns: Sequence[Turn] = (), outages: tuple[Outage, ...] = ()
) -> tuple[list[Played], tuple[SandboxMessage, ...]]:
    """Return what happened, and what the sandbox was sent."""

    async def run() -> tuple[list[Played], tuple[SandboxMessage, ...]]:
        clock = JumpingClock(NOW)
        async with sandbox_sender(clock, Settings()) as (sender, sandbox):
            stage = Stage(partial(check_schedules, folder), ledger, sender, clock, PACE, outages)
            return [played async for played in rehearse(stage, turns)], sandbox.messages

    return asyncio.run(run())


def sent(happened: Sequence[Played]) -> list[tuple[str, str]]:
    """Return each text's step and when it went out."""
    return [(one.attempt.key.split("/")[1], shown(played.at)) for played in happened for one in played.sent]


def test_a_patient_gets_thirteen_texts_in_order_at_their_places(folder: Path, ledger: Ledger) -> None:
    happened, _ = play(folder, ledger)
    assert sent(happened) == IN_ORDER


def test_every_text_of_a_rehearsal_arrives(folder: Path, ledger: Ledger) -> None:
    play(folder, ledger)
    assert set(states(ledger).values()) == {State.DELIVERED}


def test_the_sandbox_is_sent_just_the_words_that_were_planned(folder: Path, ledger: Ledger) -> None:
    _, messages = play(folder, ledger)
    assert [message.to for message in messages] == ["+17205550134"] * 13
    assert messages[4].body == (
        "Anchor Healthcare: Maria, finish eating by Wed, Dec 2, 11:30 PM. "
        "Then only clear liquids until Thu, Dec 3, 5:30 AM. Questions? 303-555-0100."
    )
    assert ["STOP" in message.body for message in messages] == [True] + [False] * 12


def test_the_provider_is_told_until_when_each_text_is_useful(folder: Path, ledger: Ledger) -> None:
    _, messages = play(folder, ledger)
    assert messages[4].validity_period == (8 * 60 + 30) * 60  # from 13:30 until 22:00, 90 minutes before the last meal


def test_what_a_person_does_to_the_files_counts_from_that_instant_on(folder: Path, ledger: Ledger) -> None:
    def enrol() -> None:
        entry = an_entry("P-1043", phone="+1 303 555 0112", consent="2026-12-02")
        write_patients(folder, entry, file="walk-ins.yaml")

    happened, _ = play(folder, ledger, [Turn(denver("2026-12-02 18:40"), enrol)])
    updates = [shown(played.at) for played in happened if played.update is not None]
    assert updates == ["Sun 2026-11-01 09:00", "Wed 2026-12-02 18:40"]
    late = [
        (one.attempt.key, shown(played.at))
        for played in happened
        for one in played.sent
        if one.attempt.key.startswith("P-1043") and played.at < denver("2026-12-03 00:00")
    ]
    assert late == [
        ("P-1043/welcome/1", "Wed 2026-12-02 18:40"),
        ("P-1043/ride-and-clothes/1", "Wed 2026-12-02 18:40"),  # half a minute later
        ("P-1043/last-meal/1", "Wed 2026-12-02 18:41"),
        ("P-1043/night-before-wash/1", "Wed 2026-12-02 19:00"),
    ]


def test_a_turn_after_the_last_text_is_still_taken(folder: Path, ledger: Ledger) -> None:
    happened, _ = play(folder, ledger, [Turn(denver("2027-02-01 09:00"), lambda: None)])
    assert happened[-1].update is not None
    assert shown(happened[-1].at) == "Mon 2027-02-01 09:00"


def calls(ledger: Ledger) -> list[tuple[str, str]]:
    """Return why somebody has to call, and when that was known."""
    with ledger.reading() as book:
        return [(entry.reason, shown(entry.opened_at)) for entry in book.calls()]


def test_what_an_outage_delays_goes_at_its_end_and_what_it_outlasts_is_for_the_call_list(
    folder: Path, ledger: Ledger
) -> None:
    evening = Outage(denver("2026-12-02 13:00"), denver("2026-12-02 21:50"))
    night = Outage(denver("2026-12-02 21:50"), denver("2026-12-02 22:01"))  # L of the last meal's and the wash's text
    happened, _ = play(folder, ledger, outages=(night, evening))
    assert sent(happened) == [one for one in IN_ORDER if one[0] not in ("last-meal", "night-before-wash")]
    assert calls(ledger) == [("text not sent in time", "Wed 2026-12-02 22:01")] * 2


def test_an_outage_that_is_over_in_time_only_delays(folder: Path, ledger: Ledger) -> None:
    happened, _ = play(folder, ledger, outages=(Outage(denver("2026-12-02 13:00"), denver("2026-12-02 15:00")),))
    assert ("last-meal", "Wed 2026-12-02 15:00") in sent(happened)
    assert calls(ledger) == []


def test_changes_during_an_outage_are_seen_together_at_its_end(folder: Path, ledger: Ledger) -> None:
    seen: list[str] = []
    turns = [Turn(denver(f"2026-12-02 {at}"), partial(seen.append, at)) for at in ("18:30", "18:10")]
    down = Outage(denver("2026-12-02 18:00"), denver("2026-12-02 18:45"))
    happened, _ = play(folder, ledger, turns, (down,))
    assert seen == ["18:10", "18:30"]
    updates = [shown(played.at) for played in happened if played.update is not None]
    assert updates == ["Sun 2026-11-01 09:00", "Wed 2026-12-02 18:45"]


def test_a_start_in_an_outage_waits_for_its_end(folder: Path, ledger: Ledger) -> None:
    happened, _ = play(folder, ledger, outages=(Outage(NOW, denver("2026-11-01 10:30")),))
    assert shown(happened[0].at) == "Sun 2026-11-01 10:30"


def test_somebody_has_to_call_as_soon_as_a_held_text_has_missed_its_time(folder: Path, ledger: Ledger) -> None:
    def hold() -> None:
        maria = an_entry(arrival="2026-12-03 06:30", consent="2026-10-30", status="on-hold")
        write_patients(folder, maria)

    play(folder, ledger, [Turn(denver("2026-12-02 20:00"), hold)])
    assert ("text not sent in time", "Thu 2026-12-03 05:15") in calls(ledger)
