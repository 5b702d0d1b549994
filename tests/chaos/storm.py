"""Who does what to a clinic's daemons, when: one life after the other, each with its own misfortune."""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM

from tests.chaos.clinic import Clinic, Fates
from tests.chaos.life import LEASE, REFUSED, SETTLE_AFTER, Birth
from tests.chaos.processes import Life, Nursery
from tests.chaos.proxy import Proxy

_IDLE = 2.5  # seconds; a daemon that has not asked for anything by then has nothing to ask for
_GLANCE = 0.02  # seconds
NOWHERE = "http://no-such-host.invalid"


@dataclass
class Site:
    """One clinic in the storm: its daemons, its proxy and what has been done to them."""

    clinic: Clinic
    fates: Fates
    birth: Birth
    proxy: Proxy
    nursery: Nursery
    random: Random
    kills: int = 0
    done: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)  # what no fault explains

    async def storm(self) -> None:
        """Begin lives and end them, until cancelled; then what still lives is killed."""
        misfortunes = [*MISFORTUNES]
        weights = [MISFORTUNES[each][0] for each in misfortunes]
        while True:
            kind = self.random.choices(misfortunes, weights)[0]
            self.done[kind] += 1
            birth = replace(self.birth, provider=NOWHERE) if kind == _NO_NAME else self.birth
            life = self.nursery.begin(birth)
            try:
                await MISFORTUNES[kind][1](self, life)
            finally:
                await self.end(life, REFUSED if kind in _MAY_BE_REFUSED else -SIGTERM)

    async def end(self, life: Life, wanted: int = -SIGTERM) -> None:
        """End a life that should have ended by itself with `wanted` if at all; else it is a surprise.

        By default one that was told to stop before it could listen to that.
        """
        life.signal(SIGKILL)
        status = await life.ended()
        if status == -SIGKILL:
            self.kills += 1
        elif status not in (0, wanted):
            self.surprises.append(f"a daemon ended with {status}")

    async def is_ready(self) -> bool:
        """Return whether the daemon says that it has planned."""
        return await is_ready(self.birth.health)

    async def at_work(self, life: Life, requests: int = 1) -> None:
        """Wait until so many requests have come from the clinic, there are none to come, or the life has ended."""
        goal, end = self.proxy.requests + requests, time.monotonic() + _IDLE
        while self.proxy.requests < goal and time.monotonic() < end and await life.lives_on(_GLANCE):
            pass

    def some(self, least: float, most: float) -> float:
        """Return some seconds."""
        return self.random.uniform(least, most)


async def is_ready(port: int) -> bool:
    """Return whether the daemon with that port of its health page says that it has planned."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b" 200 " in await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()


async def _live_shortly(site: Site, life: Life) -> None:
    await life.lives_on(site.some(0.02, 0.8))


async def _live_for_some_requests(site: Site, life: Life) -> None:
    """Live until requests are under way, and a moment longer."""
    await site.at_work(life, site.random.randint(1, 24))
    await life.lives_on(site.some(0, 0.3))


async def _live_long(site: Site, life: Life) -> None:
    """Live long enough to be sure of what is in doubt."""
    await life.lives_on(SETTLE_AFTER + site.some(1, 2.5))


async def _terminate(site: Site, life: Life) -> None:
    """Tell it to stop, as systemd does."""
    await site.at_work(life, 3)
    life.signal(SIGTERM)
    await life.lives_on(10)


async def _stop_for_longer_than_lease(site: Site, life: Life) -> None:
    await site.at_work(life, 3)
    life.signal(SIGSTOP)
    await life.lives_on(LEASE + site.some(0.2, 1))
    life.signal(SIGCONT)
    await life.lives_on(site.some(0.1, 1.5))


async def _fill_disk(site: Site, life: Life) -> None:
    await site.at_work(life, site.random.randint(0, 3))
    log = site.clinic.ledger.with_name("ledger.db-wal")
    life.limit_files(site.random.choice([0, log.stat().st_size if log.exists() else 0]))
    await life.lives_on(site.some(0.2, 1))
    life.limit_files(-1)
    await life.lives_on(site.some(0.1, 1.5))


async def _lock_database(site: Site, life: Life) -> None:
    """Have somebody else write to the ledger for a while."""
    await site.at_work(life, site.random.randint(0, 3))
    with closing(sqlite3.connect(site.clinic.ledger, isolation_level=None, timeout=0)) as other:
        while await life.lives_on(_GLANCE) and not other.in_transaction:
            with suppress(sqlite3.OperationalError):  # the daemon is writing just now
                other.execute("BEGIN IMMEDIATE")
        await life.lives_on(site.some(0.2, 1.5))
    await life.lives_on(site.some(0.1, 1))


async def _live_without_provider(site: Site, life: Life) -> None:
    """Live where the provider's name leads nowhere."""
    await life.lives_on(site.some(0.8, 3))


async def _refuse_connections(site: Site, life: Life) -> None:
    await site.at_work(life, site.random.randint(0, 3))
    await site.proxy.refuse()
    try:
        await life.lives_on(site.some(0.2, 1))
    finally:
        await site.proxy.listen()
    await life.lives_on(site.some(0.1, 0.8))


async def _refuse_settings(site: Site, life: Life) -> None:
    await site.at_work(life, site.random.randint(0, 3))
    site.proxy.is_misconfigured = True
    try:
        await life.lives_on(site.some(0.3, 1.5))
    finally:
        site.proxy.is_misconfigured = False
    await life.lives_on(site.some(0, 1))


async def _spoil_files(site: Site, life: Life) -> None:
    """Have somebody save the patients' file with a mistake in it, and mend it: nobody may miss a text by that."""
    file = site.clinic.schedules / "patients" / "all.yaml"
    whole = file.read_bytes()
    _save(site, file, whole + b"] oops: [\n")
    try:
        await site.at_work(life, site.random.randint(0, 3))
        await life.lives_on(site.some(0.2, 2))
    finally:
        _save(site, file, whole)
    await life.lives_on(site.some(0, 1))


def _save(site: Site, file: Path, content: bytes) -> None:
    """Save as good editors do, at one instant."""
    draft = site.clinic.home / "draft"
    draft.write_bytes(content)
    draft.replace(file)


async def _begin_second(site: Site, life: Life) -> None:
    """Start a second daemon by mistake: it is not let in while the first is there."""
    await site.at_work(life)
    second = site.nursery.begin(replace(site.birth, hooks=0, health=0))
    try:
        if await second.lives_on(_IDLE) and await site.is_ready():
            site.surprises.append("a second daemon was let in")
    finally:
        await site.end(second, REFUSED)


async def _begin_second_without_lock(site: Site, life: Life) -> None:
    """Start a second daemon after somebody has removed the lock's file: both work."""
    await site.at_work(life)
    site.clinic.ledger.with_name("ledger.db.lock").unlink(missing_ok=True)
    second = site.nursery.begin(replace(site.birth, hooks=0, health=0))
    try:
        await second.lives_on(site.some(0.5, 2.5))
    finally:
        await site.end(second, REFUSED)  # where the first took the lock only after it was removed


_DISK_FULL = "disk full"
_SECOND, _SECOND_WITHOUT_LOCK = "second daemon", "second daemon, lock removed"
_MAY_BE_REFUSED = (_DISK_FULL, _SECOND, _SECOND_WITHOUT_LOCK)  # on a slow machine the second may be first
_NO_NAME = "provider's name not found"
MISFORTUNES: Mapping[str, tuple[int, Callable[[Site, Life], Awaitable[None]]]] = {  # weight, and what is done
    "killed young": (30, _live_shortly),
    "killed at work": (80, _live_for_some_requests),
    "killed old": (10, _live_long),
    "terminated": (5, _terminate),
    "stopped for longer than a lease": (4, _stop_for_longer_than_lease),
    _DISK_FULL: (6, _fill_disk),
    "database locked": (6, _lock_database),
    "connection refused": (6, _refuse_connections),
    "settings refused for a while": (5, _refuse_settings),
    "file with a mistake": (4, _spoil_files),
    _SECOND: (4, _begin_second),
    _SECOND_WITHOUT_LOCK: (4, _begin_second_without_lock),
    _NO_NAME: (4, _live_without_provider),
}
