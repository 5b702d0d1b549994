"""What `notifier doctor` finds between us and the patients' phones."""

import asyncio

import pytest

from notifier.actions.examine_provider import Way, examine_provider
from notifier.clock import JumpingClock
from notifier.core.examination import Finding, Level
from notifier.gateway.twilio_check import TwilioCheck
from tests.builders import NOON
from tests.fakes.canned_server import CannedServer, http

LET_IN = http("200 OK", '{"messages": []}', "Date: Wed, 02 Dec 2026 12:00:00 GMT")


def found(*answers: bytes, number: str | None = "+13035550100", minutes_ahead: int = 0) -> dict[str, Finding]:
    """Return what is found where Twilio gives these answers, by what it is about."""

    async def run() -> list[Finding]:
        clock = JumpingClock(NOON.replace(minute=minutes_ahead))
        async with CannedServer(*answers) as server:
            check = TwilioCheck(
                account_sid=f"AC{1:032}",
                username="SK1",
                password="a-secret",
                base_url=server.base_url,
                messaging_url=server.base_url,
                timeout=5,
                clock=clock.now,
            )
            service = None if number else "MG1"
            way = Way(check, number=number, service=service, public_url=None, auth_token=None, timeout=5)
            return await examine_provider(way)

    return {finding.about: finding for finding in asyncio.run(run())}


@pytest.mark.parametrize(
    ("number", "answer", "level", "said"),
    [
        (
            "+13035550100",
            '{"incoming_phone_numbers": [{}]}',
            Level.FINE,
            "The account has twilio.from_number (+13035550100).",
        ),
        (
            "+13035550100",
            '{"incoming_phone_numbers": []}',
            Level.ERROR,
            "The account has no twilio.from_number (+13035550100).",
        ),
        (None, "{}", Level.FINE, "The account has twilio.messaging_service_sid (MG1)."),
    ],
)
def test_the_sender_is_looked_for_in_the_account(number: str | None, answer: str, level: Level, said: str) -> None:
    finding = found(LET_IN, http("200 OK", answer), number=number)["sender"]
    assert (finding.level, finding.said) == (level, said)


def test_a_clock_that_is_minutes_off_is_an_error() -> None:
    assert found(LET_IN)["time"].level is Level.FINE
    assert found(LET_IN, minutes_ahead=2)["time"].level is Level.ERROR


def test_an_answer_without_a_date_says_nothing_of_the_time() -> None:
    assert "time" not in found(http("200 OK", '{"messages": []}'))


def test_without_a_way_in_nothing_is_said_of_the_sender() -> None:
    assert list(found(http("401 No", '{"code": 20003}'))) == ["credentials", "webhooks"]
