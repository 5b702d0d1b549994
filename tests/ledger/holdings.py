"""All that a database's schema holds, as the database itself tells it, to hold one against another."""

import subprocess
from pathlib import Path

from notifier.ledger.engine import make_engine, make_file, meant_for, read_url, sqlite_file
from notifier.ledger.migrating import upgrade
from notifier.ledger.purpose import Purpose
from notifier.ledger.sqlite_file import opened
from tests.fakes.postgres import find_wheel


def migrated(url: str) -> str:
    """Have alembic bring a database, which may be empty or not there, to this program's schema, and return its URL."""
    engine, file = make_engine(read_url(url)), sqlite_file(read_url(url))
    if file is not None:
        make_file(file)
    with meant_for(engine, Purpose.WRITING).begin() as connection:
        upgrade(connection)
    engine.dispose()
    return url


def holdings(url: str) -> list[str]:
    """Return how each thing in the database would be made again, and the revision; tables in the order of their names.

    The order of columns counts, and on SQLite that of what a table has, since its choice of an index depends on it.
    How words are parted and quoted does not.
    """
    file = sqlite_file(read_url(url))
    return _dumped(url) if file is None else _of_file(file)


def _of_file(file: Path) -> list[str]:
    things = "SELECT tbl_name, type, name, sql FROM sqlite_schema ORDER BY tbl_name, type, rowid"
    with opened(file) as connection:
        found = [" ".join(str(part).replace('"', "") for part in row) for row in connection.execute(things)]
        version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return [" ".join(each.split()).replace(" ,", ",") for each in [*found, str(version)]]


def _dumped(url: str) -> list[str]:
    """Everything that pg_dump would make again; its remarks and the word that each dump has of its own are left out."""
    program = find_wheel() / "pginstall" / "bin" / "pg_dump"

    def dump(*options: str) -> list[str]:
        done = subprocess.run([program, *options, url], check=True, capture_output=True, text=True)
        return [line for line in done.stdout.splitlines() if line and not line.startswith(("--", "\\"))]

    return dump("--schema-only") + dump("--data-only", "--inserts", "--table=alembic_version")
