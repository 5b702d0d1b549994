"""What tests of the command line share: the program called with arguments, and what came of it."""

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from notifier.actions.check_schedules import check_schedules
from notifier.actions.update_plan import update_plan
from notifier.cli.main import cli
from notifier.core.guard import UNGUARDED
from notifier.ledger.opening import open_ledger
from tests.actions.steps import denver
from tests.fakes.blank_ledger import have_ledger
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients

NOW = "2026-11-22T09:00:00-07:00"


@dataclass(frozen=True)
class Outcome:
    """What a call of the program came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 (as the test expects it)
        return json.loads(self.out)


def notifier(*arguments: object) -> Outcome:
    """Call the program as a shell does, in this process."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments], prog_name="notifier")
    return Outcome(result.exit_code, result.stdout, result.stderr)


class Desk:
    """An admin's desk: a schedules folder, a ledger, and the program set to work on them."""

    def __init__(self, home: Path) -> None:
        self.folder = copy_shipped(home / "schedules")
        self.ledger = home / "state" / "ledger.db"
        write_patients(self.folder, an_entry())

    def call(self, *arguments: object) -> Outcome:
        return notifier("--schedules", self.folder, *arguments)

    def entries(self, *entries: str) -> None:
        """Have just these entries in the patients file."""
        write_patients(self.folder, *entries)

    def have_ledger(self) -> None:
        """Have a ledger without anything in it."""
        have_ledger(self.ledger)

    def record(self, wall: str) -> None:
        """Bring the ledger in line with the files, at a wall time in Denver."""
        with open_ledger(have_ledger(self.ledger)) as ledger:
            update_plan(check_schedules(self.folder, denver(wall)), ledger, UNGUARDED)

    def counts(self) -> Mapping[str, int]:
        """How many rows each table of the ledger has."""
        with closing(sqlite3.connect(self.ledger)) as other:
            tables = ("messages", "attempts", "phones", "events")
            return {table: other.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608 (our own words)


def bare_environment() -> dict[str, str]:
    """Return this process's environment without any setting of notifier's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}
