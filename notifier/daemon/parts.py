"""What a daemon works with, as the wiring has built it."""

from dataclasses import dataclass
from pathlib import Path

from notifier.actions.alert_staff import AlertPace
from notifier.actions.keep_pace import Limiter
from notifier.actions.take_turn import Pace
from notifier.channels import Channels
from notifier.clock import Clock
from notifier.core.guard import Limits
from notifier.daemon.supervisor import Supervisor
from notifier.gateway.sender import Sender
from notifier.heartbeat import Heartbeat
from notifier.ledger.opening import Ledger
from notifier.ledger.seat import Seat
from notifier.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Parts:
    """What a daemon works with."""

    folder: Path  # of the schedule files
    ledger: Ledger
    seat: Seat | None  # of whoever plans; None where no other host can be at the ledger
    sender: Sender
    clock: Clock
    pace: Pace
    limiter: Limiter
    limits: Limits
    settle_after: float  # seconds until the provider's "not here" is believed
    channels: Channels | None  # where the staff are told of what needs a person
    alert_pace: AlertPace
    supervisor: Supervisor  # is told when it is ready, how it stands, and that it works
    metrics: Metrics
    heartbeat: Heartbeat | None  # who is told that all is well
    beat_every: float  # seconds
