"""The stand-in for Twilio in a process of its own, never killed: a sandbox for each clinic, as weak as Twilio may be.

It is told by lines of JSON what to be like, and answers so:

    {"dial": ..., "seed": 1, "clinics": [{"failures": {phone: [codes]}, "opted_out": [...], "undeliverable": [...]}]}
    -> {"urls": [...]}
    {"calm": true}                       report faithfully from now on
    {"record": true}  -> {"record": [[message, ...], ...], "faults": {"callbacks dropped": 3, ...}}
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from notifier.gateway import faults
from notifier.gateway.sandbox import Sandbox
from tests.chaos.dials import Dial, DialledClock
from tests.chaos.life import ACCOUNT, TOKEN

LONGEST_LAG = 1.8  # seconds until a message shows in the list
_DELIVERY = timedelta(seconds=0.4)
_TOP_UP, _AHEAD = 0.1, 40  # seconds; for so many messages to come it is settled how their callbacks are spoilt
_KINDS: Mapping[str, tuple[int, Callable[[Random], faults.CallbackFault | None]]] = {  # of a hundred messages, and how
    "callbacks dropped": (6, lambda _: faults.DropCallbacks()),
    "callbacks doubled": (6, lambda _: faults.DoubleCallbacks()),
    "callbacks reordered": (6, lambda _: faults.SwapCallbacks()),
    "callbacks much later": (6, lambda random: faults.DelayCallbacks(random.uniform(3, 20))),
    "callbacks before the answer": (6, lambda _: faults.EarlyCallbacks()),
    "callbacks with a wrong signature": (4, lambda _: faults.ForgeCallbacks()),
    "": (66, lambda _: None),
}


class _Booth:
    """One clinic's sandbox, and the faults that were laid out for its messages."""

    def __init__(self, clinic: Mapping[str, Any], clock: DialledClock, random: Random) -> None:
        self._random = random
        self._spoilt: list[str | None] = []  # how, for each message in the order in which they come
        self._shown_at: list[float] = []  # when each message is in the list, by the machine's monotonic clock
        self.is_calm = False
        self.sandbox = Sandbox(
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            clock=clock.now,
            delivery_delay=_DELIVERY,
            undeliverable=frozenset(clinic["undeliverable"]),
            list_lag=self._lag,
            keep=100_000,
        )
        self.sandbox.opted_out |= set(clinic["opted_out"])
        for phone, codes in clinic["failures"].items():
            self.sandbox.fail_next(phone, *codes)

    @property
    def faults(self) -> Counter[str]:
        """How many messages each kind of callback fault was for."""
        return Counter(kind for kind in self._spoilt[: len(self._shown_at)] if kind)

    @property
    def record(self) -> list[dict[str, object]]:
        """What it took, and what became of it."""
        return [
            {"to": message.to, "body": message.body, "failure": message.failure, "sid": message.sid, "shown_at": at}
            for message, at in zip(self.sandbox.messages, self._shown_at, strict=True)
        ]

    def lay_out(self) -> None:
        """Have the callbacks of the next messages spoilt, or not."""
        while len(self._spoilt) < len(self._shown_at) + _AHEAD:
            kind = self._random.choices([*_KINDS], [share for share, _ in _KINDS.values()])[0]
            fault = _KINDS[kind][1](self._random)
            self._spoilt.append(kind if fault else None)
            self.sandbox.misreport(fault)

    def _lag(self) -> timedelta:
        is_late = not self.is_calm and self._random.random() < 0.7
        lag = self._random.uniform(0, LONGEST_LAG) if is_late else 0
        self._shown_at.append(time.monotonic() + lag)
        return timedelta(seconds=lag)


class StandIn:
    """All sandboxes."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        clock = DialledClock(Dial(Path(order["dial"])))
        self._booths = [
            _Booth(clinic, clock, Random(f"{order['seed']} {number}")) for number, clinic in enumerate(order["clinics"])
        ]
        self._spoiling: asyncio.Task[None] | None = None

    async def start(self) -> list[str]:
        """Listen; return the base URLs."""
        for booth in self._booths:
            await booth.sandbox.start()
        self._spoiling = asyncio.create_task(self._spoil())
        return [booth.sandbox.base_url for booth in self._booths]

    async def stop(self) -> None:
        """Listen no more."""
        self.calm()
        for booth in self._booths:
            await booth.sandbox.stop()

    def record(self) -> dict[str, object]:
        """Return what each sandbox took, and how its callbacks were spoilt."""
        spoilt = sum((booth.faults for booth in self._booths), Counter())
        return {"record": [booth.record for booth in self._booths], "faults": spoilt}

    def calm(self) -> None:
        """Spoil no more callbacks than are laid out already, and show each message at once."""
        if self._spoiling is not None:
            self._spoiling.cancel()
        for booth in self._booths:
            booth.is_calm = True

    async def _spoil(self) -> None:
        while True:
            for booth in self._booths:
                booth.lay_out()
            await asyncio.sleep(_TOP_UP)


async def main() -> None:
    """Obey until the orders end."""
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    stand_in: StandIn | None = None
    try:
        while line := await orders.readline():
            order = json.loads(line)
            if stand_in is None:
                stand_in = StandIn(order)
                _tell(urls=await stand_in.start())
            elif "calm" in order:
                stand_in.calm()
            else:
                _tell(**stand_in.record())
    finally:
        if stand_in is not None:
            await stand_in.stop()


def _tell(**news: object) -> None:
    sys.stdout.write(json.dumps(news) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
