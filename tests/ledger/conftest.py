"""An open ledger for each engine that the suite runs over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.ledger.engine import url_of
from notifier.ledger.opening import Ledger, open_ledger
from tests.fakes.blank_ledger import have_ledger
from tests.fakes.postgres import Postgres

on_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # for what only a file has


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without anything in it; where the test takes an open ledger too, it is that ledger's."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    file = tmp_path / "state" / "ledger.db"
    return have_ledger(file) if "ledger" in request.fixturenames else url_of(file)


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest, postgres: Postgres) -> str:
    return postgres.empty_ledger() if "ledger" in request.fixturenames else postgres.empty_database()


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with open_ledger(url) as opened:
        yield opened
