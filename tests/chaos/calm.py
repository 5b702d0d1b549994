"""After the storm: daemons run undisturbed, and are started again, until nothing is left that time would bring."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from signal import SIGTERM

from notifier.actions.poll_receipts import BATCH as ASKED_AT_ONCE
from tests.chaos.clinic import LAST_LATEST, LAST_SEND
from tests.chaos.dials import Dial, DialledClock
from tests.chaos.hours import Hours
from tests.chaos.storm import Site

_PATIENCE = 90.0  # seconds for one life to bring everything to rest, on a busy machine
_GLANCE = 0.1  # seconds
_LEAP = timedelta(minutes=5)
_MOST_LEAPS = 30
_OLDER = 0.4  # the provider is asked again for a receipt when the wait for it is older by a third
_MOST_ASKED = 8  # times; all of them within the 24 hours after which it is given up
_MOST_LIVES = 12

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = 60_000_000  # of the microseconds that the ledger counts in
_OPEN = "state IN ('planned', 'claimed', 'in-doubt')"
_BUSY = "(state = 'planned' AND due_at <= :now) OR state IN ('claimed', 'in-doubt')"
_UNASKED = (
    f"state IN ('accepted', 'sent') AND :now - looked_at >= {_MINUTE} AND 4 * (:now - looked_at) >= :now - sent_at"
)
_AWAITING = "state IN ('accepted', 'sent')"
_Test = Callable[[Site], bool]


async def become_calm(sites: Sequence[Site], hours: Hours, begin: datetime) -> None:
    """Let the daemons finish: what waits for another try, then what waits for receipts, then what waits for its L."""
    for _ in range(_MOST_LEAPS):
        await asyncio.gather(*(live_until(site, is_settled) for site in sites if not is_settled(site)))
        if hours.now() > begin + LAST_SEND and not any(_count(site, _OPEN) for site in sites):
            break
        hours.leap(_LEAP)
    for _ in range(_MOST_ASKED):
        if not any(_count(site, _AWAITING) for site in sites):
            break
        await asyncio.gather(*(_ask_for_receipts(site) for site in sites))
        hours.leap((hours.now() - begin) * _OLDER)
    hours.leap(max(timedelta(0), begin + LAST_LATEST + timedelta(hours=1) - hours.now()))
    await asyncio.gather(*(live_until(site, is_settled) for site in sites))


async def _ask_for_receipts(site: Site) -> None:
    """Begin lives until the provider was asked for every receipt that it may be asked for: each asks for some, once."""
    for _ in range(_MOST_LIVES):
        unasked = _count(site, _UNASKED)
        if not unasked:
            return
        goal = max(0, unasked - ASKED_AT_ONCE)
        await live_until(site, partial(_has_asked, goal))


def _has_asked(goal: int, site: Site) -> bool:
    return is_settled(site) and _count(site, _UNASKED) <= goal


async def live_until(site: Site, is_at_rest: _Test) -> None:
    """Have a daemon run until it has planned and all is at rest, and then tell it to stop."""
    life = site.nursery.begin(site.birth)
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and await life.lives_on(_GLANCE):
        if await site.is_ready() and is_at_rest(site):
            break
    life.signal(SIGTERM)
    await life.lives_on(_PATIENCE)
    await site.end(life, wanted=0)


def is_settled(site: Site) -> bool:
    """Say whether nothing is due, under way or in doubt."""
    return not _count(site, _BUSY)


def _count(site: Site, condition: str) -> int:
    """Return how many messages of a clinic's ledger are so."""
    now = DialledClock(Dial(site.clinic.home / "dial")).now()
    with closing(sqlite3.connect(site.clinic.ledger, timeout=_PATIENCE)) as ledger:
        query = f"SELECT count(*) FROM messages WHERE {condition}"  # noqa: S608 - one of the conditions above
        found: int = ledger.execute(query, {"now": (now - _EPOCH) // timedelta(microseconds=1)}).fetchone()[0]
        return found
