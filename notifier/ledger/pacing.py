"""How fast all hosts together send: turns that each of them takes from one row."""

from datetime import timedelta

from sqlalchemy import text

from notifier.ledger.page import Page

_NAME = "dispatch"
# By the clock of the database, which all hosts share. What nobody took in time is gone: there are no bursts.
_TAKE = text(
    "INSERT INTO paces (name, taken_until)"
    " VALUES (:name, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) + :long) ON CONFLICT (name) DO"
    " UPDATE SET taken_until = greatest(paces.taken_until, excluded.taken_until - :long) + :long"
    " RETURNING taken_until - :long - CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"
)
_MICROSECOND = timedelta(microseconds=1)


class Pacing(Page):
    """Turns; PostgreSQL's only, since a file has one daemon."""

    def take_turns(self, number: int, rate: float) -> timedelta:
        """Take the next `number` turns, of `rate` a second, and return how long it is until the first of them."""
        long = round(number / rate * 1_000_000)
        wait: int = self._connection.execute(_TAKE, {"name": _NAME, "long": long}).scalar_one()
        return max(timedelta(0), wait * _MICROSECOND)
