"""Values on the command line that are read as in a schedule file."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

import click

from notifier.core.problems import WordingError
from notifier.intake.values import read_date

T = TypeVar("T")


class Read(click.ParamType[T]):
    """A value that is read as in a file, also in the form that Excel gives it."""

    def __init__(self, name: str, reader: Callable[..., T]) -> None:
        self.name = name
        self._reader = reader

    def convert(self, value: str | T, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """Return what is meant; fails with the sentence that `check` would say."""
        try:
            return self._reader(value, month_first=True) if isinstance(value, str) else value
        except WordingError as error:
            self.fail(f"{error} {error.hint}", param, ctx)


DAY = Read[date]("DAY", read_date)
