"""Taking a patient's name, phone and texts out of the ledger; what happened, and how often, stays."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, exists, func, insert, select, update

from notifier.core.delivery import Event
from notifier.core.lifecycle import State
from notifier.ledger.page import Page
from notifier.ledger.rows import in_chunks
from notifier.ledger.schema import attempts, calls, in_state, messages, phones, purged, replies

_CAUSE = "retention"
NOTHING = ""  # stands where a phone or a text was: these columns are never null
_OPEN = (State.PLANNED, State.CLAIMED, State.ACCEPTED, State.SENT)


class Purging(Page):
    """Retention: opt-outs keep their phones, or nobody would know whom not to text."""

    def finished(self, before: datetime) -> dict[str, datetime]:
        """Return the patients to purge, with their last procedure: all that concerns them was over before an instant.

        Not those whom somebody has still to call, and not those who are purged.
        """
        last = func.max(func.coalesce(messages.c.latest, messages.c.procedure))
        other, call = messages.alias("other"), calls.alias("call")
        query = (
            select(messages.c.patient, func.max(messages.c.procedure).label("procedure"))
            .where(
                ~exists().where(other.c.patient == messages.c.patient, in_state(other, *_OPEN)),
                ~exists().where(call.c.patient == messages.c.patient, call.c.closed_at.is_(None)),
            )
            .group_by(messages.c.patient)
            .having(last < before, func.max(messages.c.procedure) < before, func.max(messages.c.to) != NOTHING)
            .order_by(messages.c.patient)
        )
        return {row.patient: row.procedure for row in self._connection.execute(query)}

    def purge(self, patients: Mapping[str, datetime], now: datetime) -> None:
        """Forget the names, phones and texts of these patients, replies and calls among it, with an event each."""
        for chunk in in_chunks(sorted(patients)):
            own = select(messages.c.key).where(messages.c.patient.in_(chunk))
            for statement in (
                update(attempts).where(attempts.c.key.in_(own)).values(to=NOTHING, text=NOTHING),
                update(messages).where(messages.c.patient.in_(chunk)).values(to=NOTHING, body=None),
                update(replies).where(replies.c.patient.in_(chunk)).values(phone=NOTHING, body=NOTHING, answer=None),
                update(calls)
                .where(calls.c.patient.in_(chunk))
                .values(name=None, phone=NOTHING, say=NOTHING, note=None),
                delete(purged).where(purged.c.patient.in_(chunk)),
            ):
                self._connection.execute(statement)
            rows = [{"patient": patient, "procedure": patients[patient], "at": now} for patient in chunk]
            self._connection.execute(insert(purged), rows)
        self._tell([Event(now, patient, None, "purged", None, _CAUSE) for patient in sorted(patients)])

    def purge_strangers(self, before: datetime) -> int:
        """Forget what was written before an instant from phones that no text was meant for; return how many replies."""
        strangers = (replies.c.patient.is_(None), replies.c.at < before, replies.c.phone != NOTHING)
        forgotten = update(replies).where(*strangers).values(phone=NOTHING, body=NOTHING, answer=None)
        return self._connection.execute(forgotten).rowcount

    def purge_phones(self) -> None:
        """Forget when phones were last texted that no message is for any more."""
        self._connection.execute(delete(phones).where(~exists().where(messages.c.to == phones.c.phone)))

    def purged(self, patients: Collection[str]) -> dict[str, datetime]:
        """Return which of these patients were purged, with the last procedure that they had."""
        queries = (select(purged).where(purged.c.patient.in_(chunk)) for chunk in in_chunks(sorted(patients)))
        return {row.patient: row.procedure for query in queries for row in self._connection.execute(query)}

    def strangers(self, before: datetime) -> int:
        """Return how many replies `purge_strangers` would forget."""
        strangers = (replies.c.patient.is_(None), replies.c.at < before, replies.c.phone != NOTHING)
        return self._connection.scalar(select(func.count()).select_from(replies).where(*strangers)) or 0
