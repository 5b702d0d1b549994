"""The sections of the settings: what may be set in each, its default, and what it does."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode


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


class Section(BaseModel):
    """What all sections have in common: nothing unknown in them, and nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_not_given(cls, given: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        """Take `""` for "not set", as the shipped file shows it and as the environment does."""
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, dict) else given


class Twilio(Section):
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


class Dispatch(Section):
    """How texts go out."""

    concurrency: int = Field(32, ge=1, le=1000, description="Requests that may be under way at once.")
    rate: float = Field(10, ge=0.1, le=10_000, description="Messages a second, over all patients.")
    lease: float = Field(120, gt=0, le=3600, description="Seconds that a claim holds; longer than any request takes.")
    min_gap: float = Field(30, ge=0, le=3600, description="Seconds between two texts to one phone.")
    settle_after: float = Field(
        300,
        gt=0,
        le=3600,
        description="Seconds until a text in doubt that is not in Twilio's list counts as not taken, and goes again.",
    )


class Hooks(Section):
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


class Web(Section):
    """Health, metrics and a page for ops; never to be exposed."""

    listen: ListenAddress = Field(
        "127.0.0.1:8025", description="Address and port of the page, /live, /ready and /metrics; port 0 takes any."
    )


class Heartbeat(Section):
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


class Guard(Section):
    """When a change to the files waits for a person: `notifier changes --accept`."""

    patients: int = Field(
        5, ge=0, description="A reload that touches more patients than this and more than the share waits."
    )
    share: float = Field(0.2, ge=0, le=1, description="The share of patients with texts pending that it may touch.")
    at_once: int = Field(50, ge=0, description="Late texts that may go out at once.")


def _separate(value: object) -> object:
    """Take apart what a credential file has in lines, and a variable between spaces."""
    return tuple(value.split()) if isinstance(value, str) else value


class Alerts(Section):
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


class Retention(Section):
    """How long patients' data is kept; `notifier db purge` keeps to it."""

    days: int = Field(
        2190,
        ge=1,
        le=36_500,
        description="Days after a patient's last procedure and text until name, phone and texts go; HIPAA: 6 years.",
    )


class Log(Section):
    """What the service says of itself; keys of messages, never phones, names or texts."""

    format: Literal["json", "console"] = Field("json", description='"json" for the journal, "console" for people.')
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
