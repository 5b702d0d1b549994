"""The daemon of a soak, one process after the other, and what can be seen of its ledger meanwhile."""

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.chaos.dials import DialledClock
from tests.chaos.life import Birth
from tests.chaos.processes import ROOT, environment
from tests.chaos.storm import is_ready

PATIENCE = 60.0  # seconds for anything, on a busy machine
_GLANCE = 0.02  # seconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)  # the ledger counts in them
_BUSY = """SELECT EXISTS (
    SELECT 1 FROM messages WHERE (state = 'planned' AND due_at <= ?) OR state IN ('claimed', 'in-doubt')
)"""
_NEXT_DUE = "SELECT min(due_at) FROM messages WHERE state = 'planned'"


@dataclass
class Keeper:
    """Starts daemons and ends them; what none of that explains is a surprise."""

    birth: Birth
    settings: Mapping[str, object]  # sections beside those that every life has
    is_leaky: bool
    clock: DialledClock
    lives: int = 0
    surprises: list[str] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return Path(self.birth.home) / "ledger.db"

    @property
    def url(self) -> str:
        """The ledger's address."""
        return f"sqlite:///{self.ledger}"

    @property
    def log(self) -> Path:
        """What all lives have said."""
        return Path(self.birth.home) / "log"

    @property
    def pid(self) -> int:
        """The process at work."""
        assert self._process is not None
        return self._process.pid

    async def begin(self) -> None:
        """Start a daemon, and wait until it has planned."""
        self._process = process = self._start()
        self.lives += 1
        end = time.monotonic() + PATIENCE
        while not await is_ready(self.birth.health):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"a daemon did not become ready: {self.log.read_text('utf-8')[-1000:]}")
            await asyncio.sleep(_GLANCE)

    def _start(self) -> subprocess.Popen[bytes]:
        given = {"birth": self.birth.json, "settings": self.settings, "is_leaky": self.is_leaky}
        command = (sys.executable, "-m", "tests.soak.life", json.dumps(given))
        with self.log.open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=log, stderr=log)

    def reload(self) -> None:
        """Have it read the files anew, as `systemctl reload` does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    async def end(self, signum: signal.Signals) -> None:
        """End the daemon that is at work, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signum)
        try:
            status = await asyncio.to_thread(process.wait, PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        if status != (-signal.SIGKILL if signum is signal.SIGKILL else 0):
            self.surprises.append(f"a daemon that got {signum.name} ended with {status}")

    async def until(self, is_so: Callable[[], object], what: str) -> None:
        """Wait; a surprise where it does not come, or the daemon ends."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            if self._process is None or self._process.poll() is not None or time.monotonic() > end:
                self.surprises.append(f"waited in vain for {what} on {self.clock.now():%Y-%m-%d %H:%M}")
                return
            await asyncio.sleep(_GLANCE)

    def is_at_rest(self) -> bool:
        """Say whether nothing is due, under way or in doubt."""
        return not self.ask(_BUSY, as_number(self.clock.now()))

    def next_due(self) -> datetime | None:
        """Return when the next text is due."""
        found = self.ask(_NEXT_DUE)
        return None if found is None else _EPOCH + found * _MICROSECOND

    def ask(self, query: str, *values: object) -> int | None:
        """Return the one number that a query of the ledger gives."""
        with closing(sqlite3.connect(self.ledger, timeout=PATIENCE)) as ledger:
            found: int | None = ledger.execute(query, values).fetchone()[0]
            return found


def as_number(instant: datetime) -> int:
    """Return an instant as the ledger keeps it."""
    return (instant - _EPOCH) // _MICROSECOND
