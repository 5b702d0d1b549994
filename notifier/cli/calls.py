"""`notifier calls`: whom somebody has to telephone, why, what to say and by when."""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from notifier.actions.close_call import close_call
from notifier.cli.console import COLUMNS, count, iso, local, print_json, say
from notifier.cli.options import Given, as_json, clinic_zone, list_command, with_settings
from notifier.cli.timeline import wrapped
from notifier.clock import SystemClock
from notifier.ledger.rows import CallEntry
from notifier.wiring.ledger import open_to_look

_SAY = "      say  "


@list_command("calls", "[done ID …]", click.option("--all", "with_closed", is_flag=True, help="Closed entries too."))
def command(ctx: click.Context, given: Given, *, with_closed: bool, as_json: bool) -> None:
    """List the patients whom a text could not serve: who, phone, why, what to say, by when.

    The most urgent come first; times are the clinic's. Exits 1 where anybody has to be called.
    """
    if ctx.invoked_subcommand is not None:
        return
    with open_to_look(given.settings) as ledger, ledger.reading() as book:
        entries, good_files = book.calls(open_only=not with_closed), book.good_files()
    zone = clinic_zone(given.schedules, good_files)
    waiting = sum(entry.closed_at is None for entry in entries)
    if as_json:
        now = SystemClock().now()
        print_json({"now": iso(now, zone), "calls": [entry_json(entry, zone) for entry in entries]})
    else:
        for entry in entries:
            show_entry(entry, zone)
        # One patient may be on the list for several reasons.
        patients = len({entry.patient for entry in entries if entry.closed_at is None})
        say(f"{count(patients, 'patient')} to call; times are {zone.key}." if waiting else "Nobody has to be called.")
    sys.exit(1 if waiting else 0)


@command.command("done", epilog="Example: notifier calls done 17 --by 'Ann Lee' --note 'reached, knows the new time'")
@click.argument("entry_id", metavar="ID", type=int)
@click.option("--by", required=True, help="Who has called.")
@click.option("--note", default="", help="What came of it.")
@with_settings
@as_json
def done(given: Given, entry_id: int, by: str, note: str, *, as_json: bool) -> None:
    """Close entry ID: somebody has called. Closing is recorded; a new reason opens it again."""
    if not by.strip():
        raise click.BadParameter("say who has called.", param_hint="--by")
    with open_to_look(given.settings) as ledger:
        entry = close_call(ledger, entry_id, by=by.strip(), note=note.strip(), now=SystemClock().now())
        with ledger.reading() as book:
            good_files = book.good_files()
    if entry is None:
        message = f"No open entry has the number {entry_id}; “notifier calls” lists them."
        raise click.BadParameter(message, param_hint="ID")
    if as_json:
        print_json(entry_json(entry, clinic_zone(given.schedules, good_files)))
    else:
        say(f"Closed: {entry.patient}, {entry.reason}.")


def show_entry(entry: CallEntry, zone: ZoneInfo) -> None:
    """Print an entry as whoever calls needs it: who and until when, then why, then what to say."""
    is_open = entry.closed_at is None
    when = f"call by {local(entry.by_when, zone)}" if is_open else f"closed  {local(entry.closed_at, zone)}"
    who = f"{entry.name}, {entry.phone}" if entry.name else entry.phone
    say(f"{entry.id:>4}  {when}  {entry.patient}  {who}", "bold" if is_open else "")
    say(f"      why  {entry.reason}" + (f" ({_about(entry.about, zone)})" if entry.about else ""))
    for number, line in enumerate(wrapped(entry.say, COLUMNS - len(_SAY))):
        say(f"{'' if number else _SAY:<{len(_SAY)}}{line}")
    if not is_open:
        say(f"      by   {entry.closed_by}" + (f": {entry.note}" if entry.note else ""))
    say()


def _about(about: str, zone: ZoneInfo) -> str:
    """Return a message's key as it is, and the time of a procedure by the clocks of `zone`."""
    try:
        return local(datetime.fromisoformat(about), zone)
    except ValueError:
        return about


def entry_json(entry: CallEntry, zone: ZoneInfo) -> dict[str, object]:
    """Return an entry for programs; times carry the offset of `zone`."""
    return {
        "id": entry.id,
        "patient": entry.patient,
        "name": entry.name,
        "phone": entry.phone,
        "reason": entry.reason.value,
        "about": entry.about,
        "say": entry.say,
        "by": iso(entry.by_when, zone),
        "opened_at": iso(entry.opened_at, zone),
        "closed_at": iso(entry.closed_at, zone),
        "closed_by": entry.closed_by,
        "note": entry.note,
    }
