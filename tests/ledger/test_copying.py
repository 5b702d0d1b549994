"""Copies of a ledger: of one instant, verified, whole or not there; and what is damaged is found."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.ledger.copying import copy_ledger, examine_copy, keep_newest
from notifier.ledger.engine import url_of
from notifier.ledger.errors import LedgerError, LedgerOutOfOrderError
from notifier.ledger.opening import Ledger, open_ledger
from notifier.ledger.schema import HEAD
from notifier.ledger.sqlite_file import compact, find_damage, opened, read_contents, refuse_damaged
from tests.builders import NOON, a_record
from tests.ledger.steps import record_new


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def busy(file: Path) -> Iterator[Ledger]:
    """A ledger with 2,000 messages, in use."""
    with open_ledger(url_of(file)) as ledger:
        record_new(ledger, *(a_record(patient=f"P-{number}") for number in range(2_000)))
        yield ledger


def spoil(file: Path, name: str) -> None:
    """Overwrite the middle of what belongs to a table or an index."""
    with opened(file) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        [root] = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchone()
        [size] = connection.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as bytes_of:
        bytes_of.seek((root - 1) * size + 4)
        bytes_of.write(b"\xff" * 64)


def test_a_copy_is_of_one_instant_although_others_write_meanwhile(busy: Ledger, file: Path, tmp_path: Path) -> None:
    added: list[int] = []

    def write_meanwhile(done: int, total: int) -> None:
        assert done <= total
        record_new(busy, a_record(patient=f"Q-{len(added)}"))
        added.append(done)

    copy = tmp_path / "copy.db"
    contents = copy_ledger(file, copy, write_meanwhile)
    assert added
    assert (contents.schema, contents.counts["messages"], contents.as_of) == (HEAD, 2_000, NOON)
    assert examine_copy(copy) == contents


def test_a_copy_is_one_file_for_its_owners_eyes(busy: Ledger, file: Path, tmp_path: Path) -> None:
    assert busy
    folder = tmp_path / "backups"
    folder.mkdir()
    copy_ledger(file, folder / "copy.db")
    examine_copy(folder / "copy.db")
    assert [(path.name, path.stat().st_mode & 0o777) for path in folder.iterdir()] == [("copy.db", 0o600)]


def test_nothing_is_written_over(busy: Ledger, file: Path, tmp_path: Path) -> None:
    assert busy
    (tmp_path / "letter").write_text("dear", encoding="utf-8")
    with pytest.raises(LedgerError, match="letter is there already, and no backup is written over"):
        copy_ledger(file, tmp_path / "letter")
    assert (tmp_path / "letter").read_text(encoding="utf-8") == "dear"


def test_a_copy_that_fails_leaves_nothing_behind(busy: Ledger, file: Path, tmp_path: Path) -> None:
    assert busy
    folder = tmp_path / "backups"
    folder.mkdir()

    def fail(done: int, total: int) -> None:
        raise LedgerError(f"{done} of {total}")

    with pytest.raises(LedgerError):
        copy_ledger(file, folder / "copy.db", fail)
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(busy: Ledger, file: Path, tmp_path: Path) -> None:
    assert busy
    with pytest.raises(LedgerError, match="cannot be written: No such file or directory"):
        copy_ledger(file, tmp_path / "none" / "copy.db")


def test_a_ledger_that_is_damaged_is_not_passed_on_as_a_backup(busy: Ledger, file: Path, tmp_path: Path) -> None:
    busy.close()
    spoil(file, "messages_send_at")
    with pytest.raises(LedgerError):
        copy_ledger(file, tmp_path / "copy.db")
    assert list(tmp_path.glob("*copy*")) == []


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda _: None, "There is no file "),
        (lambda path: path.write_bytes(b"Dear diary, " * 500), "cannot be used: file is not a database"),
        (
            lambda path: sqlite3.connect(path).execute("CREATE TABLE songs (title)").connection.close(),
            "is not a notifier",
        ),
    ],
)
def test_what_cannot_take_a_ledgers_place_is_said(
    tmp_path: Path, write: Callable[[Path], object], sentence: str
) -> None:
    write(tmp_path / "backup.db")
    with pytest.raises(LedgerError, match=sentence):
        examine_copy(tmp_path / "backup.db")


def test_a_backup_of_a_newer_program_is_refused(busy: Ledger, file: Path) -> None:
    busy.close()
    with opened(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(LedgerError, match="written by a newer notifier"):
        examine_copy(file)


def test_a_damaged_backup_is_refused(busy: Ledger, file: Path) -> None:
    busy.close()
    spoil(file, "messages_send_at")
    with pytest.raises(LedgerError, match=r"The backup .* is damaged .*: take an older one"):
        examine_copy(file)


@pytest.mark.parametrize("within", [None, 30.0])
def test_damage_is_found_and_a_whole_file_has_none(busy: Ledger, file: Path, within: float | None) -> None:
    busy.close()
    assert find_damage(file, within=within) == ()
    spoil(file, "events")
    assert find_damage(file, within=within)
    with pytest.raises(LedgerError, match=r"is damaged .* “notifier db restore BACKUP” puts"):
        refuse_damaged(file, within=within)


def test_a_reference_to_nothing_is_found(busy: Ledger, file: Path) -> None:
    busy.close()
    with closing(sqlite3.connect(file)) as other, other:
        other.execute(
            "INSERT INTO attempts (key, ordinal, 'to', text, carried_stop_line, started_at)"
            " VALUES ('x', 1, '', '', 0, 0)"
        )
    assert find_damage(file) == ("row 1 of attempts refers to what is not in messages",)


def test_a_look_that_takes_too_long_lets_the_service_start(busy: Ledger, file: Path) -> None:
    busy.close()
    assert find_damage(file, within=0.0) == ()


def test_a_file_that_another_program_keeps_is_worth_another_try(file: Path) -> None:
    file.touch()
    with opened(file) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerOutOfOrderError, match="cannot be used: database is locked"):
            compact(file, patience=0)


def test_only_the_newest_backups_are_kept(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"ledger-2026120{day}.db").touch()
    gone = keep_newest(tmp_path.glob("*.db"), 2)
    assert [path.name for path in gone] == [f"ledger-2026120{day}.db" for day in (1, 2, 3)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger-20261204.db", "ledger-20261205.db"]


def test_a_file_is_not_compacted_while_its_journal_is_read(busy: Ledger, file: Path) -> None:
    record_new(busy, a_record(patient="P-last", earliest=NOON - timedelta(hours=2)))
    with busy.reading() as book:
        assert not book.is_empty()
        with pytest.raises(LedgerError, match="journal holds old bytes"):
            compact(file, patience=0.05)


def test_a_file_without_anything_is_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with opened(tmp_path / "empty.db") as connection, pytest.raises(LedgerError, match="is not a notifier's ledger"):
        read_contents(connection, tmp_path / "empty.db")


def test_a_file_that_names_no_schema_is_no_ledger(file: Path) -> None:
    open_ledger(url_of(file)).close()
    with opened(file) as connection:
        connection.execute("DELETE FROM alembic_version")
        with pytest.raises(LedgerError, match="is not a notifier's ledger"):
            read_contents(connection, file)
