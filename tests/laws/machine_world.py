"""The stateful machine's service: a real ledger and the real actions, a clock that jumps, a provider that errs."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from notifier.actions.check_schedules import Checked, examine
from notifier.actions.send_due import send_due
from notifier.actions.take_turn import Dispatch, Pace
from notifier.actions.update_calls import update_calls
from notifier.actions.update_plan import Update, accept_update, update_plan
from notifier.clock import JumpingClock
from notifier.core.delivery import Answer, AnswerKind, Attempt, Event, Record
from notifier.core.guard import Limits
from notifier.intake.folder import ScheduleReader
from notifier.ledger.opening import Ledger, open_ledger
from notifier.ledger.rows import CallEntry, PastAttempt
from notifier.ledger.worker import LedgerWorker
from tests.fakes.blank_ledger import have_ledger
from tests.fakes.fake_sender import FakeSender
from tests.laws.machine_desk import Booking, Desk, FileState, House
from tests.laws.machine_file import LedgerFile, Rows

PACE = Pace(batch=50, min_gap=timedelta(seconds=30), lease=timedelta(minutes=1))
# The ledger waits for the disk at each commit, a third of a run's time: in memory there is nothing to wait for.
_QUICK = next((folder for folder in ("/dev/shm",) if os.access(folder, os.W_OK)), None)  # noqa: S108 (a folder of its own is made in it)
_AT_ONCE = timedelta(milliseconds=50)  # as the daemon: it never ticks sooner


@dataclass(frozen=True)
class Entry:
    """What the files say of one patient."""

    booking: Booking
    house: House  # as it was when the entry could last be read: until then its last good plan stays


@dataclass(frozen=True)
class InForce:
    """What the files said when their changes were last applied: the last good of each file and entry."""

    house: House
    entries: Mapping[str, Entry]  # good ones, as last readable
    broken: frozenset[str]  # as last readable


@dataclass(frozen=True)
class Sent:
    """One request that reached the provider, and its message at that time."""

    attempt: Attempt
    at: datetime
    record: Record
    in_force: InForce
    is_opted_out: bool


@dataclass(frozen=True)
class Scene:
    """All that the laws look at, at one instant."""

    now: datetime
    in_force: InForce
    messages: Mapping[str, Record]  # by key
    attempts: tuple[PastAttempt, ...]
    events: tuple[Event, ...]  # patient by patient
    calls: tuple[CallEntry, ...]
    opted_out: frozenset[str]
    sent: tuple[Sent, ...]
    checked: Checked
    is_waiting: bool  # for a person: what the files say is not in force

    def by_message(self) -> dict[tuple[str, str], list[Record]]:
        """Return the revisions of each message, in order, by patient and step."""
        found: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in sorted(self.messages.values(), key=lambda record: record.revision):
            found[record.draft.patient, record.draft.step].append(record)
        return dict(found)

    def of_patient(self, patient: str) -> dict[str, list[Record]]:
        """Return the revisions of each of a patient's messages, in order, by step."""
        return {step: records for (whose, step), records in self.by_message().items() if whose == patient}


@dataclass(frozen=True)
class _Page:
    """What the ledger says of one patient, and the rows in which it says it: while they are the same, so is it."""

    rows: Rows
    messages: Sequence[Record]
    attempts: Sequence[PastAttempt]
    events: Sequence[Event]


class PowerCutError(Exception):
    """The process ends while the provider is asked."""


class World:
    """Everything between the admin's desk and the provider."""

    def __init__(self, start: datetime, limits: Limits) -> None:
        self._home = TemporaryDirectory(prefix="notifier-", dir=_QUICK)
        home = Path(self._home.name)
        (home / "schedules").mkdir()
        self.desk = Desk(home / "schedules")
        self.clock = JumpingClock(start)
        self.limits = limits
        self.sent: list[Sent] = []
        self.update: Update | None = None
        self._ledger_file = home / "ledger.db"
        have_ledger(self._ledger_file)
        self._sids = 0
        self.is_compared = False  # each update, with one that plans everybody anew
        self._is_settled = False  # whether bringing the ledger in line last wrote nothing
        self._pages: dict[str, _Page] = {}  # by patient, as last looked at
        self._in_force = InForce(House(), {}, frozenset())
        self.open()

    def open(self) -> None:
        """Start: nothing is known but what the files and the ledger say."""
        self.ledger: Ledger = open_ledger(f"sqlite:///{self._ledger_file}")
        self._file = LedgerFile(self._ledger_file)
        self._reader = ScheduleReader(self.desk.folder)
        self._forget()

    def _forget(self) -> None:
        """Lose what the daemon has in mind."""
        self._follows: Update | None = None  # the last whose files the ledger follows

    def close(self) -> None:
        self._file.close()
        self.ledger.close()

    def clear(self) -> None:
        self.close()
        self._home.cleanup()

    # ---- files

    def reload(self) -> Update:
        """Read the files and bring the ledger in line, as the daemon does; keep what came of it."""
        self.desk.write()
        before, checked = self._file.tables(), self.check()
        known = self._follows.following if self._follows else None
        expected = self._planned_in_full(checked) if self.is_compared else None
        update = update_plan(checked, self.ledger, self.limits, known)
        if expected is not None:
            assert self._file.outcome() == expected
        self._note(update)
        self._is_settled = self._file.tables() == before
        return update

    def _planned_in_full(self, checked: Checked) -> Rows:
        """Return what comes of an update that takes nothing for granted: of a ledger that forgot whom it follows."""
        twin = self._ledger_file.with_name("twin.db")
        self._file.copy_forgetful(twin)
        with open_ledger(f"sqlite:///{twin}") as ledger:
            update_plan(checked, ledger, self.limits)
        file = LedgerFile(twin)
        outcome = file.outcome()
        file.close()
        return outcome

    def update_again(self) -> None:
        """Bring the ledger in line once more with what was read last: there must be nothing to do.

        An update that wrote nothing was that once more already. What waits for a person is noted
        anew where a held text has expired since, by the look after the calls: it is another list then.
        """
        if self.update is not None and not self._is_settled:
            before = self._file.tables()
            again = update_plan(self.update.checked, self.ledger, self.limits)
            assert again.waits == self.update.waits, again.waits
            assert again.waits or not again.changes, again.changes
            self._look_after_calls()
            after = self._file.tables()
            written = {name for name in after if after[name] != before[name]}
            assert written <= ({"loads"} if again.waits else set()), written  # nobody was planned, or nothing changed

    def accept(self) -> Update:
        """Let a person accept what waits."""
        update = accept_update(self.check(), self.ledger, self.limits)
        self._is_settled = False
        self._note(update)
        return update

    def check(self) -> Checked:
        with self.ledger.reading() as book:
            good_files = book.good_files()
        now = self.clock.now()
        return examine(self._reader.read(now, good_files), now)

    def _note(self, update: Update) -> None:
        self.update = update
        if update.is_in_force:
            self._follows = update
            self._in_force = _in_force(self.desk, self._in_force)
        self._look_after_calls()

    def _look_after_calls(self) -> None:
        """Keep the call list true, as the daemon does once a minute."""
        stands = self._follows or self.update
        if stands is not None:
            reading, now = stands.checked.reading, self.clock.now()
            update_calls(reading, self.ledger, now, is_in_force=stands.is_in_force)

    # ---- time

    def wait(self, span: timedelta, answers: Iterable[Answer] = ()) -> None:
        """Let time pass; what falls due is sent, and on each new day the files are read."""
        end, left = self.clock.now() + span, list(answers)
        asyncio.run(self._play(end, left))
        self._look_after_calls()

    async def _play(self, end: datetime, answers: list[Answer]) -> None:
        worker = LedgerWorker(self.ledger)
        try:
            while True:
                due = await worker(_next_due)
                midnight = self.clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
                soonest = self.clock.now() + _AT_ONCE
                wake = min(midnight, end if due is None else max(due, soonest))
                if wake >= end:
                    break
                self.clock.jump(wake)
                if wake == midnight:
                    self.reload()
                await self._dispatch(worker, answers)
            self.clock.jump(end)
            await self._dispatch(worker, answers)
        finally:
            worker.close()

    async def _dispatch(self, worker: LedgerWorker, answers: list[Answer]) -> None:
        """Send what is due until nothing is, as a tick does."""
        while True:
            asked: list[Attempt] = []
            sender = FakeSender(*self._named(answers), watch=asked.append)
            dispatch = await send_due(worker, sender, self.clock, PACE)
            del answers[: len(asked)]
            self._keep(asked)
            if dispatch.is_empty or dispatch == Dispatch(abandoned=dispatch.abandoned):
                return

    def crash(self) -> None:
        """Lose power between the claim of what is due and its outcome; start again.

        That a start reads everything anew is what `open` shows, at a high price: here the reader and
        the ledger stay as they are, since they answer by what is in the files alone.
        """

        async def until_the_cut() -> None:
            # The first request that breaks off takes the others with it, and nobody asks for them.
            asyncio.get_running_loop().set_exception_handler(lambda _, __: None)
            worker, asked = LedgerWorker(self.ledger), []

            def cut(attempt: Attempt) -> None:
                asked.append(attempt)
                raise PowerCutError

            try:
                await send_due(worker, FakeSender(watch=cut), self.clock, PACE)
            except PowerCutError:
                self._keep(asked)
            finally:
                worker.close()

        asyncio.run(until_the_cut())
        self._forget()

    def _named(self, answers: Iterable[Answer]) -> list[Answer]:
        """Give each text that the provider takes a name of its own."""
        named = []
        for answer in answers:
            self._sids += 1
            named.append(replace(answer, sid=f"SMdrawn{self._sids}") if answer.kind is AnswerKind.ACCEPTED else answer)
        return named

    def _keep(self, asked: Iterable[Attempt]) -> None:
        for attempt in asked:
            with self.ledger.reading() as book:
                records = {record.key: record for record in book.messages(attempt.key.split("/")[0])}
                is_out = attempt.to in book.opted_out()
            self.sent.append(Sent(attempt, self.clock.now(), records[attempt.key], self._in_force, is_out))

    def next_due(self) -> datetime | None:
        return _next_due(self.ledger)

    # ---- looking

    def look(self) -> Scene:
        """Return how things stand."""
        if self.update is None:
            raise AssertionError
        rows = self._file.rows_by_patient()
        with self.ledger.reading() as book:
            for patient in rows:
                if patient not in self._pages or self._pages[patient].rows != rows[patient]:
                    self._pages[patient] = _Page(
                        rows[patient], book.messages(patient), book.attempts(patient), book.story(patient)
                    )
            pages = [self._pages[patient] for patient in sorted(rows)]
            return Scene(
                now=self.clock.now(),
                in_force=self._in_force,
                messages=MappingProxyType({one.key: one for page in pages for one in page.messages}),
                attempts=tuple(one for page in pages for one in page.attempts),
                events=tuple(one for page in pages for one in page.events),
                calls=tuple(book.calls(open_only=False)),
                opted_out=book.opted_out(),
                sent=tuple(self.sent),
                checked=self.update.checked,
                is_waiting=bool(self.update.waits),
            )


def _in_force(desk: Desk, before: InForce) -> InForce:
    """Return what is in force once the desk's files have been applied."""
    is_clinic_good = desk.is_mounted and desk.files["clinic.yaml"] is FileState.GOOD
    is_protocol_good = desk.is_mounted and desk.files["protocols/mild.yaml"] is FileState.GOOD
    house = before.house
    if is_clinic_good:
        now = desk.house
        house = replace(house, zone=now.zone, quiet=now.quiet, resend_after=now.resend_after)
    if is_protocol_good:
        now = desk.house
        house = replace(house, fasting=now.fasting, is_retimed=now.is_retimed, is_rephrased=now.is_rephrased)
    readable = desk.readable()
    broken = {key for key, one in readable.items() if one.mistake is not None}
    entries = {key: Entry(one, house) for key, one in readable.items() if one.mistake is None}
    if not desk.is_whole():
        broken |= before.broken - readable.keys()
        entries = {**{key: one for key, one in before.entries.items() if key not in readable}, **entries}
    return InForce(house, entries, frozenset(broken))


def _next_due(ledger: Ledger) -> datetime | None:
    with ledger.reading() as book:
        return book.next_due(PACE.min_gap)
