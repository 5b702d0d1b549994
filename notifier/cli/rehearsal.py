"""Rehearsals as people watch them: each text as it goes out, then what became of everyone's."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from notifier.actions.check_schedules import Checked
from notifier.actions.rehearse import Outage, Played, Reply, Stage, Turn, rehearse
from notifier.actions.take_reply import Taken
from notifier.actions.update_plan import Update
from notifier.cli.console import Row, show_table
from notifier.clock import JumpingClock
from notifier.core.delivery import Attempt, Record
from notifier.core.lifecycle import State
from notifier.core.model import Plan, Planned
from notifier.core.reconcile import Known
from notifier.core.replies import Inbound
from notifier.ledger.opening import open_ledger
from notifier.ledger.rows import CallEntry
from notifier.settings import Settings
from notifier.wiring.dispatch import pace_of
from notifier.wiring.provider import sandbox_sender


@dataclass
class Rehearsal:
    """What was played: every text and reply in order, what the files said when, and how all ended."""

    texts: list[tuple[datetime, Attempt]] = field(default_factory=list)
    replies: list[tuple[datetime, Inbound, Taken]] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)  # of each message the highest revision
    calls: list[CallEntry] = field(default_factory=list)  # closed ones too
    known: Known = field(default_factory=Known)  # what a reconciling would know in the end

    @property
    def first_plan(self) -> Plan:
        """Each message as it was planned when its patient was first in the files."""
        seen: dict[tuple[str, str], Planned] = {}
        for update in self.updates:
            for message in update.checked.plan.messages:
                seen.setdefault((message.draft.patient, message.draft.step), message)
        return Plan(self.updates[0].checked.now, tuple(seen.values()))


def play(
    read: Callable[[datetime], Checked],
    start: datetime,
    settings: Settings,
    *,
    turns: Sequence[Turn | Reply] = (),
    outages: tuple[Outage, ...] = (),
    ledger_file: Path | None = None,
    watch: Callable[[Played], None] = lambda _: None,
) -> Rehearsal:
    """Play everything from `start` on, through the real path to a sandbox; `watch` sees each thing as it happens.

    `read` gives the files at an instant. The ledger is a new one, in `ledger_file` or in a temporary folder.
    """
    with ExitStack() as stack:
        if ledger_file is None:
            ledger_file = Path(stack.enter_context(TemporaryDirectory())) / "ledger.db"
        ledger = stack.enter_context(open_ledger(f"sqlite:///{ledger_file}"))

        async def run() -> Rehearsal:
            rehearsal, clock = Rehearsal(), JumpingClock(start)
            async with sandbox_sender(clock, settings) as (sender, _):
                stage = Stage(read, ledger, sender, clock, pace_of(settings), outages)
                async for played in rehearse(stage, turns):
                    if played.update is not None:
                        rehearsal.updates.append(played.update)
                    rehearsal.replies += [(played.at, *reply) for reply in played.replies]
                    rehearsal.texts += [(played.at, sent.attempt) for sent in played.sent]
                    watch(played)
            with ledger.reading() as book:
                rehearsal.records, rehearsal.known = book.latest(), book.known()
                rehearsal.calls = book.calls(open_only=False)
            return rehearsal

        return asyncio.run(run())


def show_outcome(records: Sequence[Record], names: dict[str, str]) -> None:
    """Print a line for each patient: how many texts were planned, sent, late, too late."""
    headings = ("patient", "planned", "sent", "of these late", "delivered", "too late", "other")
    show_table(headings, [_row(patient, names, records) for patient in sorted({one.draft.patient for one in records})])


def _row(patient: str, names: dict[str, str], records: Sequence[Record]) -> Row:
    own = [record for record in records if record.draft.patient == patient]
    sent = [record for record in own if record.state in (State.ACCEPTED, State.SENT, State.DELIVERED)]
    late = sum(record.send_at != record.draft.place for record in sent)
    too_late = sum(record.state is State.EXPIRED for record in own)
    delivered = sum(record.state is State.DELIVERED for record in own)
    numbers = (len(own), len(sent), late, delivered, too_late, len(own) - len(sent) - too_late)
    return f"{patient} {names.get(patient, '')}", *(f"{number:>5}" for number in numbers)


def step_of(attempt: Attempt) -> tuple[str, str]:
    """Return the patient and the step of an attempt, from its message's key."""
    patient, step, _ = attempt.key.rsplit("/", 2)
    return patient, step
