"""Every command that ops are shown works, in the order in which they are shown."""

import re
from pathlib import Path

from tests.systemd.machine import INSTALL, PACKAGE, Machine

README = Path(__file__).parents[2] / "systemd/README.md"
# What cannot be run here, by what it begins with, and why.
NOT_HERE = {
    "editor": "a person's work",
    "adduser anna": "she is nobody's user",
    "NOTIFIER_LEDGER=": "there is no PostgreSQL on the machine",
    "notifier db move": "nor is there one to move to",
    "systemctl disable --now notifier-backup.timer": "a file is backed up here",
    "notifier db restore --json": "nor one that was put back",
}


def shown_commands() -> list[str]:
    """Return each line of each shell block, without its comment."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line.partition(" #")[0].rstrip() for block in blocks for line in block.splitlines()]


def test_what_a_test_cannot_run_is_marked_as_by_hand() -> None:
    marked = re.findall(r"^(.+?) +# by hand: ", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert [command for command in shown_commands() if command.startswith(tuple(NOT_HERE))] == marked


def test_the_commands_for_ops_work_one_after_the_other(machine: Machine) -> None:
    machine.run("cp", PACKAGE, "/root/notifier_0_all.deb")
    machine.have_due("P-1")
    for command in shown_commands():
        if not command.startswith(tuple(NOT_HERE)):
            # Nobody sits at this terminal; and `status` may well find that somebody has to be called.
            quiet = command.replace("apt-get install", " ".join(INSTALL))
            done = machine.container.run("sh", "-c", f"cd /root && {quiet} < /dev/null", check=False)
            is_fine = done.returncode in ((0, 1) if command == "notifier status" else (0,))
            assert is_fine, f"{command}: {done.stdout}{done.stderr}"
    assert machine.shown("ActiveState") == "active"
