"""The commands on a ledger in PostgreSQL: moved to, looked at, changed and put back by ops."""

from pathlib import Path

import pytest

from notifier.clock import SystemClock
from notifier.ledger.opening import open_ledger
from notifier.ledger.schema import HEAD
from tests.actions.steps import record
from tests.builders import NOON, a_record
from tests.cli.rig import Desk
from tests.fakes.postgres import Postgres


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.empty_database()


@pytest.fixture
def served(desk: Desk, url: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose ledger is on a server, with a text that is overdue."""
    monkeypatch.setenv("NOTIFIER_LEDGER", url)
    with open_ledger(url) as ledger:
        record(ledger, a_record(place=SystemClock().now(), latest=SystemClock().now()), now=NOON)
    return desk


def test_a_ledger_is_moved_and_the_file_is_no_ledger_any_more(desk: Desk, url: str) -> None:
    desk.record("2026-11-22 09:00")
    outcome = desk.call("db", "move", "--to", url)
    assert outcome.code == 0
    assert outcome.out.startswith("Moved: 12 texts and 12 events, in ")
    assert f"{desk.ledger} still holds them, and is marked as moved." in outcome.out
    refused = desk.call("status")
    assert (refused.code, refused.out) == (2, "")
    assert "was moved to PostgreSQL (“notifier db move”)" in refused.err


def test_what_was_moved_is_told_to_programs(desk: Desk, url: str) -> None:
    desk.record("2026-11-22 09:00")
    told = desk.call("db", "move", "--to", url, "--json").json
    assert told["from"] == str(desk.ledger)
    assert told["rows"]["messages"] == 12


@pytest.mark.parametrize(
    "command", [["status"], ["show", "P-1042"], ["report"], ["calls"], ["optout"], ["changes"], ["pause"], ["resume"]]
)
def test_other_commands_know_no_difference(served: Desk, command: list[str]) -> None:
    outcome = served.call(*command)
    assert outcome.code in {0, 1}
    assert outcome.err == ""


def test_an_upgrade_finds_nothing_to_do(served: Desk) -> None:
    assert served.call("db", "upgrade").out == f"The ledger is at schema {HEAD} already.\n"


def test_a_backup_is_the_servers_business(served: Desk, tmp_path: Path) -> None:
    outcome = served.call("db", "backup", tmp_path / "x.db")
    assert outcome.code == 2
    assert "use its server's own tools, such as pg_dump and pg_restore" in outcome.err


def test_what_was_put_back_by_the_server_starts_in_doubt(served: Desk) -> None:
    outcome = served.call("db", "restore")
    assert outcome.code == 0
    assert "1 text may have gone out since then; Twilio is asked before any of them goes:" in outcome.out
    assert "P-1042/last-meal/1" in outcome.out
    assert "Opt-outs since" in outcome.out


def test_a_file_needs_a_backup_to_be_restored_from(desk: Desk) -> None:
    outcome = desk.call("db", "restore")
    assert outcome.code == 2
    assert "Name the backup that is to be the ledger." in outcome.err


def test_a_purge_speaks_of_no_file(served: Desk) -> None:
    outcome = served.call("db", "purge")
    assert outcome.code == 0
    assert outcome.out.startswith("Purged 0 patients whose care was over by ")
    assert "the file" not in outcome.out


def test_the_host_is_examined_with_a_ledger_elsewhere(served: Desk) -> None:
    assert f"The ledger is at schema {HEAD}, as this version needs it." in served.call("doctor").out
