"""`notifier changes`: what the files would change in the ledger."""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from notifier.actions.check_schedules import check_schedules
from notifier.actions.update_plan import preview_update
from notifier.cli.console import Row, console, count, iso, local, print_json, say, show_table, word
from notifier.cli.options import Given, as_json, with_now, with_settings
from notifier.cli.problems import problems_json, show_problems
from notifier.core.delivery import Change
from notifier.wiring import open_the_ledger


@click.command("changes", epilog="Example: notifier changes --schedules schedules")
@with_settings
@with_now
@as_json
def command(given: Given, now: datetime, *, as_json: bool) -> None:
    """Show what the files would change: which texts are new, updated, held or withdrawn.

    Nothing is written; the service records the same when it reads the files. Exits 1 where a
    file has an error.
    """
    with console(stderr=True).status("Comparing the files with the ledger…"), open_the_ledger(given.settings) as ledger:
        update = preview_update(check_schedules(given.schedules, now), ledger)
    changes = sorted(update.changes, key=lambda change: (change.after.draft.patient, change.after.draft.position))
    if as_json:
        print_json(
            {
                "changes": [_change_json(change) for change in changes],
                "problems": problems_json(update.checked.problems),
            }
        )
    else:
        show_problems(update.checked.problems, given.schedules)
        if changes:
            show_table(("patient", "step", "change", "goes out", "why"), map(_row, changes))
            say()
        patients = count(len({change.after.draft.patient for change in changes}), "patient")
        say(f"{count(len(changes), 'change')} for {patients}." if changes else "The ledger agrees with the files.")
    sys.exit(1 if update.checked.has_errors else 0)


def _row(change: Change) -> Row:
    zone = ZoneInfo(change.after.draft.quiet.zone)
    new = local(change.after.send_at, zone)
    old = local(change.before.send_at, zone) if change.before else new
    return (
        change.after.draft.patient,
        change.after.draft.step,
        word(change.kind),
        new if old == new else f"{old} → {new}",
        change.after.reason or "",
    )


def _change_json(change: Change) -> dict[str, object]:
    zone = ZoneInfo(change.after.draft.quiet.zone)
    return {
        "change": change.kind.value,
        "patient": change.after.draft.patient,
        "step": change.after.draft.step,
        "revision": change.after.revision,
        "reason": change.after.reason,
        "send_at_before": iso(change.before.send_at, zone) if change.before else None,
        "send_at": iso(change.after.send_at, zone),
        "body": change.after.draft.body,
    }
