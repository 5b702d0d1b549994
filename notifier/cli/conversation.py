"""A rehearsal as a conversation: the clinic's texts, and between them what happened at the clinic and why."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from rich.text import Text

from notifier.actions.rehearse import Outage
from notifier.actions.take_reply import Taken
from notifier.actions.update_plan import Update
from notifier.cli.changes import change_line, visible_changes
from notifier.cli.console import count, local, say, show_table, word
from notifier.cli.phone import show_bubble, show_day
from notifier.cli.rehearsal import Rehearsal, step_of
from notifier.cli.what_ifs import Edit, WhatIfs
from notifier.core.attempts import GRACE
from notifier.core.lifecycle import GONE_OUT
from notifier.core.model import Draft, Patient, PlanStatus
from notifier.core.reconcile import LEFT_OUT, left_out
from notifier.ledger.rows import CallEntry


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A text that the patient does not get, or not again, and why."""

    patient: str
    step: str
    revision: int | None  # None for the one that would have been next
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Moment:
    """Something to print, at its place in time."""

    at: datetime
    rank: int  # of what happens at once: what comes first
    show: Callable[[], None]


def show_conversation(rehearsal: Rehearsal, what_ifs: WhatIfs, patient: Patient) -> None:
    """Print one patient's weeks in the order in which things happened, by the patient's clock."""
    say(f"\n{patient.id}, {patient.name}", "bold")
    zone, last = patient.time_zone, None
    for moment in sorted(_moments(rehearsal, what_ifs, patient), key=lambda moment: (moment.at, moment.rank)):
        day = moment.at.astimezone(zone).date()
        if day != last:
            show_day(moment.at, zone)
        last = day
        moment.show()


def show_left_out(texts: Sequence[LeftOut]) -> None:
    """Print which texts patients do not get, and why."""
    if texts:
        say("What does not go out", "bold")
        rows = [(one.patient, f"{one.step}{_revision(one.revision)}", word(one.status), one.reason) for one in texts]
        show_table(("patient", "step", "status", "why"), rows)
        say()


def left_out_of(rehearsal: Rehearsal) -> list[LeftOut]:
    """Return what patients do not get: never sent, or sent and not put right; by patient, in the plan's order."""
    last = rehearsal.updates[-1].checked
    found = [
        (record.draft, LeftOut(*_name(record.draft), record.revision, record.state, record.reason or ""))
        for record in rehearsal.records
        if record.state not in GONE_OUT
    ]
    recorded = {_name(record.draft) for record in rehearsal.records}
    found += [
        (message.draft, LeftOut(*_name(message.draft), 1, message.status, message.reason or ""))
        for message in last.plan.messages
        if _name(message.draft) not in recorded and message.status in (PlanStatus.OFF, PlanStatus.SKIPPED)
    ]
    if last.reading.schedules is not None:
        late = left_out(last.reading.schedules, last.plan, rehearsal.known)
        found += [(one.draft, LeftOut(*_name(one.draft), None, "left out", LEFT_OUT)) for one in late]
    return [one for _, one in sorted(found, key=lambda pair: (pair[0].patient, pair[0].position))]


def _name(draft: Draft) -> tuple[str, str]:
    return draft.patient, draft.step


def _moments(rehearsal: Rehearsal, what_ifs: WhatIfs, patient: Patient) -> Iterator[_Moment]:
    zone = patient.time_zone
    for outage in what_ifs.outages:
        yield _Moment(outage.start, 0, partial(_show_outage, outage, zone))
        yield _Moment(outage.end, 0, partial(_aside, outage.end, zone, "The service is up again.", "red"))
    for edit in what_ifs.edits:
        yield _Moment(edit.at, 1, partial(_show_edit, edit, zone))
    for update in rehearsal.updates[1:]:  # the first is the start, when all is new
        yield _Moment(update.checked.now, 3, partial(_show_update, update))
    for at, inbound, taken in rehearsal.replies:
        yield _Moment(at, 2, partial(_show_reply, at, zone, inbound.body, taken))
    for entry in _own(rehearsal.calls, patient):
        yield _Moment(entry.opened_at, 4, partial(_show_call, entry, zone))
        if entry.closed_at is not None:
            words = f"Off the call list: {entry.reason} ({entry.note})."
            yield _Moment(entry.closed_at, 4, partial(_aside, entry.closed_at, zone, words, "dim"))
    for at, attempt in rehearsal.texts:
        owner, step = step_of(attempt)
        if owner == patient.id:
            heading = step + _delay(rehearsal.updates, (owner, step), at, zone)
            yield _Moment(at, 5, partial(show_bubble, at, zone, heading, attempt.text))


def _delay(updates: Sequence[Update], name: tuple[str, str], at: datetime, zone: ZoneInfo) -> str:
    """Return since when a text was due that went out late; nothing of one that was on time."""
    plan = next(update.checked.plan for update in reversed(updates) if update.checked.now <= at)
    places = [message.draft.place for message in plan.messages if (message.draft.patient, message.draft.step) == name]
    late = [place for place in places if place is not None and at - place > GRACE]
    return f", late: due {local(late[0], zone)}" if late else ""


def _own(calls: Iterable[CallEntry], patient: Patient) -> Iterator[CallEntry]:
    return (entry for entry in calls if entry.patient == patient.id)


def _aside(at: datetime, zone: ZoneInfo, words: str, style: str) -> None:
    """Print what the patient does not see."""
    say(Text.assemble((f"  {at.astimezone(zone):%a %H:%M}  ", "bold"), (words, style)))
    say()


def _show_outage(outage: Outage, zone: ZoneInfo) -> None:
    _aside(outage.start, zone, f"The service goes down until {local(outage.end, zone)}.", "red")


def _show_edit(edit: Edit, zone: ZoneInfo) -> None:
    _aside(edit.at, zone, f"At the clinic: {edit.words}", "cyan")


def _show_reply(at: datetime, zone: ZoneInfo, words: str, taken: Taken) -> None:
    """Print what the patient writes, and what is answered at once."""
    show_bubble(at, zone, f"the patient ({taken.kind})", words, is_own=True)
    if taken.answer is not None:
        show_bubble(at, zone, "answer", taken.answer)


def _show_update(update: Update) -> None:
    """Print what the service makes of a change: which texts move, go anew, or are taken back."""
    changes = visible_changes(update)
    say(f"  The service plans anew: {count(len(changes), 'change')}.", "cyan")
    for change in changes:
        say(Text("  ") + change_line(change))
    say()


def _show_call(entry: CallEntry, zone: ZoneInfo) -> None:
    about = f" ({entry.about})" if entry.about.startswith(f"{entry.patient}/") else ""
    _aside(
        entry.opened_at, zone, f"Call list: {entry.reason}{about}; call by {local(entry.by_when, zone)}.", "bold red"
    )


def _revision(revision: int | None) -> str:
    if revision is None:
        return " (next revision)"
    return f" (revision {revision})" if revision > 1 else ""
