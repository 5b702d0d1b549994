"""What the units of systemd have to agree on with the program: each secret is a credential of whoever needs it."""

import re
from pathlib import Path

import pytest

from notifier.settings import Settings, setting_names

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "systemd"


def secrets() -> set[str]:
    """Return the names, as credentials have them, of all settings that may be secret."""
    kept = {"ledger"}  # a server's address holds a password
    for section, *inner in setting_names():
        kind = Settings.model_fields[section].annotation
        if inner and "SecretStr" in repr(getattr(kind, "model_fields", {})[inner[0]].annotation):
            kept.add("_".join((section, *inner)))
    return kept


def credentials(unit: str, directive: str) -> set[str]:
    """Return the names of the credentials that a unit loads, each from the file of its name."""
    loaded = re.findall(rf"^{directive}=(\w+):notifier\.(\w+)$", (SYSTEMD / unit).read_text("utf-8"), re.MULTILINE)
    assert all(name == file for name, file in loaded)
    return {name for name, _ in loaded}


@pytest.mark.parametrize(
    ("unit", "directive"),
    [("notifier.service", "LoadCredential"), ("drop-ins/encrypted-credentials.conf", "LoadCredentialEncrypted")],
)
def test_each_secret_among_the_settings_is_a_credential(unit: str, directive: str) -> None:
    assert credentials(unit, directive) == secrets() >= {"twilio_auth_token", "heartbeat_url", "alerts_channels"}


def test_backup_and_report_get_the_secrets_that_they_need_only() -> None:
    assert credentials("notifier-backup.service", "LoadCredential") == {"ledger"}
    assert credentials("notifier-report.service", "LoadCredential") == {"ledger", "alerts_channels"}


def test_ops_are_told_where_each_secret_is_put() -> None:
    readme = (SYSTEMD / "README.md").read_text("utf-8")
    assert {name for name in secrets() if f"`notifier.{name}`" not in readme} == set()
