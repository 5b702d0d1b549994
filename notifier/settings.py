"""The settings: `config/notifier.toml`, over it the credentials, over these the environment."""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from socket import gethostname
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from notifier.sections import Alerts, Dispatch, Guard, Heartbeat, Hooks, Log, Retention, Section, Twilio, Web

DEFAULT_FILE = Path("config/notifier.toml")
PREFIX = "NOTIFIER_"
LEASE_MARGIN = 30  # seconds for claiming, waiting for a turn and recording
TWILIO_SETTLES = 60  # seconds; its own time-out is about 26, and how far its list lags behind nobody says
_TWILIO = "twilio.com"


class SettingsError(Exception):
    """Something about the settings that ops must mend, in one sentence."""


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
    host: str = Field(
        default_factory=gethostname,
        description="What this host is called, where several share a ledger in PostgreSQL; by default its own name.",
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
        host = urlsplit(self.twilio.api_base_url).hostname or ""
        is_real = self.transport == "twilio" and (host == _TWILIO or host.endswith(f".{_TWILIO}"))
        if is_real and self.dispatch.settle_after < TWILIO_SETTLES:
            raise ValueError(
                f"the setting dispatch.settle_after must be at least {TWILIO_SETTLES} seconds with Twilio itself, "
                "which may take a text for 26 seconds and lists it later still, or that text could be sent twice"
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
        if isinstance(kind, type) and issubclass(kind, Section):
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
        if isinstance(kind, type) and issubclass(kind, Section):
            lines += ["", f"[{name}]  # {kind.__doc__}"]
            for inner, inner_field in kind.model_fields.items():
                lines += _entry(inner, inner_field.description, inner_field.default)
        else:
            lines += _entry(name, field.description, _DEFAULTS_IN_WORDS.get(name, field.default))
    return "\n".join(lines) + "\n"


_DEFAULTS_IN_WORDS: Mapping[str, str] = {"ledger": "sqlite:////var/lib/notifier/ledger.db", "host": "texts-1"}


def _entry(name: str, description: str | None, default: object) -> list[str]:
    if default is None:
        return [f"# {description}", f'# {name} = ""  # not set']
    if isinstance(default, tuple):
        default = list(default)
    shown = default if isinstance(default, int | float | list) else f'"{default}"'
    return [f"# {description}", f"# {name} = {shown}"]
