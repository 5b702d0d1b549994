"""The files that `notifier plan` writes: pictures, a page, a calendar."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from notifier.cli.picture import timeline_page, timeline_svg
from notifier.cli.picture.bitmap import BitmapError, bitmap
from notifier.core.model import Plan, Schedules

Command = Callable[..., Any]
_KINDS = {
    "svg": "Draw one patient's timeline into this file.",
    "png": "The same as a bitmap; needs the extra notifier[png].",
    "html": "Write a page with everybody's timelines and words into this file; it is for the clinic's own eyes.",
    "ics": "Write what goes out into this calendar file: bookings and steps, no names, no phones.",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The files asked for, by kind."""

    files: dict[str, Path]
    ics_names: bool

    def write(self, schedules: Schedules, plan: Plan) -> Iterator[Path]:
        """Write each file and yield where. Raises UsageError where this plan or this machine does not allow it."""
        for kind, file in self.files.items():
            data = self._made(kind, schedules, plan)
            try:
                file.write_bytes(data)
            except OSError as error:
                raise click.UsageError(
                    f"{file} cannot be written: {(error.strerror or 'unknown reason').lower()}."
                ) from None
            yield file

    def _made(self, kind: str, schedules: Schedules, plan: Plan) -> bytes:
        if kind == "html":
            return timeline_page(schedules, plan).encode()
        if kind == "ics":
            from notifier.cli.calendar_file import calendar_file  # noqa: PLC0415 - its library is slow to import

            return calendar_file(schedules, plan, with_names=self.ics_names)
        svg = timeline_svg(schedules, plan, _only_patient(schedules, kind))
        if kind == "svg":
            return svg.encode()
        try:
            return bitmap(svg)
        except BitmapError as error:
            raise click.UsageError(str(error)) from None


def with_files(command: Command) -> Command:
    """Give a command an option for each kind of file, and what they come to as its argument `wanted`."""

    @click.option(
        "--ics-names", is_flag=True, help="Names and words too: only for a calendar that stays in the clinic."
    )
    @wraps(command)
    def wrapper(*, ics_names: bool, **rest: Any) -> object:  # noqa: ANN401 - what the options below give, and others'
        files = {kind: file for kind in _KINDS if (file := rest.pop(kind)) is not None}
        if ics_names and "ics" not in files:
            raise click.UsageError("--ics-names belongs to --ics FILE.")
        return command(wanted=Wanted(files, ics_names), **rest)

    for kind, words in reversed(_KINDS.items()):
        wrapper = click.option(f"--{kind}", metavar="FILE", callback=_check_ending, type=_A_FILE, help=words)(wrapper)
    return wrapper


_A_FILE = click.Path(path_type=Path, dir_okay=False)


def _check_ending(context: click.Context, option: click.Parameter, file: Path | None) -> Path | None:  # noqa: ARG001 - click's signature
    """Return the file; a slip of the keyboard must not write a picture over a schedule."""
    if file is not None and file.suffix.lower() != f".{option.name}":
        raise click.BadParameter(f"the name of this file has to end in .{option.name}.")
    return file


def _only_patient(schedules: Schedules, kind: str) -> str:
    """Return the one patient whom a picture can show."""
    if len(schedules.patients) == 1:
        return schedules.patients[0].id
    found = f"{len(schedules.patients)} are selected" if schedules.patients else "nobody is selected"
    raise click.UsageError(f"--{kind} shows one patient, and {found}: name one with --patient ID.")
