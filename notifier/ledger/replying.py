"""What patients wrote back: kept as it came, and whose it is."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import insert, select

from notifier.core.delivery import Event, Record
from notifier.core.replies import Inbound, ReplyKind
from notifier.ledger.message_rows import record_of
from notifier.ledger.page import Page
from notifier.ledger.rows import Reply, reply_of
from notifier.ledger.schema import messages, replies

_CAUSE, _STAFF = "reply", "staff"


class Replying(Page):
    """Replies. Their words are patients' own: they stay in this table, and events tell only of what kind they are."""

    def has_reply(self, sid: str) -> bool:
        """Whether the reply that the provider calls so is kept already: it may hand one on twice."""
        return self._connection.scalar(select(replies.c.id).where(replies.c.sid == sid)) is not None

    def keep_reply(
        self,
        inbound: Inbound,
        kind: ReplyKind,
        answer: str | None,
        patients: Collection[str],
        now: datetime,
    ) -> Reply:
        """Keep a reply, taken for the first of the patients, with an event for each of them; return it."""
        row = {
            "sid": inbound.sid,
            "phone": inbound.phone,
            "patient": next(iter(patients), None),
            "at": now,
            "kind": kind,
            "body": inbound.body.replace("\0", "\N{REPLACEMENT CHARACTER}"),  # PostgreSQL keeps no text with a NUL
            "answer": answer,
        }
        kept = self._connection.execute(insert(replies).values(row).returning(replies)).one()
        self._tell([Event(now, patient, None, "replied", kind.value, _CAUSE) for patient in patients])
        return reply_of(kept)

    def tell_opted(self, phone: str, *, is_out: bool, now: datetime) -> None:
        """Tell of each patient with a phone that a person has decided about it; why stays with the opt-out."""
        patients = dict.fromkeys(record.draft.patient for record in self.meant_for(phone))
        what = "opted out" if is_out else "opted in"
        self._tell([Event(now, patient, None, what, None, _STAFF) for patient in patients])

    def last_answered(self, phone: str, kinds: Collection[ReplyKind]) -> datetime | None:
        """Return when a reply of one of these kinds from a phone was last answered."""
        answered = (replies.c.phone == phone, replies.c.kind.in_(sorted(kinds)), replies.c.answer.is_not(None))
        at: datetime | None = self._connection.scalar(
            select(replies.c.at).where(*answered).order_by(replies.c.id.desc()).limit(1)
        )
        return at

    def replies(self, *, patient: str | None = None, phone: str | None = None) -> list[Reply]:
        """Return the replies, in order: all, those that were taken for a patient, or those from a phone."""
        query = select(replies).order_by(replies.c.id)
        if patient is not None:
            query = query.where(replies.c.patient == patient)
        if phone is not None:
            query = query.where(replies.c.phone == phone)
        return [reply_of(row) for row in self._connection.execute(query)]

    def from_strangers(self, since: datetime) -> list[Reply]:
        """Return what was written since then from phones that no text is meant for, in order."""
        query = select(replies).where(replies.c.patient.is_(None), replies.c.at >= since).order_by(replies.c.id)
        return [reply_of(row) for row in self._connection.execute(query)]

    def meant_for(self, phone: str) -> list[Record]:
        """Return all messages to a phone, the last that was sent first, then what was not, by the nearest procedure.

        A reply belongs to the first of them: it is the text that its writer saw last.
        """
        query = (
            select(messages)
            .where(messages.c.to == phone)
            .order_by(messages.c.sent_at.is_(None), messages.c.sent_at.desc(), messages.c.procedure, messages.c.key)
        )
        return [record_of(row) for row in self._connection.execute(query)]
