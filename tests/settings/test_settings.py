"""Settings: where they come from, which is stronger, and how a mistake is said."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.settings import Settings, SettingsError, load_settings, setting_names, settings_file

SHIPPED_FILE = Path(__file__).parents[2] / "config" / "notifier.toml"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment that says nothing, in a folder without a settings file."""
    for variable in os.environ:
        if variable.startswith("NOTIFIER_") or variable in ("CREDENTIALS_DIRECTORY", "STATE_DIRECTORY"):
            monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)


def load(tmp_path: Path, text: str) -> Settings:
    """Return the settings from a file of this text."""
    file = tmp_path / "notifier.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def mistake(tmp_path: Path, text: str) -> str:
    """Return the sentence that a file of this text is answered with."""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    return str(caught.value)


def uncommented() -> Iterator[tuple[str, str]]:
    """Yield each setting of the shipped file with its line, the # taken away, under its section."""
    section = ""
    for line in SHIPPED_FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.partition("]")[0].strip("[")
        elif found := re.fullmatch(r"# ((\w+) = .*)", line):
            name = f"{section}.{found[2]}" if section else found[2]
            yield name, f"[{section}]\n{found[1]}" if section else found[1]


def values(settings: Settings) -> dict[str, object]:
    """Return each setting's value by its dotted name."""
    dump = settings.model_dump()
    return {".".join(name): dump[name[0]] if len(name) == 1 else dump[name[0]][name[1]] for name in setting_names()}


def test_the_shipped_file_is_the_one_that_the_program_writes() -> None:
    assert SHIPPED_FILE.read_text(encoding="utf-8") == settings_file()


def test_the_shipped_file_shows_every_setting() -> None:
    assert [name for name, _ in uncommented()] == [".".join(name) for name in setting_names()]


def test_the_shipped_file_changes_nothing() -> None:
    assert load_settings(SHIPPED_FILE) == Settings()


@pytest.mark.parametrize(("name", "line"), list(uncommented()))
def test_every_line_of_the_shipped_file_is_read_back_without_its_comment(tmp_path: Path, name: str, line: str) -> None:
    default = values(Settings())
    shown = {"ledger": "sqlite:////var/lib/notifier/ledger.db", "host": "texts-1"}  # the first as it is under systemd
    default |= {name: shown[name]} if name in shown else {}
    assert values(load(tmp_path, line)) == default


def test_no_file_means_the_defaults() -> None:
    assert load_settings(None) == Settings()


def test_a_file_in_the_config_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "notifier.toml").write_text("[dispatch]\nrate = 3\n", encoding="utf-8")
    assert load_settings(None).dispatch.rate == 3


def test_the_environment_is_stronger_than_a_credential_and_that_than_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = '[twilio]\nauth_token = "from the file"\nfrom_number = "+13035550100"\n'
    assert token(load(tmp_path, file)) == "from the file"
    (tmp_path / "twilio_auth_token").write_text("from a credential\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert token(load(tmp_path, file)) == "from a credential"
    monkeypatch.setenv("NOTIFIER_TWILIO__AUTH_TOKEN", "from the environment")
    settings = load(tmp_path, file)
    assert token(settings) == "from the environment"
    assert settings.twilio.from_number == "+13035550100"


def token(settings: Settings) -> str:
    assert settings.twilio.auth_token is not None
    return settings.twilio.auth_token.get_secret_value()


def test_a_credential_may_hold_a_setting_that_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ledger").write_text("sqlite:////srv/ledger.db\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load_settings(None).ledger == "sqlite:////srv/ledger.db"


def test_a_credential_that_is_no_text_is_named_and_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "twilio_auth_token").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(SettingsError, match=r"^The credential file twilio_auth_token cannot be read\.$"):
        load_settings(None)


def test_a_variable_that_is_empty_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_TWILIO__AUTH_TOKEN", "")
    assert load_settings(None).twilio.auth_token is None


def test_the_ledger_lies_in_the_state_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert load_settings(None).ledger == f"sqlite:///{tmp_path}/state/notifier/ledger.db"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings(None).ledger == f"sqlite:///{tmp_path}/.local/state/notifier/ledger.db"
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/notifier:/var/lib/other")
    assert load_settings(None).ledger == "sqlite:////var/lib/notifier/ledger.db"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[dispach]\nrate = 3", "There is no setting dispach; did you mean dispatch.rate?"),
        ("[dispatch]\nrat = 3", "There is no setting dispatch.rat; did you mean dispatch.rate?"),
        ("transprot = 'twilio'", "There is no setting transprot; did you mean transport?"),
        ("zzz = 1", "There is no setting zzz."),
        ("transport = 'pigeon'", "The setting transport is not right: input should be 'sandbox' or 'twilio'."),
        (
            "[log]\nlevel = 3",
            "The setting log.level is not right: input should be 'debug', 'info', 'warning' or 'error'.",
        ),
        (
            "[dispatch]\nrate = 0",
            "The setting dispatch.rate is not right: input should be greater than or equal to 0.1.",
        ),
        ("dispatch = 5", "The setting dispatch is a section: write [dispatch], and its settings below it."),
        (
            "[web]\nlisten = '8025'",
            "The setting web.listen is not an address to listen on; write it as 127.0.0.1:8025.",
        ),
        (
            "[web]\nlisten = '127.0.0.1:70000'",
            "The setting web.listen is not an address to listen on; write it as 127.0.0.1:8025.",
        ),
    ],
)
def test_a_mistake_is_said_in_one_sentence_that_names_the_setting(tmp_path: Path, text: str, sentence: str) -> None:
    assert mistake(tmp_path, text) == sentence


def test_a_lease_that_a_request_could_outlast_is_refused(tmp_path: Path) -> None:
    assert mistake(tmp_path, "[dispatch]\nlease = 59").startswith(
        "The setting dispatch.lease must be at least 30 seconds longer than twilio.timeout, or "
    )


def test_doubt_that_ends_before_a_request_could_is_refused(tmp_path: Path) -> None:
    assert mistake(tmp_path, "[dispatch]\nsettle_after = 30").startswith(
        "The setting dispatch.settle_after must be longer than twilio.timeout, or "
    )


@pytest.mark.parametrize("host", ["api.twilio.com", "api.dublin.ie1.twilio.com"])
def test_with_twilio_itself_doubt_lasts_well_past_its_own_time_out(tmp_path: Path, host: str) -> None:
    file = f'transport = "twilio"\n[twilio]\ntimeout = 10\napi_base_url = "https://{host}"\n[dispatch]\nsettle_after = '
    assert mistake(tmp_path, f"{file}59") == (
        "The setting dispatch.settle_after must be at least 60 seconds with Twilio itself, which may take a text "
        "for 26 seconds and lists it later still, or that text could be sent twice."
    )
    assert load(tmp_path, f"{file}60").dispatch.settle_after == 60


def test_with_a_stand_in_for_twilio_doubt_may_be_short(tmp_path: Path) -> None:
    file = (
        'transport = "twilio"\n[twilio]\ntimeout = 1\napi_base_url = "http://127.0.0.1:9"\n[dispatch]\nsettle_after = 2'
    )
    assert load(tmp_path, file).dispatch.settle_after == 2


@pytest.mark.parametrize(
    "url",
    [
        "api.twilio.com",
        "ftp://api.twilio.com",
        "https://",
        "https://host:port",
        "https://host:70000",
        "https://[::1",
        "https://user:secret@host",
        "https://host/?query=1",
        "https://host/#fragment",
    ],
)
def test_a_wrong_url_is_said_in_one_sentence(tmp_path: Path, url: str) -> None:
    assert mistake(tmp_path, f'[twilio]\napi_base_url = "{url}"') == (
        "The setting twilio.api_base_url is not a web address; write it as https://host or https://host:port."
    )


@pytest.mark.parametrize("url", ["https://api.twilio.com", "http://127.0.0.1:4010", "https://proxy.example/twilio"])
def test_a_url_may_have_a_port_and_a_path(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, f'[twilio]\napi_base_url = "{url}/"').twilio.api_base_url == url


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml cannot be read: No such file or directory\.$"):
        load_settings(tmp_path / "none.toml")


@pytest.mark.parametrize("content", [b"[twilio\n", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "notifier.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"notifier\.toml is not valid TOML: "):
        load_settings(tmp_path / "notifier.toml")


@pytest.mark.parametrize(
    ("variable", "near"),
    [
        ("NOTIFIER_TRANSPROT", "NOTIFIER_TRANSPORT"),
        ("NOTIFIER_TWILIO_AUTH_TOKEN", "NOTIFIER_TWILIO__AUTH_TOKEN"),
        ("NOTIFIER_DISPATCH__RATES", "NOTIFIER_DISPATCH__RATE"),
    ],
)
def test_a_mistyped_variable_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, variable: str, near: str
) -> None:
    monkeypatch.setenv(variable, "a-secret-perhaps")
    with pytest.raises(SettingsError) as caught:
        load_settings(None)
    assert str(caught.value) == f"There is no setting {variable}; did you mean {near}?"


def test_a_variable_for_something_else_is_none_of_our_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_IMAGE_TAG", "v1")
    assert load_settings(None) == Settings()


def test_a_section_as_a_variable_that_is_not_json_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_DISPATCH", "a-secret-perhaps")
    with pytest.raises(SettingsError, match=r"^NOTIFIER_DISPATCH is a section; ") as caught:
        load_settings(None)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong", ['timeout = "s3cret-t0ken"', 'auth_token = ["s3cret-t0ken"]', 'auth_tokne = "s3cret-t0ken"']
)
def test_a_secret_is_in_no_message_of_a_mistake(tmp_path: Path, wrong: str) -> None:
    assert "s3cret" not in mistake(tmp_path, f"[twilio]\n{wrong}\n")


def test_a_secret_is_in_no_form_in_which_settings_are_printed(tmp_path: Path) -> None:
    settings = load(tmp_path, '[twilio]\nauth_token = "s3cret-t0ken"\napi_key_secret = "s3cret-t0ken"')
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


ONE, TWO = "slack://s3cret-a/s3cret-b/s3cret-c", "mailtos://user:s3cret@smtp.clinic.example?to=ops@clinic.example"


def channels(settings: Settings) -> list[str]:
    return [url.get_secret_value() for url in settings.alerts.channels]


def test_channels_are_a_list_in_the_file(tmp_path: Path) -> None:
    assert channels(load(tmp_path, f"[alerts]\nchannels = ['{ONE}', '{TWO}']")) == [ONE, TWO]


def test_channels_are_lines_in_a_credential_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "alerts_channels").write_text(f"{ONE}\n\n{TWO}\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert channels(load_settings(None)) == [ONE, TWO]


def test_channels_stand_between_spaces_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_ALERTS__CHANNELS", f"{ONE} {TWO}")
    assert channels(load_settings(None)) == [ONE, TWO]


def test_an_empty_list_of_channels_is_none(tmp_path: Path) -> None:
    assert channels(load(tmp_path, '[alerts]\nchannels = ""')) == []


def test_a_channel_is_in_no_form_in_which_settings_are_printed(tmp_path: Path) -> None:
    settings = load(tmp_path, f"[alerts]\nchannels = ['{ONE}', '{TWO}']")
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


@pytest.mark.parametrize("wrong", ["channels = 5", "channels = [5]", "channels = [['s3cret']]", "digest_over = 0"])
def test_a_wrong_setting_of_alerts_is_named_and_not_shown(tmp_path: Path, wrong: str) -> None:
    said = mistake(tmp_path, f"[alerts]\n{wrong}")
    assert said.startswith("The setting alerts.")
    assert "s3cret" not in said
