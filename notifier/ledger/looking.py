"""What a ledger can be asked: messages, their stories, and how things stand."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, and_, exists, func, or_, select, text, type_coerce

from notifier.core.attempts import LONGEST_BACKOFF
from notifier.core.delivery import Event, Record
from notifier.core.lifecycle import State
from notifier.ledger.message_rows import record_of
from notifier.ledger.page import Page
from notifier.ledger.rows import PastAttempt, event_of, in_chunks, past_attempt_of
from notifier.ledger.schema import Instant, attempts, events, in_state, messages

_RETRIED_WITHIN = LONGEST_BACKOFF * 1.5  # the longest wait for a next try, stretched as `next_try` does
_SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How the ledger stands at an instant."""

    next_due: datetime | None  # of the planned messages still ahead
    oldest_overdue: datetime | None  # of the planned messages whose time has come, between two tries too
    last_event: Event | None


class Looking(Page):
    """Questions that change nothing."""

    def latest(self, patients: Collection[str] | None = None) -> list[Record]:
        """Return the highest revision of each step of these patients, or of all, by patient and step."""
        if patients is None:
            return self._latest()
        found = [self._latest(messages.c.patient.in_(chunk)) for chunk in in_chunks(sorted(set(patients)))]
        return [record for chunk in found for record in chunk]

    def _latest(self, *conditions: ColumnElement[bool]) -> list[Record]:
        other = messages.alias("other")
        highest = (
            select(func.max(other.c.revision))
            .where(other.c.patient == messages.c.patient, other.c.step == messages.c.step)
            .scalar_subquery()
        )
        query = select(messages).where(messages.c.revision == highest, *conditions)
        rows = self._connection.execute(query.order_by(messages.c.patient, messages.c.step))
        return [record_of(row) for row in rows]

    def messages(self, patient: str) -> list[Record]:
        """Return all revisions of all of a patient's messages, in plan order."""
        query = select(messages).where(messages.c.patient == patient)
        rows = self._connection.execute(query.order_by(messages.c.position, messages.c.step, messages.c.revision))
        return [record_of(row) for row in rows]

    def attempts(self, patient: str) -> list[PastAttempt]:
        """Return every try at the provider for a patient, in order."""
        query = (
            select(attempts, messages.c.latest)
            .join(messages, messages.c.key == attempts.c.key)
            .where(messages.c.patient == patient)
        )
        return [past_attempt_of(row) for row in self._connection.execute(query.order_by(attempts.c.id))]

    def story(self, patient: str) -> list[Event]:
        """Return everything that happened to a patient's messages, in order."""
        query = select(events).where(events.c.patient == patient).order_by(events.c.id)
        return [event_of(row) for row in self._connection.execute(query)]

    def patients_since(self, event: int) -> set[str]:
        """Return the patients to whom anything happened after the event of that number."""
        # Not distinct, for which SQLite would go through the events of all patients.
        return set(self._connection.scalars(select(events.c.patient).where(events.c.id > event)))

    def between(self, start: datetime, end: datetime) -> list[Record]:
        """Return the messages whose send time, or else whose place, is in [start, end), in that order.

        One that has neither counts where its window begins or ends there: of a day it is among
        those that went to nobody.
        """
        at = func.coalesce(messages.c.send_at, messages.c.place, messages.c.earliest, messages.c.latest)
        unplaced = and_(messages.c.send_at.is_(None), messages.c.place.is_(None))
        # Not `at` in the condition: each part has an index of its own.
        within = or_(
            and_(messages.c.send_at >= start, messages.c.send_at < end),
            and_(messages.c.send_at.is_(None), messages.c.place >= start, messages.c.place < end),
            and_(unplaced, messages.c.earliest >= start, messages.c.earliest < end),
            and_(unplaced, messages.c.latest >= start, messages.c.latest < end),
        )
        query = select(messages).where(within).order_by(at, messages.c.patient, messages.c.position, messages.c.key)
        return [record_of(row) for row in self._connection.execute(query)]

    def codes(self, keys: Collection[str]) -> dict[str, str]:
        """Return the last error code, the provider's or ours, of each of these messages that has one, by key."""
        found: dict[str, str] = {}
        for chunk in in_chunks(sorted(set(keys))):
            query = select(messages.c.key, messages.c.code).where(
                messages.c.key.in_(chunk), messages.c.code.is_not(None)
            )
            found.update({row.key: row.code for row in self._connection.execute(query)})
        return found

    def renewed(self, keys: Collection[str], states: Collection[State]) -> set[str]:
        """Return those of the keys whose text has a later revision that is in one of the states."""
        later = messages.alias()
        is_renewed = exists().where(
            later.c.patient == messages.c.patient,
            later.c.step == messages.c.step,
            later.c.revision > messages.c.revision,
            in_state(later, *states),
        )
        found: set[str] = set()
        for chunk in in_chunks(sorted(keys)):
            found.update(self._connection.scalars(select(messages.c.key).where(messages.c.key.in_(chunk), is_renewed)))
        return found

    def patients(self) -> set[str]:
        """Return the ids of all patients that the ledger has messages of."""
        return set(self._connection.scalars(select(messages.c.patient).distinct()))

    def is_empty(self) -> bool:
        """Whether no message was ever recorded."""
        return self._connection.scalar(select(messages.c.key).limit(1)) is None

    def counts(self) -> dict[State, int]:
        """Return how many messages are in each state; states without any are left out."""
        query = select(messages.c.state, func.count().label("number")).group_by(messages.c.state)
        return {row.state: row.number for row in self._connection.execute(query)}

    def standing(self, now: datetime) -> Standing:
        """Return how things stand at `now`.

        A text that waits for its next try is as overdue as one that was never tried: while the
        provider cannot be reached, every text is one of these.
        """
        is_planned = in_state(messages, State.PLANNED)
        earliest = select(func.min(messages.c.due_at)).where(is_planned, messages.c.due_at > now)
        has_waited = or_(messages.c.due_at <= now, messages.c.attempts > 0)
        # The sum keeps SQLite from looking for the least of all send times, from the oldest history on.
        send_at = type_coerce(messages.c.send_at, BigInteger) + 0
        overdue = select(type_coerce(func.min(send_at), Instant)).where(
            is_planned, messages.c.due_at <= now + _RETRIED_WITHIN, has_waited
        )
        last = self._connection.execute(select(events).order_by(events.c.id.desc()).limit(1)).first()
        oldest = self._connection.scalar(overdue)
        return Standing(
            next_due=self._connection.scalar(earliest),
            # One that was tried and then placed again, later, may be the only one.
            oldest_overdue=oldest if oldest is not None and oldest <= now else None,
            last_event=None if last is None else event_of(last),
        )

    def line(self, limit: int) -> list[tuple[str, datetime]]:
        """Return key and send time of the next planned messages, the first due first, at most `limit`."""
        query = select(messages.c.key, messages.c.send_at).where(in_state(messages, State.PLANNED))
        rows = self._connection.execute(query.order_by(messages.c.due_at, messages.c.latest).limit(limit))
        return [(row.key, row.send_at) for row in rows]

    def size(self) -> int:
        """Return the size of the database in bytes, without what SQLite has yet to move into its file."""
        number: int = self._connection.scalar(text(_SIZES[self._connection.dialect.name])) or 0
        return number
