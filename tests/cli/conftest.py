"""A desk in an environment of its own."""

import os
from pathlib import Path

import pytest

from tests.cli.rig import Desk


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without settings but the ledger's, in an empty folder."""
    for variable in os.environ:
        if variable.startswith("NOTIFIER_"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("NOTIFIER_LEDGER", f"sqlite:///{tmp_path}/state/ledger.db")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The shipped clinic and protocol, with Maria, whose procedure is on Thu Dec 3, 2026 at 07:30."""
    return Desk(tmp_path)
