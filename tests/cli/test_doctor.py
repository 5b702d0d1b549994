"""`notifier doctor`: what a good host and a broken one are told, and how monitoring sees it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.ledger.lock import lock_ledger
from tests.cli.rig import Desk, Outcome
from tests.fakes.provider import ACCOUNT, NUMBER, TOKEN, Provider, running_provider


@pytest.fixture
def good(desk: Desk) -> Iterator[Desk]:
    """A desk with a ledger that a service works on, and files for its owner's eyes."""
    desk.have_ledger()
    for path in (desk.folder / "patients").iterdir():
        path.chmod(0o600)
    with lock_ledger(f"sqlite:///{desk.ledger}"):
        yield desk


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


def at_twilio(monkeypatch: pytest.MonkeyPatch, provider: Provider, **more: str) -> None:
    settings = {
        "TRANSPORT": "twilio",
        "TWILIO__ACCOUNT_SID": ACCOUNT,
        "TWILIO__AUTH_TOKEN": TOKEN,
        "TWILIO__FROM_NUMBER": NUMBER,
        "TWILIO__API_BASE_URL": provider.base_url,
        **more,
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"NOTIFIER_{name}", value)


def levels(outcome: Outcome) -> dict[str, str]:
    """Return the level of each finding; how old the zone data is and how full the disk are this machine's own."""
    return {
        one["about"]: one["level"]
        for one in outcome.json["findings"]
        if one["about"] not in ("time zones", "disk", "SQLite", "versions")
    }


def said(outcome: Outcome, about: str) -> str:
    [finding] = [one for one in outcome.json["findings"] if one["about"] == about]
    return f"{finding['said']} {finding['remedy'] or ''}".strip()


def test_a_good_host_in_the_sandbox(good: Desk) -> None:
    outcome = good.call("doctor", "--json")
    assert set(levels(outcome).values()) == {"fine"}
    assert "no phone gets any text" in said(outcome, "credentials")
    assert outcome.code == (0 if outcome.json["level"] == "fine" else 1)


def test_a_good_account_is_let_in_and_gets_no_text(
    good: Desk, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_twilio(monkeypatch, provider)
    outcome = good.call("doctor", "--json")
    assert levels(outcome) == {
        "settings": "fine",
        "credentials": "fine",
        "sender": "fine",
        "time": "fine",
        "webhooks": "warning",  # replies, STOP among them, do not come
        "schema": "fine",
        "ledger": "fine",
        "service": "fine",
        "permissions": "fine",
    }
    assert outcome.code == 1
    assert provider.messages == ()


def test_a_service_of_a_stand_in_cannot_be_asked_for(
    good: Desk, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_twilio(monkeypatch, provider, TWILIO__MESSAGING_SERVICE_SID="MG1")
    monkeypatch.delenv("NOTIFIER_TWILIO__FROM_NUMBER")
    assert "cannot be asked with these credentials" in said(good.call("doctor", "--json"), "sender")


def test_a_broken_host_is_told_what_to_do_about_each_thing(
    desk: Desk, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_twilio(monkeypatch, provider, TWILIO__AUTH_TOKEN="wrong", HOOKS__PUBLIC_URL="http://127.0.0.1:1")
    (desk.folder / "patients" / "patients.yaml").chmod(0o644)
    outcome = desk.call("doctor")
    assert outcome.code == 1
    lines = [line.strip() for line in outcome.out.splitlines()]
    for beginning in (
        "error   credentials  Twilio does not let us in (code 20003).",
        "→ Compare twilio.account_sid and the secret with Twilio's console",
        "error   webhooks     http://127.0.0.1:1/twilio/status does not answer",
        "warning ledger       There is no ledger at",
        "error   permissions  Everybody on this machine can read names and phones",
        "→ Take the right away: chmod o-r FILE",
        "3 to mend now, ",
    ):
        assert any(line.startswith(beginning) for line in lines), beginning
    assert "wrong" not in outcome.out


def test_a_provider_that_cannot_be_reached_is_told_so(
    good: Desk, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_twilio(monkeypatch, provider, TWILIO__API_BASE_URL="http://127.0.0.1:1")
    outcome = good.call("doctor", "--json")
    assert said(outcome, "credentials").startswith("Twilio cannot be asked (no-connection).")
    assert "sender" not in levels(outcome)


def test_webhooks_without_the_token_that_twilio_signs_with_are_an_error(
    good: Desk, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"TWILIO__API_KEY_SID": "SK1", "TWILIO__API_KEY_SECRET": "s", "HOOKS__PUBLIC_URL": "https://x.example.org"}
    at_twilio(monkeypatch, provider, **keys)
    monkeypatch.delenv("NOTIFIER_TWILIO__AUTH_TOKEN")
    outcome = good.call("doctor", "--json")
    assert "the account's auth token is missing" in said(outcome, "webhooks")


def test_settings_that_are_not_complete_exit_with_two_and_all_else_is_examined(
    good: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFIER_TRANSPORT", "twilio")
    outcome = good.call("doctor", "--json")
    assert outcome.code == 2
    assert [one["level"] for one in outcome.json["findings"] if one["about"] == "settings"] == ["fine", "error"]
    assert levels(outcome)["ledger"] == "fine"


def test_an_address_that_can_hold_no_ledger_exits_with_two(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_LEDGER", "mysql://localhost/x")
    outcome = desk.call("doctor", "--json")
    assert outcome.code == 2
    assert "begins with 'mysql'" in outcome.out


@pytest.mark.parametrize(
    ("line", "mode", "level"),
    [
        ('auth_token = "a-secret-of-the-clinic"', 0o644, "error"),
        ('auth_token = "a-secret-of-the-clinic"', 0o640, "fine"),
        ('account_sid = "AC1"', 0o644, "fine"),
    ],
)
def test_a_settings_file_that_everybody_can_read_must_hold_no_secret(
    good: Desk, tmp_path: Path, line: str, mode: int, level: str
) -> None:
    file = tmp_path / "notifier.toml"
    file.write_text(f"[twilio]\n{line}\n", encoding="utf-8")
    file.chmod(mode)
    outcome = good.call("--config", file, "doctor", "--json")
    assert levels(outcome)["secrets"] == level
    assert "a-secret-of-the-clinic" not in outcome.out


def test_a_secret_in_a_credential_file_is_not_looked_for_there(
    good: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notifier.toml").write_text("", encoding="utf-8")
    (tmp_path / "heartbeat_url").write_text("https://watch.example.org/a-secret", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    outcome = good.call("--config", tmp_path / "notifier.toml", "doctor", "--json")
    assert levels(outcome)["secrets"] == "fine"


def test_without_a_settings_file_there_is_none_to_look_at(
    good: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "secrets" not in levels(good.call("doctor", "--json"))
