"""What keeps all texts back: a person's pause, and the program's stop while the provider refuses our settings."""

from datetime import datetime

from sqlalchemy import bindparam, insert, select

from notifier.ledger.page import Page
from notifier.ledger.rows import Switch, Turned, turned_of
from notifier.ledger.schema import switches

_IS_IT = switches.c.switch == bindparam("name", type_=switches.c.switch.type)
_LAST = select(switches).where(_IS_IT).order_by(switches.c.id.desc()).limit(1)


class Switching(Page):
    """Switches that survive restarts; rows are only ever appended."""

    def switched_on(self, switch: Switch) -> Turned | None:
        """Return since when, by whom and why a switch is on; None where it is off."""
        last = self.last_turned(switch)
        return last if last is not None and last.is_on else None

    def last_turned(self, switch: Switch) -> Turned | None:
        """Return when a switch was last turned, on or off; None where it never was."""
        row = self._connection.execute(_LAST, {"name": switch}).first()
        return None if row is None else turned_of(row)

    def turn(self, switch: Switch, by: str, why: str | None, now: datetime, *, is_on: bool) -> bool:
        """Turn a switch on or off; False where it was so already."""
        if (self.switched_on(switch) is not None) == is_on:
            return False
        row = {"switch": switch, "is_on": is_on, "at": now, "by": by, "why": why}
        self._connection.execute(insert(switches).values(row))
        return True

    def switchings(self) -> list[Turned]:
        """Return each time that a switch was turned, in order."""
        return [turned_of(row) for row in self._connection.execute(select(switches).order_by(switches.c.id))]
