"""The messages that the sandbox was sent, and what becomes of each as time passes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

EXPIRED = 30036  # Twilio's code for a message that was not sent within its validity period
_FIRST_OF_CARRIERS = 30000  # Twilio's codes from here on are said by carriers, the lower ones by Twilio itself


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
    status_callback: str | None = None  # where to report what becomes of it
    failure: int | None = None  # the error code with which it will end, where it is not delivered
    listed_from: datetime | None = None  # when it begins to be in the list, where that is not at once

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

    A message is sent after half of `delivery_delay` and ends after all of it: delivered, or with
    its failure. One that is still not sent when its validity period is over ends with error 30036.
    """

    def __init__(self, *, delivery_delay: timedelta, keep: int) -> None:
        self._delivery_delay = delivery_delay
        self._keep = keep
        self._by_sid: dict[str, SandboxMessage] = {}

    def __iter__(self) -> Iterator[SandboxMessage]:
        return iter(self._by_sid.values())

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

    def listed(self, now: datetime) -> Iterator[SandboxMessage]:
        """Return what the list shows at `now`, in any order."""
        return (message for message in self if message.listed_from is None or message.listed_from <= now)

    def progress(self, message: SandboxMessage, now: datetime) -> Progress:
        """Return how far `message` has come at `now`, by Twilio's words for a message's status."""
        if message.canceled:
            return Progress("canceled")
        reached = [progress for instant, progress in self.course(message) if instant <= now]
        return reached[-1] if reached else Progress(message.first_status)

    def course(self, message: SandboxMessage) -> tuple[tuple[datetime, Progress], ...]:
        """Return what becomes of `message` and when, unless it is canceled: `queued` first, its end last."""
        begin = message.send_at or message.date_created
        sent, end = begin + self._delivery_delay / 2, begin + self._delivery_delay
        expiry = begin + timedelta(seconds=message.validity_period)
        queued = (begin, Progress("queued"))
        if sent > expiry:
            return queued, (expiry, Progress("failed", None, EXPIRED))
        if message.failure is None:
            return queued, (sent, Progress("sent", sent)), (end, Progress("delivered", sent))
        if message.failure < _FIRST_OF_CARRIERS:
            return queued, (end, Progress("failed", None, message.failure))
        return queued, (sent, Progress("sent", sent)), (end, Progress("undelivered", sent, message.failure))


def place_in_list(message: SandboxMessage) -> tuple[datetime, str]:
    """Return what the list is ordered by: the sid, being random, shuffles the messages of one second."""
    return message.date_created, message.sid
