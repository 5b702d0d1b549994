"""Options that several commands share, and what they come to."""

import getpass
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from click.core import ParameterSource

from notifier.actions.check_schedules import check_schedules
from notifier.clock import SystemClock
from notifier.intake.folder import NO_FILES, read_clinic_zone
from notifier.settings import Settings, load_settings

YEARS = range(2000, 2101)  # as for procedures

Command = Callable[..., Any]

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
by_whom = click.option("--by", default=getpass.getuser, metavar="NAME", help="Who you are.  [default: your user name]")


@dataclass(frozen=True, slots=True)
class Given:
    """The settings, with the command line's own over them."""

    settings: Settings
    schedules: Path
    config: Path | None = None  # as it was named; None where it was not


def with_settings(command: Command) -> Command:
    """Give a command `--schedules` and `--config`, and their outcome as its argument `given`."""

    @click.option("--schedules", type=click.Path(path_type=Path), help="The folder of the schedule files.")
    @click.option(
        "--config", type=click.Path(path_type=Path), help="The settings file.  [default: config/notifier.toml]"
    )
    @wraps(command)
    def wrapper(schedules: Path | None, config: Path | None, **rest: object) -> object:
        context = click.get_current_context()
        before = context.obj or {}
        named = {"schedules": schedules or before.get("schedules"), "config": config or before.get("config")}
        context.obj = named  # for a command below this one
        settings = load_settings(named["config"])
        return command(given=Given(settings, named["schedules"] or settings.schedules, named["config"]), **rest)

    return wrapper


def list_command(name: str, verbs: str, own: Command) -> Callable[[Command], click.Group]:
    """Return what makes a command list something by itself, and let `verbs` below it do something about an entry.

    It is given its `own` option, its settings, `as_json`, and its context, which knows whether a verb was called.
    """

    def make(command: Command) -> click.Group:
        grouped = click.group(
            name, invoke_without_command=True, subcommand_metavar=verbs, epilog=f"Example: notifier {name}"
        )
        return grouped(own(with_settings(as_json(click.pass_context(command)))))

    return make


def with_now(command: Command) -> Command:
    """Give a command `--now`, and the instant meant as its argument `now`; to be put below `with_settings`."""

    @click.option(
        "--now",
        "now_text",
        metavar="INSTANT",
        help="Act as if it were this instant, such as 2026-12-01T09:00:00-07:00; without an offset, the clinic's time.",
    )
    @wraps(command)
    def wrapper(given: Given, now_text: str | None, **rest: object) -> object:
        return command(given=given, now=_instant(now_text, given.schedules), **rest)

    return wrapper


def _instant(text: str | None, schedules: Path) -> datetime:
    if text is None:
        return SystemClock().now()
    return read_given_instant(text, lambda: clinic_zone(schedules), "--now")


def read_given_instant(text: str, zone: Callable[[], ZoneInfo], option: str) -> datetime:
    """Return the instant that an option names; without an offset, by the clocks of `zone`, which is asked only then."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        message = f"“{text}” is not an instant; write it as 2026-12-01T09:00:00-07:00."
        raise click.BadParameter(message, param_hint=option) from None
    if instant.year not in YEARS:
        message = f"The year {instant.year} is not one of {YEARS.start} to {YEARS.stop - 1}."
        raise click.BadParameter(message, param_hint=option)
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=zone())


def is_now_given() -> bool:
    """Say whether the command acts as if it were another instant; what it does then must not last."""
    return click.get_current_context().get_parameter_source("now_text") is ParameterSource.COMMANDLINE


def clinic_zone(schedules: Path, good_files: Mapping[str, bytes] = NO_FILES) -> ZoneInfo:
    """Return the clinic's zone, by the last good clinic.yaml where the present one cannot be used; or UTC."""
    zone = read_clinic_zone(schedules)
    if zone is None and good_files:
        read = check_schedules(schedules, SystemClock().now(), good_files).reading.schedules
        zone = read.clinic.time_zone if read else None
    return zone or ZoneInfo("UTC")
