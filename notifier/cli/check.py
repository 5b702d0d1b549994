"""`notifier check`: every mistake in the schedule files, at its line."""

import sys
from datetime import datetime

import click

from notifier.actions.check_schedules import check_schedules
from notifier.cli.console import console, count, print_json, say
from notifier.cli.options import Given, as_json, with_now, with_settings
from notifier.cli.problems import count_problems, problems_json, show_problems
from notifier.core.model import PlanStatus


@click.command("check", epilog="Example: notifier check --schedules schedules")
@with_settings
@with_now
@as_json
def command(given: Given, now: datetime, *, as_json: bool) -> None:
    """Find every mistake in the schedule files: where it is, what is wrong, how to mend it.

    Exits 1 where there is an error; warnings keep nothing from being sent.
    """
    with console(stderr=True).status("Reading the schedule files…"):
        checked = check_schedules(given.schedules, now)
    if as_json:
        print_json({"problems": problems_json(checked.problems)})
    else:
        show_problems(checked.problems, given.schedules)
        going = [
            message for message in checked.plan.messages if message.status in (PlanStatus.PLANNED, PlanStatus.LATE)
        ]
        patients = count(len({message.draft.patient for message in going}), "patient")
        still = "would still be sent" if checked.has_errors else "will be sent"
        say(f"{count_problems(checked.problems).capitalize()}. {count(len(going), 'text')} to {patients} {still}.")
    sys.exit(1 if checked.has_errors else 0)
