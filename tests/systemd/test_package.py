"""The package for Debian: installed, upgraded, removed and purged on a real machine."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.fakes.clinic_folder import a_reminder, write_patients
from tests.service.rig import now
from tests.systemd.container import RELEASES
from tests.systemd.machine import INSTALL, PACKAGE, SCHEDULES, STATE, Machine, build

PYTHON = {"12": "3.11", "13": "3.13"}  # that of each release


def install(machine: Machine, package: str) -> None:
    """Install a package as an unattended upgrade does: settings that were changed stay as they are."""
    options = [f"--option=Dpkg::Options::=--force-{what}" for what in ("confdef", "confold")]
    machine.run(*INSTALL, "--reinstall", "--allow-downgrades", *options, package)


def make_newer(machine: Machine) -> str:
    """Return where, on the machine, a package of a later version lies, with other settings."""
    machine.run("dpkg-deb", "--raw-extract", PACKAGE, "/root/newer")
    machine.run("sed", "-i", "s/^Version: .*/&+later/", "/root/newer/DEBIAN/control")
    machine.run("sed", "-i", r"1s/^/# Of the later version.\n/", "/root/newer/etc/notifier/notifier.toml")
    machine.run("dpkg-deb", "-Znone", "--build", "/root/newer", "/root/newer.deb")
    return "/root/newer.deb"


@pytest.mark.parametrize("release", RELEASES)
def test_each_release_of_debian_gets_modules_for_its_own_python(package: Path, tmp_path: Path, release: str) -> None:
    if f"~deb{release}_" not in package.name:  # that of the release that the tests run on is there already
        package = build(release, tmp_path)
    python = PYTHON[release]
    asked = subprocess.run(["/usr/bin/dpkg-deb", "-f", package, "Depends"], capture_output=True, text=True, check=True)
    assert asked.stdout.startswith(f"python3 (>= {python}), python3 (<< 3.{int(python[2:]) + 1}), ")
    held = subprocess.run(["/usr/bin/dpkg-deb", "-c", package], capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"\.cpython-(3\d+)-", held)) == {python.replace(".", "")}
    assert "/opt/notifier/lib/psycopg_binary/" in held


def test_as_installed_it_starts_with_the_sandbox(machine: Machine) -> None:
    machine.run("systemctl", "start", "notifier")
    [started] = machine.events("started")
    assert started["transport"] == "sandbox"
    assert machine.get("http://127.0.0.1:8025/ready") == "ready\n"


def test_patients_are_for_nobody_s_eyes_but_the_service_s_and_the_admins(machine: Machine) -> None:
    write_patients(machine.file(SCHEDULES), a_reminder("P-1", now()))
    machine.run("systemctl", "start", "notifier")
    found = machine.run("find", SCHEDULES, STATE, "-perm", "/o=rwx", "!", "-name", "patients.yaml")
    assert found == ""
    assert machine.run("stat", "-c", "%U:%G %a", SCHEDULES, STATE) == "root:notifier 2770\nnotifier:notifier 700\n"


def test_an_upgrade_keeps_what_the_clinic_has_written_and_what_ran_running_and_the_way_back_what_stood(
    machine: Machine,
) -> None:
    settings = machine.file("/etc/notifier/notifier.toml")
    machine.run("sed", "-i", 's/^# level = "info"/level = "warning"/', "/etc/notifier/notifier.toml")
    machine.run("systemctl", "start", "notifier", "notifier-backup.timer")
    before = machine.pid
    install(machine, make_newer(machine))
    assert machine.shown("ActiveState") == "active"
    assert machine.pid != before
    assert machine.shown("ActiveState", "notifier-backup.timer") == "active"
    assert 'level = "warning"' in settings.read_text(encoding="utf-8")
    machine.run("systemctl", "stop", "notifier")
    install(machine, PACKAGE)
    assert machine.shown("ActiveState") == "inactive"
    assert 'level = "warning"' in settings.read_text(encoding="utf-8")


def test_removed_it_leaves_settings_and_records_and_a_purge_leaves_the_records(machine: Machine) -> None:
    machine.have_due("P-1")
    machine.run("systemctl", "enable", "--now", "notifier", "notifier-backup.timer")
    machine.run("apt-get", "remove", "-y", "notifier")
    assert machine.shown("ActiveState") == "inactive"
    assert not machine.file("opt/notifier").exists()
    assert machine.file("etc/notifier/notifier.toml").exists()
    assert "is kept, patients' records are in it" in machine.run("apt-get", "purge", "-y", "notifier")
    assert not machine.file("etc/notifier/notifier.toml").exists()
    assert machine.file(f"{SCHEDULES}/patients/patients.yaml").exists()
    assert machine.file(f"{STATE}/ledger.db").exists()
    assert machine.run("find", "/etc/systemd/system", "-name", "notifier*.wants") == ""
    assert machine.run("find", "/etc/systemd/system", "-xtype", "l", "-name", "notifier*") == ""
