"""`notifier run`: the service itself."""

import asyncio
import faulthandler
import gc
import os
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import click

from notifier.cli.options import Given, with_settings
from notifier.clock import Clock, SystemClock
from notifier.daemon.parts import Parts
from notifier.daemon.service import Daemon
from notifier.daemon.supervisor import Supervisor
from notifier.gateway.timed_sender import TimedSender
from notifier.ledger.upgrading import Upgrade
from notifier.logs import configure_logs, get_logger
from notifier.settings import Settings, SettingsError
from notifier.web.health import serving_health
from notifier.web.hooks import serving_hooks
from notifier.wiring.dispatch import common_pace, pace_of
from notifier.wiring.ledger import ledger_of_service
from notifier.wiring.planning import limits_of, seat_of
from notifier.wiring.provider import sender_of, signatures_of
from notifier.wiring.staff import alert_pace_of, channels_of
from notifier.wiring.watchers import heartbeat_of, metrics_of

_log = get_logger("notifier.run")


@click.command("run", epilog="Example: notifier run --config /etc/notifier/notifier.toml")
@with_settings
def command(given: Given) -> None:
    """Read the schedule files, then send each text when it is due, until SIGTERM or SIGINT.

    Nothing sends twice: one daemon holds a ledger, and a second one is refused. Only a ledger in PostgreSQL may
    have one on each of several hosts: all of them send, and one plans. Stopping finishes what is under way, within
    10 seconds. SIGHUP has the schedule files read anew at once; settings and credentials are read at the start only.
    """
    faulthandler.enable()  # a watchdog's SIGABRT leaves in the journal where every thread stood: lines, no values
    configure_logs(given.settings.log.format, given.settings.log.level)
    asyncio.run(serve(given.settings, given.schedules, SystemClock()))


def _tell_upgrade(upgrade: Upgrade) -> None:
    if upgrade.is_new:
        _log.warning("a new ledger was begun: there was none", schema=upgrade.after)
    elif upgrade.before != upgrade.after:
        backup = None if upgrade.backup is None else str(upgrade.backup)
        _log.info("ledger upgraded", before=upgrade.before, after=upgrade.after, backup=backup)


async def serve(settings: Settings, schedules: Path, clock: Clock) -> None:
    """Run the service until it is told to stop; raises SettingsError and LedgerError for what ops must mend.

    The settings come first: where they are not right, no ledger is begun or brought up.
    """
    signatures, channels = signatures_of(settings), channels_of(settings)
    async with AsyncExitStack() as stack:
        sender = await stack.enter_async_context(sender_of(settings, clock))
        ledger, upgrade = stack.enter_context(ledger_of_service(settings, clock.now()))
        _tell_upgrade(upgrade)
        metrics = metrics_of(settings)
        parts = Parts(
            folder=schedules,
            ledger=ledger,
            seat=seat_of(settings, ledger, clock),
            sender=TimedSender(sender, clock.elapsed, metrics.time_request),
            clock=clock,
            pace=pace_of(settings),
            limiter=stack.enter_context(common_pace(settings, ledger, clock)),
            limits=limits_of(settings),
            settle_after=settings.dispatch.settle_after,
            channels=channels,
            alert_pace=alert_pace_of(settings),
            supervisor=Supervisor.from_environment(os.environ),
            metrics=metrics,
            heartbeat=heartbeat_of(settings),
            beat_every=settings.heartbeat.every,
        )
        daemon = Daemon(parts)
        stack.callback(daemon.close)
        serving_ops = serving_health(
            settings.web.listen, daemon.why_not_ready, daemon.pulse.exposition, daemon.pulse.overview
        )
        health = await _listening(stack, settings.web.listen, "web.listen", serving_ops)
        hooks = None
        if signatures is not None:
            serving = serving_hooks(
                settings.hooks.listen, signatures, daemon.take_receipt, daemon.take_inbound, tell=metrics.count_hook
            )
            hooks = await _listening(stack, settings.hooks.listen, "hooks.listen", serving)
        told = len(channels) if channels else 0
        _log.info("started", health=health, hooks=hooks, transport=settings.transport, alert_channels=told)
        gc.freeze()  # what was imported and built is there to stay: looking for garbage in it would be in vain
        await daemon.run()


async def _listening(
    stack: AsyncExitStack, listen: str, setting: str, serving: AbstractAsyncContextManager[str]
) -> str:
    """Return the address served at until the stack unwinds."""
    try:
        return await stack.enter_async_context(serving)
    except OSError as error:
        raise SettingsError(f"{setting}: {listen} cannot be used: {error.strerror}.") from None
