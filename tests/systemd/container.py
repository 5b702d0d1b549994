"""A machine with a real systemd for tests: systemd-nspawn over the host's own files, none of which it can change.

MACHINE_ROOT names the root of another release, as debootstrap makes it, to take instead of the host's.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 60.0  # seconds; a boot takes one, and a machine that runs all tests at once is slow
LONGEST_COMMAND = 110.0  # seconds: to install the package takes five to thirty
BASE = Path(os.environ.get("MACHINE_ROOT", "/"))
RELEASES = ("12", "13")  # of Debian, for which there is a package
TOOLS = ("systemd-nspawn", "journalctl", "nsenter", "unshare", "setpriv", "dpkg-deb")

_UNSHARE = ["/usr/bin/unshare", "--mount", "--propagation", "private", "sh", "-c"]
# In a mount namespace of its own, so that whatever happens nothing stays mounted.
_MOUNT = r"""
set -eu
mount -t tmpfs -o mode=755,size=1G machine "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o lowerdir="$2",upperdir="$1/upper",workdir="$1/work" machine "$1/root"
"""
# With nobody's services, timers or settings but those of systemd and of the package under test.
_BOOT = r"""
cd "$1/root"
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n' > etc/systemd/system/machine.target
mkdir -p etc/systemd/journald.conf.d
printf '[Journal]\nStorage=volatile\nRateLimitBurst=0\n' > etc/systemd/journald.conf.d/machine.conf
for unit in systemd-sysctl.service systemd-timesyncd.service systemd-modules-load.service systemd-udevd.service \
    systemd-udev-trigger.service systemd-networkd.service systemd-networkd-wait-online.service \
    systemd-resolved.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    fstrim.timer man-db.timer logrotate.timer; do
    ln -sf /dev/null "etc/systemd/system/$unit"
done
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec setpriv --pdeathsig KILL systemd-nspawn --quiet --boot --directory "$1/root" --machine "$3" --register=no \
    --keep-unit --private-network --resolv-conf=off --timezone=off --link-journal=no --console=pipe -- \
    --unit=machine.target
"""


def why_impossible() -> str | None:
    """Return why no container can be booted here, in words; None where it can."""
    if os.geteuid() != 0:
        return "only root may boot a container"
    if debian_release() not in RELEASES:
        return f"there is no package for this system, only for Debian {' and '.join(RELEASES)}"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} is not installed (apt install systemd-container)"
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run([*_UNSHARE, _MOUNT, "mount", folder, BASE], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return f"nothing can be mounted here, as in a container that is not privileged ({tried.stderr.strip()})"
    return None


def debian_release() -> str:
    """Return the release of Debian that the machine will have, such as "12"; "" for another system."""
    said = dict(re.findall(r'^(\w+)="?(.*?)"?$', (BASE / "etc/os-release").read_text("utf-8"), re.MULTILINE))
    return said.get("VERSION_ID", "") if said.get("ID") == "debian" else ""


class Container:
    """A booted machine."""

    def __init__(self, leader: int) -> None:
        """`leader`: its first process, as the host numbers it."""
        self.leader = leader
        # The host's own reader costs a fifth of what it does to go into the machine for one.
        self._reader = ["journalctl", f"--directory={self.root}/run/log/journal", "--output=cat", "--no-pager"]

    @property
    def root(self) -> Path:
        """Where the host sees and writes its files."""
        return Path(f"/proc/{self.leader}/root")

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in it as root; where `check`, it has to succeed."""
        enter = ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C"]
        done = subprocess.run(
            [*enter, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/root", *command],
            cwd="/",
            capture_output=True,
            text=True,
            timeout=LONGEST_COMMAND,
            check=False,
        )
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}{done.stderr}"
        return done

    def read_journal(self, *options: str) -> list[str]:
        """Return the lines of its journal, all that was said until now."""
        self.run("journalctl", "--sync")
        return subprocess.run([*self._reader, *options], capture_output=True, text=True, check=True).stdout.splitlines()

    @contextmanager
    def following_journal(self, *options: str, patience: float) -> Iterator[Iterator[str]]:
        """Give the lines of its journal, each as soon as it is said, for so many seconds."""
        command = ["timeout", str(patience), *self._reader, "--follow", "--lines=all", *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
            assert reader.stdout is not None
            try:
                yield iter(reader.stdout)
            finally:
                reader.terminate()


@contextmanager
def booted_container(home: Path) -> Iterator[Container]:
    """Boot a container that lasts as long as the block; its files are in memory, below the empty folder `home`."""
    name = f"notifier-test-{os.getpid()}"
    with (home.parent / f"{home.name}.console").open("w+", encoding="utf-8") as console:
        nspawn = subprocess.Popen(
            [*_UNSHARE, _MOUNT + _BOOT, "boot", str(home), str(BASE), name],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
        )
        try:
            container = Container(_leader_of(nspawn, console.name))
            _until_up(container)
            yield container
        finally:
            nspawn.terminate()  # nspawn has systemd end everything, and ends itself
            try:
                nspawn.wait(10)
            except subprocess.TimeoutExpired:
                nspawn.kill()  # its first process dies with it, and all others with that
                nspawn.wait()


def _leader_of(nspawn: subprocess.Popen[bytes], console: str) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert nspawn.poll() is None, Path(console).read_text(encoding="utf-8")
        for child in Path(f"/proc/{nspawn.pid}/task/{nspawn.pid}/children").read_text().split():
            said = ""
            with suppress(FileNotFoundError, ProcessLookupError):  # one of its helpers, which has just ended
                said = Path(f"/proc/{child}/status").read_text()
            numbers = said.partition("\nNSpid:\t")[2].partition("\n")[0].split()
            if numbers[-1:] == ["1"]:
                return int(child)
        time.sleep(0.02)
    raise AssertionError(Path(console).read_text(encoding="utf-8"))


def _until_up(container: Container) -> None:
    deadline = time.monotonic() + PATIENCE
    while (state := container.run("systemctl", "is-active", "machine.target", check=False).stdout.strip()) != "active":
        assert time.monotonic() < deadline, f"the machine is {state}"
        time.sleep(0.05)
