"""The only reader of the system clock; everything below `actions` is told what time it is."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def elapsed(self) -> float:
        """Return the seconds since some fixed moment; they pass evenly, whatever is done to the time of day."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Return the seconds since some fixed moment; setting the machine's clock does not touch them."""
        return time.monotonic()


class JumpingClock:
    """A clock that stands still until it is told to jump: for rehearsals and tests."""

    def __init__(self, start: datetime) -> None:
        """Start at `start`, an aware instant."""
        self._start = self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant last jumped to, in UTC."""
        return self._now

    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return (self._now - self._start).total_seconds()

    def jump(self, to: datetime) -> None:
        """Go to the instant `to`; never back, since time does not either."""
        self._now = max(self._now, to.astimezone(UTC))

    def wait(self, span: timedelta) -> None:
        """Let `span` pass."""
        self.jump(self._now + span)
