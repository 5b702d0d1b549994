"""The daemon: it loads the files, then sends what falls due and follows what comes of it, until it is told to stop."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from notifier.actions.alert_staff import StaffAlerter
from notifier.actions.poll_receipts import poll_receipts
from notifier.actions.send_due import Dispatcher
from notifier.actions.settle_doubt import DoubtSettler
from notifier.actions.take_receipt import take_receipt
from notifier.actions.take_reply import take_reply
from notifier.actions.take_turn import Dispatch
from notifier.actions.try_attempts import Sent
from notifier.actions.update_calls import update_calls
from notifier.core.delivery import AnswerKind, Receipt
from notifier.core.lifecycle import State
from notifier.core.replies import Inbound
from notifier.daemon import telling
from notifier.daemon.lead import Lead
from notifier.daemon.parts import Parts
from notifier.daemon.planner import Planner
from notifier.daemon.pulse import Pulse
from notifier.daemon.status_line import StatusLine
from notifier.daemon.ticks import LONGEST, Ticks
from notifier.heartbeat import Heartbeat
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import Taken
from notifier.ledger.worker import LedgerWorker
from notifier.logs import get_logger

PATIENCE = 8.0  # seconds for what is in flight when the daemon is told to stop; 10 is the promise
NEXT_BATCH = 1.0  # seconds between two batches of look-ups
LOOK_WHILE_PAUSED = 2.0  # seconds: whoever ends a pause waits to see the texts go
POLL_EVERY = timedelta(seconds=LONGEST)

_DISPATCH, _LOOK, _CALLS, _RECEIPTS, _DOUBT = "dispatch", "look", "calls", "receipts", "doubt"
_ALERTS, _PROOF, _HEARTBEAT = "alerts", "proof", "heartbeat"
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

# What is on its way is passed over by planning. Come back, it is to go as the files say now: it waits for longer than
# a planning takes.
_COME_BACK = frozenset({AnswerKind.TEMPORARY, AnswerKind.CONFIGURATION})
_ASKS_FOR_PLANNING = frozenset({State.PLANNED, State.WITHDRAWN, State.REFUSED})  # the last: the phone has opted out

_log = get_logger("notifier.daemon")


class Daemon:
    """The parts at work; made inside the event loop in which it runs."""

    def __init__(self, parts: Parts) -> None:
        self._clock, self._pace = parts.clock, parts.pace
        self._sender = parts.sender
        self._worker = LedgerWorker(parts.ledger)
        self._lead = Lead(parts.seat, begun=self._begin_to_plan, heard=self._heed_hosts)
        self._planners = self._lead.fenced(self._worker)
        self._metrics = parts.metrics
        self._planner = Planner(
            parts.folder,
            self._planners,
            parts.clock,
            parts.limits,
            parts.metrics,
            host=self._lead.host,
            leads=lambda: self._lead.leads,
        )
        self.pulse = Pulse(self._worker, self._planner, parts.clock, parts.metrics)
        self._status_line = StatusLine(self._worker, lambda: self._planner.zone, parts.clock, parts.supervisor)
        self._heartbeat, self._beat_every = parts.heartbeat, parts.beat_every
        self._supervisor = parts.supervisor
        self._dispatcher = Dispatcher(
            self._worker,
            parts.sender,
            parts.clock,
            parts.pace,
            limiter=parts.limiter,
            tell=self._heed,
            looked=self._give_proof,
            is_astray=lambda: self._lead.astray is not None,
        )
        self._settler = DoubtSettler(self._planners, parts.sender, parts.clock, parts.settle_after)
        self._alerter = (
            StaffAlerter(self._planners, parts.channels, parts.clock, parts.alert_pace) if parts.channels else None
        )
        self._ticks = Ticks(tell_failure=parts.metrics.count_tick_failure)
        self._stopping = asyncio.Event()
        self._is_announced = False  # since the start, or the last reload
        self._is_proof_asked = False

    def why_not_ready(self) -> str | None:
        """Return why the service is not ready, in words; None when it is."""
        if self._stopping.is_set():
            return "stopping"
        return self._lead.astray or (None if self._planner.planned_on else "the first plan is not in the ledger yet")

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT; then finish what is in flight, within 10 seconds.

        SIGHUP has the schedule files read anew at once.
        """
        loop = asyncio.get_running_loop()
        for signum in _SIGNALS:
            loop.add_signal_handler(signum, self._reload if signum is signal.SIGHUP else self._stop)
        following: asyncio.Task[None] | None = None
        try:
            self._planner.start()
            await self._lead.look()
            await self._doubt_what_was_left()
            await self._planner.plan_safely()
            self._announce()
            self._ticks.start(self._actions())
            self._lead.start()
            following = asyncio.create_task(self._follow_files())
            await self._stopping.wait()
            _log.info("stopping")
            self._supervisor.stopping()
            self._lead.stop()
            following.cancel()
            self._dispatcher.stop()
            if self._alerter is not None:
                self._alerter.stop()
            if not await self._ticks.stop(PATIENCE):
                telling.log_broken_off()
        finally:
            self._planner.stop()
            await self._lead.leave()
            if following is not None:
                following.cancel()
                await asyncio.wait({following})
            for signum in _SIGNALS:
                loop.remove_signal_handler(signum)
        _log.info("stopped")

    def close(self) -> None:
        """Finish what is being written; to be called once nobody can hand in receipts and replies any more."""
        self._worker.close()

    def _actions(self) -> dict[str, Callable[[], Awaitable[float]]]:
        """Return what the ticks do, by their names."""
        actions: dict[str, Callable[[], Awaitable[float]]] = {
            _DISPATCH: self._lead.while_in_time(self._dispatch),
            _LOOK: self._look,
            _CALLS: self._lead.where_planned(self._update_calls),
            _RECEIPTS: self._lead.where_planned(self._poll),
            _DOUBT: self._lead.where_planned(self._settle_doubt),
        }
        if self._supervisor.prove_every is not None:
            actions[_PROOF] = partial(self._ask_for_proof, self._supervisor.prove_every)
        if self._alerter is not None:
            actions[_ALERTS] = self._lead.where_planned(partial(self._alert, self._alerter))
        if self._heartbeat is not None:
            actions[_HEARTBEAT] = partial(self._beat, self._heartbeat)
        return actions

    def _begin_to_plan(self) -> None:
        """Take over what another host did until now."""
        self._planner.take_over()
        for name in (_CALLS, _RECEIPTS, _DOUBT, _ALERTS):
            self._ticks.bring_forward(name)

    def _ask_for_planning(self) -> None:
        """Have the files planned anew: what was on its way has come back, or a phone has opted out or in."""
        if self._lead.leads:
            self._planner.ask()
        else:
            self._lead.ask_planner(self._worker)

    def _heed_hosts(self, is_to_plan: bool) -> None:  # noqa: FBT001 - a word that was heard
        """Look at what another host, or a person, has just written."""
        if is_to_plan and self._lead.leads:
            self._planner.ask()
        self._wake_dispatch()
        self._ticks.bring_forward(_LOOK)

    async def take_receipt(self, receipt: Receipt) -> None:
        """Record what the provider reports of a text, durably when this returns."""
        taken = await self._worker(lambda ledger: take_receipt(receipt, ledger, self._clock.now()))
        self._metrics.count_receipt(taken)
        if taken is not None:
            telling.log_receipt(taken)
            self._heed_receipts([taken])

    async def take_inbound(self, inbound: Inbound) -> str | None:
        """Take what a phone has written, durably when this returns; return what to answer, None for nothing."""
        clinic = self._planner.clinic
        taken = await self._worker(lambda ledger: take_reply(inbound, ledger, clinic, self._clock.now()))
        self._metrics.count_reply(taken.kind)
        telling.log_reply(taken)
        if taken.is_changed:
            self._ask_for_planning()
        self._ticks.bring_forward(_CALLS)
        return taken.answer

    def _reload(self) -> None:
        _log.info("reloading")
        self._supervisor.reloading()
        self._is_announced = False
        self._planner.ask()

    def _stop(self) -> None:
        self._stopping.set()
        self._planner.give_up()

    def _announce(self) -> None:
        """Say that the service is ready, once after a start or a reload: a plan is in the ledger."""
        if not self._is_announced and self.why_not_ready() is None:
            self._is_announced = True
            self._supervisor.ready()

    async def _ask_for_proof(self, every: float) -> float:
        """Have dispatch show that it works, though nothing may be due for days."""
        self._is_proof_asked = True
        self._wake_dispatch()
        return every

    def _give_proof(self) -> None:
        """Feed the watchdog where that was asked for: dispatch has just been through the ledger.

        No timer does so: only what would send a text can say that texts would be sent. Ticks, the
        event loop and the ledger's thread have all had their part in it.
        """
        if self._is_proof_asked:
            self._is_proof_asked = False
            self._supervisor.feed_watchdog()

    async def _doubt_what_was_left(self) -> None:
        """Put what a crash left in flight in doubt at once: while it is claimed, other texts to its phone wait.

        Not where other hosts may have it in flight: there its lease runs out.
        """
        if self._lead.host is not None:
            return
        now = self._clock.now()
        left = await self._worker(lambda ledger: _doubt_all_claimed(ledger, now))
        if left:
            telling.log_abandoned(left)

    async def _follow_files(self) -> None:
        while True:
            await self._planner.follow()
            self._announce()
            self._wake_dispatch()
            self._ticks.bring_forward(_CALLS)

    def _wake_dispatch(self) -> None:
        self._dispatcher.nudge()
        self._ticks.bring_forward(_DISPATCH)

    async def _dispatch(self) -> float:
        """Send what is due; return in how many seconds something will be."""
        due = await self._dispatcher.send_due()
        stale = await self._status_line.renew()
        self.pulse.note_progress()
        if self._dispatcher.is_paused:
            return LOOK_WHILE_PAUSED
        return min(stale, LONGEST if due is None else (due - self._clock.now()).total_seconds())

    def _heed(self, dispatch: Dispatch) -> None:
        self.pulse.note_progress()
        self._metrics.count_dispatch(dispatch)
        telling.log_dispatch(dispatch)
        if dispatch.expired or any(one.answer.kind is not AnswerKind.ACCEPTED for one in dispatch.sent):
            self._ticks.bring_forward(_CALLS)  # somebody may have to call
        if dispatch.stopped or dispatch.resumed:
            self._ticks.bring_forward(_ALERTS)
        if any(one.answer.kind is AnswerKind.OPTED_OUT or self._was_passed_over(one) for one in dispatch.sent):
            self._ask_for_planning()
        if dispatch.abandoned or any(one.answer.kind is AnswerKind.IN_DOUBT for one in dispatch.sent):
            self._ticks.bring_forward(_DOUBT)

    def _was_passed_over(self, sent: Sent) -> bool:
        """Whether a text comes back into the line, and the files were planned while it was on its way."""
        until = sent.attempt.lease_until
        return sent.answer.kind in _COME_BACK and (
            not self._lead.leads or until is None or self._planner.has_planned_since(until - self._pace.lease)
        )

    def _heed_receipts(self, taken: Iterable[Taken]) -> None:
        self._wake_dispatch()
        self._ticks.bring_forward(_CALLS)
        if any(one.state in _ASKS_FOR_PLANNING for one in taken):
            self._ask_for_planning()
        if any(one.stopped or one.resumed for one in taken):
            self._ticks.bring_forward(_ALERTS)

    async def _look(self) -> float:
        """Once a minute: has anything changed unnoticed."""
        await self._planner.look()
        return LONGEST

    async def _poll(self) -> float:
        polled = await poll_receipts(self._planners, self._sender, self._clock, POLL_EVERY)
        for taken in polled.taken:
            self._metrics.count_receipt(taken)
        telling.log_polled(polled)
        if polled.taken or polled.unconfirmed:
            self._heed_receipts(polled.taken)
        return LONGEST if polled.is_all else NEXT_BATCH

    async def _settle_doubt(self) -> float:
        settled = await self._settler.settle()
        telling.log_settled(settled)
        if settled.found or settled.not_taken:
            self._heed_receipts(settled.found)
        if settled.not_taken:
            self._ask_for_planning()
        next_look = self._settler.next_look()
        return LONGEST if next_look is None else next_look

    async def _beat(self, heartbeat: Heartbeat) -> float:
        """Tell the watcher how the service does."""
        await self.pulse.beat(heartbeat)
        return self._beat_every

    async def _update_calls(self) -> float:
        """Keep the call list true as time passes and texts fare."""
        stands = self._planner.stands
        if stands is None:
            return LONGEST
        reading, is_in_force, now = stands.checked.reading, stands.is_in_force, self._clock.now()
        update = await self._planners(lambda ledger: update_calls(reading, ledger, now, is_in_force=is_in_force))
        telling.log_calls(update)
        self._ticks.bring_forward(_ALERTS)
        return LONGEST

    async def _alert(self, alerter: StaffAlerter) -> float:
        alerted = await alerter.alert(self._planner.last, self._planner.zone)
        telling.log_alerted(alerted)
        return LONGEST if alerted.wait is None else alerted.wait


def _doubt_all_claimed(ledger: Ledger, now: datetime) -> int:
    """Only for the holder of the daemon's lock: nobody else can be sending."""
    with ledger.writing() as book:
        return book.doubt_abandoned(now, by_the_dead=True)
