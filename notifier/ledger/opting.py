"""Who has opted out of texts, and the history of it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Text, false, func, insert, select

from notifier.ledger.many import GivenRows, given
from notifier.ledger.page import Page
from notifier.ledger.rows import OptOut, opt_out_of
from notifier.ledger.schema import opt_outs

PROVIDER = "provider"  # who noted an opt-out that we learn from a refusal

_PHONES = GivenRows(phone=Text)
_LAST = select(func.max(opt_outs.c.id)).where(opt_outs.c.phone.in_(select(_PHONES["phone"]))).group_by(opt_outs.c.phone)
_OUT_AMONG = select(opt_outs.c.phone).where(opt_outs.c.id.in_(_LAST), opt_outs.c.is_out)


def is_opted_out(phone: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that the phone in a column has opted out: its last row says so."""
    last = (
        select(opt_outs.c.is_out)
        .where(opt_outs.c.phone == phone)
        .order_by(opt_outs.c.id.desc())
        .limit(1)
        .correlate_except(opt_outs)
        .scalar_subquery()
    )
    return func.coalesce(last, false())


class Opting(Page):
    """Phones that get no texts; rows are only ever appended."""

    def opt_out(self, phone: str, why: str, by: str, now: datetime) -> bool:
        """Note that a phone gets no more texts; False where that was so already, and decided.

        From then on nothing to it is due or can be claimed; reconciling takes its messages out of the line.
        What a patient has asked for in own words blocks until somebody decides, by giving any other reason
        or by opting the phone in.
        """
        return self._opt(phone, why, by, now, is_out=True)

    def opt_in(self, phone: str, why: str, by: str, now: datetime) -> bool:
        """Note that a phone gets texts again; False where it had not opted out."""
        return self._opt(phone, why, by, now, is_out=False)

    def _opt(self, phone: str, why: str, by: str, now: datetime, *, is_out: bool) -> bool:
        last, new = self.opt_out_of(phone), OptOut(phone, now, is_out, why, by)
        stands = last is not None and last.is_out
        is_deciding = last is not None and last.is_undecided and not new.is_undecided
        if stands == is_out and not is_deciding:
            return False
        row = {"phone": phone, "at": now, "is_out": is_out, "why": why, "by": by}
        self._connection.execute(insert(opt_outs).values(row))
        return True

    def opt_out_of(self, phone: str) -> OptOut | None:
        """Return how a phone stands: the last time that it opted out or in; None where it never did."""
        query = select(opt_outs).where(opt_outs.c.phone == phone).order_by(opt_outs.c.id.desc()).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else opt_out_of(row)

    def opted_out(self, phones: Collection[str] | None = None) -> frozenset[str]:
        """Return those of the phones, or of all, that have opted out."""
        if phones is None:
            return frozenset(one.phone for one in self.standing_opt_outs())
        return frozenset(self._connection.scalars(_OUT_AMONG, given((phone,) for phone in phones)))

    def standing_opt_outs(self) -> list[OptOut]:
        """Return the opt-outs in force, the undecided first, then in order of time."""
        last = select(func.max(opt_outs.c.id)).group_by(opt_outs.c.phone)
        query = select(opt_outs).where(opt_outs.c.id.in_(last), opt_outs.c.is_out).order_by(opt_outs.c.id)
        found = [opt_out_of(row) for row in self._connection.execute(query)]
        return sorted(found, key=lambda one: not one.is_undecided)

    def last_opt(self) -> int:
        """Return the number of the last time that a phone opted out or in; 0 before the first."""
        return self._connection.scalar(select(func.max(opt_outs.c.id))) or 0

    def opt_outs(self) -> list[OptOut]:
        """Return each time that a phone opted out or in, in order."""
        return [opt_out_of(row) for row in self._connection.execute(select(opt_outs).order_by(opt_outs.c.id))]
