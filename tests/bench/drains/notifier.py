"""notifier: its dispatch as the service has it, with ledger, ticks, log and metrics, without planner and web.

It goes on until it is told to stop, and after a kill it settles what was left in doubt, like the service.
"""

import asyncio
import gc
import os
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from notifier.actions.send_due import Dispatcher
from notifier.actions.settle_doubt import DoubtSettler
from notifier.actions.take_turn import Dispatch
from notifier.cli.main import GARBAGE_LOOKED_FOR_AFTER
from notifier.clock import SystemClock
from notifier.core.delivery import Change, ChangeKind
from notifier.daemon import telling
from notifier.daemon.ticks import LONGEST, Ticks
from notifier.gateway.timed_sender import TimedSender
from notifier.ledger.opening import Ledger, open_ledger
from notifier.ledger.worker import LedgerWorker
from notifier.logs import configure_logs
from notifier.metrics import Metrics
from notifier.sections import Dispatch as Pacing
from notifier.sections import Twilio
from notifier.settings import Settings
from notifier.wiring.dispatch import limiter_of, pace_of
from notifier.wiring.provider import sender_of
from tests.bench.texts import ACCOUNT, SERVICE, TOKEN, texts
from tests.builders import a_record

NO_LIMIT = "10000"  # texts a second
SETTLE_AFTER = 2.0  # seconds; 300 by default, since Twilio's list lags behind, and the stand-in's does not


def ledger_in(home: str | Path) -> Ledger:
    return open_ledger(f"sqlite:///{home}/ledger.db")


def record(home: str | Path, dues: Iterable[tuple[datetime, datetime]]) -> None:
    """Record a text for each pair of when it is due and its L, in the order of their phones."""
    pairs = [*dues]
    changes = [
        Change(
            ChangeKind.NEW,
            None,
            a_record(patient=f"P-{number}", to=to, body=words, place=due, earliest=due, latest=latest),
        )
        for number, ((due, latest), (to, words)) in enumerate(zip(pairs, texts(len(pairs)), strict=True))
    ]
    with ledger_in(home) as ledger, ledger.writing() as book:
        book.apply(changes, SystemClock().now(), "files")


def fill(number: int) -> None:
    now = SystemClock().now()
    record(os.environ["BENCH_HOME"], [(now, now + timedelta(hours=4))] * number)


def settings() -> Settings:
    environment = os.environ
    return Settings(
        transport="twilio",
        twilio=Twilio(
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            messaging_service_sid=SERVICE,
            api_base_url=environment["BENCH_URL"],
        ),
        dispatch=Pacing(
            concurrency=int(environment["BENCH_CONCURRENCY"]),
            rate=float(environment.get("BENCH_RATE", NO_LIMIT)),
            min_gap=0,
        ),
    )


async def work() -> None:
    clock, metrics, chosen, ticks = SystemClock(), Metrics("bench", {}), settings(), Ticks()

    def tell(dispatch: Dispatch) -> None:
        metrics.count_dispatch(dispatch)
        telling.log_dispatch(dispatch)

    with ledger_in(os.environ["BENCH_HOME"]) as ledger:
        async with sender_of(chosen, clock) as sender:
            worker, timed = LedgerWorker(ledger), TimedSender(sender, clock.elapsed, metrics.time_request)
            await worker(lambda ledger: doubt_what_was_left(ledger, clock))
            dispatcher = Dispatcher(worker, timed, clock, pace_of(chosen), limiter=limiter_of(chosen), tell=tell)
            settler = DoubtSettler(worker, timed, clock, SETTLE_AFTER)

            async def dispatch() -> float:
                due = await dispatcher.send_due()
                return LONGEST if due is None else (due - clock.now()).total_seconds()

            async def settle() -> float:
                settled = await settler.settle()
                if settled.not_taken:
                    ticks.bring_forward("dispatch")
                look = settler.next_look()
                return LONGEST if look is None else look

            gc.freeze()  # as the service does
            ticks.start({"dispatch": dispatch, "doubt": settle})
            await asyncio.Event().wait()


def doubt_what_was_left(ledger: Ledger, clock: SystemClock) -> None:
    with ledger.writing() as book:
        book.doubt_abandoned(clock.now(), by_the_dead=True)


if __name__ == "__main__":
    configure_logs("json", "info")
    gc.set_threshold(GARBAGE_LOOKED_FOR_AFTER)
    if sys.argv[1] == "work":
        asyncio.run(work())
    else:
        fill(int(sys.argv[2]))
