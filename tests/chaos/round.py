"""One round: a storm over a few clinics, then calm until all is at rest, then the count."""

import asyncio
import socket
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from signal import SIGTERM

from notifier.actions.poll_receipts import BATCH as POLLED_AT_ONCE
from notifier.clock import SystemClock
from tests.chaos.clinic import LAST_LATEST, LAST_SEND, draw_fates, write_clinic
from tests.chaos.counting import Evidence, Tally, count, read_ledger
from tests.chaos.dials import Dial, DialledClock
from tests.chaos.hours import Hours
from tests.chaos.life import Birth
from tests.chaos.processes import Helper, a_nursery, helping
from tests.chaos.proxy import Proxy
from tests.chaos.storm import Site

CLINICS, PATIENTS = 4, 84  # with six texts for each patient, 2,016 messages
LONGEST = 150.0  # seconds of storm, on a machine too busy for as many kills as were asked for
_SPOILT = 0.2  # the share of requests that is
_BEAT = 0.05  # seconds
_LEAP = timedelta(minutes=5)
_MOST_LEAPS = 40
_MOST_RESTARTS = 40
_PATIENCE = 20.0  # seconds for one life to bring everything to rest


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round is to be like."""

    seed: int
    seconds: float  # of storm
    kills: int = 0  # at least
    flaw: str | None = None


@dataclass
class Heart:
    """Notes when this process was kept from running: what it then saw late was not late."""

    pauses: list[tuple[float, float]] = field(default_factory=list)

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            begin = time.monotonic()
            await asyncio.sleep(_BEAT)
            if time.monotonic() - begin > 3 * _BEAT:
                self.pauses.append((begin, time.monotonic()))


async def run_round(plan: Plan, home: Path) -> Tally:
    """Return the numbers of one round, whose files are kept in `home`."""
    random = Random(plan.seed)
    begin = SystemClock().now()
    clinics = []
    for number in range(CLINICS):
        folder = home / f"clinic-{number}"
        folder.mkdir(parents=True)
        clinics.append(write_clinic(folder, number, PATIENTS, begin, random))
    hours = Hours(home, [clinic.home for clinic in clinics])
    async with AsyncExitStack() as stack:
        log = home / "log"
        nursery, stand_in = await asyncio.gather(
            stack.enter_async_context(a_nursery(log)),
            stack.enter_async_context(helping("tests.chaos.stand_in", log)),
        )
        fates = [draw_fates(clinic, random) for clinic in clinics]
        stand_in.tell(dial=str(hours.true.path), seed=plan.seed, clinics=[asdict(each) for each in fates])
        urls = (await stand_in.hear())["urls"]
        sites = []
        for number, (clinic, fate, url) in enumerate(zip(clinics, fates, urls, strict=True)):
            proxy = Proxy(url, Random(f"{plan.seed} proxy {number}"))
            await proxy.listen()
            stack.push_async_callback(proxy.refuse)
            birth = Birth(str(clinic.home), proxy.url, _free_port(), has_service=number % 2 == 0, flaw=plan.flaw)
            sites.append(Site(clinic, fate, birth, proxy, nursery, Random(f"{plan.seed} site {number}")))
        heart = Heart()
        beating = asyncio.create_task(heart.beat())
        stack.callback(beating.cancel)
        await _storm(plan, sites, hours, begin)
        print(
            "storm over",
            time.monotonic() - T,
            [s.done["kill -9"] for s in sites],
            len(heart.pauses),
            sum(b - a for a, b in heart.pauses),
            [_is_states(s) for s in sites],
            flush=True,
        )
        stand_in.tell(calm=True)
        await _calm(sites, hours, begin)
        print("calm over", time.monotonic() - T, [_is_states(s) for s in sites], flush=True)
        return await _count(sites, stand_in, hours, heart)


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def _storm(plan: Plan, sites: Sequence[Site], hours: Hours, begin: datetime) -> None:
    """Have each clinic plan in peace, and then let loose everything at once."""
    await asyncio.gather(*(_live_until(site, _is_planned) for site in sites))
    start = time.monotonic()

    def progress() -> float:
        elapsed = time.monotonic() - start
        kills = sum(site.done["kill -9"] for site in sites)
        done = min(elapsed / plan.seconds, kills / plan.kills if plan.kills else 1)
        return 1 if elapsed > plan.seconds + LONGEST else done

    hurrying = asyncio.create_task(hours.hurry(begin + LAST_SEND, progress))
    tasks = [hurrying]
    for number, site in enumerate(sites):
        site.proxy.chance = _SPOILT
        tasks.append(asyncio.create_task(site.storm()))
        tasks.append(asyncio.create_task(hours.confuse(number, site.random)))
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()  # raises a mistake of the harness's own
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for number, site in enumerate(sites):
            site.proxy.chance = 0
            hours.set_wrong(number, 0)


async def _calm(sites: Sequence[Site], hours: Hours, begin: datetime) -> None:
    """Let the daemons do what is left: first what waits for another try, then, past every L, what waits for receipts."""
    for _ in range(_MOST_LEAPS):
        await asyncio.gather(*(_live_until(site, _is_settled) for site in sites))
        if hours.now() > begin + LAST_SEND and all(_is_sent(site) for site in sites):
            break
        hours.leap(_LEAP)
    hours.leap(begin + LAST_LATEST + timedelta(hours=2) - hours.now())
    for _ in range(_MOST_RESTARTS):
        open_sites = [site for site in sites if not _is_final(site)]
        if not open_sites:
            break
        await asyncio.gather(*(_live_until(site, _has_asked(site)) for site in open_sites))
    await asyncio.gather(*(_live_until(site, _is_settled, least=1) for site in sites))


def _has_asked(site: Site) -> Callable[[Site], bool]:
    """Return the test that a daemon which begins now has asked the provider for receipts; it does so once a minute."""
    before = _count_in(site, "accepted", "sent")
    goal = max(0, before - POLLED_AT_ONCE)
    return lambda site: _is_settled(site) and _count_in(site, "accepted", "sent") <= goal


async def _live_until(site: Site, is_at_rest: Callable[[Site], bool], least: float = 0.3) -> None:
    """Have a daemon run for `least` seconds and until all is at rest, and then tell it to stop."""
    life = site.nursery.begin(site.birth)
    end = time.monotonic() + _PATIENCE
    alive = await life.lives_on(least)
    while alive and time.monotonic() < end and not is_at_rest(site):
        alive = await life.lives_on(0.1)
    if not is_at_rest(site):
        print("NOT AT REST", site.clinic.home, _stuck(site), flush=True)
    life.signal(SIGTERM)
    await life.lives_on(_PATIENCE)
    await site.end(life)


def _ask(site: Site, query: str, *values: object) -> int:
    with closing(sqlite3.connect(site.clinic.ledger, timeout=20)) as ledger:
        found: int = ledger.execute(query, values).fetchone()[0]
        return found


def _count_in(site: Site, *states: str) -> int:
    marks = ", ".join("?" for _ in states)
    return _ask(site, f"SELECT count(*) FROM messages WHERE state IN ({marks})", *states)  # noqa: S608 - only marks


def _is_planned(site: Site) -> bool:
    try:
        return _count_in(site, "planned") == len(site.clinic.owed)
    except sqlite3.OperationalError:  # there are no tables yet
        return False


def _is_settled(site: Site) -> bool:
    """Say whether nothing is due, under way or in doubt."""
    clock = DialledClock(Dial(site.clinic.home / "dial"))
    due = _ask(site, "SELECT count(*) FROM messages WHERE state = 'planned' AND due_at <= ?", _micros(clock.now()))
    return due == 0 and _count_in(site, "claimed", "in-doubt") == 0


def _micros(instant: datetime) -> int:
    """Return an instant as the ledger stores it."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _stuck(site):
    clock = DialledClock(Dial(site.clinic.home / "dial"))
    n = _micros(clock.now())
    with closing(sqlite3.connect(site.clinic.ledger, timeout=20)) as ledger:
        return clock.now().isoformat(), ledger.execute("select key,state,attempts,(due_at-?)/1e6,(lease_until-?)/1e6,(select (last_attempt_at-?)/1e6 from phones where phone=\"to\"),\"to\" from messages where (state='planned' and due_at<=?) or state in ('claimed','in-doubt')",(n,n,n,n)).fetchall()[:6], ledger.execute("select switch,is_on,(at-?)/1e6 from switches order by id desc limit 1",(n,)).fetchall()
T = time.monotonic()


def _is_states(site):
    with closing(sqlite3.connect(site.clinic.ledger, timeout=20)) as ledger:
        return dict(ledger.execute("select state, count(*) from messages group by state"))


def _is_sent(site: Site) -> bool:
    return _count_in(site, "planned", "claimed", "in-doubt") == 0


def _is_final(site: Site) -> bool:
    return _count_in(site, "planned", "claimed", "in-doubt", "accepted", "sent") == 0


async def _count(sites: Sequence[Site], stand_in: Helper, hours: Hours, heart: Heart) -> Tally:
    stand_in.tell(record=True)
    told = await stand_in.hear()
    whole = Tally()
    whole.faults.update(told["faults"])
    whole.faults.update(hours.steps)
    for site, dial, taken in zip(sites, hours.dials, told["record"], strict=True):
        rows, calls = read_ledger(site.clinic)
        tally = count(Evidence(site.clinic, site.fates, dial, site.proxy.arrivals, taken, heart.pauses, rows, calls))
        tally.numbers["kills"] = site.done.pop("kill -9")
        tally.faults = site.proxy.faults + site.done
        tally.broken("surprises", site.surprises)
        whole.add(tally)
    return whole
