"""`notifier db`: care of the ledger, for ops."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn

from notifier.actions.back_up_ledger import back_up_ledger
from notifier.actions.move_ledger import move_ledger
from notifier.actions.prepare_ledger import prepare_ledger
from notifier.actions.purge_patients import preview_purge, purge_patients
from notifier.actions.restore_ledger import Restored, note_restored, restore_ledger
from notifier.cli.console import console, count, iso, local, print_json, say
from notifier.cli.options import Given, as_json, clinic_zone, with_settings
from notifier.clock import SystemClock
from notifier.ledger.copying import Tell
from notifier.ledger.lock import lock_ledger
from notifier.ledger.opening import require_ledger
from notifier.wiring.ledger import keep_of, ledger_is_file, open_to_look


@click.group("db", epilog="Example: notifier db backup /var/backups/notifier")
def command() -> None:
    """Care for the ledger: bring it to this version, back it up, restore it, move it, keep to retention."""


@command.command("upgrade", epilog="Example: notifier db upgrade")
@with_settings
@as_json
def upgrade(given: Given, *, as_json: bool) -> None:
    """Bring the ledger to this version's schema, as a start of the service does.

    A copy of it as it was is put beside it first. Refused while a service is at work on it.
    """
    url = given.settings.ledger
    require_ledger(url)
    with lock_ledger(url), _progress("Copying the ledger") as tell:
        done = prepare_ledger(url, SystemClock().now(), tell)
    if as_json:
        backup = str(done.backup) if done.backup else None
        print_json({"before": done.before, "after": done.after, "backup": backup})
    elif done.before == done.after:
        say(f"The ledger is at schema {done.after} already.")
    else:
        say(f"The ledger is at schema {done.after} now; it was at {done.before}.")
        if done.backup is not None:
            say(f"As it was before: {done.backup}")


@command.command("backup", epilog="Example: notifier db backup /var/backups/notifier --keep 14")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--keep", type=click.IntRange(min=1), help="In a folder: remove all but the newest so many backups.")
@with_settings
@as_json
def backup(given: Given, file: Path, keep: int | None, *, as_json: bool) -> None:
    """Copy the ledger to FILE, or into the folder FILE under a name with the time, also while the service works.

    The copy is read again from end to end, and counted, before it gets its name. It holds names, phones and
    texts: only its owner may read it. Nothing is ever written over.
    """
    if keep is not None and not file.is_dir():
        raise click.UsageError(f"--keep is for backups in a folder, and {file} is none.")
    now = SystemClock().now()
    with _progress("Copying the ledger") as tell:
        done = back_up_ledger(given.settings.ledger, file, now, keep=keep, tell=tell)
    zone, contents = clinic_zone(given.schedules), done.contents
    if as_json:
        print_json(
            {
                "file": str(done.file),
                "schema": contents.schema,
                "as_of": iso(contents.as_of, zone),
                "rows": dict(contents.counts),
                "removed": [str(one) for one in done.removed],
            }
        )
        return
    texts, events = contents.counts["messages"], contents.counts["events"]
    say(f"{done.file}: {count(texts, 'text')} and {count(events, 'event')}, verified.")
    if done.removed:
        say(f"Removed {count(len(done.removed), 'older backup')}.")


@command.command("restore", epilog="Example: notifier db restore /var/backups/notifier/ledger-20261203T090000Z.db")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@with_settings
@as_json
def restore(given: Given, file: Path | None, *, as_json: bool) -> None:
    """Make the backup FILE the ledger. Stop the service first; the ledger that is there is kept beside it.

    Texts that are overdue start in doubt: they may have gone out after the backup was made, so Twilio is asked
    about each before it goes. Opt-outs and a pause since then are brought along where the ledger can still be read.
    A ledger in PostgreSQL is put back by pg_restore, all services stopped; then call this without FILE.
    """
    now, url = SystemClock().now(), given.settings.ledger
    if file is None and ledger_is_file(given.settings):
        raise click.UsageError("Name the backup that is to be the ledger.")
    if file is None:
        done = note_restored(url, now)
    else:
        with _progress("Copying the backup") as tell:
            done = restore_ledger(url, file, now, tell)
    if as_json:
        print_json(_restored_json(done, given, now))
    else:
        _show_restored(done, given, now)


@command.command("move", epilog="Example: notifier db move --to postgresql://notifier@db.example.org/notifier")
@click.option("--to", "target", required=True, help="The database to move to, empty; its password: see PGPASSFILE.")
@with_settings
@as_json
def move(given: Given, target: str, *, as_json: bool) -> None:
    """Carry the ledger from its SQLite file to PostgreSQL, where several hosts can share it. Stop the service first.

    Every row is read back and compared. The file keeps all that it holds, and is marked, so that no service starts
    on it by mistake. Afterwards have the setting “ledger” name the database, and start the service.
    """
    with _progress("Moving the ledger") as tell:
        done = move_ledger(given.settings.ledger, target, tell)
    if as_json:
        print_json({"from": str(done.source), "rows": dict(done.rows)})
        return
    texts, events = done.rows["messages"], done.rows["events"]
    say(f"Moved: {count(texts, 'text')} and {count(events, 'event')}, in {len(done.rows)} tables, verified.")
    say(f"{done.source} still holds them, and is marked as moved.")
    say("Now have the setting “ledger” name the database, and start the service.", "bold")


@command.command("purge", epilog="Example: notifier db purge --dry-run")
@click.option("--dry-run", is_flag=True, help="Say who would be purged, and do nothing.")
@with_settings
@as_json
def purge(given: Given, *, dry_run: bool, as_json: bool) -> None:
    """Forget name, phone and texts of patients whose care was over more than `retention.days` ago. For good.

    What happened and when stays, under the booking's id; so do opt-outs with their phones, or nobody would know
    whom not to text. Whom somebody has still to call is not purged. Backups keep what they have: remove old ones.
    """
    decide = preview_purge if dry_run else purge_patients
    with open_to_look(given.settings) as ledger:
        found = decide(ledger, keep_of(given.settings), SystemClock().now())
    zone = clinic_zone(given.schedules)
    if as_json:
        names = {"patients": list(found.patients), "replies_of_strangers": found.strangers}
        print_json({"before": iso(found.before, zone), "dry_run": dry_run, **names})
        return
    patients = count(len(found.patients), "patient")
    over = f"whose care was over by {local(found.before, zone)}"
    gone = "; the file holds nothing of it" if ledger_is_file(given.settings) else ""
    say(f"Would purge {patients} {over}." if dry_run else f"Purged {patients} {over}{gone}.")
    for patient in found.patients if dry_run else ():
        say(f"  {patient}")


@contextmanager
def _progress(what: str) -> Iterator[Tell]:
    """Give what draws a bar on a terminal, for as long as the block runs."""
    bar = Progress(TextColumn(what), BarColumn(), TextColumn("{task.percentage:.0f} %"), console=console(stderr=True))
    bar.disable = not console(stderr=True).is_terminal
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _restored_json(done: Restored, given: Given, now: datetime) -> dict[str, object]:
    zone = clinic_zone(given.schedules)
    return {
        "as_of": iso(done.contents.as_of, zone),
        "restored_at": iso(now, zone),
        "schema": done.contents.schema,
        "kept": str(done.aside) if done.aside else None,
        "in_doubt": list(done.doubtful),
        "opt_outs_brought_along": None if done.lost is None else len(done.opt_outs),
        "paused": done.pause is not None,
        "lost_rows": None if done.lost is None else dict(done.lost),
    }


_LOSSES = {
    "attempts": ("try at sending", "tries at sending"),
    "replies": ("reply of patients", "replies of patients"),
    "calls": ("entry of the call list", "entries of the call list"),
}


def _show_restored(done: Restored, given: Given, now: datetime) -> None:
    zone = clinic_zone(given.schedules)
    as_of = local(done.contents.as_of, zone)
    say(f"The ledger is now the backup: what happened until {as_of}, and nothing until {local(now, zone)}.", "bold")
    if done.aside:
        say(f"The ledger that was there is kept: {done.aside}")
    say()
    say("What a person has to look at before the service starts again:", "bold")
    if done.lost is None:
        say(
            f"- Opt-outs since {as_of} are LOST: no ledger that could be read was there. In Twilio's console, look "
            "for replies since then (STOP and its kin, and refusals in own words), and enter each phone with "
            "“notifier optout add”.",
            "bold red",
        )
        say("- Replies since then are in Twilio's console only, and so is what was sent. Was there a pause?")
    else:
        say(
            f"- Opt-outs and returns since then: {len(done.opt_outs)}, all brought along (“notifier optout --history”)."
        )
        lost = [count(done.lost[name], *words) for name, words in _LOSSES.items() if name in done.lost]
        say(f"- Not in it, but in the one that is kept: {', '.join(lost) or 'nothing that concerns patients'}.")
    if done.pause is not None:
        say(f"- All texts stay paused, as {done.pause.by} wanted; “notifier resume” ends it.")
    say(f"- {count(len(done.doubtful), 'text')} may have gone out since then; Twilio is asked before any of them goes:")
    for key in done.doubtful:
        say(f"    {key}")
    say("- Calls that were closed since then are open again: “notifier calls”.")
    say("- Whoever was purged since then is back: “notifier db purge”.")
