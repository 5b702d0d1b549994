"""Rows of the ledger as the values of `core`, and back."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Row

from notifier.core.delivery import Answer, Attempt, Event, Record
from notifier.core.model import DailyHours, Draft, Quiet, QuietHours

_Item = TypeVar("_Item")
AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Due:
    """A message whose turn it is."""

    record: Record
    attempts: int  # begun so far
    wants_stop_line: bool  # no text that carried it was accepted for this phone yet


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """One try at the provider and what became of it; no answer means in flight, or lost in a crash."""

    attempt: Attempt
    started_at: datetime
    ended_at: datetime | None
    answer: Answer | None


def message_values(record: Record) -> dict[str, object]:
    """Return the columns of a message that a record determines, without its name."""
    draft = record.draft
    return {
        "state": record.state,
        "reason": record.reason,
        "send_at": record.send_at,
        "position": draft.position,
        "critical": draft.critical,
        "earliest": draft.earliest,
        "latest": draft.latest,
        "place": draft.place,
        "moments": _moments_text(draft.moments),
        "dates_only": _names_text(draft.dates_only),
        "to": draft.to,
        "language": draft.language,
        "body": draft.body,
        "stop_line": draft.stop_line,
        "quiet": _quiet_text(draft.quiet),
    }


def record_of(row: AnyRow) -> Record:
    """Return the record in a row that has all columns of `messages`."""
    draft = Draft(
        patient=row.patient,
        step=row.step,
        position=row.position,
        critical=row.critical,
        earliest=row.earliest,
        latest=row.latest,
        place=row.place,
        moments={name: datetime.fromisoformat(at) for name, at in json.loads(row.moments).items()},
        dates_only=frozenset(json.loads(row.dates_only)),
        to=row.to,
        language=row.language,
        body=row.body,
        stop_line=row.stop_line,
        quiet=_quiet_of(row.quiet),
    )
    return Record(draft=draft, revision=row.revision, state=row.state, reason=row.reason, send_at=row.send_at)


def attempt_of(row: AnyRow, latest: datetime) -> Attempt:
    """Return the attempt in a row of `attempts`, with the L of its message."""
    return Attempt(id=row.id, key=row.key, to=row.to, text=row.text, latest=latest, ordinal=row.ordinal)


def past_attempt_of(row: AnyRow) -> PastAttempt:
    """Return the attempt in a row that has all columns of `attempts` and the message's `latest`, with its outcome."""
    answer = None if row.answer is None else Answer(kind=row.answer, sid=row.sid, code=row.code)
    return PastAttempt(
        attempt=attempt_of(row, row.latest), started_at=row.started_at, ended_at=row.ended_at, answer=answer
    )


def event_of(row: AnyRow) -> Event:
    """Return the event in a row of `events`."""
    return Event(at=row.at, patient=row.patient, key=row.key, what=row.what, why=row.why, cause=row.cause)


def event_values(event: Event) -> dict[str, object]:
    """Return the columns of `events`; written out, since `dataclasses.asdict` takes ten times as long as the insert."""
    return {
        "at": event.at,
        "patient": event.patient,
        "key": event.key,
        "what": event.what,
        "why": event.why,
        "cause": event.cause,
    }


def in_chunks(items: Iterable[_Item], size: int = 500) -> Iterator[list[_Item]]:
    """Yield the items in lists of at most `size`: engines bound the values that one statement may carry."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _moments_text(moments: Mapping[str, datetime]) -> str:
    return json.dumps({name: at.isoformat() for name, at in moments.items()})


@lru_cache(maxsize=1024)
def _names_text(names: frozenset[str]) -> str:
    return json.dumps(sorted(names))


# A patient's messages share their quiet hours, and so do most patients of one day.
@lru_cache(maxsize=1024)
def _quiet_text(quiet: Quiet) -> str:
    hours = (quiet.hours.every_day, quiet.hours.procedure_day)
    return json.dumps(
        {
            "zone": quiet.zone,
            "procedure_date": quiet.procedure_date.isoformat(),
            "hours": [[span.start.isoformat("minutes"), span.end.isoformat("minutes")] for span in hours],
        }
    )


@lru_cache(maxsize=1024)
def _quiet_of(text: str) -> Quiet:
    stored = json.loads(text)
    every_day, procedure_day = (
        DailyHours(start=time.fromisoformat(start), end=time.fromisoformat(end)) for start, end in stored["hours"]
    )
    return Quiet(
        zone=stored["zone"],
        procedure_date=date.fromisoformat(stored["procedure_date"]),
        hours=QuietHours(every_day=every_day, procedure_day=procedure_day),
    )
