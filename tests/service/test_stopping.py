"""The service stopped or killed in the middle of its work, and started again."""

import os
import signal

import pytest

from notifier.gateway.faults import AnswerLate
from tests.fakes.provider import Provider
from tests.service.rig import Service, until
from tests.service.test_health import get

HANGS = AnswerLate(120)  # takes the text, and lets us wait for the answer


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_what_is_in_flight_when_it_is_told_to_stop_is_finished(
    service: Service, provider: Provider, signum: signal.Signals
) -> None:
    provider.misbehave(AnswerLate(2))
    service.have_due("P-1")
    service.start_ready()
    until(lambda: provider.messages, "the request")
    assert service.stop(signum) < 10
    assert service.states == {"P-1/reminder/1": "accepted"}
    assert [event["event"] for event in service.log[-3:]] == ["stopping", "accepted", "stopped"]


def test_a_request_that_hangs_is_broken_off_within_ten_seconds_and_in_doubt(
    service: Service, provider: Provider
) -> None:
    provider.misbehave(HANGS)
    service.settings["DISPATCH__RATE"] = 1
    service.have_due("P-1", "P-2")
    service.start_ready()
    until(lambda: provider.messages, "the request")
    assert service.stop() < 10
    assert service.states == {"P-1/reminder/1": "in-doubt", "P-2/reminder/1": "planned"}
    assert "Traceback" not in service.said
    ending = ["stopping", "in-doubt", "broken off: requests hung for too long", "stopped"]
    assert [event["event"] for event in service.log[-4:]] == ending
    service.start_ready()
    service.wait_for("doubt settled: the provider took it")
    service.wait_for("accepted")
    service.stop()
    assert "planned" not in service.states.values()
    assert set(provider.texts.values()) == {1}
    assert len(provider.messages) == 2


def test_a_service_that_is_stopping_is_not_ready(service: Service, provider: Provider) -> None:
    provider.misbehave(AnswerLate(3))
    service.have_due("P-1")
    service.start_ready()
    until(lambda: provider.messages, "the request")
    os.kill(service.pid, signal.SIGTERM)
    service.wait_for("stopping")
    assert get(f"{service.events('started')[0]['health']}/ready") == (503, "stopping")
    assert service.wait() == 0


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_service_stops_at_once(service: Service, signum: signal.Signals) -> None:
    service.have_due("P-1")
    service.start_ready()
    service.wait_for("accepted")
    assert service.stop(signum) < 5


def test_what_was_in_flight_when_it_was_killed_is_in_doubt_at_the_next_start_and_not_sent_again(
    service: Service, provider: Provider
) -> None:
    provider.misbehave(HANGS)
    service.settings["DISPATCH__RATE"] = 1
    service.have_due("P-1", "P-2")
    service.start_ready()
    until(lambda: provider.messages, "the request")
    service.kill()
    assert service.states == {"P-1/reminder/1": "claimed", "P-2/reminder/1": "planned"}
    service.start_ready()
    service.wait_for("in doubt after a crash")
    service.wait_for("doubt settled: the provider took it")
    service.wait_for("accepted")
    service.stop()
    assert set(provider.texts.values()) == {1}
    assert len(provider.messages) == 2


def test_nothing_is_lost_or_doubled_by_a_kill_in_the_middle_of_many(service: Service, provider: Provider) -> None:
    bookings = [f"P-{number}" for number in range(60)]
    provider.misbehave(*[AnswerLate(0.05)] * len(bookings))
    service.settings |= {"DISPATCH__RATE": 1000, "DISPATCH__CONCURRENCY": 4}
    service.have_due(*bookings)
    service.start_ready()
    service.wait_for("accepted", count=8)
    service.kill()
    assert "planned" in service.states.values()
    service.start_ready()
    until(lambda: not {"planned", "claimed"} & set(service.states.values()), "the rest")
    service.stop()
    # Those in flight at the kill were found at the provider, or wait until its list can be believed.
    in_doubt = [key for key, state in service.states.items() if state == "in-doubt"]
    assert len(in_doubt) <= 4
    assert set(service.states.values()) <= {"accepted", "sent", "delivered", "in-doubt"}
    assert set(provider.texts.values()) == {1}
    assert len(bookings) - len(in_doubt) <= len(provider.messages) <= len(bookings)
