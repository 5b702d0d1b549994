"""A ledger of an earlier version is brought up to date with all that it holds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, column, insert, table

from notifier.core.delivery import Change, ChangeKind, Event
from notifier.core.lifecycle import State
from notifier.ledger.engine import make_engine, meant_for, read_url
from notifier.ledger.migrating import settings
from notifier.ledger.opening import make_schema, open_ledger
from notifier.ledger.purpose import Purpose
from notifier.ledger.schema import Instant
from tests.builders import NOON, PROCEDURE, a_draft, a_record

MINUTE = timedelta(minutes=1)
ARRIVAL = PROCEDURE - timedelta(hours=1)
MIDNIGHT = datetime(2026, 12, 3, tzinfo=UTC)
INSTANTS = ("send_at", "due_at", "earliest", "latest", "place", "updated_at", "started_at", "at", "last_attempt_at")


def add(connection: Connection, name: str, **values: object) -> None:
    columns = [column(each, Instant) if each in INSTANTS else column(each) for each in values]
    connection.execute(insert(table(name, *columns)).values(values))


def a_first_message(**overrides: Any) -> dict[str, Any]:  # noqa: ANN401 (any column of the first schema)
    draft = a_draft()
    quiet = {
        "zone": "America/Denver",
        "procedure_date": "2026-12-03",
        "hours": [["21:00", "08:00"], ["21:00", "05:00"]],
    }
    values = {
        "patient": draft.patient,
        "step": draft.step,
        "revision": 1,
        "state": "planned",
        "send_at": NOON,
        "due_at": NOON,
        "position": draft.position,
        "critical": draft.critical,
        "earliest": draft.earliest,
        "latest": draft.latest,
        "place": draft.place,
        "moments": "{}",
        "dates_only": "[]",
        "to": draft.to,
        "language": draft.language,
        "body": draft.body,
        "stop_line": draft.stop_line,
        "quiet": json.dumps(quiet),
        "attempts": 0,
        "updated_at": NOON,
        **overrides,
    }
    return {"key": f"{values['patient']}/{values['step']}/{values['revision']}", **values}


def printing(**moments: datetime) -> str:
    return json.dumps({name: at.isoformat() for name, at in moments.items()})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder in which a SQLite ledger lies."""
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


@contextmanager
def first_schema(url: str) -> Iterator[Connection]:
    """Make a ledger as the first version did, and give a transaction on it."""
    engine = make_engine(read_url(url))
    with meant_for(engine, Purpose.WRITING).begin() as connection:
        command.upgrade(settings(connection), "0001")
        yield connection
    engine.dispose()


@pytest.fixture
def first(url: str, folder: Path) -> str:
    """The URL of a ledger that the first version has written in."""
    assert folder.is_dir()
    welcome, ride = printing(procedure=PROCEDURE), printing(arrival=ARRIVAL)
    told = {"patient": "P-1042", "key": "P-1042/welcome/1", "what": "new", "cause": "files"}
    attempt = {"key": "P-1042/welcome/1", "to": "+17205550134", "text": "words", "carried_stop_line": True}
    with first_schema(url) as connection:
        add(connection, "messages", **a_first_message(step="welcome", state="delivered", attempts=2, moments=welcome))
        add(connection, "messages", **a_first_message(step="ride", moments=ride))
        add(connection, "messages", **a_first_message())
        add(connection, "messages", **a_first_message(patient="P-2", moments=welcome))
        add(connection, "messages", **a_first_message(patient="P-3"))
        for ordinal in (1, 2):
            add(connection, "attempts", ordinal=ordinal, started_at=NOON + ordinal * MINUTE, **attempt)
        add(connection, "events", at=NOON, **told)
    return url


def test_the_messages_of_a_first_ledger_are_kept_and_know_their_procedure(first: str) -> None:
    make_schema(first)
    with open_ledger(first) as ledger, ledger.reading() as book:
        found = {record.key: record for patient in sorted(book.patients()) for record in book.messages(patient)}
        assert book.attempts("P-1042")[1].attempt.text == "words"
    times = {key: (record.draft.procedure, record.draft.arrival) for key, record in found.items()}
    assert times == {
        "P-1042/welcome/1": (PROCEDURE, ARRIVAL),
        "P-1042/ride/1": (PROCEDURE, ARRIVAL),
        "P-1042/last-meal/1": (PROCEDURE, ARRIVAL),
        "P-2/last-meal/1": (PROCEDURE, PROCEDURE),
        "P-3/last-meal/1": (MIDNIGHT, MIDNIGHT),
    }
    assert found["P-1042/last-meal/1"] == a_record(moments={})
    welcome = found["P-1042/welcome/1"]
    assert (welcome.state, welcome.sent_at) == (State.DELIVERED, NOON + 2 * MINUTE)


def test_the_story_of_a_first_ledger_goes_on_with_causes_of_any_length(first: str) -> None:
    cause = "files, load 17: patients/2026-12.yaml, protocols/mild.yaml"
    key = "P-1042/welcome/1"
    make_schema(first)
    with open_ledger(first) as ledger:
        with ledger.writing() as book:
            book.apply([Change(ChangeKind.NEW, None, a_record(step="wash"))], NOON, cause)
        with ledger.reading() as book:
            assert book.story("P-1042") == [
                Event(NOON, "P-1042", key, "new", None, "files"),
                Event(NOON, "P-1042", "P-1042/wash/1", "new", None, cause),
            ]


def test_a_first_ledger_without_a_message_becomes_a_new_one(url: str, folder: Path) -> None:
    assert folder.is_dir()
    with first_schema(url):
        pass
    make_schema(url)
    with open_ledger(url) as ledger, ledger.reading() as book:
        assert book.is_empty()
