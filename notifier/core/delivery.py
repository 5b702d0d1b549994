"""What the ledger holds of a message, and what the provider may say of an attempt."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from notifier.core.lifecycle import Happening, State
from notifier.core.model import Draft


def message_key(patient: str, step: str, revision: int) -> str:
    """Return the name of a message in logs, events and callbacks: `P-1042/last-meal/1`."""
    return f"{patient}/{step}/{revision}"


class Record(NamedTuple):
    """One message as the ledger holds it."""

    draft: Draft
    revision: int  # from 1
    state: State
    reason: str | None
    send_at: datetime | None  # when it is due: the draft's place, or later where that was missed
    sent_at: datetime | None = None  # when it was last claimed for sending

    @property
    def key(self) -> str:
        """The message's stable name."""
        return message_key(self.draft.patient, self.draft.step, self.revision)

    @property
    def is_purged(self) -> bool:
        """Whether its phone and its text are gone: its time is long over, and retention has taken them."""
        return not self.draft.to


class ChangeKind(StrEnum):
    """What a reconciling does to one message."""

    NEW = "new"
    UPDATED = "updated"
    HELD = "held"
    RELEASED = "released"
    REFUSED = "refused"  # the phone has opted out
    SKIPPED = "skipped"  # the same text went to the same phone before, under another id
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Change(NamedTuple):
    """One message before and after; `before` is None where `after` is new in the ledger."""

    kind: ChangeKind
    before: Record | None
    after: Record


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at the provider, as committed to the ledger before the provider hears of it."""

    id: int
    key: str  # of the message
    to: str  # E.164
    text: str  # what is sent, the stop-line included where it is due
    latest: datetime  # no attempt starts after it
    ordinal: int  # this is the n-th attempt at the message, from 1
    lease_until: datetime | None = None  # no attempt starts after it either: somebody else may think it lost by then
    spared: int = 0  # of those before it, so many lengthen no wait: called back unheard, or refused for our settings

    @property
    def tries(self) -> int:
        """The n-th, from 1, of those that make the next one wait longer."""
        return self.ordinal - self.spared


class AnswerKind(StrEnum):
    """What to do next: the gateway's whole error taxonomy is this one question."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # permanent: asking again gives the same answer
    OPTED_OUT = "opted-out"  # permanent, and so for every other text to that phone
    TEMPORARY = "temporary"  # not processed: try again while it is useful
    CONFIGURATION = "configuration"  # ours to mend: stop sending, burn nothing
    STALE = "stale"  # the provider was told of L and kept to it
    IN_DOUBT = "in-doubt"  # it may have been taken


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt."""

    kind: AnswerKind
    sid: str | None = None  # the provider's name of the message, where it was taken
    code: str | None = None  # the provider's error code, or our word for the failure ("time-out")
    retry_after: float | None = None  # seconds, where the provider said so

    def __post_init__(self) -> None:
        """An accepted message without a name could never be followed."""
        if self.kind is AnswerKind.ACCEPTED and not self.sid:
            msg = "an accepted message has the provider's sid"
            raise ValueError(msg)


# The provider has heard nothing of this attempt: it was called back before its request left.
NOT_BEGUN = Answer(AnswerKind.TEMPORARY, code="not-begun")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider says of a message that it took."""

    sid: str
    status: str  # the provider's word: queued, sending, sent, delivered, undelivered, failed, ...
    code: str | None = None  # its error code
    verdict: AnswerKind | None = None  # what that code means for the message, where it did not arrive
    key: str | None = None  # of our message, and its n-th attempt, where the provider was asked to repeat them
    ordinal: int | None = None

    @property
    def is_failure(self) -> bool:
        """Whether the message did not arrive, and will not."""
        return _RECEIPT_WORDS.get(self.status) in _NOT_ARRIVED

    @property
    def happening(self) -> Happening | None:
        """What it means for the message; None for a word that nobody knows."""
        said = _RECEIPT_WORDS.get(self.status)
        if said not in _NOT_ARRIVED:
            return said
        return _BY_VERDICT.get(self.verdict, said) if self.verdict else said


_RECEIPT_WORDS = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending"), Happening.ACCEPT),
    "sent": Happening.RECEIPT_SENT,
    "delivered": Happening.RECEIPT_DELIVERED,
    "read": Happening.RECEIPT_DELIVERED,
    "undelivered": Happening.RECEIPT_UNDELIVERED,
    "failed": Happening.RECEIPT_FAILED,
    "canceled": Happening.RECEIPT_FAILED,
}
_NOT_ARRIVED = frozenset({Happening.RECEIPT_UNDELIVERED, Happening.RECEIPT_FAILED})
_BY_VERDICT = {
    AnswerKind.TEMPORARY: Happening.RECEIPT_RETRY,
    AnswerKind.CONFIGURATION: Happening.RECEIPT_RETRY,  # ours to mend: it burns no message
    AnswerKind.OPTED_OUT: Happening.REFUSE,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as the append-only ledger tells it; nothing a log may not hold."""

    at: datetime
    patient: str
    key: str | None  # of the message, where it concerns one
    what: str  # "new", "updated", "claimed", "accepted", ...
    why: str | None
    cause: str  # what set it off: "files", "dispatch", "receipt", ...
