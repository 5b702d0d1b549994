"""`notifier changes`: what the files would change in the ledger, and accepting what waits for a person."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from rich.padding import Padding
from rich.text import Text

from notifier.actions.check_schedules import check_schedules
from notifier.actions.compare_copies import compare_copy
from notifier.actions.update_plan import Update, accept_update, preview_update, show_update
from notifier.cli.console import console, count, iso, local, print_json, say, show, word
from notifier.cli.options import Given, as_json, clinic_zone, is_now_given, with_now, with_settings
from notifier.cli.problems import problems_json, show_problems
from notifier.core.calls import Call
from notifier.core.delivery import Change, ChangeKind, Record
from notifier.core.lifecycle import UNSENT, State
from notifier.core.notices import NOTICES
from notifier.core.reconcile import was_told
from notifier.ledger.errors import NoLedgerError
from notifier.ledger.opening import Ledger, empty_ledger
from notifier.settings import Settings
from notifier.wiring.ledger import open_the_ledger, open_to_look
from notifier.wiring.planning import host_of, limits_of

_INDENT = 14  # to below the step


@click.command("changes", epilog="Example: notifier changes --schedules schedules")
@click.option("--accept", is_flag=True, help="Apply the changes that wait, exactly as they were shown.")
@with_settings
@with_now
@as_json
def command(given: Given, now: datetime, *, accept: bool, as_json: bool) -> None:
    """Show what the files would change, patient by patient, and who would have to be called.

    Without --accept nothing happens to any text; the service records the same by itself, unless
    the guard makes it wait for a person. Only what was shown is accepted: if the files have
    changed since, it is shown again. Exits 1 where a file has an error, or changes wait.
    """
    if accept and is_now_given():
        raise click.UsageError("What is accepted happens now: leave out --now.")
    decide = accept_update if accept else preview_update if is_now_given() else show_update
    # What is accepted is recorded, where there is no ledger yet in a new one.
    open_it = open_the_ledger if accept else open_to_compare
    with console(stderr=True).status("Comparing the files with the ledger…"), open_it(given.settings) as ledger:
        with ledger.reading() as book:
            good_files = book.good_files()
        checked = check_schedules(given.schedules, now, good_files)
        checked = compare_copy(checked, ledger, host_of(given.settings))
        update = decide(checked, ledger, limits_of(given.settings))
    if as_json:
        print_json(update_json(update, clinic_zone(given.schedules, good_files), was_accepting=accept))
    else:
        show_problems(checked.problems, given.schedules)
        show_changes(update)
        say(_closing(update, was_accepting=accept), "bold" if update.waits else "")
    sys.exit(1 if checked.has_errors or update.waits else 0)


def open_to_compare(settings: Settings) -> Ledger:
    """Return the ledger to look at; where there is none yet, an empty one, and say so. Raises LedgerError."""
    try:
        return open_to_look(settings)
    except NoLedgerError as error:
        console(stderr=True).print(f"{error} Compared with an empty one.", soft_wrap=True)
        return empty_ledger()


@dataclass
class _Own:
    """What an update means for one patient."""

    changes: list[Change] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)


def _by_patient(update: Update) -> Mapping[str, _Own]:
    found: defaultdict[str, _Own] = defaultdict(_Own)
    for change in update.changes:
        found[change.after.draft.patient].changes.append(change)
    for call in update.new_calls:
        found[call.patient].calls.append(call)
    return found


def show_changes(update: Update) -> None:
    """Print each patient's changes, in plan order, and calls together."""
    schedules = update.checked.reading.schedules
    names = {patient.id: patient.name for patient in schedules.patients} if schedules else {}
    told = _last_told(update.records)
    for patient, own in sorted(_by_patient(update).items()):
        if not own.calls and not any(map(_is_visible, own.changes)):
            continue
        say(f"{patient}  {names.get(patient, '')}".rstrip(), "bold")
        for change in _in_order(own.changes):
            if _is_visible(change):
                _show_change(change, told.get((patient, change.after.draft.step)))
        for call in own.calls:
            say(Text("  ") + Text("call", "bold red") + Text(f"{'':<8}{call.reason}: {call.say}"))
        say()


def _last_told(records: Iterable[Record]) -> Mapping[tuple[str, str], Record]:
    """Return of each message the text last sent."""
    by_revision = sorted(records, key=lambda record: record.revision)
    return {(record.draft.patient, record.draft.step): record for record in by_revision if was_told(record)}


def _plan_order(change: Change) -> tuple[int, str, int]:
    return change.after.draft.position, change.after.draft.step, change.after.revision


def _show_change(change: Change, told: Record | None) -> None:
    """Print a line of facts; below it, of a text that would go out, the words, where they are new."""
    zone, after = ZoneInfo(change.after.draft.quiet.zone), change.after
    say(change_line(change))
    if change.before is None and told is not None and told.sent_at is not None:
        say(Text(f"{'':<{_INDENT}}corrects what was sent on {local(told.sent_at, zone)}", "dim"))
    if after.state in UNSENT and (change.before is None or change.before.draft.body != after.draft.body):
        show(Padding(Text(after.draft.body or "", "dim"), (0, 0, 0, _INDENT)))


def change_line(change: Change) -> Text:
    """Return what happens to which text, when it goes out, and why."""
    zone, after = ZoneInfo(change.after.draft.quiet.zone), change.after
    old, new = _before(change), local(after.send_at, zone)
    when = new if old is None else f"{local(old, zone)} → {new}"
    revision = f" (revision {after.revision})" if after.revision > 1 else ""
    why = f"  {after.reason}" if after.reason else ""
    kind = _kind(change)
    return (
        Text("  ") + word(kind) + Text(f"{'':<{_INDENT - 2 - len(kind)}}{after.draft.step + revision:<36}{when}{why}")
    )


def visible_changes(update: Update) -> list[Change]:
    """Return the changes that anybody can notice, in plan order."""
    return [change for change in _in_order(update.changes) if _is_visible(change)]


def _is_visible(change: Change) -> bool:
    """Say whether anybody can notice a change: not that only what the ledger knows of the procedure differs."""
    before, after = change.before, change.after
    if before is None or change.kind is not ChangeKind.UPDATED:
        return True
    return _visibly(before) != _visibly(after)


def _visibly(record: Record) -> tuple[object, ...]:
    return record.state, record.send_at, record.draft.body, record.draft.to


def _before(change: Change) -> datetime | None:
    """Return when a text would have gone out, where that is another time now."""
    before = change.before
    return before.send_at if before is not None and before.send_at != change.after.send_at else None


def _kind(change: Change) -> str:
    """Return what happens to a text, in the admin's words: what is updated has another time, or other words."""
    if change.after.draft.step in NOTICES and change.kind is ChangeKind.NEW:
        return "notice"
    if change.kind is not ChangeKind.UPDATED or change.before is None:
        return change.kind.value
    if change.before.state != change.after.state:  # and something else besides
        return (ChangeKind.HELD if change.after.state is State.HELD else ChangeKind.RELEASED).value
    return "updated" if _before(change) is None else "moved"


def _closing(update: Update, *, was_accepting: bool) -> str:
    what = count_changes(update)
    if update.waits:
        again = "Nothing is accepted yet: this was not shown before. " if was_accepting else ""
        reasons = " ".join(update.waits)
        return f"{again}{what}. This waits for a person: {reasons} “notifier changes --accept” applies exactly this."
    if was_accepting and update.changes:
        return f"Applied: {what}."
    return f"{what}." if update.changes else "The ledger agrees with the files."


def count_changes(update: Update) -> str:
    """Return `3 changes for 1 patient`: those that anybody can notice."""
    visible = [change for change in update.changes if _is_visible(change)]
    patients = count(len({change.after.draft.patient for change in visible}), "patient")
    return f"{count(len(visible), 'change')} for {patients}"


def update_json(update: Update, zone: ZoneInfo, *, was_accepting: bool = False) -> dict[str, object]:
    """Return an update for programs; times carry the patient's offset."""
    return {
        "now": iso(update.checked.now, zone),
        "changes": [
            _change_json(change) for _, own in sorted(_by_patient(update).items()) for change in _in_order(own.changes)
        ],
        "calls": [_call_json(call, zone) for call in update.new_calls],
        "waits": list(update.waits),
        "applied": was_accepting and not update.waits,
        "problems": problems_json(update.checked.problems),
    }


def _in_order(changes: Iterable[Change]) -> list[Change]:
    return sorted(changes, key=_plan_order)


def _change_json(change: Change) -> dict[str, object]:
    after, zone = change.after, ZoneInfo(change.after.draft.quiet.zone)
    return {
        "change": _kind(change),
        "patient": after.draft.patient,
        "step": after.draft.step,
        "revision": after.revision,
        "state": after.state.value,
        "reason": after.reason,
        "send_at_before": iso(change.before.send_at, zone) if change.before else None,
        "send_at": iso(after.send_at, zone),
        "latest": iso(after.draft.latest, zone),
        "to": after.draft.to,
        "body": after.draft.body,
    }


def _call_json(call: Call, zone: ZoneInfo) -> dict[str, object]:
    return {
        "patient": call.patient,
        "reason": call.reason.value,
        "about": call.about,
        "name": call.name,
        "phone": call.phone,
        "say": call.say,
        "by": iso(call.by, zone),
    }
