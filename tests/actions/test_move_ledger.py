"""A ledger is moved from its file to PostgreSQL whole, verified, or not at all."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from notifier.actions.move_ledger import Moved, move_ledger
from notifier.actions.restore_ledger import note_restored
from notifier.core.lifecycle import State
from notifier.core.replies import Inbound, ReplyKind
from notifier.ledger.engine import read_url, url_of
from notifier.ledger.errors import LedgerError
from notifier.ledger.lock import lock_ledger
from notifier.ledger.opening import Ledger, open_ledger
from notifier.ledger.rows import Switch
from notifier.ledger.schema import metadata
from notifier.ledger.sqlite_file import opened
from tests.actions.steps import record, states, told
from tests.builders import NOON, a_call, a_record
from tests.fakes.postgres import Postgres
from tests.ledger.steps import accepted, claim, settle


@pytest.fixture
def target(postgres: Postgres) -> str:
    return postgres.empty_database()


@pytest.fixture
def full(ledger: Ledger, file: Path) -> Path:
    """The file of a ledger with something in nearly every table."""
    record(ledger, a_record(), a_record(patient="P-7", to="+17205550135", state=State.EXPIRED, send_at=None), now=NOON)
    [attempt] = claim(ledger)
    settle(ledger, attempt, accepted())
    with ledger.writing() as book:
        book.opt_out("+17205550135", "STOP", "patient", NOON)
        book.keep_files({"clinic.yaml": b"clinic: \xc3\xbc\x00"}, NOON)
        book.turn(Switch.PAUSE, "ops", None, NOON, is_on=True)
        book.list_calls([a_call()], [a_call().patient], NOON)
        book.keep_reply(Inbound("SM9", "+17205550134", 'OK \\N\t"', None), ReplyKind.OTHER, None, ["P-1042"], NOON)
    ledger.close()
    return file


def moved(file: Path, target: str) -> Moved:
    return move_ledger(url_of(file), target)


def test_everything_is_there_afterwards_and_goes_on(full: Path, target: str) -> None:
    with opened(full) as connection:
        rows = {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - the schema's own
            for name in metadata.tables
        }
    assert moved(full, target) == Moved(full, rows)
    assert rows["messages"] == 2
    with open_ledger(target) as ledger:
        assert states(ledger) == {"last-meal": State.ACCEPTED}
        with ledger.reading() as book:
            assert book.good_files() == {"clinic.yaml": b"clinic: \xc3\xbc\x00"}
            assert book.opted_out() == {"+17205550135"}
            assert [reply.body for reply in book.replies()] == ['OK \\N\t"']
            assert [past.attempt.id for past in book.attempts("P-1042")] == [1]
            known = text("SELECT relname, reltuples FROM pg_class WHERE relname IN ('messages', 'attempts')")
            # By itself the server would know of it after minutes, in which dispatch was slow.
            assert dict(map(tuple, book._connection.execute(known))) == {"messages": 2, "attempts": 1}  # noqa: SLF001 - a book does not ask
        before = told(ledger)
        record(ledger, a_record(step="prepare", to="+17205550136"), now=NOON)  # with numbers of its own
        assert told(ledger) == [*before, ("new", None)]


def test_no_service_starts_on_what_was_moved(full: Path, target: str) -> None:
    moved(full, target)
    with pytest.raises(LedgerError, match="was moved to PostgreSQL"):
        open_ledger(url_of(full))
    with pytest.raises(LedgerError, match="was moved to PostgreSQL"):
        moved(full, target)


def test_a_database_with_something_in_it_is_refused(full: Path, target: str) -> None:
    with open_ledger(target) as ledger:
        record(ledger, a_record(patient="P-8"), now=NOON)
    with pytest.raises(LedgerError, match=r"not empty: its table .* has rows"):
        moved(full, target)
    with open_ledger(url_of(full)) as still:
        assert states(still) == {"last-meal": State.ACCEPTED}


def test_a_ledger_that_a_service_works_on_is_not_moved(full: Path, target: str) -> None:
    with lock_ledger(url_of(full)), pytest.raises(LedgerError, match="already running"):
        moved(full, target)
    with lock_ledger(target), pytest.raises(LedgerError, match="at work on this ledger, here or on another host"):
        moved(full, target)
    moved(full, target)


def test_an_older_ledger_is_brought_up_first(full: Path, target: str) -> None:
    with opened(full) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0004'")
    with pytest.raises(LedgerError, match="notifier db upgrade"):
        moved(full, target)


def test_nothing_is_moved_into_a_newer_programs_ledger(full: Path, target: str) -> None:
    open_ledger(target).close()
    with closing(psycopg.connect(read_url(target).render_as_string(), autocommit=True)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(LedgerError, match="written by a newer notifier"):
        moved(full, target)


def test_only_a_file_is_moved_and_only_to_a_server(full: Path, target: str, tmp_path: Path) -> None:
    for source, goal in ((url_of(full), url_of(tmp_path / "other.db")), (target, target)):
        with pytest.raises(LedgerError, match="from its SQLite file to PostgreSQL"):
            move_ledger(source, goal)


def test_what_the_server_changes_on_the_way_is_noticed(full: Path, target: str) -> None:
    open_ledger(target).close()
    with closing(psycopg.connect(read_url(target).render_as_string(), autocommit=True)) as connection:
        connection.execute(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.body = 'x'; RETURN NEW; END $$"
        )
        connection.execute("CREATE TRIGGER spoil BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION spoil()")
    with pytest.raises(LedgerError, match="The table messages did not arrive as it was sent"):
        moved(full, target)
    with open_ledger(target) as ledger, ledger.reading() as book:
        assert book.is_empty()


def test_progress_is_told_to_the_end(full: Path, target: str) -> None:
    heard: list[tuple[int, int]] = []
    move_ledger(url_of(full), target, lambda done, total: heard.append((done, total)))
    assert heard[-1][0] == heard[-1][1] > 0


def test_after_a_server_was_put_back_what_is_overdue_starts_in_doubt(target: str) -> None:
    with open_ledger(target) as ledger:
        record(ledger, a_record(), now=NOON)
    with lock_ledger(target), pytest.raises(LedgerError, match="Stop them all first"):
        note_restored(target, NOON)
    done = note_restored(target, NOON + timedelta(hours=1))
    assert done.doubtful == ("P-1042/last-meal/1",)
    assert done.contents.as_of == NOON
    with open_ledger(target) as ledger:
        assert states(ledger) == {"last-meal": State.IN_DOUBT}
