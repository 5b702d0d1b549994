"""The ways in which the sandbox can be told to misbehave, each for one request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slow:
    """Do what was asked only after `seconds`, though the caller may have gone by then."""

    seconds: float


@dataclass(frozen=True, slots=True)
class AnswerLate:
    """Do what was asked at once, and answer after `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do nothing, and answer with one of Twilio's errors."""

    status: int
    code: int
    retry_after: int | str | None = None  # seconds, or an HTTP date


@dataclass(frozen=True, slots=True)
class RefuseHtml:
    """Do nothing, and answer with a web page, as proxies and load balancers do."""

    status: int


@dataclass(frozen=True, slots=True)
class HangUp:
    """Drop the connection without an answer, having done what was asked or not."""

    taken: bool


@dataclass(frozen=True, slots=True)
class CutOff:
    """Do what was asked, and drop the connection in the middle of the answer."""


Fault = Slow | AnswerLate | Refuse | RefuseHtml | HangUp | CutOff
