"""Take stock: how the ledger and the files stand at an instant, and what needs a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from notifier.core.calls import WRITTEN
from notifier.core.delivery import Record
from notifier.core.lifecycle import NOT_REACHED, State
from notifier.core.reconcile import MISSED
from notifier.ledger.looking import Standing
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import CallEntry, OptOut, Switch, Turned

OVERDUE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Stock:
    """How things stand."""

    standing: Standing
    counts: Mapping[State, int]
    not_reached: tuple[Record, ...]  # critical texts still worth a person's attention, by L
    calls: tuple[CallEntry, ...]  # open ones, the most urgent first
    opt_outs: tuple[OptOut, ...] = ()  # in force, the undecided first
    paused: Turned | None = None  # since when all texts are kept back, by a person
    stopped: Turned | None = None  # since when the provider refuses our settings, and with which code

    untold: int = 0  # alerts that no channel has taken so far

    @property
    def undecided(self) -> int:
        """How many phones are blocked until the staff decide."""
        return sum(one.is_undecided for one in self.opt_outs)

    @property
    def unread(self) -> int:
        """How many replies on the call list nobody has dealt with."""
        return sum(call.reason in WRITTEN for call in self.calls)

    def is_overdue(self, now: datetime) -> bool:
        """Whether a text waits that should have gone: the service may not be running."""
        oldest = self.standing.oldest_overdue
        return oldest is not None and now - oldest > OVERDUE_AFTER


def take_stock(ledger: Ledger, now: datetime) -> Stock:
    """Return how the ledger stands.

    `not_reached` are critical texts of the last seven days and of what is ahead, without those
    about which somebody has called.
    """
    with ledger.reading() as book:
        recent = book.between(now - timedelta(days=7), now + timedelta(days=1))
        standing, counts = book.standing(now), book.counts()
        calls, opt_outs = book.calls(open_only=False), book.standing_opt_outs()
        paused, stopped = book.switched_on(Switch.PAUSE), book.switched_on(Switch.STOP)
        untold = sum(alert.told_at is None and alert.tries > 0 for alert in book.open_alerts())
    settled = _settled(calls)
    critical = [record for record in recent if record.draft.critical and _needs_a_call(record, now)]
    not_reached = sorted((record for record in critical if record.key not in settled), key=_by_latest)
    is_open = (call for call in calls if call.closed_at is None)
    return Stock(standing, counts, tuple(not_reached), tuple(is_open), tuple(opt_outs), paused, stopped, untold)


def _settled(calls: Iterable[CallEntry]) -> set[str]:
    """Return what the closed entries were about, message keys among it."""
    return {call.about for call in calls if call.closed_at is not None}


def _needs_a_call(record: Record, now: datetime) -> bool:
    """Say whether a text has not reached its phone; one too late from the start counts until the procedure's day."""
    if record.state is State.EXPIRED and record.reason != MISSED:
        quiet = record.draft.quiet
        return quiet.procedure_date >= now.astimezone(ZoneInfo(quiet.zone)).date()
    return record.state in NOT_REACHED


def _by_latest(record: Record) -> tuple[bool, datetime, str]:
    latest = record.draft.latest
    return latest is None, latest or datetime.max.replace(tzinfo=UTC), record.key
