"""`notifier pause` and `notifier resume`, and what `status` says of them."""

import json
import sqlite3
from contextlib import closing

from notifier.clock import SystemClock
from notifier.ledger.opening import open_ledger
from notifier.ledger.rows import Switch
from tests.cli.rig import Desk


def test_a_pause_is_said_and_begins_once(desk: Desk) -> None:
    first = desk.call("pause", "--by", "Ann Lee", "--why", "wrong soap")
    assert (first.code, first.out) == (0, "Paused: no text goes out until “notifier resume”.\n")
    again = desk.call("pause", "--by", "Bob")
    assert again.code == 0
    assert again.out.startswith("It was paused already.\nSince ")
    assert again.out.endswith(", by Ann Lee: wrong soap.\n")


def test_a_pause_ends_with_resume(desk: Desk) -> None:
    desk.call("pause")
    assert desk.call("resume").out == "Resumed: texts go out again.\n"
    assert desk.call("resume").out == "There was no pause: texts go out.\n"
    with closing(sqlite3.connect(desk.ledger)) as other:
        assert other.execute("SELECT is_on FROM switches ORDER BY id").fetchall() == [(1,), (0,)]


def test_resume_ends_a_stop_of_dispatch_as_well(desk: Desk) -> None:
    desk.have_ledger()
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger, ledger.writing() as book:
        book.turn(Switch.STOP, "receipt", "30034", SystemClock().now(), is_on=True)
    assert desk.call("resume").out == "Resumed: texts go out again.\n"
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger, ledger.reading() as book:
        assert book.switched_on(Switch.STOP) is None


def test_a_pause_is_told_to_programs(desk: Desk) -> None:
    told = desk.call("pause", "--by", "Ann", "--json").json
    assert {**told, "since": None} == {
        "paused": True,
        "changed": True,
        "since": None,
        "by": "Ann",
        "why": None,
        "oldest_overdue": None,
    }


def test_the_status_tells_of_a_pause_and_needs_a_person(desk: Desk) -> None:
    desk.record("2026-11-22 09:00")
    desk.call("pause", "--by", "Ann", "--why", "wrong soap")
    status = desk.call("status")
    assert status.code == 1
    assert "Paused by Ann: no text goes out." in " ".join(status.out.split())
    assert json.loads(desk.call("status", "--json").out)["paused"]["why"] == "wrong soap"


def test_the_status_tells_of_a_provider_that_refuses_our_settings(desk: Desk) -> None:
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger, ledger.writing() as book:
        book.turn(Switch.STOP, "notifier", "20003", SystemClock().now(), is_on=True)
    status = desk.call("status")
    assert status.code == 1
    assert "The provider refuses our settings (code 20003)" in " ".join(status.out.split())
