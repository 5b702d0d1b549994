"""`notifier pause`: nothing goes out until `notifier resume`."""

import click

from notifier.actions.pause_texts import Paused, pause_texts
from notifier.cli.console import iso, local, print_json, say
from notifier.cli.options import Given, as_json, by_whom, clinic_zone, with_settings
from notifier.clock import SystemClock
from notifier.wiring.ledger import open_the_ledger


@click.command("pause", epilog='Example: notifier pause --by "Ann Lee" --why "the wash text names the wrong soap"')
@with_settings
@by_whom
@click.option("--why", help="Why; shown to whoever looks at the status.")
@as_json
def command(given: Given, by: str, why: str | None, *, as_json: bool) -> None:
    """Keep all texts back, from this second on; the pause outlives restarts.

    What is due meanwhile waits. After `notifier resume` it goes out where it is still useful; what has
    missed its time is on the call list.
    """
    switch(given, by, why, is_on=True, as_json=as_json)


def switch(given: Given, by: str, why: str | None, *, is_on: bool, as_json: bool) -> None:
    """Begin or end the pause, and say how it stands."""
    with open_the_ledger(given.settings) as ledger:
        paused = pause_texts(ledger, is_on=is_on, by=by, why=why, now=SystemClock().now())
    zone = clinic_zone(given.schedules)
    if as_json:
        since = paused.since
        print_json(
            {
                "paused": since is not None,
                "changed": paused.is_changed,
                "since": iso(since.at, zone) if since else None,
                "by": since.by if since else None,
                "why": since.why if since else None,
                "oldest_overdue": iso(paused.oldest_overdue, zone),
            }
        )
        return
    say(_sentence(paused, is_on=is_on))
    if paused.since is not None and not paused.is_changed:
        say(f"Since {local(paused.since.at, zone)}, by {paused.since.by}: {paused.since.why or 'no reason given'}.")
    if paused.oldest_overdue is not None:
        say(f"The oldest text that waits was due {local(paused.oldest_overdue, zone)}.")


def _sentence(paused: Paused, *, is_on: bool) -> str:
    if is_on:
        return "Paused: no text goes out until “notifier resume”." if paused.is_changed else "It was paused already."
    return "Resumed: texts go out again." if paused.is_changed else "There was no pause: texts go out."
