"""Tell the staff, over the channels that ops configured, what a person has to know of: each cause once.

A cause is told when at least one channel has taken the message: one that failed beside it is
logged, and not told again. While every channel fails, the message is tried again. A crash between a channel's
taking it and the ledger's noting so tells it twice: rather that than never.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from notifier.actions.take_stock import OVERDUE_AFTER
from notifier.actions.update_plan import Update
from notifier.channels import Channels, Failure
from notifier.clock import Clock
from notifier.core import alerts
from notifier.core.alerts import ABOUT_FILES, GRACE, AlertKind, Cause, message_of
from notifier.core.problems import Severity
from notifier.ledger.book import Book
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import AlertEntry, Switch
from notifier.ledger.worker import LedgerWorker

FIRST_RETRY, LONGEST_RETRY = 30.0, 600.0  # seconds, doubled from try to try while every channel fails
LEDGER_PATIENCE = 60.0  # seconds; a ledger that another process has locked for a moment is no cause
LOOK_AT_LEDGER = 10.0  # seconds, while it fails


@dataclass(frozen=True, slots=True)
class AlertPace:
    """How much comes over the channels."""

    digest_over: int = 5  # more causes than this in one message are only counted
    at_most_every: float = 60.0  # seconds between two messages; only a stop of dispatch goes at once


@dataclass(frozen=True, slots=True)
class Alerted:
    """What one look has come to."""

    kinds: tuple[AlertKind, ...] = ()  # of the causes that the channels were given
    is_told: bool = False  # at least one channel took them
    failures: tuple[Failure, ...] = ()
    wait: float | None = None  # seconds until something can be told; None where nothing is to be


@dataclass(frozen=True, slots=True)
class _Pending:
    """A cause that is to be told, and its entry in the ledger."""

    entry: AlertEntry
    cause: Cause

    @property
    def is_fresh_stop(self) -> bool:
        return self.cause.kind is AlertKind.STOPPED and not self.entry.tries


@dataclass
class StaffAlerter:
    """Remembers how long the channels are to be left alone."""

    worker: LedgerWorker
    channels: Channels
    clock: Clock
    pace: AlertPace
    _next: float = 0.0  # by the clock's `elapsed`: when the next message may go
    _next_urgent: float = 0.0  # likewise, when one that does not wait for others may
    _failed: int = 0  # messages in a row that no channel took
    _told: set[int] = field(default_factory=set)  # alerts that the ledger has not noted as told yet
    _ledger_fails_since: float | None = None
    _is_ledger_told: bool = False
    _telling: asyncio.Task[list[Failure]] | None = None

    def stop(self) -> None:
        """Wait for no channel any longer; what none has taken is told after the next start."""
        if self._telling is not None:
            self._telling.cancel()

    async def alert(self, update: Update | None, zone: tzinfo) -> Alerted:
        """Tell what is to be told now, in one message with times of `zone`.

        `update` is the last reading of the files; while there is none, nothing about them begins or ends.
        """
        now = self.clock.now()
        try:
            pending = await self.worker(lambda ledger: _gather(ledger, update, self._told, now))
        except LedgerError:
            return await self._tell_of_ledger(zone)
        self._told.clear()
        self._ledger_fails_since, self._is_ledger_told = None, False
        if not pending:
            return Alerted()
        is_urgent = any(one.is_fresh_stop for one in pending)
        wait = (self._next_urgent if is_urgent else self._next) - self.clock.elapsed()
        if wait > 0:
            return Alerted(wait=wait)
        alerted = await self._tell([one.cause for one in pending], zone)
        if alerted.kinds:
            await self._note({one.entry.id for one in pending}, is_told=alerted.is_told)
        return alerted

    async def _tell(self, causes: list[Cause], zone: tzinfo) -> Alerted:
        """Give the channels one message; nothing comes of it where `stop` has broken it off."""
        message = message_of(causes, zone, self.pace.digest_over)
        telling = self._telling = asyncio.create_task(self.channels.tell(message.title, message.body))
        try:
            await asyncio.wait({telling})
        finally:
            telling.cancel()
        if telling.cancelled():
            return Alerted()
        failures = telling.result()
        is_told = len(failures) < len(self.channels)
        kinds = tuple(cause.kind for cause in causes)
        return Alerted(kinds, is_told, tuple(failures), self._pause(kinds, is_told=is_told))

    def _pause(self, kinds: Iterable[AlertKind], *, is_told: bool) -> float:
        """Leave the channels alone for a while after a message; return for how many seconds."""
        self._failed = 0 if is_told else self._failed + 1
        backoff = min(FIRST_RETRY * (1 << min(self._failed, 10)) / 2, LONGEST_RETRY)
        wait = self.pace.at_most_every if is_told else backoff
        self._next = self.clock.elapsed() + wait
        if {AlertKind.STOPPED, AlertKind.LEDGER} & set(kinds):
            self._next_urgent = self._next
        return wait

    async def _note(self, numbers: set[int], *, is_told: bool) -> None:
        """Note how a message went; where the ledger fails, what was told is noted before the next one."""
        now = self.clock.now()
        if is_told:
            self._told |= numbers
        try:
            await self.worker(lambda ledger: _note(ledger, numbers, now, is_told=is_told))
        except LedgerError:
            return
        self._told -= numbers

    async def _tell_of_ledger(self, zone: tzinfo) -> Alerted:
        """Tell, once, that the ledger fails: it cannot note that, nor that it was told."""
        elapsed = self.clock.elapsed()
        if self._ledger_fails_since is None:
            self._ledger_fails_since = elapsed
        turn = max(self._ledger_fails_since + LEDGER_PATIENCE, self._next_urgent)
        if self._is_ledger_told or elapsed < turn:
            return Alerted(wait=LOOK_AT_LEDGER)
        alerted = await self._tell([alerts.ledger_fails()], zone)
        self._is_ledger_told = alerted.is_told
        return alerted


def _gather(ledger: Ledger, update: Update | None, told: set[int], now: datetime) -> list[_Pending]:
    """Bring the alerts in line with what holds; return those that are to be told."""
    with ledger.reading() as book:
        causes = {cause.name: cause for cause in (*_of_ledger(book, now), *_of_files(update))}
        before = book.open_alerts()
    known = {entry.cause for entry in before}
    new = [cause for name, cause in causes.items() if name not in known]
    over = [entry.id for entry in before if entry.cause not in causes and _can_end(entry, update)]
    if new or over or told:  # else the disk is left in peace
        with ledger.writing() as book:
            book.alerts_told(told, now)
            book.open_alerts_for(new, now)
            book.end_alerts(over, now)
            before = book.open_alerts()
    return [
        _Pending(entry, causes[entry.cause])
        for entry in before
        if entry.told_at is None and entry.cause in causes and now - entry.at >= GRACE.get(entry.kind, _NO_TIME)
    ]


_NO_TIME = timedelta(0)


def _can_end(entry: AlertEntry, update: Update | None) -> bool:
    return update is not None or entry.kind not in ABOUT_FILES


def _note(ledger: Ledger, numbers: set[int], now: datetime, *, is_told: bool) -> None:
    with ledger.writing() as book:
        if is_told:
            book.alerts_told(numbers, now)
        else:
            book.alerts_not_told(numbers)


def _of_ledger(book: Book, now: datetime) -> Iterator[Cause]:
    """Yield what the ledger holds that a person has to know of."""
    for entry in book.calls():
        yield alerts.call_wanted(entry.id, entry.patient, entry.reason, entry.opened_at, entry.by_when)
    paused, stopped = book.switched_on(Switch.PAUSE), book.switched_on(Switch.STOP)
    if stopped is not None:
        yield alerts.dispatch_stopped(stopped.at, stopped.why)
    if paused is not None:
        yield alerts.paused(paused.at, paused.by)
    yield from _of_ends(book)
    oldest = book.standing(now).oldest_overdue
    if oldest is not None and now - oldest > OVERDUE_AFTER and not (paused or stopped):
        yield alerts.texts_overdue()


def _of_ends(book: Book) -> Iterator[Cause]:
    """Yield the ends of what was told: nobody hears of the end of a stop that they did not hear of."""
    for switch, kind in ((Switch.STOP, AlertKind.STOPPED), (Switch.PAUSE, AlertKind.PAUSED)):
        last, alert = book.last_turned(switch), book.last_alert(kind)
        if last is not None and not last.is_on and alert is not None and alert.told_at is not None:
            yield alerts.goes_on(alert.id, kind, last.by)


def _of_files(update: Update | None) -> Iterator[Cause]:
    """Yield what the files have that a person has to know of."""
    if update is None:
        return
    if update.waits:
        yield alerts.change_waits(update.waits)
    last_good = update.checked.last_good
    for file in last_good:
        yield alerts.last_good(file)
    errors = Counter(
        problem.spot.file
        for problem in update.checked.problems
        if problem.severity is Severity.ERROR and problem.spot.file not in last_good
    )
    for file, number in errors.items():
        yield alerts.errors_in(file, number)
