"""The staff's channels, through the real apprise to servers on loopback."""

import asyncio
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.channels import REFUSED, STILL_BUSY, TIMED_OUT, ChannelError, Channels, Failure
from tests.fakes.mail_server import running_mail_server
from tests.fakes.staff_webhook import StaffWebhook, running_staff_webhook

CONFIG_README = Path(__file__).parents[2] / "config" / "README.md"
NOBODY_THERE = "json://127.0.0.1:9/a-secret-path"
TEAMS = (
    "https://prod-1.westus.logic.azure.com:443/workflows/643e69f8/triggers/manual/paths/invoke?api-version=2016-06-01"
)
TITLE, BODY = "notifier: 1 patient to call", "P-1042: text refused (entry 17)\n\n“notifier calls” lists <whom> & why."


@pytest.fixture
def webhook() -> Iterator[StaffWebhook]:
    with running_staff_webhook() as webhook:
        yield webhook


def tell(*urls: str, timeout: float = 10) -> list[Failure]:
    return asyncio.run(Channels(urls, timeout).tell(TITLE, BODY))


def test_a_webhook_gets_title_and_body_as_they_are(webhook: StaffWebhook) -> None:
    assert tell(webhook.url) == []
    assert webhook.told == [(TITLE, BODY)]
    assert webhook.messages[0]["type"] == "warning"


def test_a_mail_has_the_title_as_its_subject_and_keeps_its_lines() -> None:
    with running_mail_server() as server:
        assert tell(f"mailto://127.0.0.1:{server.port}/ops@clinic.example?from=notifier@clinic.example") == []
    [mail] = server.mails
    assert (mail["Subject"], mail["To"]) == (TITLE, "ops@clinic.example")
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert "P-1042: text refused (entry 17)" in plain.get_content().splitlines()
    assert "“notifier calls” lists <whom> & why." in plain.get_content()
    assert "http" not in mail.as_string()  # nothing that whoever reads it would fetch


@pytest.mark.parametrize(
    "url",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/%23front-desk",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "workflows://prod-1.westus.logic.azure.com:443/643e69f83c8944/a-signature",
        f"{TEAMS}&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=a-signature",
        f"pagerduty://A1BRTD4JD@{'a' * 32}",
        "mailtos://user:a-secret@smtp.clinic.example:587/?from=notifier@clinic.example&to=ops@clinic.example",
        "jsons://alerts.clinic.example/hook?+Authorization=Bearer%20a-secret",
    ],
)
def test_slack_teams_pagerduty_mail_and_webhooks_are_known(url: str) -> None:
    assert len(Channels([url], timeout=1)) == 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("slakc://s3cret/s3cret", "slakc://"),
        ("slack://s3cret", "slack://"),
        ("https://s3cret.example.org/hook", "https://"),
        ("mailto://", "mailto://"),
        ("dbus://s3cret]", "dbus://"),  # at which apprise raises a TypeError
        ("json://s3cret:70000:1", "json://"),
        ("s3cret", "no scheme such as mailto://"),
        ("://", "no scheme such as mailto://"),
    ],
)
def test_a_url_that_cannot_be_used_is_known_by_its_place_and_its_scheme_only(url: str, shown: str) -> None:
    with pytest.raises(ChannelError) as caught:
        Channels([NOBODY_THERE, url], timeout=1)
    assert str(caught.value) == (f"number 2, which begins with {shown}, is no address of a channel that apprise knows")


def test_the_channels_that_the_readme_shows_are_known() -> None:
    [shown] = re.findall(r"```\n(mailtos:.*?)```", CONFIG_README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(Channels(shown.split(), timeout=1)) == 5


def test_one_that_fails_is_named_by_its_place_while_the_others_are_told(webhook: StaffWebhook) -> None:
    assert tell(NOBODY_THERE, webhook.url) == [Failure(1, REFUSED)]
    assert webhook.titles == [TITLE]


def test_one_that_answers_with_an_error_has_not_taken_it(webhook: StaffWebhook) -> None:
    webhook.statuses = [500]
    assert tell(webhook.url) == [Failure(1, REFUSED)]


def test_one_that_hangs_is_waited_for_no_longer_and_given_no_second_thread(webhook: StaffWebhook) -> None:
    webhook.go_on.clear()

    async def tell_twice() -> list[Failure]:
        channels = Channels([webhook.url], timeout=0.2)
        return [*await channels.tell(TITLE, BODY), *await channels.tell(TITLE, BODY)]

    assert asyncio.run(tell_twice()) == [Failure(1, TIMED_OUT), Failure(1, STILL_BUSY)]
    webhook.go_on.set()
    for thread in threading.enumerate():
        if thread.name == "channel":
            thread.join(10)  # it finds that nobody waits for its answer, and minds as little
    assert webhook.titles == [TITLE]


def test_a_plugin_that_raises_is_a_channel_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    channels = Channels([NOBODY_THERE], timeout=10)

    def explode(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("apprise.Apprise.notify", explode)  # no plugin that raises comes with apprise
    assert asyncio.run(channels.tell(TITLE, BODY)) == [Failure(1, REFUSED)]


def test_nothing_is_logged_or_printed_of_what_fails(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        tell(NOBODY_THERE)
        with pytest.raises(ChannelError):
            Channels(["slack://s3cret"], timeout=1)
    out, err = capfd.readouterr()
    assert "secret" not in caplog.text + out + err
    assert "1042" not in caplog.text + out + err


HANGS = """
import asyncio, socket, sys
from notifier.channels import Channels
with socket.create_server(("127.0.0.1", 0)) as silent:
    channels = Channels([f"json://127.0.0.1:{silent.getsockname()[1]}/?rto=60"], 0.1)
    print(asyncio.run(channels.tell("title", "body")))
"""
NO_CHANNEL = """
import sys
import notifier.cli.run, notifier.wiring.staff, notifier.settings
assert notifier.wiring.staff.channels_of(notifier.settings.Settings()) is None
print("apprise" in sys.modules)
"""


def run(program: str) -> str:
    """Return what a program of its own prints; it must end in time, and well."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout


def test_a_channel_that_hangs_does_not_hold_up_the_end_of_a_program() -> None:
    assert TIMED_OUT in run(HANGS)


def test_without_a_channel_apprise_is_not_even_loaded() -> None:
    assert run(NO_CHANNEL) == "False\n"
