"""Keep all texts back, and let them go again."""

from dataclasses import dataclass
from datetime import datetime

from notifier.ledger.opening import Ledger
from notifier.ledger.rows import Switch, Turned


@dataclass(frozen=True, slots=True)
class Paused:
    """How the pause stands after a command."""

    since: Turned | None  # None where texts go out
    is_changed: bool  # by this command
    oldest_overdue: datetime | None  # of the texts that wait


def pause_texts(ledger: Ledger, *, is_on: bool, by: str, why: str | None, now: datetime) -> Paused:
    """Begin or end the pause and return how it stands; it is durable then, and outlives restarts (section 6).

    Its end ends a stop of dispatch as well: whoever has mended the settings need not wait for a probe.
    """
    with ledger.writing() as book:
        is_changed = book.turn(Switch.PAUSE, by, why, now, is_on=is_on)
        if not is_on:
            is_changed = book.turn(Switch.STOP, by, why, now, is_on=False) or is_changed
        return Paused(book.switched_on(Switch.PAUSE), is_changed, book.standing(now).oldest_overdue)
