"""The ways in which the sandbox can be told to misbehave: for one request, or in what it reports on one message."""

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


@dataclass(frozen=True, slots=True)
class DropCallbacks:
    """Never report on the message."""


@dataclass(frozen=True, slots=True)
class DoubleCallbacks:
    """Report everything twice."""


@dataclass(frozen=True, slots=True)
class SwapCallbacks:
    """Report how the message ended first, and what came before it afterwards."""


@dataclass(frozen=True, slots=True)
class DelayCallbacks:
    """Report everything `seconds` late."""

    seconds: float


@dataclass(frozen=True, slots=True)
class EarlyCallbacks:
    """Report everything before the create call is answered."""


@dataclass(frozen=True, slots=True)
class ForgeCallbacks:
    """Report with a signature that is not the account's."""


# Each for all callbacks of one message.
CallbackFault = DropCallbacks | DoubleCallbacks | SwapCallbacks | DelayCallbacks | EarlyCallbacks | ForgeCallbacks
