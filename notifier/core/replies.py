"""What a patient writes back, and what it asks for."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Inbound:
    """One text from a phone, as the provider hands it on."""

    sid: str  # the provider's name of it
    phone: str  # E.164
    body: str
    opt_out_type: str | None = None  # START, STOP or HELP where the provider has answered already


class ReplyKind(StrEnum):
    """What a reply asks for."""

    STOP = "stop"
    REFUSAL = "refusal"  # in own words: it blocks until staff decide
    START = "start"
    HELP = "help"
    OTHER = "other"
