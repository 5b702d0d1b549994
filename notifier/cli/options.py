"""Options that several commands share, and what they come to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from notifier.clock import SystemClock
from notifier.intake.folder import read_clinic_zone
from notifier.settings import Settings, load_settings

YEARS = range(2000, 2101)  # as for procedures

Command = Callable[..., Any]

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@dataclass(frozen=True, slots=True)
class Given:
    """The settings, with the command line's own over them."""

    settings: Settings
    schedules: Path


def with_settings(command: Command) -> Command:
    """Give a command `--schedules` and `--config`, and their outcome as its argument `given`."""

    @click.option("--schedules", type=click.Path(path_type=Path), help="The folder of the schedule files.")
    @click.option(
        "--config", type=click.Path(path_type=Path), help="The settings file.  [default: config/notifier.toml]"
    )
    @wraps(command)
    def wrapper(schedules: Path | None, config: Path | None, **rest: object) -> object:
        before = click.get_current_context().obj or {}
        settings = load_settings(config or before.get("config"))
        folder = schedules or before.get("schedules") or settings.schedules
        return command(given=Given(settings, folder), **rest)

    return wrapper


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
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        message = f"“{text}” is not an instant; write it as 2026-12-01T09:00:00-07:00."
        raise click.BadParameter(message, param_hint="--now") from None
    if instant.year not in YEARS:
        message = f"The year {instant.year} is not one of {YEARS.start} to {YEARS.stop - 1}."
        raise click.BadParameter(message, param_hint="--now")
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=clinic_zone(schedules))
    return instant


def clinic_zone(schedules: Path) -> ZoneInfo:
    """Return the clinic's zone, or UTC where clinic.yaml does not say it."""
    return read_clinic_zone(schedules) or ZoneInfo("UTC")
