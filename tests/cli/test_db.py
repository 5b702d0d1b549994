"""`notifier db`: the ledger upgraded, backed up, restored and purged by whoever runs the service; and looked for."""

import json
from pathlib import Path

import pytest

from notifier.clock import SystemClock
from notifier.core.lifecycle import State
from notifier.ledger.engine import url_of
from notifier.ledger.lock import lock_ledger
from notifier.ledger.opening import open_ledger
from notifier.ledger.schema import HEAD
from notifier.ledger.sqlite_file import opened
from tests.actions.steps import record
from tests.builders import NOON, a_record
from tests.cli.rig import Desk

RELEASED = Path(__file__).parents[1] / "ledger" / "released"


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """A desk whose ledger has one text, that was due long ago."""
    with open_ledger(f"sqlite:///{desk.ledger}") as ledger:
        record(ledger, a_record(place=SystemClock().now(), latest=SystemClock().now()), now=NOON)
    return desk


def older(desk: Desk) -> None:
    """Have the ledger of an older program."""
    desk.ledger.parent.mkdir()
    desk.ledger.touch()
    with opened(desk.ledger) as connection:
        connection.executescript((RELEASED / "0002.sql").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["show", "P-1"],
        ["report"],
        ["calls"],
        ["optout"],
        ["db", "upgrade"],
        ["db", "purge"],
        ["db", "backup", "x"],
    ],
)
def test_what_only_looks_makes_no_ledger_and_says_that_there_is_none(desk: Desk, command: list[str]) -> None:
    outcome = desk.call(*command)
    assert outcome.code == 2
    assert outcome.err == (
        f"Error: There is no ledger at {desk.ledger}: the service has not run yet, or these settings are not its own.\n"
    )
    assert not desk.ledger.exists()


def test_changes_are_compared_with_an_empty_ledger_where_there_is_none(desk: Desk) -> None:
    outcome = desk.call("changes", "--now", "2026-11-22T09:00:00-07:00", "--json")
    assert "There is no ledger" in outcome.err
    assert "Compared with an empty one." in outcome.err
    assert {change["change"] for change in outcome.json["changes"]} == {"new"}
    assert not desk.ledger.exists()


def test_an_older_ledger_is_upgraded_with_a_copy_of_it_beside_it(desk: Desk) -> None:
    older(desk)
    refused = desk.call("status")
    assert refused.code == 2
    assert "“notifier db upgrade” brings it up" in refused.err
    done = desk.call("db", "upgrade")
    [backup] = desk.ledger.parent.glob("*.before-*")
    assert done.out == f"The ledger is at schema {HEAD} now; it was at 0002.\nAs it was before: {backup}\n"
    assert desk.call("db", "upgrade").out == f"The ledger is at schema {HEAD} already.\n"
    assert desk.call("show", "P-1042").code == 0


def test_an_upgrade_is_told_to_programs(desk: Desk) -> None:
    older(desk)
    told = desk.call("db", "upgrade", "--json").json
    assert (told["before"], told["after"], Path(told["backup"]).exists()) == ("0002", HEAD, True)
    assert desk.call("db", "upgrade", "--json").json == {"before": HEAD, "after": HEAD, "backup": None}


def test_nothing_is_upgraded_or_restored_under_a_service(kept: Desk, backups: Path) -> None:
    kept.call("db", "backup", backups / "one.db")
    with lock_ledger(f"sqlite:///{kept.ledger}"):
        for command in (["upgrade"], ["restore", backups / "one.db"]):
            outcome = kept.call("db", *command)
            assert outcome.code == 2
            assert "is already running on this ledger" in outcome.err


def test_a_damaged_ledger_is_refused_with_what_to_do(kept: Desk) -> None:
    with opened(kept.ledger) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'events_of_a_patient'")
    outcome = kept.call("db", "upgrade")
    assert outcome.code == 2
    assert "is damaged" in outcome.err
    assert "“notifier db restore BACKUP” puts the newest good backup in its place." in outcome.err


def test_a_backup_is_made_and_counted(kept: Desk, backups: Path) -> None:
    outcome = kept.call("db", "backup", backups / "one.db")
    assert outcome.out == f"{backups / 'one.db'}: 1 text and 1 event, verified.\n"
    again = kept.call("db", "backup", backups / "one.db")
    assert again.code == 2
    assert "no backup is written over" in again.err


def test_backups_in_a_folder_get_names_by_the_time_and_old_ones_make_room(kept: Desk, backups: Path) -> None:
    for day in range(1, 4):
        (backups / f"ledger-2026010{day}T000000Z.db").touch()
    (backups / "ledger.toml").touch()
    outcome = kept.call("db", "backup", backups, "--keep", 2)
    assert outcome.out.endswith("Removed 2 older backups.\n")
    names = sorted(path.name for path in backups.iterdir())
    assert names[0] == "ledger-20260103T000000Z.db"
    assert len(names) == 3


def test_a_backup_is_told_to_programs(kept: Desk, backups: Path) -> None:
    told = kept.call("db", "backup", backups, "--json").json
    assert Path(told["file"]).parent == backups
    assert (told["schema"], told["rows"]["messages"], told["removed"]) == (HEAD, 1, [])
    assert told["as_of"] == "2026-12-02T05:00:00-07:00"


def test_a_number_to_keep_needs_a_folder(kept: Desk, backups: Path) -> None:
    outcome = kept.call("db", "backup", backups / "one.db", "--keep", 2)
    assert outcome.code == 2
    assert "--keep is for backups in a folder" in outcome.err


def test_a_restore_tells_a_person_what_to_look_at(kept: Desk, backups: Path) -> None:
    kept.call("db", "backup", backups / "one.db")
    kept.call("pause", "--by", "Ann Lee", "--why", "soap")
    kept.call("optout", "add", "+17205550134", "--by", "Ann Lee", "--why", "asked")
    outcome = kept.call("db", "restore", backups / "one.db")
    assert outcome.code == 0
    [aside] = kept.ledger.parent.glob("*.before-restore-*")
    lines = outcome.out.splitlines()
    assert lines[0].startswith(
        "The ledger is now the backup: what happened until Wed 2026-12-02 05:00, and nothing until "
    )
    assert lines[1] == f"The ledger that was there is kept: {aside}"
    assert "- Opt-outs and returns since then: 1, all brought along (“notifier optout --history”)." in lines
    assert "- Not in it, but in the one that is kept: nothing that concerns patients." in lines
    assert "- All texts stay paused, as Ann Lee wanted; “notifier resume” ends it." in lines
    assert "- 1 text may have gone out since then; Twilio is asked before any of them goes:" in lines
    assert "    P-1042/last-meal/1" in lines


def test_a_restore_without_what_was_there_says_that_opt_outs_are_lost(kept: Desk, backups: Path) -> None:
    kept.call("db", "backup", backups / "one.db")
    for path in kept.ledger.parent.iterdir():
        path.unlink()
    outcome = kept.call("db", "restore", backups / "one.db")
    assert outcome.code == 0
    assert "- Opt-outs since Wed 2026-12-02 05:00 are LOST" in outcome.out
    assert "enter each phone with “notifier optout add”" in outcome.out


def test_a_restore_is_told_to_programs(kept: Desk, backups: Path) -> None:
    kept.call("db", "backup", backups / "one.db")
    told = kept.call("db", "restore", backups / "one.db", "--json").json
    assert told["in_doubt"] == ["P-1042/last-meal/1"]
    assert (told["opt_outs_brought_along"], told["paused"], told["lost_rows"]) == (0, False, {})
    for path in kept.ledger.parent.iterdir():
        path.unlink()
    told = kept.call("db", "restore", backups / "one.db", "--json").json
    assert (told["opt_outs_brought_along"], told["kept"], told["lost_rows"]) == (None, None, None)


def test_a_purge_keeps_to_the_retention_in_the_settings(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = NOON.replace(year=2020)
    old = a_record(state=State.EXPIRED, send_at=None, latest=long_ago, procedure=long_ago, arrival=long_ago)
    with open_ledger(url_of(desk.ledger)) as ledger:
        record(ledger, old, now=NOON)
    monkeypatch.setenv("NOTIFIER_RETENTION__DAYS", "36500")
    assert desk.call("db", "purge", "--json").json["patients"] == []
    monkeypatch.setenv("NOTIFIER_RETENTION__DAYS", "30")
    dry = desk.call("db", "purge", "--dry-run")
    assert dry.out.startswith("Would purge 1 patient whose care was over by ")
    assert dry.out.endswith("\n  P-1042\n")
    assert "Purged 1 patient" in desk.call("db", "purge").out
    told = json.loads(desk.call("db", "purge", "--json").out)
    assert (told["patients"], told["replies_of_strangers"], told["dry_run"]) == ([], 0, False)
