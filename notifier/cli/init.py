"""`notifier init`: a folder of schedule files to start from."""

import sys
from pathlib import Path

import click

from notifier.actions.check_schedules import check_schedules
from notifier.actions.start_schedules import ClinicCard, FolderError, start_schedules
from notifier.cli.console import say
from notifier.cli.problems import show_problems
from notifier.clock import SystemClock
from notifier.wiring import find_shipped


@click.command("init", epilog='Example: notifier init schedules --name "Anchor Healthcare" --phone 303-555-0100')
@click.argument("folder", type=click.Path(path_type=Path), default=Path("schedules"))
@click.option("--name", default="Anchor Healthcare", show_default=True, help="The clinic, as texts name it.")
@click.option("--phone", default="303-555-0100", show_default=True, help="Where patients call, as texts write it.")
@click.option("--time-zone", default="America/Denver", show_default=True, help="The clinic's, by its IANA name.")
def command(folder: Path, name: str, phone: str, time_zone: str) -> None:
    """Write clinic.yaml, the MILD protocol, a patients file without patients, and a guide into FOLDER.

    A folder that holds anything is left alone.
    """
    try:
        files = start_schedules(find_shipped() / "schedules", folder, ClinicCard(name, phone, time_zone))
    except FolderError as error:
        raise click.UsageError(str(error)) from None
    for file in files:
        say(f"wrote {file}")
    checked = check_schedules(folder, SystemClock().now())
    show_problems(checked.problems, folder)
    say(f"\nNext: read {folder / 'README.md'}, add a patient, then “notifier check --schedules {folder}”.")
    sys.exit(1 if checked.has_errors else 0)
