"""The service under a real systemd: what it is told, what it does then, and what the journal says of it."""

import re
import shutil
from collections.abc import Iterator

import pytest

from notifier.gateway.faults import AnswerLate
from tests.fakes.clinic_folder import a_reminder, write_patients
from tests.fakes.provider import TOKEN, Provider
from tests.fakes.staff_webhook import StaffWebhook
from tests.service.rig import now, until
from tests.systemd.container import PATIENCE
from tests.systemd.machine import DROP_INS, SCHEDULES, SERVICES, STATE, TIMERS, Machine

FAST = ("RestartSec=100ms",)
EXAMPLES = "/usr/share/doc/notifier/drop-ins"


def test_systemd_finds_nothing_to_say_about_the_units_or_their_drop_ins(machine: Machine) -> None:
    for drop_in in ("encrypted-credentials", "postgresql", "proxy"):
        shutil.copy(machine.file(f"{EXAMPLES}/{drop_in}.conf"), machine.file(DROP_INS))
    machine.run("systemctl", "daemon-reload")
    assert machine.run("systemd-analyze", "verify", "--man=no", *SERVICES, *TIMERS) == ""


@pytest.mark.parametrize("unit", SERVICES)
def test_its_exposure_is_at_most_one_point_one(machine: Machine, unit: str) -> None:
    path = f"/usr/lib/systemd/system/{unit}"
    machine.run("systemd-analyze", "security", "--offline=true", "--threshold=11", path)


def test_it_is_started_once_its_first_plan_is_in_the_ledger_and_its_port_is_open(machine: Machine) -> None:
    machine.have_due("P-1")
    write_patients(machine.file(SCHEDULES), a_reminder("P-2", now()), file="new.yaml")
    machine.run("chgrp", "notifier", f"{SCHEDULES}/patients/new.yaml")
    machine.run("systemctl", "start", "notifier")
    assert machine.get("http://127.0.0.1:8025/ready") == "ready\n"
    assert "P-2" in machine.run("notifier", "show", "P-2")
    until(lambda: "planned" in machine.shown("StatusText"), "its status", pause=0.2)
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


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("heartbeat_url", "The setting heartbeat.url is not a web address"),
        ("alerts_channels", "The setting alerts.channels is not right"),
        ("ledger", "The ledger's address is not a database URL"),
    ],
)
def test_it_reads_every_other_secret_too_and_says_what_is_wrong_with_it(
    machine: Machine, name: str, sentence: str
) -> None:
    machine.keep_secret(name, "hunter2")
    assert machine.container.run("systemctl", "start", "notifier", check=False).returncode != 0
    said = "\n".join(machine.journal)
    assert f"Error: {sentence}" in said
    assert "hunter2" not in said


def test_a_database_server_that_is_not_there_yet_is_tried_again(machine: Machine) -> None:
    machine.configure({}, *FAST)
    machine.keep_secret("ledger", "postgresql://notifier:hunter2@127.0.0.1/notifier")
    machine.run("systemctl", "start", "--no-block", "notifier")
    machine.wait_for("Connection refused", times=2)
    assert "hunter2" not in "\n".join(machine.journal)


def test_it_reads_an_encrypted_credential(machine: Machine, provider: Provider) -> None:
    plain = "/etc/credstore/notifier.twilio_auth_token"
    machine.file("/etc/credstore.encrypted").mkdir()
    encrypted = "/etc/credstore.encrypted/notifier.twilio_auth_token"
    machine.run("systemd-creds", "encrypt", "--with-key=host", "--name=twilio_auth_token", plain, encrypted)
    machine.run("rm", plain)
    shutil.copy(machine.file(f"{EXAMPLES}/encrypted-credentials.conf"), machine.file(DROP_INS))
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
    machine.use(provider, *FAST, "WatchdogSec=1")
    machine.have_due("P-1")
    machine.run("systemctl", "start", "notifier")
    machine.wait_for('"event": "accepted"')
    machine.run("sh", "-c", f"kill -STOP {machine.pid}")
    machine.wait_for("Started notifier.service", times=2)
    machine.wait_for('File "/opt/notifier/lib/notifier/cli/run.py", line ')  # may come after what systemd says
    said = "\n".join(machine.journal)
    assert "Watchdog timeout (limit 1s)!" in said
    assert "Fatal Python error: Aborted" in said
    assert "Failed with result 'watchdog'." in said


def test_at_work_it_feeds_the_watchdog_though_a_request_hangs(machine: Machine, provider: Provider) -> None:
    provider.misbehave(AnswerLate(120))
    machine.use(provider, "WatchdogSec=1")
    machine.have_due("P-1")
    machine.run("systemctl", "start", "notifier")
    until(lambda: provider.messages, "the request", patience=PATIENCE)
    fed = float(machine.shown("WatchdogTimestampMonotonic"))
    until(
        lambda: float(machine.shown("WatchdogTimestampMonotonic")) > fed + 3_000_000,
        "three seconds of proofs",
        pause=0.5,
    )
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
    provider.misbehave(AnswerLate(1.5))
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
    # A later systemd also says which secrets there are none of.
    own = [line for line in machine.journal if "notifier.service" not in line and "inherited credential" not in line]
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
    machine.wait_for("No space left on device", times=2)
    machine.run("rm", little_room)
    machine.wait_for("Started notifier.service")
    machine.wait_for('"event": "accepted"')


def test_a_night_missed_is_made_up_for_with_a_verified_copy_while_the_service_works(machine: Machine) -> None:
    machine.have_due("P-1")
    machine.run("systemctl", "start", "notifier")
    machine.miss("notifier-backup.timer")
    machine.wait_for("Finished notifier-backup.service")
    [copy] = machine.file(f"{STATE}/backups").iterdir()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert any(line.endswith("1 text and 3 events, verified.") for line in machine.journal)
    assert machine.shown("NextElapseUSecRealtime", "notifier-backup.timer")
    assert machine.shown("NRestarts") == "0"


def test_two_weeks_of_backups_are_kept(machine: Machine) -> None:
    machine.have_due("P-1")
    backups = machine.file(f"{STATE}/backups")
    backups.mkdir()
    for day in range(10, 30):
        (backups / f"ledger-202001{day}T032000Z.db").touch()
    machine.run("systemctl", "start", "notifier-backup.service")
    kept = sorted(path.name for path in backups.iterdir())
    assert len(kept) == 14
    assert kept[0] == "ledger-20200117T032000Z.db"


def test_a_morning_missed_is_made_up_for_with_a_report_in_the_journal(machine: Machine) -> None:
    machine.have_due("P-1")
    machine.miss("notifier-report.timer")
    machine.wait_for("Finished notifier-report.service")
    said = machine.journal
    assert any(re.fullmatch(r"\d texts? expected: .* not reached; .*", line) for line in said)
    assert "Nobody was told: alerts.channels is not set." in said
    assert machine.shown("NextElapseUSecRealtime", "notifier-report.timer")


def test_the_staff_get_the_report_though_a_channel_fails_at_first(machine: Machine, staff: StaffWebhook) -> None:
    staff.statuses = [500, 200]
    machine.have_due("P-1")
    soon = machine.file("/etc/systemd/system/notifier-report.service.d/test.conf")
    soon.parent.mkdir()
    soon.write_text("[Service]\nRestartSec=100ms\n", encoding="utf-8")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", "--no-block", "notifier-report.service")
    machine.wait_for("Finished notifier-report.service")
    assert [title.partition(":")[0] for title in staff.titles] == ["notifier", "notifier"]
    assert "Channel 1 did not take the report: not taken." in machine.journal
