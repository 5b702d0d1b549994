"""`notifier check`: every mistake in the schedule files, at its line."""

import gc
import sys
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from notifier.actions.check_schedules import Survey, survey
from notifier.cli.console import console, count, print_json, say
from notifier.cli.options import Given, as_json, is_now_given, with_now, with_settings
from notifier.cli.problems import count_problems, problems_json, show_problems
from notifier.clock import SystemClock
from notifier.core.allowing import ALLOWABLE
from notifier.core.outline import GOING
from notifier.core.problems import Severity
from notifier.intake.folder import ScheduleReader, read_schedules

MOST_NAMED = 10  # patients


@click.command("check", epilog="Example: notifier check --schedules schedules")
@with_settings
@with_now
@as_json
@click.option("--watch", is_flag=True, help="Check again at each save, until Ctrl-C.")
def command(given: Given, now: datetime, *, as_json: bool, watch: bool) -> None:
    """Find every mistake in the schedule files: where it is, what is wrong, how to mend it.

    Exits 1 where there is an error; warnings keep nothing from being sent.
    """
    if watch:
        if as_json:
            raise click.UsageError("--watch shows problems as they come and go; leave out --json.")
        _watch(given.schedules, now if is_now_given() else None)
        return
    with console(stderr=True).status("Reading the schedule files…"), _without_looking_for_garbage():
        checked = survey(read_schedules(given.schedules, now), now)
    if as_json:
        print_json({"problems": problems_json(checked.problems)})
    else:
        show_survey(checked, given.schedules)
    sys.exit(1 if checked.has_errors else 0)


@contextmanager
def _without_looking_for_garbage() -> Iterator[None]:
    """Keep Python from it: of ten thousand entries none can be thrown away, and looking takes a seventh of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _watch(folder: Path, fixed: datetime | None) -> None:
    """Check at each save, at the instant `fixed` or by the clock; only files that changed are read again."""
    from notifier.cli.watching import at_each_save  # noqa: PLC0415 - watchdog would make each check slower to start

    reader = ScheduleReader(folder)

    def check() -> None:
        now = fixed or SystemClock().now()
        checked = survey(reader.read(now), now)
        click.clear()  # a terminal only
        show_survey(checked, folder)
        say(f"Watching {folder} for changes; Ctrl-C ends.\n", "dim")

    at_each_save(folder, check, reader.may_have_changed)


def show_survey(checked: Survey, folder: Path) -> None:
    """Print every problem, then in a closing line what would be sent, and who is held."""
    show_problems(checked.problems, folder)
    if any(problem.severity is Severity.WARNING and problem.code in ALLOWABLE for problem in checked.problems):
        say("Where a warning is right, say so beside it: “allow: { its-code: the reason }”.\n", "dim")
    going = [(len(course.patients), sum(one.status in GOING for one in course.messages)) for course in checked.courses]
    patients = count(sum(number for number, texts in going if texts), "patient")
    texts = count(sum(number * texts for number, texts in going), "text")
    still = "would still be sent" if checked.has_errors else "will be sent"
    held = _held(checked.reading.broken | checked.reading.kept)
    say(f"{count_problems(checked.problems).capitalize()}. {texts} to {patients} {still}.{held}")


def _held(ids: AbstractSet[str]) -> str:
    if not ids:
        return ""
    more = len(ids) - MOST_NAMED
    named = ", ".join(sorted(ids)[:MOST_NAMED])
    return f" Held until the errors are mended: {named}{f' and {more:,} more' if more > 0 else ''}."
