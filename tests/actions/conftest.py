"""A real ledger for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.ledger.opening import Ledger, open_ledger


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of the ledger."""
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(file: Path) -> Iterator[Ledger]:
    with open_ledger(f"sqlite:///{file}") as opened:
        yield opened
