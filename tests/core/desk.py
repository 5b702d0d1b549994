"""A clinic's desk in memory: files that an admin edits, and what the ledger would hold of them.

Records in a dictionary and nothing more: what a ledger is, `tests/ledger` says. A day at the desk is told
in lines that a nurse can read, by the clock on the wall in Denver.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from notifier.core.calls import wanted_calls
from notifier.core.delivery import Change, Record
from notifier.core.lifecycle import GONE_OUT, UNSENT, State
from notifier.core.model import Patient, Protocol, Schedules
from notifier.core.planning import plan
from notifier.core.reconcile import Known, Standing, reconcile, was_told
from tests.core.clinics import DENVER, local, schedules
from tests.core.mild import MILD

OPENING = "2026-11-01 09:00"  # the first plan, before any text is due
ALL_IS_WELL = Standing()


class Desk:
    """One clinic, its patients, and every message that was ever recorded."""

    def __init__(self, *patients: Patient, protocol: Protocol = MILD, opening: str | datetime = OPENING) -> None:
        self.files: Schedules = schedules(protocol, *patients)
        self.standing = ALL_IS_WELL
        self.records: dict[str, Record] = {}
        self.opted_out: set[str] = set()
        self.look(opening)

    # What the admin does.

    def edit(self, booking: str = "P-1042", **fields: Any) -> None:  # noqa: ANN401 (any field of an entry, by its name)
        """Give an entry other values; a procedure (wall time at the clinic) takes its arrival along."""
        self.files = replace(
            self.files,
            patients=tuple(
                _edited(patient, fields) if patient.id == booking else patient for patient in self.files.patients
            ),
        )

    def empty(self) -> None:
        """Take all patients out of the files."""
        self.files = replace(self.files, patients=())

    def teach(self, protocol: Protocol) -> None:
        """Change the protocol."""
        self.files = replace(self.files, protocols={protocol.name: protocol})

    # What the program does.

    def look(self, now: str | datetime) -> list[Change]:
        """Bring the ledger in line with the files; once done, nothing is left to do."""
        changes = self.preview(now)
        for change in changes:
            assert self.records.get(change.after.key) == change.before
            self.records[change.after.key] = change.after
        assert self.preview(now) == []
        return changes

    def preview(self, now: str | datetime) -> list[Change]:
        """Return what looking would change."""
        return reconcile(self.files, plan(self.files, _instant(now)), self.known, self.standing)

    @property
    def known(self) -> Known:
        """What the ledger knows: of each message the highest revision, and the highest that was told."""
        by_revision = sorted(self.records.values(), key=lambda record: record.revision)
        latest = {(record.draft.patient, record.draft.step): record for record in by_revision}
        told = {(record.draft.patient, record.draft.step): record for record in by_revision if was_told(record)}
        records = {record.key: record for record in (*latest.values(), *told.values())}
        sent = frozenset(
            (record.draft.to, record.draft.step, record.draft.body)
            for record in by_revision
            if record.state in GONE_OUT and record.draft.body is not None
        )
        return Known(tuple(records.values()), sent, frozenset(self.opted_out))

    # What time does.

    def pass_until(self, now: str | datetime) -> list[str]:
        """Send all that is due by then, and return it as `last-meal/1`."""
        due = sorted(
            (record.send_at, record.draft.position, record.key)
            for record in self.records.values()
            if record.state is State.PLANNED and record.send_at is not None and record.send_at <= _instant(now)
        )
        for at, _, key in due:
            self.records[key] = self.records[key]._replace(state=State.DELIVERED, sent_at=at)
        return [key.partition("/")[2] for _, _, key in due]

    # What a nurse reads.

    def waiting(self) -> list[str]:
        """Return what is in the line or held, as `Thu Dec 03 05:00 last-clear-liquids/1`."""
        unsent = [record for record in self.records.values() if record.state in UNSENT]
        unsent.sort(key=lambda record: (record.send_at or record.draft.procedure, record.draft.position))
        return [f"{clock(record.send_at)} {_name(record)}{_held(record)}" for record in unsent]

    def window(self, step: str, booking: str = "P-1042") -> str:
        """Return when the first revision of a message is true and useful."""
        draft = self.records[f"{booking}/{step}/1"].draft
        return f"{clock(draft.earliest)} to {clock(draft.latest)}"

    def bodies(self) -> list[str]:
        """Return the texts in the line, in order."""
        unsent = [record for record in self.records.values() if record.state is State.PLANNED]
        unsent.sort(key=lambda record: (record.send_at or record.draft.procedure, record.draft.position))
        return [f"{clock(record.send_at)} {record.draft.body}" for record in unsent]

    def calls(self, now: str) -> list[str]:
        """Return the call list at a wall time, as `P-1042: procedure moved, by Thu Dec 03 07:30`."""
        wanted = wanted_calls(self.files, self.known.records, self.standing, self.known.opted_out, local(now))
        return [
            f"{call.patient}: {call.reason}{_about(call.about, call.patient)}, by {clock(call.by)}" for call in wanted
        ]


def _instant(now: str | datetime) -> datetime:
    return local(now) if isinstance(now, str) else now


def _edited(patient: Patient, fields: dict[str, Any]) -> Patient:
    values = dict(fields)
    for name in ("procedure", "arrival"):
        if isinstance(wall := values.get(name), str):
            values[name] = local(wall)
    procedure = values.get("procedure")
    if isinstance(procedure, datetime) and "arrival" not in values:
        values["arrival"] = procedure - (patient.procedure - patient.arrival)
    return replace(patient, **values)


def clock(instant: datetime | None) -> str:
    """Return what the clinic's calendar and clock show: `Wed Dec 02 20:33`."""
    return "never" if instant is None else instant.astimezone(ZoneInfo(DENVER)).strftime("%a %b %d %H:%M")


def _name(record: Record) -> str:
    return record.key.partition("/")[2]


def _held(record: Record) -> str:
    return f" held: {record.reason}" if record.state is State.HELD else ""


def _about(about: str, patient: str) -> str:
    """Name the message that a call is about, as `(last-meal/2)`."""
    return f" ({about.partition('/')[2]})" if about.startswith(f"{patient}/") else ""


def story(changes: Iterable[Change]) -> list[str]:
    """Tell changes as `updated morning-wash/1: Thu Dec 03 05:10 -> Fri Dec 04 06:30`."""
    return [f"{change.kind} {_name(change.after)}: {_told(change)}" for change in changes]


def _told(change: Change) -> str:
    before, after = change.before, change.after
    if after.state not in UNSENT:
        return f"{after.reason}"
    if before is None or before.send_at == after.send_at:
        return f"{clock(after.send_at)}{_held(after)}"
    return f"{clock(before.send_at)} -> {clock(after.send_at)}{_held(after)}"
