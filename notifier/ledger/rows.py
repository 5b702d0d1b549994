"""Rows of the ledger as the values of `core`, and back."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Row

from notifier.core.alerts import AlertKind
from notifier.core.calls import CallReason
from notifier.core.delivery import Answer, Attempt, Event
from notifier.core.model import with_stop_line
from notifier.core.replies import PATIENT, UNDECIDED, ReplyKind

_Item = TypeVar("_Item")
AnyRow = Row[*tuple[Any, ...]]
RESTORED = "restored"  # the code of an attempt that stands for all those made after the restored backup, if any were


@dataclass(frozen=True, slots=True)
class Due:
    """A message whose turn it is, as far as sending it has to know it."""

    key: str
    patient: str
    to: str  # E.164
    body: str
    stop_line: str
    send_at: datetime
    latest: datetime
    wants_stop_line: bool  # no text that carried it was accepted for this phone yet

    @property
    def text(self) -> str:
        """What is to be sent: the first text that a phone gets carries the stop-line."""
        return with_stop_line(self.body, self.stop_line) if self.wants_stop_line else self.body


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """One try at the provider and what became of it; no answer means in flight, or lost in a crash."""

    attempt: Attempt
    started_at: datetime
    ended_at: datetime | None
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """An attempt of which nobody knows whether the provider took it."""

    key: str
    ordinal: int
    to: str  # E.164
    texts: tuple[str, ...]  # as sent; each that it may have been, where that is not known
    started_at: datetime

    @property
    def name(self) -> tuple[str, int]:
        """What makes it this attempt: its message's key, and which attempt at that it is."""
        return self.key, self.ordinal


@dataclass(frozen=True, slots=True)
class OptOut:
    """One time that a phone opted out, or in again."""

    phone: str  # E.164
    at: datetime
    is_out: bool
    why: str
    by: str  # the phone's owner, or who of the staff

    @property
    def is_undecided(self) -> bool:
        """Whether it blocks only until the staff, or the phone's owner, decide."""
        return self.is_out and (self.why, self.by) == (UNDECIDED, PATIENT)


@dataclass(frozen=True, slots=True)
class Reply:
    """One text from a phone, and what it was answered with."""

    id: int
    sid: str  # the provider's name of it
    phone: str  # E.164
    patient: str | None  # whose booking it was taken for; None where no text was meant for that phone
    at: datetime
    kind: ReplyKind
    body: str  # as it was written
    answer: str | None


@dataclass(frozen=True, slots=True)
class CallEntry:
    """One entry of the call list as the ledger holds it; open while `closed_at` is None."""

    id: int
    patient: str
    reason: CallReason
    about: str
    name: str | None  # the last that the files gave
    phone: str  # E.164
    say: str
    by_when: datetime
    is_wanted: bool  # the call was needed when the program last looked
    opened_at: datetime  # anew where it was opened again
    closed_at: datetime | None = None
    closed_by: str | None = None  # who of the staff, or the program
    note: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two entries the same: that of its `Call`."""
        return self.patient, self.reason, self.about


@dataclass(frozen=True, slots=True)
class AlertEntry:
    """One time that something held of which the staff have to know; open while `over_at` is None."""

    id: int
    cause: str
    kind: AlertKind
    at: datetime  # since when
    tries: int  # that no channel took
    told_at: datetime | None
    over_at: datetime | None


class Switch(StrEnum):
    """What keeps all texts back while it is on."""

    PAUSE = "pause"  # by a person
    STOP = "stop"  # by the program: the provider refuses our settings


BY_ANSWER, BY_RECEIPT = "notifier", "receipt"  # who has turned STOP: what the provider said to a text, or of one later


@dataclass(frozen=True, slots=True)
class Turned:
    """One time that a switch was turned on or off."""

    switch: Switch
    is_on: bool
    at: datetime
    by: str  # who of the staff, or BY_ANSWER or BY_RECEIPT
    why: str | None  # their words, or the provider's code


class LoadOutcome(StrEnum):
    """What became of the changes that a reading of the files called for."""

    APPLIED = "applied"
    WAITS = "waits"  # for a person: the guard holds it back
    ACCEPTED = "accepted"  # by a person, and applied


@dataclass(frozen=True, slots=True)
class Load:
    """One reading of the files that changed something, or was held back."""

    id: int
    at: datetime
    fingerprint: str  # of its changes; "" where nobody had to accept them
    outcome: LoadOutcome
    why: tuple[str, ...]  # the guard's sentences; none where nothing was held back
    changes: int  # how many


def past_attempt_of(row: AnyRow) -> PastAttempt:
    """Return the attempt in a row that has all columns of `attempts` and the message's `latest`, with its outcome."""
    answer = None if row.answer is None else Answer(kind=row.answer, sid=row.sid, code=row.code)
    attempt = Attempt(row.id, row.key, row.to, row.text, row.latest, row.ordinal)
    return PastAttempt(attempt=attempt, started_at=row.started_at, ended_at=row.ended_at, answer=answer)


def event_of(row: AnyRow) -> Event:
    """Return the event in a row of `events`."""
    return Event(at=row.at, patient=row.patient, key=row.key, what=row.what, why=row.why, cause=row.cause)


def opt_out_of(row: AnyRow) -> OptOut:
    """Return what happened in a row of `opt_outs`."""
    return OptOut(phone=row.phone, at=row.at, is_out=row.is_out, why=row.why, by=row.by)


def reply_of(row: AnyRow) -> Reply:
    """Return the reply in a row of `replies`."""
    return Reply(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for it)


def call_entry_of(row: AnyRow) -> CallEntry:
    """Return the entry in a row of `calls`."""
    return CallEntry(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for it)


def alert_entry_of(row: AnyRow) -> AlertEntry:
    """Return the entry in a row of `alerts`."""
    return AlertEntry(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for it)


def turned_of(row: AnyRow) -> Turned:
    """Return what happened in a row of `switches`."""
    return Turned(switch=row.switch, is_on=row.is_on, at=row.at, by=row.by, why=row.why)


def load_of(row: AnyRow) -> Load:
    """Return the load in a row of `loads`."""
    return Load(
        id=row.id,
        at=row.at,
        fingerprint=row.fingerprint,
        outcome=row.outcome,
        why=tuple(json.loads(row.why)),
        changes=row.changes,
    )


def in_chunks(items: Iterable[_Item], size: int = 500) -> Iterator[list[_Item]]:
    """Yield the items in lists of at most `size`: engines bound the values that one statement may carry."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
