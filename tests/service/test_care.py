"""The service and the care of its ledger: upgraded at its start, backed up under it, restored without a second text."""

from pathlib import Path

from notifier.ledger.schema import HEAD
from notifier.ledger.sqlite_file import opened
from tests.fakes.clinic_folder import write_reminders
from tests.fakes.provider import Provider
from tests.service.rig import Service, now, until

RELEASED = Path(__file__).parents[1] / "ledger" / "released"


def test_an_older_ledger_is_brought_up_at_the_start_with_a_copy_of_it_kept(service: Service) -> None:
    write_reminders(service.schedules, now())
    service.ledger.parent.mkdir()
    service.ledger.touch(0o600)
    with opened(service.ledger) as connection:
        connection.executescript((RELEASED / "0003.sql").read_text(encoding="utf-8"))
    service.start_ready()
    [upgraded] = service.events("ledger upgraded")
    assert (upgraded["before"], upgraded["after"]) == ("0003", HEAD)
    assert Path(upgraded["backup"]).is_file()
    service.stop()


def test_what_went_out_after_the_backup_does_not_go_again_after_the_restore(
    service: Service, provider: Provider
) -> None:
    service.have_due("P-1", "P-2")
    backup = str(service.ledger.with_name("backup.db"))
    assert service.notifier("db", "backup", backup).returncode == 0
    service.start_ready()
    service.wait_for("accepted", count=2)
    refused = service.notifier("db", "restore", backup)
    assert (refused.returncode, "is already running on this ledger" in refused.stderr) == (2, True)
    service.stop()
    restored = service.notifier("db", "restore", backup)
    assert restored.returncode == 0, restored.stderr
    assert set(service.states.values()) == {"in-doubt"}
    service.start_ready()
    service.wait_for("doubt settled: the provider took it", count=2)
    until(lambda: set(service.states.values()) <= {"accepted", "sent", "delivered"}, "the receipts")
    service.stop()
    assert sorted(provider.texts.values()) == [1, 1]


def test_a_backup_is_made_while_the_service_works(service: Service, provider: Provider) -> None:
    service.have_due("P-1")
    service.start_ready()
    service.wait_for("accepted")
    made = service.notifier("db", "backup", str(service.ledger.with_name("backup.db")))
    assert made.returncode == 0, made.stderr
    assert "1 text and " in made.stdout
    service.stop()
    assert set(provider.texts.values()) == {1}
