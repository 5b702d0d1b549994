"""Builders of messages for tests: sensible invented values, of which a test names only those that matter to it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from notifier.core.calls import Call, CallReason
from notifier.core.delivery import Record
from notifier.core.lifecycle import State
from notifier.core.model import DailyHours, Draft, Quiet, QuietHours

NOON = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)
PROCEDURE = datetime(2026, 12, 3, 14, 30, tzinfo=UTC)  # half past seven in Denver

QUIET = Quiet(
    zone="America/Denver",
    procedure_date=date(2026, 12, 3),
    hours=QuietHours(
        every_day=DailyHours(start=time(21, 0), end=time(8, 0)),
        procedure_day=DailyHours(start=time(21, 0), end=time(5, 0)),
    ),
)


def a_draft(**overrides: Any) -> Draft:  # noqa: ANN401 (any field of a draft, by its name)
    """Return the last-meal text of Maria, P-1042, placed at noon UTC and useful for four hours."""
    fields: dict[str, Any] = {
        "patient": "P-1042",
        "step": "last-meal",
        "position": 4,
        "critical": True,
        "earliest": NOON - timedelta(hours=1),
        "latest": NOON + timedelta(hours=4),
        "place": NOON,
        "moments": {"last-meal": datetime(2026, 12, 3, 6, 30, tzinfo=UTC)},
        "dates_only": frozenset(),
        "to": "+17205550134",
        "language": "en",
        "body": "Anchor Healthcare: Maria, finish your last meal by Wed, Dec 2, 11:30 PM. Questions? 303 555 0100",
        "stop_line": "Reply STOP to end texts, HELP for help.",
        "procedure": PROCEDURE,
        "arrival": PROCEDURE - timedelta(hours=1),
        "quiet": QUIET,
    }
    return Draft(**{**fields, **overrides})


def a_record(**overrides: Any) -> Record:  # noqa: ANN401 (any field of a record or of its draft, by its name)
    """Return a planned first revision of `a_draft`; fields of the draft may be given as well.

    Unless it is given, `send_at` is the draft's place.
    """
    own: dict[str, Any] = {
        name: overrides.pop(name) for name in ("revision", "state", "reason", "send_at", "sent_at") if name in overrides
    }
    draft = overrides.pop("draft", None) or a_draft(**overrides)
    fields: dict[str, Any] = {"revision": 1, "state": State.PLANNED, "reason": None, "send_at": draft.place}
    return Record(draft=draft, **{**fields, **own})


def a_call(**overrides: Any) -> Call:  # noqa: ANN401 (any field of a call, by its name)
    """Return the call to Maria, P-1042, that her last-meal text did not reach her, useful for four hours from noon."""
    fields: dict[str, Any] = {
        "patient": "P-1042",
        "reason": CallReason.UNDELIVERED,
        "about": "P-1042/last-meal/1",
        "name": "Maria",
        "phone": "+17205550134",
        "say": "Maria, finish your last meal by Wed, Dec 2, 11:30 PM.",
        "by": NOON + timedelta(hours=4),
    }
    return Call(**{**fields, **overrides})
