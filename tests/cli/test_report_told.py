"""`notifier report --tell`: the staff hear how the day went, without a patient's data."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from notifier.clock import JumpingClock
from notifier.core.delivery import Answer, AnswerKind
from notifier.ledger.opening import open_ledger
from tests.actions.steps import denver, send
from tests.cli.rig import Desk
from tests.fakes.clinic_folder import an_entry
from tests.fakes.fake_sender import FakeSender
from tests.fakes.staff_webhook import StaffWebhook, running_staff_webhook

EVENING = denver("2026-12-02 19:00")
REFUSED = Answer(AnswerKind.REFUSED, code="30006")


@pytest.fixture
def staff(monkeypatch: pytest.MonkeyPatch) -> Iterator[StaffWebhook]:
    with running_staff_webhook() as webhook:
        monkeypatch.setenv("NOTIFIER_ALERTS__CHANNELS", webhook.url)
        yield webhook


def refuse_washes(desk: Desk, patients: int) -> None:
    """Have that many patients whose text of the evening is refused."""
    entries = [an_entry(f"P-{number}", phone=f"+1 720 555 {100 + number:04}") for number in range(patients)]
    desk.entries(*entries)
    desk.record("2026-12-02 18:50")
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger:
        clock = JumpingClock(EVENING - timedelta(minutes=8))
        while clock.now() < EVENING:
            send(ledger, FakeSender(), clock)
            clock.wait(timedelta(minutes=1))
        send(ledger, FakeSender(*[REFUSED] * patients), clock)
    desk.record("2026-12-02 19:01")


def test_the_staff_hear_how_many_and_which_texts_did_not_reach_their_patients(desk: Desk, staff: StaffWebhook) -> None:
    refuse_washes(desk, 1)
    assert desk.call("report", "--day", "2026-12-02", "--tell").code == 0
    [(title, body)] = staff.told
    assert title == "notifier: Wednesday 2026-12-02, 1 critical not reached"
    assert "delivered 0; 1 critical not reached." in body
    assert "P-0/night-before-wash/1: refused, code 30006, to call" in body
    for secret in ("Maria", "555", "Hibiclens"):
        assert secret not in title + body


def test_many_are_counted(desk: Desk, staff: StaffWebhook) -> None:
    refuse_washes(desk, 23)
    desk.call("report", "--day", "2026-12-02", "--tell")
    [(_, body)] = staff.told
    assert body.count("night-before-wash/1: refused") == 20
    assert "And 3 more." in body


def test_a_day_on_which_all_went_well_is_told_too(desk: Desk, staff: StaffWebhook) -> None:
    desk.record("2026-11-22 09:00")
    assert desk.call("report", "--day", "2026-12-02", "--tell").code == 0
    assert staff.titles == ["notifier: Wednesday 2026-12-02, nobody missed a critical text"]


def test_a_channel_that_does_not_take_it_makes_the_timer_fail(desk: Desk, staff: StaffWebhook) -> None:
    desk.record("2026-11-22 09:00")
    staff.statuses = [500]
    outcome = desk.call("report", "--tell")
    assert outcome.code == 1
    assert outcome.err == "Channel 1 did not take the report: not taken.\n"


def test_without_channels_the_report_is_shown_all_the_same(desk: Desk) -> None:
    refuse_washes(desk, 1)
    outcome = desk.call("report", "--day", "2026-12-02", "--tell")
    assert outcome.code == 0
    assert "1 not reached" in outcome.out
    assert outcome.err == "Nobody was told: alerts.channels is not set.\n"


def test_yesterday_is_the_day_before_at_the_clinic(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    with time_machine.travel(denver("2026-12-03 00:30"), tick=False):
        outcome = desk.call("report", "--day", "yesterday")
    assert outcome.out.startswith("Wednesday 2026-12-02, America/Denver\n")
