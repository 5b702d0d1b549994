"""`notifier plan`: every text that the files ask for, and when it goes out."""

import sys
from datetime import datetime

import click

from notifier.actions.check_schedules import Checked, check_schedules
from notifier.actions.compare_plans import compare_plans
from notifier.cli.console import console, iso, local, print_json, say
from notifier.cli.options import Given, as_json, clinic_zone, with_now, with_settings
from notifier.cli.plan_diff import comparison_json, show_comparison
from notifier.cli.plan_files import Wanted, with_files
from notifier.cli.plan_json import message_json
from notifier.cli.problems import count_problems, problems_json, show_problems
from notifier.cli.selection import Selection, with_selection
from notifier.cli.timeline import show_days, show_legend, show_timelines
from notifier.intake.git_version import VersionError


@click.command("plan", epilog="Example: notifier plan --patient P-1042 --now 2026-12-01T09:00:00-07:00")
@with_selection
@click.option(
    "--diff",
    "version",
    metavar="WHAT",
    help="Show what these files change, compared with another folder, or with themselves at a git revision.",
)
@with_files
@with_settings
@with_now
@as_json
def command(
    given: Given, now: datetime, selection: Selection, wanted: Wanted, version: str | None, *, as_json: bool
) -> None:
    """Show every text that the files ask for: when it goes out, until when it may, and its words.

    This is what the files say, without regard to what was sent; `notifier changes` regards it.
    Times are the patient's own. An option given several times takes all that is named. With --diff,
    WHAT is a folder, such as one with a draft's original, or else a revision, such as HEAD or main.
    Exits 1 where a file has an error.
    """
    if version is not None and wanted.files:
        raise click.UsageError("A picture or a calendar shows one plan: leave out --diff.")
    checked = (
        _show_plan(given, now, selection, wanted, as_json=as_json)
        if version is None
        else _show_diff(given, now, selection, version, as_json=as_json)
    )
    sys.exit(1 if checked.has_errors else 0)


def _show_plan(given: Given, now: datetime, selection: Selection, wanted: Wanted, *, as_json: bool) -> Checked:
    with console(stderr=True).status("Planning…"):
        checked = check_schedules(given.schedules, now)
    selection.verify([checked])
    narrowed = selection.narrow(checked)
    schedules, plan, zone = narrowed.reading.schedules, narrowed.plan, clinic_zone(given.schedules)
    written = [*wanted.write(schedules, plan)] if schedules else []
    if as_json:
        messages = [message_json(message) for message in plan.messages]
        print_json({"now": iso(now, zone), "messages": messages, "problems": problems_json(checked.problems)})
        return checked
    show_problems(checked.problems, given.schedules)
    if schedules is not None and not wanted.files:
        show = show_days if selection.days else show_timelines
        show(schedules, plan)
        show_legend(plan)
    for file in written:
        say(f"Wrote {file}.")
    say(f"As of {local(now, zone)} at the clinic; {count_problems(checked.problems)} in the files.")
    return checked


def _show_diff(given: Given, now: datetime, selection: Selection, version: str, *, as_json: bool) -> Checked:
    try:
        with console(stderr=True).status("Planning…"):
            comparison = compare_plans(given.schedules, version, now)
    except VersionError as error:
        raise click.BadParameter(str(error), param_hint="--diff") from None
    selection.verify([comparison.before, comparison.after])
    zone = clinic_zone(given.schedules)
    if as_json:
        print_json({"now": iso(now, zone), **comparison_json(comparison, selection)})
    else:
        show_problems(comparison.after.problems, given.schedules)
        show_comparison(comparison, selection, version)
        say(f"As of {local(now, zone)} at the clinic; {count_problems(comparison.after.problems)} in the files.")
    return comparison.after
