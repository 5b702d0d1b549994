"""An open ledger for each engine that the suite runs over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.ledger.opening import Ledger, open_ledger


@pytest.fixture(params=["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without anything in it."""
    urls = {"sqlite": f"sqlite:///{tmp_path / 'state' / 'ledger.db'}"}
    return urls[request.param]


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with open_ledger(url) as opened:
        yield opened
