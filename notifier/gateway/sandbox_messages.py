"""The messages that the sandbox was sent, and what becomes of each as time passes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class SandboxMessage:
    """One message as the sandbox took it; instants are in UTC."""

    sid: str
    to: str
    body: str
    from_number: str | None
    messaging_service_sid: str | None
    validity_period: int  # seconds
    date_created: datetime
    send_at: datetime | None = None  # where it was scheduled
    canceled: bool = False

    @property
    def first_status(self) -> str:
        """The status with which Twilio answers a create call."""
        if self.send_at is not None:
            return "scheduled"
        return "queued" if self.messaging_service_sid is None else "accepted"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a message has come."""

    status: str
    date_sent: datetime | None = None
    error_code: int | None = None


class Mailbox:
    """The last `keep` messages, in the order in which they came.

    A message is sent after half of `delivery_delay` and delivered after all of it, unless its
    number is `undeliverable`: then it ends with error 30005, unknown destination handset.
    """

    def __init__(self, *, delivery_delay: timedelta, undeliverable: frozenset[str], keep: int) -> None:
        self._delivery_delay = delivery_delay
        self._undeliverable = undeliverable
        self._keep = keep
        self._by_sid: dict[str, SandboxMessage] = {}

    def __iter__(self) -> Iterator[SandboxMessage]:
        return iter(self._by_sid.values())

    def __reversed__(self) -> Iterator[SandboxMessage]:
        return reversed(self._by_sid.values())

    def get(self, sid: str) -> SandboxMessage | None:
        """Return the message of that name, if it is kept."""
        return self._by_sid.get(sid)

    def put(self, message: SandboxMessage) -> None:
        """Keep a new message, or a kept one's new form; the oldest makes room."""
        self._by_sid[message.sid] = message
        if len(self._by_sid) > self._keep:
            del self._by_sid[next(iter(self._by_sid))]

    def remove(self, message: SandboxMessage) -> None:
        """Forget a message that is kept."""
        del self._by_sid[message.sid]

    def progress(self, message: SandboxMessage, now: datetime) -> Progress:
        """Return how far `message` has come at `now`, by Twilio's words for a message's status."""
        if message.canceled:
            return Progress("canceled")
        begin = message.send_at or message.date_created
        if now < begin:
            return Progress(message.first_status)
        sent = begin + self._delivery_delay / 2
        if now < sent:
            return Progress("queued")
        if now < begin + self._delivery_delay:
            return Progress("sent", sent)
        if message.to in self._undeliverable:
            return Progress("undelivered", sent, 30005)
        return Progress("delivered", sent)
