"""Counting what came of it: what was owed, what the provider took and what the ledger says, side by side."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from notifier.clock import SystemClock
from tests.chaos.clinic import STEPS, Clinic, Fates, Owed, without_stop_line
from tests.chaos.dials import Dial
from tests.chaos.life import SETTLE_AFTER, TIMEOUT
from tests.chaos.proxy import Arrival

# In the order of the table; each of these is 0, or a promise is broken.
BROKEN = (
    "doubled at the provider",
    "lost",
    "said to be taken, and never was",
    "sent after L",
    "out of order for a phone",
    "critical, not delivered, not on the call list",
    "in doubt at the end",
    "at rest with something open",
    "surprises",
)
_TRY_AGAIN = frozenset({30001, 30003, 30008, 30017, 30020, 30021, 30022, 30047, 30450, 30500})
_TAKEN = frozenset({"accepted", "sent", "delivered", "undelivered", "unconfirmed"})
_MESSAGES = """SELECT *, (
    SELECT count(*) FROM attempts WHERE attempts.key = messages.key AND started_at > latest
) AS begun_late FROM messages ORDER BY revision"""
# The provider says in the end what became of everything, and was asked: nothing may stay open, nor be given up.
_OPEN = ("planned", "claimed", "held", "accepted", "sent", "unconfirmed")
_SLACK = 0.3  # seconds in which a request usually travels from a daemon to the proxy


_Row = Mapping[str, Any]  # of a table of the ledger, or what the stand-in says of a message
Rows = Mapping[tuple[str, str], Sequence[_Row]]


@dataclass
class Tally:
    """Numbers by name, and what each broken promise was about."""

    numbers: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    stories: list[str] = field(default_factory=list)

    @property
    def is_kept(self) -> bool:
        """Whether every promise is kept."""
        return not any(self.numbers[name] for name in BROKEN)

    def add(self, other: "Tally") -> None:
        """Add the numbers of another round."""
        self.numbers += other.numbers
        self.faults += other.faults
        self.stories += other.stories

    def broken(self, promise: str, stories: Iterable[str]) -> None:
        """Count what breaks a promise."""
        found = [f"{promise}: {story}" for story in stories]
        self.numbers[promise] += len(found)
        self.stories += found


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one clinic after the storm."""

    clinic: Clinic
    fates: Fates
    dial: Dial
    arrivals: Sequence[Arrival]
    taken: Sequence[_Row]  # by the stand-in, in order
    pauses: Sequence[tuple[float, float]]  # in which the harness itself was kept from running
    rows: Rows  # of the ledger, by patient and step: all revisions
    calls: frozenset[tuple[str, str]]  # patient, and what about: a message's key or nothing

    @property
    def by_text(self) -> Mapping[tuple[str, str], list[_Row]]:
        """What the stand-in took, by phone and words."""
        found: defaultdict[tuple[str, str], list[_Row]] = defaultdict(list)
        for message in self.taken:
            found[message["to"], without_stop_line(message["body"])].append(message)
        return found


def read_ledger(clinic: Clinic) -> tuple[Rows, frozenset[tuple[str, str]]]:
    """Return the ledger's messages by patient and step, and the call list, closed entries too.

    A text that expired by a clock set forth is wanted again once it is right, as another revision.
    """
    rows: defaultdict[tuple[str, str], list[_Row]] = defaultdict(list)
    with closing(sqlite3.connect(clinic.ledger)) as ledger:
        ledger.row_factory = sqlite3.Row
        for row in ledger.execute(_MESSAGES):
            rows[row["patient"], row["step"]].append(dict(row))
        calls = frozenset((row["patient"], row["about"]) for row in ledger.execute("SELECT patient, about FROM calls"))
    return rows, calls


def count(evidence: Evidence) -> Tally:
    """Return the numbers of one clinic."""
    tally = Tally()
    states = Counter(rows[-1]["state"] for rows in evidence.rows.values())
    tally.numbers.update(
        {
            "messages planned": len(evidence.clinic.owed),
            "create calls that arrived": len(evidence.arrivals),
            "accepted by the provider": len(evidence.taken),
            "delivered": sum(_is_delivered(messages) for _, _, messages in _side_by_side(evidence)),
            "expired": states["expired"],
            "refused": states["refused"],
            "on the call list": len(evidence.calls),
        }
    )
    tally.broken("doubled at the provider", _doubled(evidence))
    tally.numbers["taken later than settle_after"] += sum(_is_beyond_promise(evidence, each) for each in evidence.taken)
    tally.broken("lost", _lost(evidence))
    tally.broken("said to be taken, and never was", _phantoms(evidence))
    tally.broken("sent after L", _stale(evidence))
    tally.broken("out of order for a phone", _out_of_order(evidence))
    tally.broken("critical, not delivered, not on the call list", _untold(evidence))
    tally.broken("in doubt at the end", (row["key"] for row in _in(evidence, "in-doubt")))
    tally.broken("at rest with something open", (row["key"] for row in _in(evidence, *_OPEN)))
    return tally


def _in(evidence: Evidence, *states: str) -> Iterator[_Row]:
    return (row for rows in evidence.rows.values() for row in rows if row["state"] in states)


def _is_delivered(messages: Iterable[_Row]) -> bool:
    return any(message["failure"] is None for message in messages)


def _doubled(evidence: Evidence) -> Iterator[str]:
    """Yield what was taken although the same had been taken before and had not failed with "try again".

    A request that the provider took, or showed, only after `settle_after` is outside the promise.
    """
    for (_, text), messages in evidence.by_text.items():
        extra = [
            second
            for first, second in pairwise(messages)
            if first["failure"] not in _TRY_AGAIN and not _is_beyond_promise(evidence, first)
        ]
        yield from (text for _ in extra)


def _is_beyond_promise(evidence: Evidence, message: _Row) -> bool:
    """Say whether this machine was so slow that the stand-in showed a message later than it may."""
    came = [each for each in evidence.arrivals if each.to == message["to"] and each.body == message["body"]]
    before = [each.at for each in came if each.at <= message["shown_at"]]
    if not before:
        return False
    paused = sum(end - begin for begin, end in evidence.pauses if begin - _SLACK <= before[0] <= end + _SLACK)
    return bool(message["shown_at"] - before[-1] + paused > SETTLE_AFTER - _SLACK)


def _lost(evidence: Evidence) -> Iterator[str]:
    """Yield what was owed, and is neither taken nor accounted for.

    Where the storm outlasts a text, that it expired accounts for it; the others had hours of calm.
    Refused counts only where the phone has opted out: nothing else is refused for good.
    """
    for owed, rows, messages in _side_by_side(evidence):
        if not rows:
            yield f"{owed.patient} {owed.step} is not in the ledger"
        elif not messages and not (
            (owed.is_tight and rows[-1]["state"] == "expired")
            or (owed.phone in evidence.fates.opted_out and "refused" in {row["state"] for row in rows})
        ):
            yield _state_of(rows[-1])


def _side_by_side(evidence: Evidence) -> Iterator[tuple[Owed, Sequence[_Row], Sequence[_Row]]]:
    """Yield each text that is owed, what the ledger has of it, and what the stand-in took of it."""
    by_text = evidence.by_text
    for owed in evidence.clinic.owed:
        yield owed, evidence.rows.get((owed.patient, owed.step), ()), by_text.get((owed.phone, owed.text), ())


def _state_of(row: _Row) -> str:
    return f"{row['key']} is {row['state']} ({row['reason']}, {row['code']})"


def _phantoms(evidence: Evidence) -> Iterator[str]:
    for _, rows, messages in _side_by_side(evidence):
        for row in rows:
            is_wrong = row["state"] in _TAKEN and not messages
            if is_wrong or (row["state"] == "delivered" and not _is_delivered(messages)):
                yield _state_of(row)


def _stale(evidence: Evidence) -> Iterator[str]:
    """Yield attempts that began after L, by the clock of the daemon that made them.

    Where one came in, it began at most a time-out before. The least counts that the clock has shown
    since then: one that was set forth while a request was on its way makes nothing late.
    """
    machine = SystemClock()
    wall = machine.now().timestamp() - machine.elapsed()
    by_text = {(owed.phone, owed.text): owed for owed in evidence.clinic.owed}
    for arrival in evidence.arrivals:
        owed = by_text.get((arrival.to, without_stop_line(arrival.body)))
        seconds = evidence.dial.lowest(arrival.at - TIMEOUT, arrival.at)
        at = datetime.fromtimestamp(wall + arrival.at - TIMEOUT + seconds, UTC)
        if owed is None:
            yield f"{arrival.key} has words that nobody wrote"
        elif at > owed.latest:
            yield f"{arrival.key} attempt {arrival.ordinal} came {at - owed.latest} after L"
    for rows in evidence.rows.values():
        yield from (f"{row['key']} was claimed after L" for row in rows if row["begun_late"])


def _out_of_order(evidence: Evidence) -> Iterator[str]:
    """Yield first attempts that came in after one to the same phone that the plan has later.

    Of the first revision only: others come of a clock that was wrong for a while.
    """
    last: dict[str, tuple[datetime, str, int]] = {}
    order = {step.name: number for number, step in enumerate(STEPS)}
    place = {(owed.phone, owed.text): (owed.send_at, owed.patient, order[owed.step]) for owed in evidence.clinic.owed}
    for arrival in evidence.arrivals:
        own = place.get((arrival.to, without_stop_line(arrival.body)))
        if arrival.ordinal == 1 and own is not None and arrival.key.endswith("/1"):
            if last.get(arrival.to, own) > own:
                yield f"{arrival.key} came after a later text"
            last[arrival.to] = max(own, last.get(arrival.to, own))


def _untold(evidence: Evidence) -> Iterator[str]:
    for owed, rows, messages in _side_by_side(evidence):
        if owed.critical and rows and not _is_delivered(messages):
            is_listed = {(owed.patient, ""), *((owed.patient, row["key"]) for row in rows)} & evidence.calls
            if not is_listed:
                yield _state_of(rows[-1])
