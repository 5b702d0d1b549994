"""What a reconciling found is written once, with its event, and never over a message that was claimed."""

import threading
from contextlib import closing, suppress
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from notifier.core.delivery import Change, ChangeKind, Event, Record
from notifier.core.lifecycle import State
from notifier.ledger.book import Book
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger
from tests.builders import NOON, a_draft, a_record
from tests.ledger.steps import accepted, claim, due_keys, record_new, settle, states, told


def apply(ledger: Ledger, *changes: Change) -> list[Change]:
    with ledger.writing() as book:
        return book.apply(changes, NOON, "files")


def stored(ledger: Ledger) -> list[Record]:
    with ledger.reading() as book:
        return book.messages("P-1042")


@pytest.mark.parametrize(
    "record",
    [
        a_record(),
        a_record(state=State.HELD, reason="no consent", dates_only=frozenset({"procedure", "arrival"})),
        a_record(state=State.HELD, place=None, body=None, earliest=None, latest=None, moments={}),
        a_record(revision=7, body="李 José-María 😀", send_at=NOON + timedelta(microseconds=1)),
    ],
)
def test_a_record_comes_back_as_it_went_in(ledger: Ledger, record: Record) -> None:
    record_new(ledger, record)
    assert stored(ledger) == [record]


def test_a_naive_instant_is_refused(ledger: Ledger) -> None:
    naive = a_record(send_at=datetime(2026, 12, 2, 12, 0))  # noqa: DTZ001 (that is the mistake)
    with pytest.raises(Exception, match="offset-naive"):
        record_new(ledger, naive)


def test_each_change_is_told_with_its_kind_reason_and_cause(ledger: Ledger) -> None:
    record = a_record(reason="late")
    assert apply(ledger, Change(ChangeKind.NEW, None, record)) == [Change(ChangeKind.NEW, None, record)]
    with ledger.reading() as book:
        assert book.story("P-1042") == [Event(NOON, "P-1042", record.key, "new", "late", "files")]


@pytest.mark.parametrize(
    ("kind", "state", "reason"),
    [
        (ChangeKind.UPDATED, State.PLANNED, None),
        (ChangeKind.HELD, State.HELD, "on hold"),
        (ChangeKind.WITHDRAWN, State.WITHDRAWN, "cancelled"),
        (ChangeKind.EXPIRED, State.EXPIRED, "too late"),
    ],
)
def test_an_unsent_message_is_changed_in_place(
    ledger: Ledger, kind: ChangeKind, state: State, reason: str | None
) -> None:
    before = a_record()
    record_new(ledger, before)
    after = before._replace(state=state, reason=reason, draft=a_draft(body="Other words"))
    assert apply(ledger, Change(kind, before, after)) == [Change(kind, before, after)]
    assert stored(ledger) == [after]
    assert told(ledger) == [("new", None), (kind.value, reason)]


def test_a_message_claimed_in_the_meantime_is_left_alone(ledger: Ledger) -> None:
    before = a_record()
    record_new(ledger, before)
    claim(ledger)
    change = Change(ChangeKind.WITHDRAWN, before, before._replace(state=State.WITHDRAWN))
    assert apply(ledger, change) == []
    assert states(ledger) == [State.CLAIMED]
    assert told(ledger) == [("new", None), ("claimed", None)]


def test_a_message_that_someone_else_recorded_first_stays_as_it_is(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    assert apply(ledger, Change(ChangeKind.NEW, None, a_record(body="Other words"))) == []
    assert stored(ledger) == [a_record()]


def test_a_change_to_a_message_that_is_not_there_does_nothing(ledger: Ledger) -> None:
    assert apply(ledger, Change(ChangeKind.UPDATED, a_record(), a_record())) == []
    assert told(ledger) == []


def test_of_many_changes_only_those_that_took_effect_are_returned_in_order(ledger: Ledger) -> None:
    sent = a_record(patient="P-0001", to="+17205550100")
    record_new(ledger, sent)
    [attempt] = claim(ledger)
    settle(ledger, attempt, accepted())
    changes = [Change(ChangeKind.NEW, None, a_record(patient=f"P-{number:04}")) for number in range(1, 1300)]
    assert apply(ledger, *changes) == changes[1:]


def test_a_new_wording_does_not_end_a_back_off_but_a_new_send_time_does(ledger: Ledger) -> None:
    before = a_record()
    record_new(ledger, before)
    with ledger.writing() as book:
        book.postpone(before.key, NOON + timedelta(hours=1), "carrier", NOON)
    reworded = before._replace(draft=a_draft(body="Other words"))
    apply(ledger, Change(ChangeKind.UPDATED, before, reworded))
    assert due_keys(ledger) == []
    moved = reworded._replace(send_at=NOON - timedelta(minutes=1))
    apply(ledger, Change(ChangeKind.UPDATED, reworded, moved))
    assert due_keys(ledger) == [before.key]


def test_a_planned_message_without_a_text_is_refused(ledger: Ledger) -> None:
    with pytest.raises(Exception, match="can_be_sent"):
        record_new(ledger, a_record(body=None))
    assert states(ledger) == []


MANY = 300  # changes: so many are written while the next ones are worked out


def many_new(many: int = MANY) -> list[Change]:
    return [Change(ChangeKind.NEW, None, a_record(patient=f"P-{number:04}")) for number in range(many)]


def how_many(ledger: Ledger) -> int:
    with ledger.reading() as book:
        return book.patients_pending()


def test_many_changes_are_there_for_whoever_asks_next_in_the_same_transaction(ledger: Ledger) -> None:
    with ledger.writing() as book:
        book.apply(many_new(), NOON, "files")
        assert book.patients_pending() == MANY
        assert book.apply(many_new(), NOON, "files") == []
    assert how_many(ledger) == MANY


def test_what_goes_wrong_while_many_are_written_is_said_in_one_sentence_and_nothing_of_it_stays(ledger: Ledger) -> None:
    doubled = [*many_new(), *many_new()]
    with pytest.raises(LedgerError, match=r"cannot be used: [^\n]+\.$") as caught, ledger.writing() as book:
        book.apply(doubled, NOON, "files")
    assert "P-00" not in str(caught.value)
    assert how_many(ledger) == 0
    assert apply(ledger, *many_new()) == many_new()


# What SQLite does by itself where the disk fails, and a server that is ended: the transaction is no more.
_GIVES_UP = {
    "sqlite": """
        CREATE TEMP TRIGGER gives_up BEFORE INSERT ON main.messages
        BEGIN SELECT RAISE(ROLLBACK, 'gave up'); END
    """,
    "postgresql": """
        CREATE FUNCTION gives_up() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
        CREATE TRIGGER gives_up BEFORE INSERT ON messages EXECUTE FUNCTION gives_up()
    """,
}


def write_many_where_it_gives_up(book: Book) -> None:
    connection = book._connection  # noqa: SLF001 - as a disk or an administrator does it
    connection.exec_driver_sql(_GIVES_UP[connection.dialect.name])
    book.apply(many_new(), NOON, "files")


def test_where_the_database_gives_up_among_many_nothing_stays_and_the_reason_is_told(ledger: Ledger) -> None:
    """Their events are in the line behind the messages already, and must not go into a transaction of their own."""
    with pytest.raises(LedgerError, match=r"gave up|terminating connection"), ledger.writing() as book:
        write_many_where_it_gives_up(book)
    assert how_many(ledger) == 0
    assert told(ledger, "P-0000") == []
    assert [thread for thread in threading.enumerate() if thread.name.startswith("ledger")] == []
    assert apply(ledger, *many_new()) == many_new()


# What a server takes its tables for.

on_a_server = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


def taken_for(ledger: Ledger) -> dict[str, float]:
    with ledger.reading() as book:
        known = text("SELECT relname, reltuples FROM pg_class WHERE relname IN ('messages', 'events')")
        return dict(map(tuple, book._connection.execute(known)))  # noqa: SLF001 - a book does not ask


@on_a_server
def test_a_server_knows_at_once_how_much_it_was_given(ledger: Ledger) -> None:
    apply(ledger, *many_new())
    assert taken_for(ledger) == {"messages": MANY, "events": MANY}


@on_a_server
def test_a_table_that_has_not_grown_by_a_tenth_is_left_to_the_server(ledger: Ledger) -> None:
    most = 5 * MANY
    changes = many_new(2 * most)
    apply(ledger, *changes[:most])
    apply(ledger, *changes[most : most + most // 10])
    assert taken_for(ledger) == {"messages": most, "events": most}
    apply(ledger, *changes[most + most // 10 :])
    assert taken_for(ledger) == {"messages": 2 * most, "events": 2 * most}


@on_a_server
def test_what_is_written_does_not_wait_for_a_vacuum(ledger: Ledger, url: str) -> None:
    with closing(psycopg.connect(url)) as vacuum:
        vacuum.execute("LOCK TABLE messages IN SHARE UPDATE EXCLUSIVE MODE")
        assert apply(ledger, *many_new()) == many_new()
    assert how_many(ledger) == MANY


def test_many_changes_are_undone_with_the_transaction_that_they_are_in(ledger: Ledger) -> None:
    class GivenUpError(Exception):
        pass

    with suppress(GivenUpError), ledger.writing() as book:
        book.apply(many_new(), NOON, "files")
        raise GivenUpError
    assert how_many(ledger) == 0
