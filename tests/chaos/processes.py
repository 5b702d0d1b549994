"""The harness's side of its two helpers: the nursery of daemons and the stand-in for Twilio."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from signal import SIGKILL, Signals
from typing import Any

from tests.chaos.life import Birth

ROOT = Path(__file__).parents[2]
_LARGEST_LINE = 2**26  # bytes: the record of a whole run is one line
_PATIENCE = 60.0  # seconds for a helper to say its first word, on a busy machine


class Helper:
    """A process that speaks in lines of JSON."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def tell(self, **order: object) -> None:
        """Send an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def hear(self) -> Mapping[str, Any]:
        """Return the next news; raises EOFError where there will be none."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise EOFError("a helper of the harness has ended")
        news: Mapping[str, Any] = json.loads(line)
        return news


@asynccontextmanager
async def helping(module: str, log: Path) -> AsyncIterator[Helper]:
    """Run a helper while the block runs; what it and its children print goes to `log`.

    In a session of its own, so that Ctrl-C reaches the harness alone, which then ends it. It prints into a
    pipe: a disk that is full for a daemon must not keep it from saying so.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        cwd=ROOT,
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LARGEST_LINE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    logging = asyncio.create_task(_log(process.stderr, log))
    try:
        yield Helper(process)
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(asyncio.gather(process.wait(), logging), _PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _log(said: asyncio.StreamReader, log: Path) -> None:
    with log.open("ab", buffering=0) as file:
        while part := await said.read(2**16):
            file.write(part)


def environment() -> dict[str, str]:
    """Return this process's environment without settings of notifier's, and without coverage, which is slow."""
    foreign = ("NOTIFIER_", "COVERAGE_", "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


class Life:
    """One life of a daemon."""

    def __init__(self, number: int, nursery: Helper) -> None:
        self._number = number
        self._nursery = nursery
        self._status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def signal(self, signum: Signals) -> None:
        """Signal it; nothing happens where it has ended."""
        self._nursery.tell(number=self._number, signal=signum)

    def limit_files(self, size: int) -> None:
        """Have the disk be full for it beyond `size` bytes of a file; -1 is no limit."""
        self._nursery.tell(number=self._number, file_limit=size)

    async def ended(self) -> int:
        """Wait until it has ended; return its exit code, or the negative number of the signal."""
        return await asyncio.shield(self._status)

    async def lives_on(self, seconds: float) -> bool:
        """Wait; return whether it still lives then."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ended(), seconds)
        return not self._status.done()

    def bury(self, status: int) -> None:
        """Note that it has ended."""
        self._status.set_result(status)


class Nursery:
    """Begins lives."""

    def __init__(self, helper: Helper) -> None:
        self._helper = helper
        self._lives: dict[int, Life] = {}
        self._count = 0

    def begin(self, birth: Birth) -> Life:
        """Begin a life."""
        self._count += 1
        life = self._lives[self._count] = Life(self._count, self._helper)
        self._helper.tell(number=self._count, birth=birth.json)
        return life

    async def listen(self) -> None:
        """Hear of the ends of lives, until cancelled; where the nursery itself ends, so have they all."""
        try:
            while True:
                news = await self._helper.hear()
                if "status" in news:
                    self._lives.pop(news["number"]).bury(news["status"])
        finally:
            for life in self._lives.values():
                life.bury(-SIGKILL)


@asynccontextmanager
async def a_nursery(log: Path) -> AsyncIterator[Nursery]:
    """Run a nursery while the block runs; at its end all lives end."""
    async with helping("tests.chaos.nursery", log) as helper:
        await asyncio.wait_for(helper.hear(), _PATIENCE)
        nursery = Nursery(helper)
        listening = asyncio.create_task(nursery.listen())
        try:
            yield nursery
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening  # raises EOFError where the nursery has ended too soon
