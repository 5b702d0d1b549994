"""One soak: days pass in leaps, each with its changes, and now and then with faults, restarts, backups and purges."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from random import Random
from signal import SIGKILL, SIGTERM
from zoneinfo import ZoneInfo

import aiohttp

from notifier.actions.back_up_ledger import back_up_ledger
from notifier.actions.check_schedules import check_schedules
from notifier.actions.purge_patients import purge_patients
from notifier.actions.update_plan import update_plan
from notifier.core.guard import UNGUARDED
from notifier.gateway.sandbox import Sandbox
from notifier.gateway.sandbox_messages import SandboxMessage
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger, open_ledger
from tests.chaos.dials import Dial, DialledClock
from tests.chaos.life import ACCOUNT, TOKEN, Birth
from tests.chaos.proxy import Proxy
from tests.chaos.round import free_port
from tests.fakes.staff_webhook import running_staff_webhook
from tests.fakes.watcher import running_watcher
from tests.soak.bookings import DAY, Booking, Diary
from tests.soak.counting import MONTH
from tests.soak.keeper import Keeper
from tests.soak.life import BEAT
from tests.soak.measuring import Sample, take_sample

_ZONE = ZoneInfo("America/Denver")
_MORNING = time_of_day(8, 30)  # when the files change
_SPOILT = 0.1  # the share of requests that is, on a day with faults
_BACKUPS = 3
LIFE = 40  # days until the daemon is ended, by turns with SIGKILL and SIGTERM
_PURGES, _BETWEEN_PURGES = 10, 0.5  # tries, and seconds
_KEEP = timedelta(days=20)  # after all is over, until a patient is purged
# Of the days from the beginning, one in so many is such a day.
_FAULTS, _RELOAD, _STOP, _CARE = 6, 7, 9, 10


@dataclass(frozen=True, slots=True)
class Plan:
    """What a soak is to be like."""

    seed: int
    seconds: float
    life: int = LIFE
    is_leaky: bool = False  # the daemon is broken on purpose


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a soak has shown."""

    begin: datetime
    end: datetime
    samples: tuple[Sample, ...]
    taken: tuple[SandboxMessage, ...]  # by the provider
    gone: tuple[Booking, ...]  # those of whom all is over
    ledger: Path
    did: Counter[str]  # how often
    surprises: tuple[str, ...]


class Soak:
    """A clinic, its daemon and its provider."""

    def __init__(self, plan: Plan, home: Path, keeper: Keeper, sandbox: Sandbox, proxy: Proxy) -> None:
        self.did = Counter[str]()
        self._plan, self._home = plan, home
        self._keeper, self._sandbox, self._proxy = keeper, sandbox, proxy
        self._dial = Dial(home / "dial")
        self._clock = keeper.clock
        self._begin = self._clock.now()
        self._samples: list[Sample] = []
        self._diary = Diary(home / "schedules", Random(plan.seed))
        self._random = Random(f"{plan.seed} soak")
        self._stopped: Booking | None = None  # whose patient has written STOP

    async def run(self) -> Outcome:
        """Have days pass until the time is over."""
        self._leap(self._morning())
        self._begin = self._clock.now()
        self._diary.begin(self._today())
        (self._home / "backups").mkdir()
        await asyncio.to_thread(self._accept_first_plan)
        await self._keeper.begin()
        end, day = time.monotonic() + self._plan.seconds, 0
        while time.monotonic() < end:
            day += 1
            await self._pass_day(day)
        await self._rest("the end")
        return Outcome(
            self._begin,
            self._clock.now(),
            tuple(self._samples),
            self._sandbox.messages,
            tuple(self._diary.gone),
            self._keeper.ledger,
            self.did | Counter(days=day, requests=self._proxy.requests, spoilt=sum(self._proxy.faults.values())),
            tuple(self._keeper.surprises),
        )

    def _accept_first_plan(self) -> None:
        """Do what a person does before the first start: the guard lets no late texts of a first plan go by itself."""
        with open_ledger(self._keeper.url) as ledger:
            update_plan(check_schedules(self._diary.folder, self._clock.now()), ledger, UNGUARDED)

    async def _pass_day(self, day: int) -> None:
        self._proxy.chance = 0 if day % _FAULTS else _SPOILT
        new = self._diary.pass_day(self._today())
        if day % _RELOAD == 0:
            self._keeper.reload()
            self.did["reloads"] += 1
        known = "SELECT count(*) FROM messages WHERE patient = ?"
        await self._keeper.until(lambda: self._keeper.ask(known, new), f"the texts of {new}")
        await self._reply(day)
        evening, is_to_end = self._morning(), day % self._plan.life == 0
        while (due := self._keeper.next_due()) is not None and due < evening:
            self._leap(due)
            if is_to_end:
                is_to_end = False
                await self._begin_anew(day)
            await self._rest(f"what was due on {due:%Y-%m-%d %H:%M}")
        self._leap(evening)
        if day % _CARE == 0:
            await asyncio.to_thread(self._care)

    async def _begin_anew(self, day: int) -> None:
        """End the daemon amid its work, and start another."""
        await asyncio.sleep(self._random.uniform(0, 2 * BEAT))
        how = (SIGTERM, SIGKILL)[day // self._plan.life % 2]
        self.did["killed" if how is SIGKILL else "stopped"] += 1
        await self._keeper.end(how)
        await self._keeper.begin()

    async def _reply(self, day: int) -> None:
        """Have a patient write STOP, and START on another day."""
        if self._stopped is not None:
            await self._write(self._stopped, "START")
            self._stopped = None
        elif day % _STOP == 0:
            self._stopped = self._random.choice(self._diary.ahead(self._today()))
            self._diary.disturb(self._stopped.number)
            await self._write(self._stopped, "STOP")

    async def _write(self, booking: Booking, words: str) -> None:
        self.did["replies"] += 1
        try:
            await self._sandbox.reply(booking.phone, words)
        except aiohttp.ClientError as error:
            self._keeper.surprises.append(f"{words} was not taken: {type(error).__name__}")

    def _care(self) -> None:
        """Do what timers do beside the service: back the ledger up, and purge those of whom all is over."""
        back_up_ledger(self._keeper.url, self._home / "backups", self._clock.now(), keep=_BACKUPS)
        with open_ledger(self._keeper.url) as ledger:
            self.did["purged"] += self._purge(ledger)
        self.did["backups"] += 1

    def _purge(self, ledger: Ledger) -> int:
        """Return of how many patients nothing is kept any more; where the service reads, try again, as a timer does."""
        purged = 0
        for _ in range(_PURGES):
            try:
                purged += len(purge_patients(ledger, _KEEP, self._clock.now()).patients)
            except LedgerError:
                time.sleep(_BETWEEN_PURGES)
            else:
                break
        return purged

    async def _rest(self, what: str) -> None:
        await self._keeper.until(self._keeper.is_at_rest, what)
        messages = self._keeper.ask("SELECT count(*) FROM messages") or 0
        month = (self._clock.now() - self._begin) // MONTH
        pid, ledger, life = self._keeper.pid, self._keeper.ledger, self._keeper.lives
        self._samples.append(take_sample(pid, ledger, month=month, life=life, messages=messages))

    def _today(self) -> date:
        return self._clock.now().astimezone(_ZONE).date()

    def _morning(self) -> datetime:
        """Return the next instant at which the files change."""
        return datetime.combine(self._today() + DAY, _MORNING, _ZONE)

    def _leap(self, to: datetime) -> None:
        """Have the time until then pass at once."""
        ahead = (to - self._clock.now()).total_seconds()
        self._dial.turn(self._dial.seconds + max(0, ahead))


async def run_soak(plan: Plan, home: Path) -> Outcome:
    """Return what one soak has shown, whose files are kept in `home`."""
    random = Random(plan.seed)
    hooks, health, provider = (free_port(random) for _ in range(3))
    clock = DialledClock(Dial(home / "dial"))
    sandbox = Sandbox(account_sid=ACCOUNT, auth_token=TOKEN, clock=clock.now, keep=1_000_000)
    sandbox.inbound_url = f"http://127.0.0.1:{hooks}/twilio/inbound"
    proxy = Proxy(provider, random)
    birth = Birth(str(home), f"http://127.0.0.1:{provider}", hooks, hooks, health, has_service=True)
    async with AsyncExitStack() as stack:
        staff = stack.enter_context(running_staff_webhook())
        watcher, heard = stack.enter_context(running_watcher())
        await sandbox.start()
        stack.push_async_callback(sandbox.stop)
        await proxy.listen(sandbox.base_url)
        stack.push_async_callback(proxy.refuse)
        settings = {"alerts": {"channels": [staff.url], "at_most_every": 0}, "heartbeat": {"url": watcher, "every": 5}}
        keeper = Keeper(birth, settings, plan.is_leaky, clock)
        soak = Soak(plan, home, keeper, sandbox, proxy)
        try:
            outcome = await soak.run()
        finally:
            await keeper.end(SIGTERM)
        told = Counter({"messages to the staff": len(staff.messages), "heartbeats": len(heard)})
        return replace(outcome, did=outcome.did | told, surprises=tuple(keeper.surprises))
