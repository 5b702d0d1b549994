"""Building the parts from settings, and what is said where they are not complete."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.actions.alert_staff import AlertPace
from notifier.clock import JumpingClock
from notifier.core.delivery import AnswerKind, Attempt
from notifier.gateway.sandbox import Sandbox
from notifier.ledger.errors import LedgerError
from notifier.sections import Alerts, Dispatch, Twilio
from notifier.settings import Settings, SettingsError
from notifier.wiring.dispatch import limiter_of, pace_of
from notifier.wiring.ledger import open_the_ledger
from notifier.wiring.provider import sandbox_sender, sender_of
from notifier.wiring.shipped import find_shipped
from notifier.wiring.staff import alert_pace_of, channels_of
from tests.builders import NOON

ACCOUNT, TOKEN, SERVICE, NUMBER = f"AC{1:032}", "a-token", f"MG{1:032}", "+13035550100"
WITH_TOKEN = {"account_sid": ACCOUNT, "auth_token": TOKEN}
WITH_KEY = {"account_sid": ACCOUNT, "api_key_sid": f"SK{1:032}", "api_key_secret": "a-secret"}
ATTEMPT = Attempt(
    id=1, key="P-1042/last-meal/1", to="+17205550134", text="A text.", latest=NOON + timedelta(hours=1), ordinal=1
)


def for_twilio(**twilio: str) -> Settings:
    return Settings(transport="twilio", twilio=Twilio.model_validate(twilio))


def send(settings: Settings) -> AnswerKind:
    """Return how an attempt goes with the sender that the settings ask for."""

    async def run() -> AnswerKind:
        async with sender_of(settings, JumpingClock(NOON)) as sender:
            return (await sender.send(ATTEMPT, NOON)).kind

    return asyncio.run(run())


def send_to_stand_in(**twilio: str) -> tuple[AnswerKind, Sandbox]:
    """Send with these settings to a stand-in for Twilio."""

    async def run() -> tuple[AnswerKind, Sandbox]:
        key = {WITH_KEY["api_key_sid"]: WITH_KEY["api_key_secret"]}
        clock = JumpingClock(NOON)
        stand_in = Sandbox(account_sid=ACCOUNT, auth_token=TOKEN, clock=clock.now, api_keys=key)
        await stand_in.start()
        try:
            async with sender_of(for_twilio(**twilio, api_base_url=stand_in.base_url), clock) as sender:
                return (await sender.send(ATTEMPT, NOON)).kind, stand_in
        finally:
            await stand_in.stop()

    return asyncio.run(run())


@pytest.mark.parametrize("credentials", [WITH_TOKEN, WITH_KEY, {**WITH_KEY, "auth_token": "for signatures only"}])
def test_an_auth_token_or_an_api_key_lets_us_in_and_the_key_is_preferred(credentials: dict[str, str]) -> None:
    kind, _ = send_to_stand_in(**credentials, from_number=NUMBER)
    assert kind is AnswerKind.ACCEPTED


def test_texts_come_from_the_service_or_the_number_that_the_settings_name() -> None:
    _, by_number = send_to_stand_in(**WITH_TOKEN, from_number=NUMBER)
    _, by_service = send_to_stand_in(**WITH_TOKEN, messaging_service_sid=SERVICE)
    assert [message.from_number for message in by_number.messages] == [NUMBER]
    assert [message.messaging_service_sid for message in by_service.messages] == [SERVICE]


def test_the_sandbox_needs_no_account() -> None:
    assert send(Settings()) is AnswerKind.ACCEPTED


def test_the_sandbox_shows_what_it_was_sent() -> None:
    async def run() -> list[str]:
        async with sandbox_sender(JumpingClock(NOON), Settings()) as (sender, sandbox):
            await sender.send(ATTEMPT, NOON)
            return [message.body for message in sandbox.messages]

    assert asyncio.run(run()) == ["A text."]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "needs an account: set twilio.account_sid"),
        ({"account_sid": ACCOUNT}, "needs a secret: the credential file twilio_auth_token"),
        ({"account_sid": ACCOUNT, "api_key_sid": "SK1"}, "one of them is missing"),
        ({"account_sid": ACCOUNT, "auth_token": TOKEN, "api_key_secret": "s"}, "one of them is missing"),
        (WITH_TOKEN, "set one of twilio.messaging_service_sid and twilio.from_number"),
        ({**WITH_TOKEN, "from_number": NUMBER, "messaging_service_sid": SERVICE}, "set one of"),
    ],
)
def test_an_account_that_is_not_complete_is_said_in_one_sentence(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as caught:
        send(for_twilio(**given))
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("rate", "concurrency", "batch", "ahead"),
    [(10, 32, 10, 0), (100, 32, 32, 68), (0.2, 32, 1, 0), (4_000, 64, 64, 500), (1_000, 4, 4, 0)],
)
def test_no_more_is_claimed_than_goes_out_in_about_a_second(
    rate: float, concurrency: int, batch: int, ahead: int
) -> None:
    pace = pace_of(Settings(dispatch=Dispatch(rate=rate, concurrency=concurrency)))
    assert (pace.batch, pace.ahead) == (batch, ahead)


def test_the_pace_is_that_of_the_settings() -> None:
    pace = pace_of(Settings(dispatch=Dispatch(min_gap=5, lease=90)))
    assert (pace.min_gap, pace.lease) == (timedelta(seconds=5), timedelta(seconds=90))


@pytest.mark.parametrize(("rate", "at_once", "period"), [(100, 10, 0.1), (10, 1, 0.1), (0.1, 1, 10)])
def test_the_rate_is_kept_from_the_first_tenth_of_a_second_on(rate: float, at_once: float, period: float) -> None:
    limiter = limiter_of(Settings(dispatch=Dispatch(rate=rate)))
    assert (limiter.max_rate, limiter.time_period) == (at_once, period)


def test_the_ledger_is_the_one_that_the_settings_name(tmp_path: Path) -> None:
    with open_the_ledger(Settings(ledger=f"sqlite:///{tmp_path}/state/own.db")):
        assert (tmp_path / "state" / "own.db").is_file()


def test_a_ledger_that_cannot_be_opened_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="cannot be opened for writing"):
        open_the_ledger(Settings(ledger=f"sqlite:///{tmp_path}/file/ledger.db"))


def test_the_shipped_schedules_are_found() -> None:
    assert (find_shipped() / "schedules" / "protocols" / "mild.yaml").is_file()


def with_channels(*urls: str) -> Settings:
    return Settings(alerts=Alerts.model_validate({"channels": urls, "digest_over": 3, "at_most_every": 90}))


def test_the_staff_are_told_over_the_channels_that_the_settings_name_and_at_their_pace() -> None:
    settings = with_channels("json://127.0.0.1:9", "mailto://127.0.0.1/ops@clinic.example?from=notifier@clinic.example")
    channels = channels_of(settings)
    assert channels is not None
    assert len(channels) == 2
    assert alert_pace_of(settings) == AlertPace(digest_over=3, at_most_every=90)


def test_without_channels_there_is_nothing_to_tell_over() -> None:
    assert channels_of(Settings()) is None


def test_a_channel_that_cannot_be_used_is_said_by_its_place_and_scheme() -> None:
    with pytest.raises(SettingsError) as caught:
        channels_of(with_channels("json://127.0.0.1:9", "slakc://s3cret"))
    assert str(caught.value) == (
        "The setting alerts.channels is not right: number 2, which begins with slakc://, "
        "is no address of a channel that apprise knows."
    )
