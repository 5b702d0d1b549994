"""The schema is the sum of the migrations, its history cannot be rewritten, and its look-ups stay flat."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool

from notifier.core.alerts import AlertKind
from notifier.core.delivery import Receipt
from notifier.core.replies import ReplyKind
from notifier.ledger.book import Book
from notifier.ledger.migrating import settings
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import Switch
from notifier.ledger.schema import HEAD, metadata
from tests.builders import NOON, a_record
from tests.ledger.conftest import on_sqlite
from tests.ledger.holdings import migrated
from tests.ledger.steps import GAP, record_new, told


def test_the_migrations_lead_to_the_schema_that_the_program_uses(url: str) -> None:
    with create_engine(migrated(url), poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == HEAD
        assert ScriptDirectory.from_config(settings(connection)).get_current_head() == HEAD


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET why = 'other'",
        "DELETE FROM events",
        "UPDATE opt_outs SET is_out = false",
        "DELETE FROM opt_outs",
    ],
)
def test_what_was_told_is_neither_changed_nor_removed(ledger: Ledger, url: str, statement: str) -> None:
    record_new(ledger, a_record())
    with ledger.writing() as book:
        book.opt_out("+17205550134", "STOP", "patient", NOON)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection, pytest.raises(Exception, match="only ever appended"):
        connection.exec_driver_sql(statement)
    assert told(ledger) == [("new", None)]


@pytest.fixture
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Every statement that reaches a database from here on, with its values."""
    seen: list[tuple[str, Any]] = []

    def note(*said: Any) -> None:  # noqa: ANN401 (SQLAlchemy passes six things)
        _connection, _cursor, sql, values, _context, _many = said
        seen.append((sql, values))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def plan_of(url: str, statements: list[tuple[str, Any]]) -> str:
    """How SQLite goes about the questions among the statements."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        questions = [(f"EXPLAIN QUERY PLAN {sql}", values) for sql, values in statements if sql.startswith("SELECT")]
        return "\n".join(row[3] for sql, values in questions for row in database.execute(sql, values))


@on_sqlite
@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda book: book.due(NOON, 10, GAP), "messages_due (due_at<?)"),
        (lambda book: book.due(NOON, 10, GAP), "messages_line_of_a_phone (to=? AND send_at<?)"),
        (lambda book: book.due(NOON, 10, GAP), "messages_of_a_phone (to=? AND state=?)"),
        (lambda book: book.missed(NOON, 10), "messages_due (due_at<?)"),
        (lambda book: book.next_due(GAP), "messages USING INDEX messages_due"),
        (lambda book: book.next_due(GAP), "messages_claimed (to=?)"),
        (lambda book: book.standing(NOON), "messages_due (due_at>?)"),
        (lambda book: book.standing(NOON), "messages_due (due_at<?)"),
        (lambda book: book.line(10), "messages USING INDEX messages_due"),
        (lambda book: book.open_calls(), "calls USING INDEX calls_open"),
        (lambda book: book.awaiting_receipts(NOON, NOON, 10), "messages_awaiting_receipt (looked_at<?)"),
        (lambda book: book.take_receipt(Receipt("SM1", "sent"), NOON), "attempts_sid (sid=?)"),
        (lambda book: book.in_doubt(10), "messages_in_doubt"),
        (lambda book: book.open_alerts(), "alerts USING INDEX alerts_open"),
        (lambda book: book.last_alert(AlertKind.PAUSED), "alerts_of_a_kind (kind=?)"),
        (lambda book: book.switched_on(Switch.PAUSE), "switches_by_name (switch=?)"),
        (lambda book: book.known_sids(["SM1"]), "attempts_sid (sid=?)"),
        # SQLite numbers the indexes behind keys: messages_2 is that of (patient, step, revision)
        (lambda book: book.latest(["P-1042"]), "messages_2 (patient=?)"),
        (lambda book: book.messages("P-1042"), "messages_2 (patient=?)"),
        (lambda book: book.story("P-1042"), "events_of_a_patient (patient=?)"),
        (lambda book: book.attempts("P-1042"), "attempts_1 (key=?)"),
        (lambda book: book.between(NOON, NOON), "messages_send_at (send_at>? AND send_at<?)"),
        (lambda book: book.between(NOON, NOON), "messages_without_send_at (place=?)"),
        (lambda book: book.counts(), "messages_send_at"),
        (lambda book: book.known(["P-1042"]), "messages_2 (patient=?)"),
        (lambda book: book.known([], ["+17205550134"]), "messages_of_a_phone (to=? AND state=?)"),
        (lambda book: book.due(NOON, 10, GAP), "opt_outs_of_a_phone (phone=?)"),
        (lambda book: book.calls(), "calls USING INDEX calls_open"),
        (lambda book: book.meant_for("+17205550134"), "messages_of_a_phone (to=?)"),
        (lambda book: book.has_reply("SM1"), "replies_1 (sid=?)"),
        (lambda book: book.last_answered("+17205550134", [ReplyKind.OTHER]), "replies_of_a_phone (phone=?)"),
        (lambda book: book.calls(open_only=False, patient="P-1042"), "calls_1 (patient=?)"),
    ],
)
def test_questions_are_answered_from_an_index(
    ledger: Ledger, url: str, statements: list[tuple[str, Any]], ask: Callable[[Book], object], index: str
) -> None:
    with ledger.reading() as book:
        ask(book)
    plan = plan_of(url, statements)
    assert index in plan
    assert "SCAN messages\n" not in f"{plan}\n"


@on_sqlite
def test_what_waits_for_another_try_is_found_by_an_index(
    ledger: Ledger, url: str, statements: list[tuple[str, Any]]
) -> None:
    with ledger.writing() as book:
        book.heed_clock(NOON)
    sql, values = next(one for one in statements if one[0].startswith("UPDATE messages SET due_at"))
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert "messages_put_off (due_at>?)" in plan[0]


@on_sqlite
def test_whoever_is_sought_among_the_claimed_is_found_by_an_index(
    ledger: Ledger, url: str, statements: list[tuple[str, Any]]
) -> None:
    with ledger.writing() as book:
        book.doubt_abandoned(NOON)
    [[sql, values]] = [one for one in statements if one[0].startswith("UPDATE")]
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert "messages_claimed" in plan[0]
