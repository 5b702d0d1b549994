"""`notifier import`: an export of a scheduling system, taken into a patients file of its own."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from notifier.actions.import_export import Import, import_export, read_export_mapping
from notifier.cli.console import count, print_json, say
from notifier.cli.problems import problems_json, show_problems
from notifier.cli.proposal import Desk, conclude, in_words, with_desk
from notifier.core.problems import Problem
from notifier.intake.mapping import ExportMapping
from notifier.intake.splices import EditError

MOST_IDS = 12  # that are listed


@click.command("import", epilog="Example: notifier import appointments.csv --mapping mapping.yaml")
@click.argument("export", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--mapping", required=True, type=click.Path(path_type=Path), help="What the columns and words mean.")
@with_desk
def command(desk: Desk, export: Path, mapping: Path) -> None:
    """Take FILE, a CSV or Excel export of a scheduling system, into the patients file that the mapping names.

    That file belongs to the import: each one writes it anew, so that it says what the last export
    says. First it shows what would change for the patients, as `notifier changes` does, and asks.
    A row, a word or a date that the mapping does not explain stops the whole import.
    """
    try:
        known = read_export_mapping(mapping)
        if not isinstance(known, ExportMapping):
            _refuse(desk, known, mapping)
        found = import_export(desk.given.schedules, export, known)
    except EditError as error:
        raise click.ClickException(str(error)) from None
    if not isinstance(found, Import):
        _refuse(desk, found)
    conclude(desk, lambda: found.version, place=found.place, notes=_notes(found))


def _refuse(desk: Desk, problems: Sequence[Problem], mapping: Path | None = None) -> NoReturn:
    """Tell every problem, of the mapping or of the export, and exit."""
    if desk.as_json:
        print_json({"written": False, "problems": problems_json(problems)})
        sys.exit(1)
    if mapping is not None:
        show_problems(problems, Path())
    else:
        for line in in_words(problems):
            say(line)
        say()
    say(f"Nothing is taken over: {count(len(problems), 'problem')}.", "bold")
    sys.exit(1)


def _notes(found: Import) -> list[str]:
    left_out = f", {count(found.left_out, 'row')} left out" if found.left_out else ""
    notes = [f"{count(found.bookings, 'booking')}: {len(found.new)} new, {len(found.gone)} gone{left_out}."]
    if found.gone:
        more = f" and {len(found.gone) - MOST_IDS} more" if len(found.gone) > MOST_IDS else ""
        listed = ", ".join(found.gone[:MOST_IDS]) + more
        notes.append(
            f"Gone from the export: {listed}. Texts to them end, and nobody tells them. Whoever is cancelled should "
            "stay in the export, with a status that says so."
        )
    return notes
