"""What time it is in a storm: the true time, which passes in leaps, and what each clinic's clock makes of it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from notifier.clock import SystemClock
from tests.chaos.dials import Dial

_LEAP_EVERY = 0.5  # seconds
# By how many minutes a clock is set wrong, and how often: an hour forth makes many texts miss their L at once.
# No more than that: the provider's dates and ours may differ by two hours.
_WRONG = {-60: 3, -7: 6, -2: 6, 2: 6, 5: 6, 60: 1}


class Hours:
    """The true time, which the stand-in goes by, and the clocks of the clinics, which are set wrong at times."""

    def __init__(self, home: Path, clinics: list[Path]) -> None:
        self.true = Dial(home / "true-dial")
        self.dials = [Dial(clinic / "dial") for clinic in clinics]
        self.steps: Counter[str] = Counter()
        self._errors = [0.0] * len(clinics)  # seconds
        self._machine = SystemClock()

    def now(self) -> datetime:
        """Return the true time."""
        return self._machine.now() + timedelta(seconds=self.true.seconds)

    def leap(self, span: timedelta) -> None:
        """Have `span` pass at once."""
        self.true.turn(self.true.seconds + span.total_seconds())
        for number in range(len(self.dials)):
            self._set(number)

    def set_wrong(self, number: int, minutes: int) -> None:
        """Set a clinic's clock wrong by so many minutes, or right."""
        self._errors[number] = 60.0 * minutes
        self._set(number)

    def _set(self, number: int) -> None:
        self.dials[number].turn(self.true.seconds + self._errors[number])

    async def hurry(self, to: datetime, progress: Callable[[], float]) -> None:
        """Have the time until `to` pass in leaps, as something else progresses from 0 to 1."""
        begin = self.now()
        while (done := progress()) < 1:
            await asyncio.sleep(_LEAP_EVERY)
            ahead = begin + (to - begin) * done - self.now()
            self.leap(max(ahead, timedelta(0)))

    async def confuse(self, number: int, random: Random) -> None:
        """Set a clinic's clock forth and back, until cancelled."""
        while True:
            await asyncio.sleep(random.uniform(1, 5))
            minutes = random.choices([*_WRONG], [*_WRONG.values()])[0]
            self.steps["clock forth" if minutes > 0 else "clock back"] += 1
            self.set_wrong(number, minutes)
            await asyncio.sleep(random.uniform(0.3, 3))
            self.set_wrong(number, 0)
