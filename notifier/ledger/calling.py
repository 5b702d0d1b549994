"""The call list as the ledger keeps it: opened and ended by the program, closed by whoever has called."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Text, bindparam, func, insert, select, update

from notifier.core.calls import PASSING, WRITTEN, Call, CallReason
from notifier.core.delivery import Event
from notifier.core.replies import PATIENT
from notifier.ledger.many import GivenRows, given
from notifier.ledger.page import Page
from notifier.ledger.rows import CallEntry, call_entry_of
from notifier.ledger.schema import calls

PROGRAM = "notifier"  # who closes what has ended by itself
NO_LONGER_NEEDED, TIME_HAS_PASSED = "no longer needed", "its time has passed"
# What has befallen a patient can be undone. What befell a message cannot: its entry is about that message,
# and stays until a person has looked at it.
_ENDING = PASSING | {CallReason.MOVED, CallReason.CANCELLED, CallReason.GONE}
CALL_OPENED, CALL_CLOSED = "call opened", "call closed"  # events that say nothing of a message
_PATIENTS = GivenRows(patient=Text)
_OF_PATIENTS = select(calls).where(calls.c.patient.in_(select(_PATIENTS["patient"])))
_CALL_LIST, _STAFF, _REPLY = "call list", "staff", "reply"


class Calling(Page):
    """Patients whom a person must telephone."""

    def list_calls(
        self, wanted: Sequence[Call], patients: Collection[str], now: datetime, kept: Collection[str] = ()
    ) -> list[CallEntry]:
        """Bring the call list of some patients in line with all calls that are wanted for them.

        Returns the entries that it opened or closed.

        A call is opened once. Closed by a person it stays closed for as long as it is wanted; once that was
        over, it is a new reason and opens it again (issue 3). An entry that ends by itself, or was undone, is
        closed; one about a message stays open. Patients in `kept` are those of whom the files say nothing
        for now: nothing of theirs is ended.
        """
        asked = {call.key: call for call in wanted}
        before = {entry.key: entry for entry in self.calls_of(patients)}
        after = {
            key: _wanted(entry, asked[key], now) if key in asked else _unwanted(entry, now)
            for key, entry in before.items()
            if key in asked or entry.patient not in kept
        }
        self._rewrite([entry for key, entry in after.items() if entry != before[key]])
        turned = [entry for key, entry in after.items() if entry.closed_at != before[key].closed_at]
        turned = [*self._open([call for key, call in asked.items() if key not in before], now), *turned]
        self._tell([_event(entry, now, _CALL_LIST) for entry in turned])
        return turned

    def open_call(self, call: Call, now: datetime) -> CallEntry:
        """Put a call on the list that nothing but what has just happened asks for; return its entry.

        Its key must be new: that of a reply, say, which comes once.
        """
        [entry] = self._open([call], now)
        self._tell([_event(entry, now, _CALL_LIST)])
        return entry

    def close_calls_to(self, phone: str, reason: CallReason, by: str, note: str, now: datetime) -> list[CallEntry]:
        """Close the open entries about a phone for a reason, since what they asked for is done; return them."""
        closing = (
            update(calls)
            .where(calls.c.closed_at.is_(None), calls.c.phone == phone, calls.c.reason == reason)
            .values(closed_at=now, closed_by=by, note=note)
            .returning(calls)
        )
        entries = [call_entry_of(row) for row in self._connection.execute(closing)]
        self._tell([_event(entry, now, _REPLY if by == PATIENT else _STAFF) for entry in entries])
        return entries

    def calls_of(self, patients: Collection[str]) -> list[CallEntry]:
        """Return the entries of these patients, open or closed."""
        rows = self._connection.execute(_OF_PATIENTS, given((patient,) for patient in patients))
        return [call_entry_of(row) for row in rows]

    def _open(self, new: Sequence[Call], now: datetime) -> list[CallEntry]:
        if not new:
            return []
        values = [_new_values(call, now) for call in new]
        opening = insert(calls).returning(calls, sort_by_parameter_order=True)
        return [call_entry_of(row) for row in self._connection.execute(opening, values)]

    def _rewrite(self, entries: Sequence[CallEntry]) -> None:
        if entries:
            rewriting = update(calls).where(calls.c.id == bindparam("number"))
            self._connection.execute(rewriting, [_values(entry) for entry in entries])

    def calls(self, *, open_only: bool = True, patient: str | None = None) -> list[CallEntry]:
        """Return the call list, the most urgent first: only what is open or with what was closed, of all or of one."""
        query = select(calls).order_by(calls.c.by_when, calls.c.patient, calls.c.id)
        if open_only:
            query = query.where(calls.c.closed_at.is_(None))
        if patient is not None:
            query = query.where(calls.c.patient == patient)
        return [call_entry_of(row) for row in self._connection.execute(query)]

    def open_calls(self) -> dict[CallReason, int]:
        """Return how many entries of the call list are open, by their reason; reasons without any are left out."""
        query = select(calls.c.reason, func.count().label("number")).where(calls.c.closed_at.is_(None))
        return {row.reason: row.number for row in self._connection.execute(query.group_by(calls.c.reason))}

    def close_call(self, number: int, by: str, note: str | None, now: datetime) -> CallEntry | None:
        """Close the entry with this id for a person; return it, or None where no such entry is open."""
        closing = (
            update(calls)
            .where(calls.c.id == number, calls.c.closed_at.is_(None))
            .values(closed_at=now, closed_by=by, note=note)
            .returning(calls)
        )
        row = self._connection.execute(closing).first()
        if row is None:
            return None
        entry = call_entry_of(row)
        self._tell([_event(entry, now, _STAFF)])
        return entry


def _new_values(call: Call, now: datetime) -> Mapping[str, object]:
    return {
        "patient": call.patient,
        "reason": call.reason,
        "about": call.about,
        "name": call.name,
        "phone": call.phone,
        "say": call.say,
        "by_when": call.by,
        "is_wanted": True,
        "opened_at": now,
    }


def _wanted(entry: CallEntry, call: Call, now: datetime) -> CallEntry:
    """Return what becomes of the entry of a call that is wanted."""
    if entry.closed_at is not None and entry.is_wanted:
        return entry
    # The name outlives the files: whoever calls needs it when the booking is gone.
    name = call.name or entry.name
    followed = replace(entry, name=name, phone=call.phone, say=call.say, by_when=call.by, is_wanted=True)
    if entry.closed_at is None:
        return followed
    return replace(followed, opened_at=now, closed_at=None, closed_by=None, note=None)


def _unwanted(entry: CallEntry, now: datetime) -> CallEntry:
    """Return what becomes of an entry whose call is not wanted any more."""
    ended = replace(entry, is_wanted=False)
    if entry.closed_at is not None or entry.reason not in _ENDING:
        return ended
    # A call that nobody made in time was not needless, and the record must not say so.
    note = NO_LONGER_NEEDED if now < entry.by_when else TIME_HAS_PASSED
    return replace(ended, closed_at=now, closed_by=PROGRAM, note=note)


def _values(entry: CallEntry) -> Mapping[str, object]:
    """Return all that can change in an entry, with its id as `number`."""
    return {
        "number": entry.id,
        "name": entry.name,
        "phone": entry.phone,
        "say": entry.say,
        "by_when": entry.by_when,
        "is_wanted": entry.is_wanted,
        "opened_at": entry.opened_at,
        "closed_at": entry.closed_at,
        "closed_by": entry.closed_by,
        "note": entry.note,
    }


def _event(entry: CallEntry, now: datetime, cause: str) -> Event:
    what = CALL_OPENED if entry.closed_at is None else CALL_CLOSED
    key = None if entry.reason in _ENDING | WRITTEN else entry.about
    return Event(at=now, patient=entry.patient, key=key, what=what, why=entry.reason.value, cause=cause)
