"""What `notifier doctor` finds on a machine."""

import zoneinfo
from collections.abc import Callable
from pathlib import Path

import pytest

from notifier.actions.examine_host import examine_host, zone_data_version
from notifier.core.examination import Finding, Level
from notifier.ledger.engine import url_of
from notifier.ledger.lock import lock_ledger
from notifier.ledger.opening import Ledger
from notifier.ledger.schema import HEAD
from notifier.ledger.sqlite_file import opened
from tests.actions.steps import record
from tests.builders import NOON, a_record
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients

FINE, WARNING, ERROR = Level.FINE, Level.WARNING, Level.ERROR


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Schedule files that only their owner may read."""
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry()).chmod(0o600)
    return folder


def found(folder: Path, file: Path) -> dict[str, Finding]:
    """Return what is found, by what it is about."""
    return {finding.about: finding for finding in examine_host(folder, url_of(file), NOON)}


def test_a_good_host_is_fine_in_every_respect(folder: Path, ledger: Ledger, file: Path) -> None:
    record(ledger, a_record(), now=NOON)
    with lock_ledger(url_of(file)):
        findings = found(folder, file)
    assert list(findings) == ["versions", "SQLite", "time zones", "schema", "ledger", "disk", "service", "permissions"]
    # How old this machine's zone data is, and how full its disk, are not the test's to say.
    assert {one.about for one in findings.values() if one.level is not FINE} <= {"time zones", "disk"}
    assert f"ledger schema {HEAD}" in findings["versions"].said


def test_no_service_is_something_to_look_at(folder: Path, ledger: Ledger, file: Path) -> None:
    assert ledger
    assert found(folder, file)["service"].level is WARNING
    with lock_ledger(url_of(file)):
        pass
    assert found(folder, file)["service"].level is WARNING


def test_no_ledger_is_something_to_look_at_and_none_is_made(folder: Path, tmp_path: Path) -> None:
    assert found(folder, tmp_path / "none.db")["ledger"].level is WARNING
    assert not (tmp_path / "none.db").exists()


def test_a_ledger_of_an_older_schema_wants_an_upgrade(folder: Path, file: Path) -> None:
    file.touch()
    with opened(file) as connection:
        released = Path(__file__).parents[1] / "ledger" / "released" / "0003.sql"
        connection.executescript(released.read_text(encoding="utf-8"))
    finding = found(folder, file)["schema"]
    assert (finding.level, finding.said) == (
        WARNING,
        f"The ledger is at schema 0003, and this version needs {HEAD}.",
    )


def test_a_ledger_of_a_newer_program_is_an_error(folder: Path, ledger: Ledger, file: Path) -> None:
    ledger.close()
    with opened(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
    assert found(folder, file)["ledger"].level is ERROR
    assert "written by a newer notifier" in found(folder, file)["ledger"].said


def test_a_damaged_ledger_is_an_error_that_says_what_to_do(folder: Path, ledger: Ledger, file: Path) -> None:
    record(ledger, a_record(), now=NOON)
    ledger.close()
    with opened(file) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'events_of_a_patient'")
    finding = found(folder, file)["ledger"]
    assert finding.level is ERROR
    assert "is damaged" in finding.said
    assert "db restore" in (finding.remedy or "")


def test_what_is_no_database_is_an_error(folder: Path, file: Path) -> None:
    file.write_bytes(b"Dear diary, " * 500)
    assert found(folder, file)["ledger"].said == f"The ledger {file} cannot be used: file is not a database."


@pytest.mark.parametrize(
    ("path", "mode", "said"),
    [
        ("schedules/patients/patients.yaml", 0o644, "read names and phones"),
        ("schedules/patients/patients.yaml", 0o602, "change what patients are told"),
        ("schedules/protocols/mild.yaml", 0o646, "change what patients are told"),
        ("ledger.db", 0o604, "read names and phones"),
        ("ledger-20261202T120000Z.db", 0o644, "read names and phones"),
        ("backups/ledger-20261202T120000Z.db", 0o644, "read names and phones"),
        ("ledger.db.before-0004-from-0003-20261202T120000Z", 0o644, "read names and phones"),
    ],
)
@pytest.mark.usefixtures("ledger")
def test_a_file_that_everybody_may_read_or_change_is_an_error(
    folder: Path, file: Path, path: str, mode: int, said: str
) -> None:
    named = file.parent / path
    named.parent.mkdir(exist_ok=True)
    named.touch()
    named.chmod(mode)
    finding = found(folder, file)["permissions"]
    assert finding.level is ERROR
    assert said in finding.said
    assert str(named) in finding.said


@pytest.mark.parametrize("path", ["schedules/protocols/mild.yaml", "ledger.db.lock"])
def test_what_holds_no_patients_data_may_be_read(folder: Path, ledger: Ledger, file: Path, path: str) -> None:
    assert ledger
    (file.parent / path).touch()
    (file.parent / path).chmod(0o644)
    assert found(folder, file)["permissions"].level is FINE


def test_a_file_that_has_gone_meanwhile_is_nobodys(folder: Path, ledger: Ledger, file: Path) -> None:
    assert ledger
    (folder / "patients" / "gone.yaml").symlink_to(folder / "nowhere")
    assert found(folder, file)["permissions"].level is FINE


def test_a_ledger_on_a_server_has_no_file_to_look_at(folder: Path) -> None:
    findings = {one.about: one for one in examine_host(folder, "postgresql+nosuch://localhost/x", NOON)}
    assert findings["ledger"].level is ERROR
    assert "for which there is no driver" in findings["ledger"].said


@pytest.mark.parametrize(
    ("write", "version"),
    [
        (lambda rules: rules.write_text("# version 2026a\nR A 1916 o\n", encoding="ascii"), "2026a"),
        (lambda rules: rules.write_text("# something else\n", encoding="ascii"), None),
        (lambda rules: rules.write_text("", encoding="ascii"), None),
        (lambda _: None, None),
    ],
)
def test_the_age_of_the_rules_of_time_zones_stands_in_their_first_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], object], version: str | None
) -> None:
    (tmp_path / "America").mkdir()
    (tmp_path / "America" / "Denver").touch()
    write(tmp_path / "tzdata.zi")
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path / "none"), str(tmp_path)))
    assert zone_data_version() == version


def test_where_the_system_has_no_rules_those_that_came_with_python_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoneinfo, "TZPATH", ())
    version = zone_data_version()
    assert version is not None
    assert version.startswith("20")
