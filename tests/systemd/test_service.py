"""The service under a real systemd: what it is told, what it does then, and what the journal says of it."""

import re
import shutil
from collections.abc import Iterator

import pytest

from notifier.gateway.faults import AnswerLate
from tests.fakes.clinic_folder import a_reminder, write_patients
from tests.fakes.provider import TOKEN, Provider
from tests.service.rig import now, until
from tests.systemd.container import PATIENCE
from tests.systemd.machine import DROP_INS, SCHEDULES, STATE, Machine

UNITS = ["notifier.service", "notifier-backup.service", "notifier-report.service"]
FAST = ("RestartSec=100ms",)


def test_systemd_finds_nothing_to_say_about_the_units(machine: Machine) -> None:
    timers = ["notifier-backup.timer", "notifier-report.timer"]
    assert machine.run("systemd-analyze", "verify", "--man=no", *UNITS, *timers) == ""


@pytest.mark.parametrize("unit", UNITS)
def test_its_exposure_is_at_most_one_point_one(machine: Machine, unit: str) -> None:
    path = f"/usr/lib/systemd/system/{unit}"
    machine.run("systemd-analyze", "security", "--offline=true", "--threshold=11", path)


def test_it_is_started_once_its_first_plan_is_in_the_ledger(machine: Machine) -> None:
    machine.have_due("P-1")
    machine.run("systemctl", "start", "notifier")
    said = machine.journal
    planned = next(index for index, line in enumerate(said) if '"event": "planned"' in line)
    assert planned < said.index(next(line for line in said if line.startswith("Started notifier.service")))
    until(lambda: "planned" in machine.shown("StatusText"), "its status")
    assert re.fullmatch(r"(next text .*|no text ahead); \d planned, 0 in doubt, 0 to call", machine.shown("StatusText"))


def test_the_journal_knows_how_much_each_line_matters(machine: Machine) -> None:
    machine.have_due("P-1")
    machine.run("systemctl", "start", "notifier")
    machine.wait_for('"event": "planned"')
    write_patients(machine.file(SCHEDULES), "  - id: P-2\n")
    machine.wait_for('"level": "error"')
    events = {
        level: [line for line in machine.read_journal(level) if line.startswith("{")] for level in ("info", "err")
    }
    assert any('"event": "planned"' in line for line in events["info"])
    assert events["err"]
    assert all('"level": "error"' in line for line in events["err"])


def test_it_reads_its_secret_from_a_credential(machine: Machine, provider: Provider) -> None:
    machine.have_due("P-1")
    machine.run("systemctl", "start", "notifier")
    machine.wait_for('"event": "accepted"')
    assert len(provider.messages) == 1  # the stand-in lets nobody in who does not know the secret
    assert TOKEN not in machine.run("sh", "-c", f"tr '\\0' '\\n' < /proc/{machine.pid}/environ")


def test_it_reads_an_encrypted_credential(machine: Machine, provider: Provider) -> None:
    plain = "/etc/credstore/notifier.twilio_auth_token"
    machine.file("/etc/credstore.encrypted").mkdir()
    encrypted = "/etc/credstore.encrypted/notifier.twilio_auth_token"
    machine.run("systemd-creds", "encrypt", "--with-key=host", "--name=twilio_auth_token", plain, encrypted)
    machine.run("rm", plain)
    drop_ins = machine.file("/usr/share/doc/notifier/drop-ins")
    shutil.copy(drop_ins / "encrypted-credentials.conf", machine.file(DROP_INS))
    machine.run("systemctl", "daemon-reload")
    machine.have_due("P-1")
    machine.run("systemctl", "start", "notifier")
    machine.wait_for('"event": "accepted"')
    assert len(provider.messages) == 1


def test_killed_in_the_middle_of_many_it_is_started_again_and_nothing_is_lost_or_doubled(
    machine: Machine, provider: Provider
) -> None:
    bookings = [f"P-{number}" for number in range(40)]
    provider.misbehave(*[AnswerLate(0.1)] * len(bookings))
    machine.use(provider, *FAST, DISPATCH__RATE=1000, DISPATCH__CONCURRENCY=4)
    machine.have_due(*bookings)
    machine.run("systemctl", "start", "notifier")
    until(lambda: len(provider.messages) >= 8, "some to be sent", patience=PATIENCE)
    machine.run("systemctl", "kill", "--signal=KILL", "notifier")
    machine.wait_for("Started notifier.service", times=2)
    until(lambda: machine.states["planned"] == 0, "the rest", patience=PATIENCE)
    assert machine.shown("NRestarts") == "1"
    # Those in flight at the kill were found at the provider, or wait until its list can be believed.
    doubted = machine.states["in-doubt"]
    assert doubted <= 4
    assert sum(machine.states.values()) == len(bookings)
    assert set(provider.texts.values()) == {1}
    assert len(bookings) - doubted <= len(provider.messages)


def test_hung_it_is_killed_by_the_watchdog_and_says_where_it_stood(machine: Machine, provider: Provider) -> None:
    machine.use(provider, *FAST, "WatchdogSec=2")
    machine.have_due("P-1")
    machine.run("systemctl", "start", "notifier")
    machine.wait_for('"event": "accepted"')
    machine.run("kill", "-STOP", machine.pid)
    machine.wait_for("Started notifier.service", times=2)
    said = "\n".join(machine.journal)
    assert "Watchdog timeout (limit 2s)!" in said
    assert "Fatal Python error: Aborted" in said
    assert 'File "/opt/notifier/lib/notifier/cli/run.py", line ' in said
    assert "Failed with result 'watchdog'." in said


def test_at_work_it_feeds_the_watchdog_though_a_request_hangs(machine: Machine, provider: Provider) -> None:
    provider.misbehave(AnswerLate(120))
    machine.use(provider, "WatchdogSec=2")
    machine.have_due("P-1")
    machine.run("systemctl", "start", "notifier")
    until(lambda: provider.messages, "the request", patience=PATIENCE)
    fed = float(machine.shown("WatchdogTimestampMonotonic"))
    until(lambda: float(machine.shown("WatchdogTimestampMonotonic")) > fed + 5_000_000, "five seconds of proofs")
    assert machine.shown("NRestarts") == "0"


def test_a_reload_brings_what_has_changed_in_the_files_into_the_ledger(machine: Machine) -> None:
    machine.have_due("P-1")
    machine.run("systemctl", "start", "notifier")
    write_patients(machine.file(SCHEDULES), a_reminder("P-2", now()), file="more.yaml")
    machine.run("chgrp", "notifier", f"{SCHEDULES}/patients/more.yaml")
    machine.run("systemctl", "reload", "notifier")
    machine.wait_for('"event": "reloading"')
    until(lambda: machine.shown("SubState") == "running", "the end of the reload")
    assert "P-2" in machine.run("notifier", "show", "P-2")
    assert "Reloaded notifier.service" in "\n".join(machine.journal)


def test_stopped_while_it_sends_it_finishes_what_is_under_way(machine: Machine, provider: Provider) -> None:
    provider.misbehave(AnswerLate(3))
    machine.have_due("P-1")
    machine.run("systemctl", "start", "notifier")
    until(lambda: provider.messages, "the request", patience=PATIENCE)
    machine.run("systemctl", "stop", "notifier")
    assert machine.states == {"accepted": 1}
    assert machine.shown("Result") == "success"


def test_what_root_has_put_into_its_folder_is_its_own_from_the_next_start_on(machine: Machine) -> None:
    machine.have_due("P-1")
    machine.run("chown", "root:", f"{STATE}/ledger.db")
    machine.run("systemctl", "start", "notifier")
    machine.wait_for('"event": "accepted"')


def test_a_broken_setting_is_one_clear_line_and_no_restart_loop(machine: Machine) -> None:
    machine.configure({"TRANSPROT": "twilio"}, *FAST)
    assert machine.container.run("systemctl", "start", "notifier", check=False).returncode != 0
    own = [line for line in machine.journal if "notifier.service" not in line]
    assert own == ["Error: There is no setting NOTIFIER_TRANSPROT; did you mean NOTIFIER_TRANSPORT?"]
    assert machine.shown("ExecMainStatus") == "2"
    assert machine.shown("NRestarts") == "0"
    assert machine.shown("ActiveState") == "failed"


@pytest.fixture
def little_room(machine: Machine) -> Iterator[str]:
    """The state directory on a disk of its own with 4 MB; give a file that fills it once it is written."""
    machine.run("mkdir", "-p", STATE)
    machine.run("mount", "-t", "tmpfs", "-o", "size=4M", "tmpfs", STATE)
    yield f"{STATE}/filler"
    machine.run("systemctl", "stop", "notifier")
    machine.run("umount", "--lazy", STATE)


def test_with_a_full_state_directory_it_stays_up_says_so_and_goes_on_when_there_is_room(
    machine: Machine, provider: Provider, little_room: str
) -> None:
    provider.misbehave(AnswerLate(2))
    machine.have_due("P-1")
    machine.run("systemctl", "start", "notifier")
    until(lambda: provider.messages, "the request", patience=PATIENCE)
    machine.fill(little_room)
    machine.wait_for("database or disk is full")
    assert machine.shown("ActiveState") == "active"
    machine.run("rm", little_room)
    machine.wait_for('"event": "accepted"')
    assert machine.shown("NRestarts") == "0"
    assert set(provider.texts.values()) == {1}


def test_started_with_a_full_state_directory_it_tries_again_until_there_is_room(
    machine: Machine, little_room: str
) -> None:
    machine.configure({}, *FAST)
    machine.have_due("P-1")
    machine.fill(little_room)
    machine.container.run("systemctl", "start", "--no-block", "notifier")
    machine.wait_for("cannot be used: ", times=2)
    machine.run("rm", little_room)
    machine.wait_for("Started notifier.service")
    machine.wait_for('"event": "accepted"')


def test_the_report_s_timer_makes_up_for_an_evening_on_which_the_machine_was_off(machine: Machine) -> None:
    machine.have_due("P-1")
    stamp = machine.file("/var/lib/systemd/timers/stamp-notifier-report.timer")
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()
    machine.run("touch", "--date", "3 days ago", "/var/lib/systemd/timers/stamp-notifier-report.timer")
    machine.run("systemctl", "start", "notifier-report.timer")
    machine.wait_for("Finished notifier-report.service")
    assert any(line.startswith("1 text of that day: ") for line in machine.journal)
    assert machine.shown("NextElapseUSecRealtime", "notifier-report.timer")
