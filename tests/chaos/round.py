"""One round: a storm over a few clinics, then calm until all is at rest, then the count."""

import asyncio
import socket
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from notifier.clock import SystemClock
from tests.chaos.calm import become_calm, is_settled, live_until
from tests.chaos.clinic import LAST_SEND, Clinic, draw_fates, write_clinic
from tests.chaos.counting import Evidence, Tally, count, read_ledger
from tests.chaos.hours import Hours
from tests.chaos.life import Birth
from tests.chaos.processes import Helper, Nursery, a_nursery, helping
from tests.chaos.proxy import Proxy
from tests.chaos.storm import Site

LONGEST = 150.0  # seconds more of storm, on a machine too busy for as many kills as were asked for
_SPOILT = 0.2  # the share of requests that is
_BEAT = 0.05  # seconds


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round is to be like."""

    seed: int
    seconds: float  # of storm
    kills: int  # at least
    clinics: int = 4
    patients: int = 84  # of each clinic, with six texts each: 2,016 messages
    flaw: str | None = None  # how the daemon is broken on purpose


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
    random, begin, heart = Random(plan.seed), SystemClock().now(), Heart()
    async with AsyncExitStack() as stack:
        stand_in = await stack.enter_async_context(helping("tests.chaos.stand_in", home / "log"))
        nursery = await stack.enter_async_context(a_nursery(home / "log"))
        beating = asyncio.create_task(heart.beat())
        stack.callback(beating.cancel)
        clinics = [
            write_clinic(home / f"clinic-{number}", number, plan.patients, begin, random)
            for number in range(plan.clinics)
        ]
        hours = Hours(home, [clinic.home for clinic in clinics])
        sites = [_site(plan, number, clinic, nursery) for number, clinic in enumerate(clinics)]
        fates = [asdict(site.fates) for site in sites]
        stand_in.tell(dial=str(hours.true.path), seed=plan.seed, clinics=fates)
        for site, url in zip(sites, (await stand_in.hear())["urls"], strict=True):
            stack.push_async_callback(site.proxy.refuse)
            await site.proxy.listen(url)
        await asyncio.gather(*(live_until(site, is_settled) for site in sites))
        await _storm(plan, sites, hours, begin)
        stand_in.tell(calm=True)
        await become_calm(sites, hours, begin)
        return await _count(sites, stand_in, hours, heart)


def _site(plan: Plan, number: int, clinic: Clinic, nursery: Nursery) -> Site:
    """Return a clinic with all that it needs; the first one's callbacks reach nobody, and it has to ask."""
    random = Random(f"{plan.seed} site {number}")
    hooks, elsewhere, health, provider = (free_port(random) for _ in range(4))
    birth = Birth(
        home=str(clinic.home),
        provider=f"http://127.0.0.1:{provider}",
        hooks=hooks,
        public=hooks if number else elsewhere,
        health=health,
        has_service=number % 2 == 0,
        flaw=plan.flaw,
    )
    proxy = Proxy(provider, Random(f"{plan.seed} proxy {number}"))
    return Site(clinic, draw_fates(clinic, random), birth, proxy, nursery, random)


def free_port(random: Random) -> int:
    """Return a port that stays free while no daemon runs: the system gives such low ones to nobody's connections."""
    while True:
        port = random.randint(20_000, 32_000)
        with closing(socket.socket()) as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port


async def _storm(plan: Plan, sites: Sequence[Site], hours: Hours, begin: datetime) -> None:
    """Let loose everything at once, until there were enough kills and the time is over."""
    start = time.monotonic()

    def progress() -> float:
        elapsed, kills = time.monotonic() - start, sum(site.kills for site in sites)
        done = min(elapsed / plan.seconds, kills / plan.kills)
        return 1 if elapsed > plan.seconds + LONGEST else done

    tasks = [asyncio.create_task(hours.hurry(begin + LAST_SEND, progress))]
    for number, site in enumerate(sites):
        site.proxy.chance = _SPOILT
        tasks.append(asyncio.create_task(site.storm()))
        tasks.append(asyncio.create_task(hours.confuse(number, site.random)))
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()  # raises what went wrong in the harness itself
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for number, site in enumerate(sites):
            site.proxy.chance = 0
            hours.set_wrong(number, 0)


async def _count(sites: Sequence[Site], stand_in: Helper, hours: Hours, heart: Heart) -> Tally:
    stand_in.tell(record=True)
    told = await stand_in.hear()
    whole = Tally()
    whole.faults.update(told["faults"])
    whole.faults.update(hours.steps)
    for site, dial, taken in zip(sites, hours.dials, told["record"], strict=True):
        rows, calls = read_ledger(site.clinic)
        tally = count(Evidence(site.clinic, site.fates, dial, site.proxy.arrivals, taken, heart.pauses, rows, calls))
        tally.numbers["kills"] = site.kills
        tally.faults = site.proxy.faults + site.done
        tally.broken("surprises", site.surprises)
        whole.add(tally)
    return whole
