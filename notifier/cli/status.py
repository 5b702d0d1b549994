"""`notifier status`: how things stand, and what needs a person."""

import sys
from collections.abc import Collection
from zoneinfo import ZoneInfo

import click

from notifier.actions.check_schedules import Checked, check_schedules
from notifier.actions.compare_copies import compare_copy
from notifier.actions.take_stock import Stock, take_stock
from notifier.actions.update_plan import preview_update
from notifier.cli.console import Row, count, iso, local, print_json, say, show_table, word
from notifier.cli.options import Given, as_json, clinic_zone, with_settings
from notifier.cli.problems import count_problems
from notifier.clock import SystemClock
from notifier.core.delivery import Record
from notifier.ledger.rows import Turned
from notifier.wiring.ledger import open_to_look
from notifier.wiring.planning import host_of, limits_of


@click.command("status", epilog="Example: notifier status --json")
@with_settings
@as_json
def command(given: Given, *, as_json: bool) -> None:
    """Show how things stand: texts by state, the next due, what is overdue or has not arrived.

    Exits 1 where something needs a person: an error in the files, a last good version in force
    instead of a file, changes that wait, patients to call, replies to read, an opt-out to decide
    about, a pause, a provider that refuses our settings, a text overdue for more than ten minutes,
    a critical text of the last week that did not do its job, or an alert that no channel has taken.
    """
    now = SystemClock().now()
    with open_to_look(given.settings) as ledger:
        with ledger.reading() as book:
            good_files = book.good_files()
        checked = check_schedules(given.schedules, now, good_files)
        checked = compare_copy(checked, ledger, host_of(given.settings))
        waits = preview_update(checked, ledger, limits_of(given.settings)).waits
        stock = take_stock(ledger, now)
    zone = clinic_zone(given.schedules, good_files)
    files = _needs_of_files(checked, waits)
    needs = [*files, *_needs(stock, overdue=stock.is_overdue(now))]
    if as_json:
        print_json(
            {
                "now": iso(now, zone),
                "transport": given.settings.transport,
                "states": {state.value: number for state, number in stock.counts.items()},
                "next_due": iso(stock.standing.next_due, zone),
                "oldest_overdue": iso(stock.standing.oldest_overdue, zone),
                "not_reached": [{"key": record.key, "state": record.state.value} for record in stock.not_reached],
                "calls": len(stock.calls),
                "paused": _turned_json(stock.paused, zone),
                "stopped": _turned_json(stock.stopped, zone),
                "opted_out": len(stock.opt_outs),
                "undecided": stock.undecided,
                "replies_to_read": stock.unread,
                "alerts_not_told": stock.untold,
                "waits": list(waits),
                "last_good": list(checked.last_good),
                "needs_a_person": needs,
            }
        )
    else:
        _show(stock, zone, given.settings.transport)
        for need in needs:
            say(need, "bold red")
        if not needs:
            say("Nothing needs a person.", "green")
    sys.exit(1 if needs else 0)


def _needs_of_files(checked: Checked, waits: Collection[str]) -> list[str]:
    needs = []
    if checked.has_errors:
        needs.append(f"The schedule files have {count_problems(checked.problems)}; see “notifier check”.")
    needs += [f"The last good version of {file} is in force." for file in checked.last_good]
    if waits:
        needs.append(f"A change in the files waits for a person: {' '.join(waits)} See “notifier changes”.")
    return needs


def _needs(stock: Stock, *, overdue: bool) -> list[str]:
    needs = []
    if stock.paused:
        needs.append(f"Paused by {stock.paused.by}: no text goes out. “notifier resume” ends it.")
    if stock.stopped:
        needs.append(
            f"The provider refuses our settings (code {stock.stopped.why}): no text goes out. Mend the account's "
            "settings; texts go out again by themselves once one gets through, or at once with “notifier resume”."
        )
    if overdue and not stock.paused:
        needs.append("Texts are overdue by more than ten minutes: is “notifier run” running?")
    if stock.calls:
        patients = count(len({call.patient for call in stock.calls}), "patient")
        needs.append(f"{patients} to call; see “notifier calls”.")
    if stock.unread:
        needs.append(f"{count(stock.unread, 'reply', 'replies')} to read; see “notifier calls”.")
    if stock.undecided:
        asked = count(stock.undecided, "phone")
        needs.append(f"{asked} blocked until you decide, asked in own words; see “notifier optout”.")
    if stock.not_reached:
        needs.append(f"{count(len(stock.not_reached), 'critical text')} did not do its job; call these patients.")
    if stock.untold:
        needs.append(f"{count(stock.untold, 'alert')} that no channel has taken; the service's log says why.")
    return needs


def _show(stock: Stock, zone: ZoneInfo, transport: str) -> None:
    last = stock.standing.last_event
    say(f"transport      {transport}" + ("  (no phone gets any text)" if transport == "sandbox" else ""))
    say(f"next due       {local(stock.standing.next_due, zone)}")
    say(f"overdue since  {local(stock.standing.oldest_overdue, zone)}")
    say(f"last event     {local(last.at, zone) + ', ' + last.what if last else '-'}")
    say(f"opted out      {count(len(stock.opt_outs), 'phone')}")
    say()
    show_table(("state", "texts"), [(word(state), f"{number:,}") for state, number in stock.counts.items()])
    if stock.not_reached:
        say()
        show_table(("critical text", "state", "why", "useful until"), map(_row, stock.not_reached))
    say()


def _turned_json(turned: Turned | None, zone: ZoneInfo) -> dict[str, object] | None:
    return None if turned is None else {"since": iso(turned.at, zone), "by": turned.by, "why": turned.why}


def _row(record: Record) -> Row:
    return (
        record.key,
        word(record.state),
        record.reason or "",
        local(record.draft.latest, ZoneInfo(record.draft.quiet.zone)),
    )
