"""The daemon before it has begun."""

import asyncio
from datetime import timedelta
from pathlib import Path

from aiolimiter import AsyncLimiter

from notifier.actions.alert_staff import AlertPace
from notifier.actions.take_turn import Pace
from notifier.clock import SystemClock
from notifier.core.guard import UNGUARDED
from notifier.daemon.parts import Parts
from notifier.daemon.service import Daemon
from notifier.daemon.supervisor import Supervisor
from notifier.ledger.opening import open_ledger
from notifier.metrics import Metrics
from tests.fakes.fake_sender import FakeSender


def test_it_is_not_ready_before_its_plan_is_in_the_ledger(tmp_path: Path) -> None:
    async def why_not_ready() -> str | None:
        return Daemon(parts).why_not_ready()

    with open_ledger(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        parts = Parts(
            folder=tmp_path / "schedules",
            ledger=ledger,
            seat=None,
            sender=FakeSender(),
            clock=SystemClock(),
            pace=Pace(batch=10, min_gap=timedelta(seconds=30), lease=timedelta(minutes=2)),
            limiter=AsyncLimiter(10, 1),
            limits=UNGUARDED,
            settle_after=300,
            channels=None,
            alert_pace=AlertPace(),
            supervisor=Supervisor(),
            metrics=Metrics("0", {}),
            heartbeat=None,
            beat_every=60,
        )
        assert asyncio.run(why_not_ready()) == "the first plan is not in the ledger yet"
