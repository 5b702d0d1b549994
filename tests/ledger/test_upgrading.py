"""A ledger of every schema that there was is brought to this program's, with all that it holds and a copy from before.

`released/` has a ledger of each, as the program of its time made it. From the first release on, the
schema of every release is among them.
"""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.core.lifecycle import State
from notifier.ledger.engine import url_of
from notifier.ledger.errors import LedgerError, NoLedgerError
from notifier.ledger.opening import empty_ledger, open_existing, open_ledger
from notifier.ledger.schema import HEAD
from notifier.ledger.sqlite_file import opened, read_contents
from notifier.ledger.upgrading import KEEP, Upgrade, upgrade_ledger
from tests.builders import NOON
from tests.ledger.holdings import holdings

RELEASED = sorted((Path(__file__).parent / "released").glob("*.sql"))
DAY = timedelta(days=1)


def a_released(schema: str, file: Path) -> Path:
    """Make the ledger that a program with this schema left."""
    with closing(sqlite3.connect(file)) as database:
        database.executescript((Path(__file__).parent / "released" / f"{schema}.sql").read_text(encoding="utf-8"))
    file.chmod(0o600)
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def test_every_schema_before_this_one_is_tried() -> None:
    assert [path.stem for path in RELEASED] == [f"{number:04}" for number in range(1, int(HEAD))]


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_a_ledger_of_each_earlier_schema_is_brought_up_with_all_that_it_holds(released: Path, file: Path) -> None:
    with opened(a_released(released.stem, file)) as connection:
        before = read_contents(connection, file)
    upgrade_ledger(url_of(file), NOON)
    with opened(file) as connection:
        after = read_contents(connection, file)
    assert after.counts.items() >= before.counts.items()
    assert after.as_of == before.as_of == NOON
    with open_ledger(url_of(file)) as ledger, ledger.reading() as book:
        assert [record.state for record in book.messages("P-1042")] == [State.DELIVERED, State.PLANNED]
        assert [doubt.texts for doubt in book.in_doubt(10)] == [("Anchor Healthcare: a text.",)]
        assert len(book.story("P-1042")) == 4


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_an_upgraded_ledger_has_the_very_schema_of_a_new_one(released: Path, file: Path, tmp_path: Path) -> None:
    upgrade_ledger(url_of(a_released(released.stem, file)), NOON)
    new = tmp_path / "new.db"
    open_ledger(url_of(new)).close()
    # Sorted, since the files in `released/` have kept no order of indexes.
    assert sorted(holdings(url_of(file))) == sorted(holdings(url_of(new)))


def test_the_copy_from_before_is_named_after_its_schema_and_its_time(file: Path) -> None:
    with opened(a_released("0002", file)) as connection:
        before = read_contents(connection, file)
    backup = file.with_name(f"ledger.db.before-{HEAD}-from-0002-20261202T120000Z")
    assert upgrade_ledger(url_of(file), NOON) == Upgrade("0002", HEAD, backup)
    assert backup.stat().st_mode & 0o777 == 0o600
    with opened(backup) as connection:
        assert read_contents(connection, backup) == before


def test_only_the_newest_copies_from_before_upgrades_are_kept(file: Path) -> None:
    old = [file.with_name(f"ledger.db.before-0002-from-0001-2026010{day}T120000Z") for day in range(1, 9)]
    for one in old:
        one.touch()
    upgrade = upgrade_ledger(url_of(a_released("0003", file)), NOON)
    kept = sorted(file.parent.glob("*.before-*"))
    assert len(kept) == KEEP
    assert kept[-1] == upgrade.backup


def test_a_ledger_that_is_up_to_date_is_not_copied(file: Path) -> None:
    upgrade_ledger(url_of(file), NOON)
    assert upgrade_ledger(url_of(file), NOON + DAY) == Upgrade(HEAD, HEAD)
    assert list(file.parent.iterdir()) == [file]


def test_a_new_ledger_is_told_from_an_upgraded_one(file: Path) -> None:
    assert upgrade_ledger(url_of(file), NOON).is_new
    assert not upgrade_ledger(url_of(file), NOON).is_new


def test_nothing_is_upgraded_where_no_copy_can_be_made(file: Path) -> None:
    a_released("0003", file)
    file.with_name(f"ledger.db.before-{HEAD}-from-0003-20261202T120000Z").mkdir()
    with pytest.raises(LedgerError, match="is there already"):
        upgrade_ledger(url_of(file), NOON)
    with opened(file) as connection:
        assert read_contents(connection, file).schema == "0003"


def test_an_older_ledger_is_not_upgraded_in_passing(file: Path) -> None:
    a_released("0003", file)
    for opening in (open_ledger, open_existing):
        with pytest.raises(LedgerError, match=rf"older notifier's \(schema 0003, this one needs {HEAD}\)"):
            opening(url_of(file))


def test_looking_at_no_ledger_makes_none(file: Path) -> None:
    with pytest.raises(NoLedgerError, match=f"There is no ledger at {file}: the service has not run yet"):
        open_existing(url_of(file))
    assert not file.exists()


def test_an_empty_ledger_to_compare_with_can_be_asked_everything() -> None:
    with empty_ledger() as ledger, ledger.reading() as book:
        assert book.is_empty()
        assert book.good_files() == {}
