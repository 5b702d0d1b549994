"""A real ledger for each test; of those that are not about its file, one on each engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.ledger.opening import Ledger, open_ledger
from tests.fakes.blank_ledger import have_ledger
from tests.fakes.postgres import Postgres

_ON_A_SERVER = "postgresql"
_ON_ONE_ENGINE = {"test_rehearse", "test_take_vitals"}  # ask nothing of a ledger that others do not; the first is slow


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs no more than a ledger over both engines."""
    is_for_both = metafunc.module.__name__.rpartition(".")[2] not in _ON_ONE_ENGINE
    if is_for_both and "ledger" in metafunc.fixturenames and "file" not in metafunc.fixturenames:
        server = pytest.param(_ON_A_SERVER, marks=pytest.mark.untraced)  # the lines of an action are the same on both
        metafunc.parametrize("ledger", ["sqlite", server], indirect=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of the ledger."""
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    with open_ledger(_url(request)) as opened:
        yield opened


def _url(request: pytest.FixtureRequest) -> str:
    if getattr(request, "param", None) == _ON_A_SERVER:
        server: Postgres = request.getfixturevalue("postgres")
        return server.empty_ledger()
    return have_ledger(request.getfixturevalue("file"))
