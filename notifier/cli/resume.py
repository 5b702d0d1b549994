"""`notifier resume`: texts go out again after `notifier pause`."""

import click

from notifier.cli.options import Given, as_json, by_whom, with_settings
from notifier.cli.pause import switch


@click.command("resume", epilog='Example: notifier resume --by "Ann Lee"')
@with_settings
@by_whom
@click.option("--why", help="Why; kept with the pause.")
@as_json
def command(given: Given, by: str, why: str | None, *, as_json: bool) -> None:
    """Let texts go out again, within seconds.

    Those that waited go where they are still useful, placed again within their hours; what has
    missed its time is on the call list.
    """
    switch(given, by, why, is_on=False, as_json=as_json)
