"""The settings: `config/notifier.toml`, over it the credentials, over these the environment."""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, InitSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

DEFAULT_FILE = Path("config/notifier.toml")
PREFIX = "NOTIFIER_"
LEASE_MARGIN = 30  # seconds for claiming, waiting for a turn and recording


class SettingsError(Exception):
    """Something about the settings that ops must mend, in one sentence."""


def _web_address(value: str) -> str:
    if not _is_web_address(value):
        raise ValueError("is not a web address; write it as https://host or https://host:port")
    return value.rstrip("/")


def _is_web_address(value: str) -> bool:
    """Whether it has a host and at most a port and a path; what a secret could hide in is none."""
    try:
        parts = urlsplit(value)
        more = (parts.username, parts.password, parts.query, parts.fragment)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not any(more)
    except ValueError:  # a port or an IPv6 address that is none
        return False


def _listen_address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 - the highest port
        raise ValueError("is not an address to listen on; write it as 127.0.0.1:8025")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
ListenAddress = Annotated[str, AfterValidator(_listen_address)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_not_given(cls, given: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        """Take `""` for "not set", as the shipped file shows it and as the environment does."""
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, dict) else given


class Twilio(_Section):
    """The account at Twilio; needed only where `transport` is "twilio"."""

    account_sid: str | None = Field(None, description="The account's SID, AC and 32 digits or letters.")
    auth_token: SecretStr | None = Field(
        None, description="The account's auth token; better kept as the credential file twilio_auth_token."
    )
    api_key_sid: str | None = Field(None, description="An API key's SID (SK…), used instead of the auth token to send.")
    api_key_secret: SecretStr | None = Field(
        None, description="That key's secret; better kept as the credential file twilio_api_key_secret."
    )
    messaging_service_sid: str | None = Field(
        None, description="The Messaging Service (MG…) that sends; or from_number."
    )
    from_number: str | None = Field(None, description="The number that sends, as +1…; or messaging_service_sid.")
    api_base_url: WebAddress = Field(
        "https://api.twilio.com", description="Where Twilio's API is; another address for a proxy or a stand-in."
    )
    timeout: float = Field(
        30, gt=0, le=300, description="Seconds to wait for an answer. Twilio itself gives up after about 26."
    )


class Dispatch(_Section):
    """How texts go out."""

    concurrency: int = Field(32, ge=1, le=1000, description="Requests that may be under way at once.")
    rate: float = Field(10, ge=0.1, le=1000, description="Messages a second, over all patients.")
    lease: float = Field(120, gt=0, le=3600, description="Seconds that a claim holds; longer than any request takes.")
    min_gap: float = Field(30, ge=0, le=3600, description="Seconds between two texts to one phone.")
    settle_after: float = Field(
        300,
        gt=0,
        le=3600,
        description="Seconds until a text in doubt that is not in Twilio's list counts as not taken, and goes again.",
    )


class Hooks(_Section):
    """Where Twilio reports receipts and replies: the one port that a proxy may expose."""

    listen: ListenAddress = Field(
        "127.0.0.1:8026",
        description="Address and port for Twilio's callbacks; it opens once this or public_url is set.",
    )
    public_url: WebAddress | None = Field(
        None,
        description="The address under which Twilio reaches that port, such as "
        "https://texts.example.org; without it receipts are asked for, and replies do not come.",
    )


class Web(_Section):
    """Health, metrics and a page for ops; never to be exposed."""

    listen: ListenAddress = Field(
        "127.0.0.1:8025", description="Address and port of the page, /live, /ready and /metrics; port 0 takes any."
    )


class Heartbeat(_Section):
    """A watcher elsewhere, such as Healthchecks, that alarms when it no longer hears that all is well."""

    url: SecretStr | None = Field(
        None,
        description="Its ping address, a secret: better kept as the credential file heartbeat_url. It is called while "
        "all is well, and with /fail below it when it is not.",
    )
    every: float = Field(60, ge=5, le=60, description="Seconds between two calls.")

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(url.get_secret_value()) if url else None
        if parts is not None and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("is not a web address; write it as https://host/path")
        return url


class Guard(_Section):
    """When a change to the files waits for a person: `notifier changes --accept`."""

    patients: int = Field(
        5, ge=0, description="A reload that touches more patients than this and more than the share waits."
    )
    share: float = Field(0.2, ge=0, le=1, description="The share of patients with texts pending that it may touch.")
    at_once: int = Field(50, ge=0, description="Late texts that may go out at once.")


def _separate(value: object) -> object:
    """Take apart what a credential file has in lines, and a variable between spaces."""
    return tuple(value.split()) if isinstance(value, str) else value


class Alerts(_Section):
    """Where the staff hear of patients to call, of a stop of dispatch and of what else needs a person."""

    channels: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_separate)] = Field(
        (),
        description="Addresses as apprise writes them (mailtos://…, slack://…, jsons://…; see README.md beside this "
        "file), each a secret; better kept as the credential file alerts_channels, one a line.",
    )
    digest_over: int = Field(5, ge=1, le=50, description="More than this in one message is only counted.")
    at_most_every: float = Field(
        60, ge=0, le=86400, description="Seconds between two messages; that dispatch has stopped goes at once."
    )


class Retention(_Section):
    """How long patients' data is kept; `notifier db purge` keeps to it."""

    days: int = Field(
        2190,
        ge=1,
        le=36_500,
        description="Days after a patient's last procedure and text until name, phone and texts go; HIPAA: 6 years.",
    )


class Log(_Section):
    """What the service says of itself; keys of messages, never phones, names or texts."""

    format: Literal["json", "console"] = Field("json", description='"json" for the journal, "console" for people.')
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")


def default_ledger() -> str:
    """Return the URL of a SQLite file in the state directory: systemd's, or the user's own."""
    state = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if not state:
        home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        state = str(Path(home) / "notifier")
    return f"sqlite:///{state}/ledger.db"


class Settings(BaseSettings):
    """All settings, in the order in which `config/notifier.toml` shows them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    schedules: Path = Field(Path("schedules"), description="The folder of the admins' schedule files.")
    ledger: str = Field(
        default_factory=default_ledger,
        description="The database that keeps every text, as a URL; by default a SQLite file in the state directory.",
    )
    transport: Literal["sandbox", "twilio"] = Field(
        "sandbox", description='"twilio" sends for real; "sandbox" takes the texts itself, and no phone gets any.'
    )
    twilio: Twilio = Twilio()
    dispatch: Dispatch = Dispatch()
    hooks: Hooks = Hooks()
    web: Web = Web()
    heartbeat: Heartbeat = Heartbeat()
    log: Log = Log()
    guard: Guard = Guard()
    alerts: Alerts = Alerts()
    retention: Retention = Retention()

    @model_validator(mode="after")
    def _lease_outlasts_request(self) -> Self:
        if self.dispatch.lease < self.twilio.timeout + LEASE_MARGIN:
            raise ValueError(
                f"the setting dispatch.lease must be at least {LEASE_MARGIN} seconds longer than twilio.timeout, "
                "or a text still under way would be taken for lost"
            )
        return self

    @model_validator(mode="after")
    def _doubt_outlasts_request(self) -> Self:
        if self.dispatch.settle_after <= self.twilio.timeout:
            raise ValueError(
                "the setting dispatch.settle_after must be longer than twilio.timeout, "
                "or a text still on its way could be sent twice"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - its nested names differ from systemd's flat ones
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, the strongest first; what is passed in comes from the file."""
        return env_settings, InitSettingsSource(settings_cls, _read_credentials()), init_settings


def load_settings(file: Path | None) -> Settings:
    """Return the settings from `file`, or from config/notifier.toml where that exists, or the defaults.

    Raises SettingsError with one sentence that names the setting and how to mend it.
    """
    _refuse_mistyped_environment()
    try:
        return Settings(**_read_toml(file))
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _read_toml(file: Path | None) -> dict[str, Any]:
    if file is None:
        file = DEFAULT_FILE
        if not file.exists():
            return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"The settings file {file} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The settings file {file} is not valid TOML: {error}.") from None


def setting_names() -> Iterator[tuple[str, ...]]:
    """Yield the name of every setting, such as ("schedules",) or ("twilio", "auth_token")."""
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, _Section):
            yield from ((name, inner) for inner in kind.model_fields)
        else:
            yield (name,)


def _read_credentials() -> dict[str, Any]:
    """Read systemd's credentials: a file for each, named `twilio_auth_token` and the like."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return {}
    found: dict[str, Any] = {}
    for name in setting_names():
        file = Path(folder) / "_".join(name)
        if not file.is_file():
            continue
        try:
            value = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"The credential file {file.name} cannot be read.") from None
        target = found
        for part in name[:-1]:
            target = target.setdefault(part, {})
        target[name[-1]] = value
    return found


def _refuse_mistyped_environment() -> None:
    """Refuse a variable that is nearly one of ours: it would be ignored without a word."""
    known = {(PREFIX + "__".join(name)).upper() for name in setting_names()}
    sections = {(PREFIX + name).upper() for name in Settings.model_fields} - known
    for variable in sorted(os.environ):
        if variable.upper() in sections:
            first = min(name for name in known if name.startswith(variable.upper()))
            raise SettingsError(f"{variable} is a section; set its settings one by one, such as {first}.")
        if variable.upper().startswith(PREFIX) and variable.upper() not in known:
            near = difflib.get_close_matches(variable.upper(), sorted(known), n=1, cutoff=0.85)
            if near:
                raise SettingsError(f"There is no setting {variable}; did you mean {near[0]}?")


def _sentence(error: ValidationError) -> str:
    """Say the first thing wrong; never the value, which may be a secret."""
    first = error.errors(include_url=False, include_input=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, [".".join(known) for known in setting_names()], n=1)
        return f"There is no setting {name}" + (f"; did you mean {near[0]}?" if near else ".")
    if first["type"] in ("model_type", "dict_type"):
        return f"The setting {name} is a section: write [{name}], and its settings below it."
    said = first["msg"].removeprefix("Value error, ")
    said = said[0].lower() + said[1:]
    if not name:
        return f"{said[0].upper()}{said[1:]}."
    return f"The setting {name} {said}." if said.startswith("is ") else f"The setting {name} is not right: {said}."


def settings_file() -> str:
    """Return `config/notifier.toml` as shipped: every setting, its default and a line saying what it does."""
    lines = ["# Settings of notifier. Every line shows the default; remove the # before one to change it.",
             "# The environment is stronger (NOTIFIER_TRANSPORT, NOTIFIER_TWILIO__TIMEOUT, …); secrets belong into",
             "# credential files ($CREDENTIALS_DIRECTORY/twilio_auth_token, …) rather than here.", ""]  # fmt: skip
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, _Section):
            lines += ["", f"[{name}]  # {kind.__doc__}"]
            for inner, inner_field in kind.model_fields.items():
                lines += _entry(inner, inner_field.description, inner_field.default)
        else:
            lines += _entry(name, field.description, _DEFAULTS_IN_WORDS.get(name, field.default))
    return "\n".join(lines) + "\n"


_DEFAULTS_IN_WORDS: Mapping[str, str] = {"ledger": "sqlite:////var/lib/notifier/ledger.db"}


def _entry(name: str, description: str | None, default: object) -> list[str]:
    if default is None:
        return [f"# {description}", f'# {name} = ""  # not set']
    if isinstance(default, tuple):
        default = list(default)
    shown = default if isinstance(default, int | float | list) else f'"{default}"'
    return [f"# {description}", f"# {name} = {shown}"]
