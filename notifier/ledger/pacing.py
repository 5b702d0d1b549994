"""How fast all hosts together send: turns that each of them takes from one row."""

from datetime import timedelta

from sqlalchemy import text

from notifier.ledger.page import Page

_NAME = "dispatch"
_AHEAD = timedelta(seconds=2)  # a turn is not taken before: whoever has waited for too long would keep it from others
# No turn is so far ahead, at one text in ten seconds, the least that settings allow: a clock of the database's was.
_TOO_FAR = timedelta(seconds=15)
_NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"
# By the clock of the database, which all hosts share. What nobody took in time is gone: there are no bursts.
_TAKE = text(
    f"INSERT INTO paces (name, taken_until) VALUES (:name, {_NOW} + :long)"  # noqa: S608 (all of it is words of ours)
    " ON CONFLICT (name) DO UPDATE"
    f" SET taken_until = :long + CASE WHEN paces.taken_until BETWEEN {_NOW} AND {_NOW} + :too_far"
    f" THEN paces.taken_until ELSE {_NOW} END"
    f" WHERE NOT paces.taken_until BETWEEN {_NOW} + :ahead AND {_NOW} + :too_far"
    f" RETURNING taken_until - :long - {_NOW}"
)
_MICROSECOND = timedelta(microseconds=1)


class Pacing(Page):
    """Turns; PostgreSQL's only, since a file has one daemon."""

    def take_turns(self, number: int, rate: float) -> timedelta | None:
        """Take the next `number` turns, of `rate` a second, and return how long it is until the first of them.

        None: the next turn is too far ahead to be taken now.
        """
        spans = {"long": timedelta(seconds=number / rate), "ahead": _AHEAD, "too_far": _TOO_FAR}
        values = {name: round(span / _MICROSECOND) for name, span in spans.items()}
        wait: int | None = self._connection.execute(_TAKE, {"name": _NAME, **values}).scalar_one_or_none()
        return None if wait is None else max(timedelta(0), wait * _MICROSECOND)
