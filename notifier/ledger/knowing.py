"""What a reconciling has to know of the past."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Select, Text, and_, func, or_, select

from notifier.core.delivery import Record
from notifier.core.lifecycle import GONE_OUT, State
from notifier.core.reconcile import ALREADY_SENT, OPTED_OUT, Known
from notifier.ledger.many import GivenRows, given
from notifier.ledger.message_rows import record_of
from notifier.ledger.opting import Opting
from notifier.ledger.schema import in_state, messages


def was_told(table: FromClause) -> ColumnElement[bool]:
    """Return the condition that a message counts as told: `core.reconcile.was_told`, in the database's words."""
    return or_(
        in_state(table, *GONE_OUT),
        table.c.reason == ALREADY_SENT,
        and_(
            in_state(table, State.FAILED, State.UNDELIVERED, State.REFUSED),
            table.c.reason.is_distinct_from(OPTED_OUT),
        ),
    )


class Knowing(Opting):
    """The ledger's side of a reconciling."""

    def known(self, patients: Collection[str] | None = None, phones: Collection[str] = ()) -> Known:
        """Return what the ledger knows of these patients, or of all, in order of patient and step.

        What went out before is told of the phones in their messages and of `phones`: a patient who is
        new in the ledger may have been texted under another id. So is who has opted out. Of all, both are told
        of every phone.
        """
        if patients is None:
            return Known(tuple(self._records()), frozenset(self._sent_before()), self.opted_out())
        records = tuple(self._records(patients))
        concerned = {record.draft.to for record in records} | set(phones)
        return Known(records, frozenset(self._sent_before(concerned)), self.opted_out(concerned))

    def _records(self, patients: Collection[str] | None = None) -> Iterator[Record]:
        """Yield of each message of these patients, or of all, the highest revision, and the highest that was told."""
        if patients is None:
            rows = self._connection.execute(_RECORDS)
        else:
            rows = self._connection.execute(_RECORDS_OF, given((patient,) for patient in patients))
        return (record_of(row) for row in rows)

    def _sent_before(self, phones: Collection[str] | None = None) -> Iterator[tuple[str, str, str]]:
        if phones is None:
            rows = self._connection.execute(_SENT_BEFORE)
        else:
            rows = self._connection.execute(_SENT_BEFORE_TO, given((phone,) for phone in phones))
        return ((to, step, body) for to, step, body in rows)


def _highest(other: FromClause, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """Return the highest revision of the same message for which the conditions hold."""
    same = (other.c.patient == messages.c.patient, other.c.step == messages.c.step)
    return select(func.max(other.c.revision)).where(*same, *conditions).scalar_subquery()


def _records() -> Select[tuple[Any, ...]]:
    """Return the question for of each message the highest revision, and the highest that was told."""
    other, told = messages.alias("other"), messages.alias("told")
    wanted = messages.c.revision.in_([_highest(other), _highest(told, was_told(told))])
    return select(messages).where(wanted).order_by(messages.c.patient, messages.c.step, messages.c.revision)


# Made once: at every look at the files, putting them together takes longer than the answer does.
_PATIENTS, _PHONES = GivenRows(patient=Text), GivenRows(phone=Text)
_RECORDS = _records()
_RECORDS_OF = _RECORDS.where(messages.c.patient.in_(select(_PATIENTS["patient"])))
_SENT_BEFORE = select(messages.c.to, messages.c.step, messages.c.body).where(in_state(messages, *GONE_OUT)).distinct()
_SENT_BEFORE_TO = _SENT_BEFORE.where(messages.c.to.in_(select(_PHONES["phone"])))
