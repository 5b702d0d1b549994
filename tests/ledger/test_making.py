"""A new ledger is made at once, and is in everything what all migrations together make: all of it, or nothing."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from notifier.ledger.engine import url_of
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import open_ledger
from tests.builders import a_record
from tests.fakes.postgres import Postgres
from tests.ledger.holdings import holdings, migrated
from tests.ledger.steps import record_new

HANDS = 4


@pytest.fixture
def another(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of another database without anything in it, of the same engine."""
    if url.startswith("sqlite"):
        return url_of(tmp_path / "another.db")
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty_database()


def test_a_new_ledger_is_what_all_migrations_together_make(url: str, another: str) -> None:
    open_ledger(url).close()
    found = holdings(url)
    assert found == holdings(migrated(another))
    assert any("only ever appended" in each for each in found)


@pytest.mark.untraced
def test_making_and_opening_a_ledger_does_without_alembic(url: str) -> None:
    program = "import sys; from notifier.ledger.opening import open_ledger; url = sys.argv[1]"
    code = f"{program}; open_ledger(url).close(); open_ledger(url).close(); sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code, url], check=False).returncode == 0


def test_those_who_make_one_ledger_at_the_same_time_make_it_once(url: str) -> None:
    ready = Barrier(HANDS)

    def make(number: int) -> None:
        ready.wait()
        with open_ledger(url) as ledger:
            record_new(ledger, a_record(patient=f"P-{number}"))

    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(make, range(HANDS)))
    with open_ledger(url) as ledger, ledger.reading() as book:
        assert book.patients() == {f"P-{number}" for number in range(HANDS)}


@contextmanager
def out_of_room(when: Callable[[str], bool]) -> Iterator[None]:
    """Have the first statement of which this is true fail, as on a full disk."""

    def fail(*said: Any) -> None:  # noqa: ANN401 (SQLAlchemy passes six things)
        if when(said[2]):
            raise OperationalError("", {}, Exception("database or disk is full"))

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", fail)


@pytest.mark.parametrize("last", ["CREATE TABLE messages", "CREATE TRIGGER", "INSERT INTO alembic_version"])
def test_a_ledger_that_could_not_be_made_to_the_end_is_not_begun(url: str, last: str) -> None:
    with out_of_room(lambda said: last in said), pytest.raises(LedgerError, match="disk is full"):
        open_ledger(url)
    with create_engine(url, poolclass=NullPool).connect() as connection:
        assert inspect(connection).get_table_names() == []
    with open_ledger(url) as ledger:
        record_new(ledger, a_record())
