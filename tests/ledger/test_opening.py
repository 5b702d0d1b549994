"""A ledger is opened whole or not at all, and a refusal is one sentence that says what to do about it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from traceback import format_exception

import pytest
from sqlalchemy.exc import IntegrityError

from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger, open_ledger
from notifier.ledger.schema import HEAD
from tests.builders import a_record
from tests.ledger.steps import record_new, states


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def refusal(url: str) -> str:
    with pytest.raises(LedgerError) as caught:
        open_ledger(url)
    return str(caught.value)


def test_a_new_ledger_is_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "var" / "state" / "ledger.db"
    with open_ledger(f"sqlite:///{file}") as ledger:
        record_new(ledger, a_record())
        assert file.parent.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in file.parent.iterdir()} == {0o600}


def test_what_was_written_is_there_when_the_ledger_is_opened_again(url: str) -> None:
    with open_ledger(url) as ledger:
        record_new(ledger, a_record())
    with open_ledger(url) as ledger, ledger.reading() as book:
        assert book.messages("P-1042") == [a_record()]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "state/ledger.db",
            "The ledger's address is not a database URL such as sqlite:////var/lib/notifier/ledger.db.",
        ),
        ("mysql://localhost/x", "The ledger's URL begins with 'mysql': a ledger is kept in sqlite or postgresql."),
        ("sqlite://", "The ledger's URL names no file; write it as sqlite:////var/lib/notifier/ledger.db."),
        (
            "postgresql+pg8000://user:secret@localhost/x",
            "A ledger at postgresql+pg8000:// needs the Python package 'pg8000', which is not installed.",
        ),
        (
            "postgresql+nosuch://localhost/x",
            "The ledger's URL begins with 'postgresql+nosuch', for which there is no driver.",
        ),
        ("sqlite:////dev/null/ledger.db", "The ledger /dev/null/ledger.db cannot be opened for writing: File exists."),
    ],
)
def test_an_address_that_can_hold_no_ledger_is_refused(url: str, sentence: str) -> None:
    assert refusal(url) == sentence


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    assert refusal(f"sqlite:///{tmp_path}") == f"The ledger {tmp_path} cannot be opened for writing: Is a directory."


def test_a_folder_that_may_not_be_written_is_named() -> None:
    # Nobody, not even root, may make files or folders there.
    assert refusal("sqlite:////proc/notifier/ledger.db").startswith(
        "The ledger /proc/notifier/ledger.db cannot be opened for writing: "
    )


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(file: Path) -> None:
    content = b"Dear diary, " * 500
    file.write_bytes(content)
    assert refusal(f"sqlite:///{file}") == f"The ledger {file} cannot be used: file is not a database."
    assert file.read_bytes() == content


def test_a_damaged_ledger_is_refused_and_left_as_it_is(file: Path) -> None:
    open_ledger(f"sqlite:///{file}").close()
    content = bytearray(file.read_bytes())
    content[100:4096] = b"\xff" * 3996
    file.write_bytes(content)
    assert refusal(f"sqlite:///{file}") == f"The ledger {file} cannot be used: database disk image is malformed."
    assert file.read_bytes() == content


@pytest.mark.parametrize("table", ["songs (title TEXT)", "alembic_version (version_num TEXT)"])
def test_a_database_of_something_else_is_refused(file: Path, table: str) -> None:
    """Another program's may be at no revision at all."""
    with closing(sqlite3.connect(file)) as other:
        other.execute(f"CREATE TABLE {table}")
    sentence = f"{file} is a database, but not a notifier's ledger: it has other tables."
    assert refusal(f"sqlite:///{file}") == sentence


def test_a_ledger_of_a_newer_program_is_refused(file: Path) -> None:
    open_ledger(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '0099'")
    sentence = f"The ledger {file} was written by a newer notifier (schema 0099, this one knows {HEAD})"
    assert refusal(f"sqlite:///{file}").startswith(sentence)


def test_a_failing_database_is_told_without_statements_or_values(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="constraint") as caught:
        record_new(ledger, a_record(latest=None))
    said = f"{caught.value} {caught.value.__cause__}"
    assert "+1720" not in said
    assert "Maria" not in said
    assert states(ledger) == []


def test_a_traceback_of_a_failing_database_quotes_no_row(ledger: Ledger) -> None:
    row = "a check failed\nDETAIL:  Failing row contains (Maria, +17205550134)."
    with pytest.raises(LedgerError, match="a check failed") as caught, ledger.writing():
        raise IntegrityError("INSERT", {}, Exception(row))
    told = "".join(format_exception(caught.value))
    assert "LedgerError" in told
    assert "DETAIL" not in told


def test_reading_sees_one_instant_while_another_writes(ledger: Ledger) -> None:
    with ledger.reading() as book:
        assert book.is_empty()
        record_new(ledger, a_record())
        assert book.is_empty()
    with ledger.reading() as book:
        assert not book.is_empty()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://notifier@127.0.0.1:1/texts?password=secret9",
        "postgresql+psycopg://notifier:secret9@127.0.0.1:1/texts?sslpassword=secret9",
        "postgresql://notifier:s@secret9@127.0.0.1:1/texts",
        "postgresql://notifier:secret9@127.0.0.1:port/texts",
        "postgresql://notifier:secret9@[::1/texts",
    ],
)
def test_a_password_is_in_no_sentence_wherever_it_stands(url: str) -> None:
    assert "secret9" not in refusal(url)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgres://notifier@127.0.0.1/texts", "write postgresql://"),
        ("postgresql://notifier:p@ss@127.0.0.1/texts", "write %40"),
        ("postgresql://notifier@127.0.0.1:port/texts", "is not a database URL"),
        ("postgresql://[::1/texts", "is not a database URL"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_with_how_to_mend_it(url: str, sentence: str) -> None:
    assert sentence in refusal(url)
