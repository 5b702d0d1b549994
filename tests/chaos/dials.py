"""Clocks that the harness sets while others read them: the machine's, put forward or back by a number in a file."""

import mmap
import struct
import time
from datetime import datetime, timedelta
from pathlib import Path

from notifier.clock import SystemClock

_SECONDS = struct.Struct("d")


class Dial:
    """By how many seconds a clock differs from the machine's, in a page of memory that processes share."""

    def __init__(self, path: Path) -> None:
        """Open the dial at `path`, made at zero where there is none."""
        if not path.exists():
            path.write_bytes(_SECONDS.pack(0.0))
        self.path = path
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), _SECONDS.size)
        self._story = [(time.monotonic(), self.seconds)]  # since when it has shown what

    @property
    def seconds(self) -> float:
        """What it shows."""
        seconds: float = _SECONDS.unpack_from(self._page)[0]
        return seconds

    def turn(self, seconds: float) -> None:
        """Have it show `seconds`."""
        _SECONDS.pack_into(self._page, 0, seconds)
        self._story.append((time.monotonic(), seconds))

    def lowest(self, since: float, until: float) -> float:
        """Return the least that it has shown, by this process's own turns, between two monotonic instants."""
        before = [seconds for at, seconds in self._story if at <= since][-1:]
        return min([*before, *(seconds for at, seconds in self._story if since < at <= until)], default=self.seconds)


class DialledClock:
    """The machine's clock, wrong by what a dial shows; `elapsed` passes evenly whatever it shows."""

    def __init__(self, dial: Dial) -> None:
        self._dial = dial
        self._machine = SystemClock()

    def now(self) -> datetime:
        """Return the instant that this clock shows, in UTC."""
        return self._machine.now() + timedelta(seconds=self._dial.seconds)

    def elapsed(self) -> float:
        """Return the seconds since some fixed moment."""
        return self._machine.elapsed()
