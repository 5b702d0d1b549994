"""Which host plans: the number of its term, which fences off whoever planned before."""

from datetime import datetime

from sqlalchemy import func, insert, select

from notifier.ledger.errors import NotLeadingError
from notifier.ledger.page import Page
from notifier.ledger.postgres import CHANNEL
from notifier.ledger.schema import terms


class Leading(Page):
    """Terms; rows are only ever appended."""

    def begin_term(self, host: str, now: datetime) -> int:
        """Note that from now on this host plans; return the number of its term."""
        number: int = self._connection.execute(
            insert(terms).values(host=host, at=now).returning(terms.c.id)
        ).scalar_one()
        return number

    def require_term(self, number: int | None) -> None:
        """Raise NotLeadingError where another host has begun to plan, or this one has ceased to."""
        if number is None or self._connection.scalar(select(func.max(terms.c.id))) != number:
            raise NotLeadingError("Another host plans now.")

    def wake_hosts(self, word: str = "") -> None:
        """Have every host look at once, as soon as this transaction is committed; a file has one daemon only.

        With the word PLAN, the one that plans does so; with its own `signature`, it has no need to look.
        """
        if self._connection.dialect.name == "postgresql":
            self._connection.exec_driver_sql(f"NOTIFY {CHANNEL}, '{word}'")

    def leader(self) -> str | None:
        """Return the host that plans, or planned last; None before the first."""
        host: str | None = self._connection.scalar(select(terms.c.host).order_by(terms.c.id.desc()).limit(1))
        return host
