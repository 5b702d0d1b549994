"""Report a day: which texts were expected, which went out, which arrived, and why not the others."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from notifier.core.calendar import at_wall
from notifier.core.delivery import Record
from notifier.core.lifecycle import NOT_REACHED, State
from notifier.ledger.opening import Ledger

ON_ITS_WAY = (State.CLAIMED, State.ACCEPTED, State.SENT)


@dataclass(frozen=True, slots=True)
class DayReport:
    """One local day's messages, in order of their time."""

    day: date
    zone: ZoneInfo
    messages: tuple[Record, ...]

    @property
    def counts(self) -> Counter[State]:
        """How many are in each state."""
        return Counter(record.state for record in self.messages)

    @property
    def not_reached(self) -> tuple[Record, ...]:
        """Those that were to go and have not arrived, or nobody knows."""
        return tuple(record for record in self.messages if record.state in NOT_REACHED)


def report_day(ledger: Ledger, day: date, zone: ZoneInfo) -> DayReport:
    """Return the report of `day` by the clocks of `zone`: what was to go out on it."""
    start, end = at_wall(day, time(), zone), at_wall(day + timedelta(days=1), time(), zone)
    with ledger.reading() as book:
        return DayReport(day, zone, tuple(book.between(start, end)))
