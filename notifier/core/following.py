"""Which version of an entry the ledger's messages follow, and when time alone may change something about a patient.

As long as an entry, its clinic and its protocol say the same, and nothing happens to the patient's messages,
planning them again changes nothing before a certain instant. Both are kept for each patient, so that a start, or
a change in the files, has to plan only those for whom that may not hold.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from zoneinfo import ZoneInfo

from notifier.core.calls import Call
from notifier.core.delivery import Record
from notifier.core.lifecycle import UNSENT, State
from notifier.core.model import Duration, Patient, Schedules
from notifier.core.placing import last_place

Calendar = tuple[str, int]  # a zone and a year
BROKEN, KEPT = 1, 2  # an entry with an error; one of which the files say nothing for now
_BYTES = 8
_YEAR = timedelta(days=366)


class Versions:
    """Tells entries apart by all that their messages are planned from, whatever `now` is."""

    def __init__(self, schedules: Schedules, program: str) -> None:
        """`program` says which program, and which data about languages, plans."""
        self._clinic = schedules.clinic
        self._common = {
            name: blake2b(repr((program, schedules.clinic, protocol)).encode(), digest_size=_BYTES)
            for name, protocol in schedules.protocols.items()
        }
        everything = repr((program, schedules.clinic, sorted(schedules.protocols.items())))
        self._together = blake2b(everything.encode(), digest_size=_BYTES)

    def of(self, patient: Patient) -> int:
        """Return a number of 64 bits that another entry, clinic, protocol or calendar would not have."""
        digest = self._common[patient.protocol].copy()
        digest.update(_said(patient).encode())
        digest.update(_clocks(patient.time_zone.key, patient.procedure.year))
        digest.update(_clocks(self._clinic.time_zone.key, patient.procedure.year))
        return int.from_bytes(digest.digest(), "big", signed=True)

    def of_all(self, signature: str, unplanned: Iterable[str], calendars: Collection[Calendar]) -> int:
        """Return a number of 64 bits that files which say anything else of anybody would not have.

        `signature` is that of the files, `unplanned` who cannot be planned by them as they are, `calendars` by which
        clocks and in which years all others' texts go.
        """
        digest = self._together.copy()
        digest.update(repr((signature, sorted(unplanned))).encode())
        years = {year for _, year in calendars}
        for zone, year in sorted({*calendars, *((self._clinic.time_zone.key, year) for year in years)}):
            digest.update(_clocks(zone, year))
        return int.from_bytes(digest.digest(), "big", signed=True)


def _said(patient: Patient) -> str:
    """Return all that an entry says, in one way only."""
    orders = _orders(tuple(patient.orders.items()))
    words = (patient.id, patient.name, patient.phone, patient.language, patient.time_zone.key, patient.status)
    times = f"{patient.procedure.timestamp()}|{patient.arrival.timestamp()}|{patient.consent}"
    return "\0".join((*words, times, *orders, "", *sorted(patient.skip)))


@lru_cache(maxsize=4096)  # a hundred thousand give a few
def _orders(orders: tuple[tuple[str, Duration | None], ...]) -> list[str]:
    return sorted(f"{name}={length and (length.count, length.unit.value)}" for name, length in orders)


@lru_cache(maxsize=1024)
def _clocks(zone: str, year: int) -> bytes:
    """Return what tells the rules of a zone apart from those of another edition of the zone data, around a year."""
    first, clock = datetime(year, 1, 1, tzinfo=UTC) - _YEAR, ZoneInfo(zone)
    offsets = [(first + timedelta(days=day)).astimezone(clock).utcoffset() for day in range(3 * _YEAR.days)]
    return blake2b(repr(offsets).encode(), digest_size=_BYTES).digest()


def next_looks(records: Iterable[Record], calls: Iterable[Call], now: datetime) -> dict[str, datetime]:
    """Return for each patient the last instant until which nothing changes by time alone, if it ever does.

    `records` and `calls` are as they stand. What changes by time alone: a text past its place has none left from some
    minute on, a held text or a call about a critical one goes by L, what concerns a procedure ends with it.
    """
    instants: defaultdict[str, list[datetime]] = defaultdict(list)
    for record in records:
        draft = record.draft
        if draft.critical or record.state is State.HELD:
            instants[draft.patient] += [draft.procedure, draft.latest or draft.procedure]
        elif record.state in UNSENT:
            instants[draft.patient] += _of_unsent(record, now)
    for call in calls:
        instants[call.patient].append(call.by)
    ahead = {patient: [at for at in found if at >= now] for patient, found in instants.items()}
    return {patient: min(found) for patient, found in ahead.items() if found}


def _of_unsent(record: Record, now: datetime) -> list[datetime]:
    """Return until when a text in the line stands as it is: until its place, and then while another is left."""
    draft = record.draft
    if draft.latest is None or draft.place is None:
        return []
    if draft.place >= now:
        return [draft.place]
    last = last_place(now, draft.latest, draft.quiet)
    return [] if last is None else [last]
