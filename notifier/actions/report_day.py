"""Report a day: which texts were expected, which went out, which arrived, and why not the others."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from notifier.core.calendar import at_wall
from notifier.core.delivery import Record
from notifier.core.lifecycle import GONE_OUT, NOT_REACHED, State
from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import CallEntry

WITHHELD = frozenset({State.HELD, State.WITHDRAWN})  # meant not to go, for now or for good
ON_ITS_WAY = frozenset({State.PLANNED, State.CLAIMED, State.ACCEPTED, State.SENT, State.DELIVERED})
WENT_OUT = GONE_OUT | {State.UNDELIVERED, State.FAILED}  # as far as anybody knows
NOT_GOT = NOT_REACHED | {State.HELD}


@dataclass(frozen=True, slots=True)
class Tally:
    """Of some texts: how many were to go, how many went out, and how many arrived."""

    expected: int
    sent: int
    delivered: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A text that has not reached its patient, or nobody knows; and whether somebody calls instead."""

    record: Record
    code: str | None  # the provider's error code, or our word for the failure
    call: CallEntry | None  # about this text, or about all of the patient's


@dataclass(frozen=True, slots=True)
class DayReport:
    """One local day's messages, in order of their time."""

    day: date
    zone: ZoneInfo
    messages: tuple[Record, ...]
    missed: tuple[Missed, ...]
    renewed: frozenset[str] = frozenset()  # keys of those that went to nobody, and whose next revision does or did

    @property
    def counts(self) -> Counter[State]:
        """How many are in each state."""
        return Counter(record.state for record in self.messages)

    @property
    def not_reached(self) -> tuple[Record, ...]:
        """Those that were to go and have not arrived, or nobody knows."""
        return tuple(record for record in self._meant if record.state in NOT_REACHED)

    @property
    def tally(self) -> Tally:
        """Expected, sent and delivered, of all."""
        return _tally(self._meant)

    @property
    def steps(self) -> Mapping[str, Tally]:
        """Expected, sent and delivered of each step, in the protocol's order."""
        ordered = sorted(self._meant, key=lambda record: (record.draft.position, record.draft.step))
        names = dict.fromkeys(record.draft.step for record in ordered)
        return {name: _tally(record for record in ordered if record.draft.step == name) for name in names}

    @property
    def _meant(self) -> tuple[Record, ...]:
        return tuple(record for record in self.messages if record.key not in self.renewed)


def report_day(ledger: Ledger, day: date, zone: ZoneInfo) -> DayReport:
    """Return the report of `day` by the clocks of `zone`: what was to go out on it."""
    start, end = at_wall(day, time(), zone), at_wall(day + timedelta(days=1), time(), zone)
    with ledger.reading() as book:
        messages = tuple(book.between(start, end))
        failed = [record for record in messages if record.state in NOT_GOT]
        renewed = frozenset(book.renewed([record.key for record in failed], ON_ITS_WAY))
        missed = _missed(book, (record for record in failed if record.key not in renewed))
        return DayReport(day, zone, messages, missed, renewed)


def _tally(records: Iterable[Record]) -> Tally:
    states = Counter(record.state for record in records)
    return Tally(
        expected=states.total() - sum(states[state] for state in WITHHELD),
        sent=sum(states[state] for state in WENT_OUT),
        delivered=states[State.DELIVERED],
    )


def _missed(book: Book, records: Iterable[Record]) -> tuple[Missed, ...]:
    missed = list(records)
    codes = book.codes([record.key for record in missed])
    calls = {patient: book.calls(open_only=False, patient=patient) for patient in {one.draft.patient for one in missed}}
    return tuple(
        Missed(record, codes.get(record.key), _call_about(record, calls[record.draft.patient])) for record in missed
    )


def _call_about(record: Record, calls: Iterable[CallEntry]) -> CallEntry | None:
    """Return the call that is or was made instead of a critical text; one that is open rather than one that was."""
    about = [call for call in calls if record.draft.critical and call.about in (record.key, "")]
    return min(about, key=lambda call: (call.closed_at is not None, call.about == ""), default=None)
