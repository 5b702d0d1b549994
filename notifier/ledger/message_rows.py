"""Messages as the ledger stores them, and back."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache

from notifier.core.delivery import Record
from notifier.core.model import DailyHours, Draft, Quiet, QuietHours
from notifier.ledger.numbers import as_number
from notifier.ledger.rows import AnyRow

# The columns of a message that a record determines, without its name.
MESSAGE_COLUMNS = (
    "state",
    "reason",
    "send_at",
    "position",
    "critical",
    "earliest",
    "latest",
    "place",
    "moments",
    "dates_only",
    "to",
    "language",
    "body",
    "stop_line",
    "procedure",
    "arrival",
    "quiet",
)


def message_values(record: Record) -> tuple[object, ...]:
    """Return the values of MESSAGE_COLUMNS as the ledger stores them."""
    draft = record.draft
    return (
        record.state.value,
        record.reason,
        number_of(record.send_at),
        draft.position,
        draft.critical,
        number_of(draft.earliest),
        number_of(draft.latest),
        number_of(draft.place),
        _moments_text(draft.moments),
        _names_text(draft.dates_only),
        draft.to,
        draft.language,
        draft.body,
        draft.stop_line,
        number_of(draft.procedure),
        number_of(draft.arrival),
        _quiet_text(draft.quiet),
    )


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
        procedure=row.procedure,
        arrival=row.arrival,
        quiet=_quiet_of(row.quiet),
    )
    return Record(
        draft=draft,
        revision=row.revision,
        state=row.state,
        reason=row.reason,
        send_at=row.send_at,
        sent_at=row.sent_at,
    )


# A patient's messages share most of their instants, and so do the patients of one day. All of them are in UTC, where
# no two instants look alike.
@lru_cache(maxsize=4096)
def number_of(instant: datetime | None) -> int | None:
    """Return an instant of a record as the ledger stores it, None for none; a naive one raises TypeError."""
    return None if instant is None else as_number(instant)


def _moments_text(moments: Mapping[str, datetime]) -> str:
    # Names and instants are written in JSON as they are; `dumps` takes three times as long.
    return "{" + ", ".join([_moment_text(name, at) for name, at in moments.items()]) + "}"


@lru_cache(maxsize=4096)
def _moment_text(name: str, at: datetime) -> str:
    return f'"{name}": "{at.isoformat()}"'


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
