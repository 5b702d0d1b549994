"""A machine with a real systemd for tests: systemd-nspawn over the host's own files, none of which it can change."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60.0  # seconds; a boot takes one, and a machine that runs all tests at once is slow
LONGEST_COMMAND = 110.0  # seconds: to install the package takes five to thirty

# In a mount namespace of its own, so that whatever happens nothing stays mounted; with nobody's services, timers or
# settings but those of systemd and of the package under test.
_BOOT = r"""
set -eu
mount -t tmpfs -o mode=755,size=1G machine "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o lowerdir=/,upperdir="$1/upper",workdir="$1/work" machine "$1/root"
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
exec setpriv --pdeathsig KILL systemd-nspawn --quiet --boot --directory "$1/root" --machine "$2" --register=no \
    --keep-unit --private-network --resolv-conf=off --timezone=off --link-journal=no --console=pipe -- \
    --unit=machine.target
"""


def why_impossible() -> str | None:
    """Return why no container can be booted here, in words; None where it can."""
    if os.geteuid() != 0:
        return "only root may boot a container"
    missing = [tool for tool in ("systemd-nspawn", "nsenter", "unshare", "dpkg-deb") if shutil.which(tool) is None]
    return f"{', '.join(missing)} is not installed (Debian: systemd-container, util-linux)" if missing else None


class Container:
    """A booted machine."""

    def __init__(self, leader: int) -> None:
        """`leader`: its first process, as the host numbers it."""
        self.leader = leader

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


@contextmanager
def booted_container(home: Path) -> Iterator[Container]:
    """Boot a container that lasts as long as the block; its files are in memory, below the empty folder `home`."""
    name = f"notifier-test-{os.getpid()}"
    with (home.parent / f"{home.name}.console").open("w+", encoding="utf-8") as console:
        nspawn = subprocess.Popen(
            ["/usr/bin/unshare", "--mount", "--propagation", "private", "sh", "-c", _BOOT, "boot", str(home), name],
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
            status = Path(f"/proc/{child}/status")
            if status.exists() and "\nNSpid:\t" in (said := status.read_text()):
                numbers = said.partition("\nNSpid:\t")[2].partition("\n")[0].split()
                if numbers[-1] == "1":
                    return int(child)
        time.sleep(0.02)
    raise AssertionError(Path(console).read_text(encoding="utf-8"))


def _until_up(container: Container) -> None:
    deadline = time.monotonic() + PATIENCE
    while (state := container.run("systemctl", "is-active", "machine.target", check=False).stdout.strip()) != "active":
        assert time.monotonic() < deadline, f"the machine is {state}"
        time.sleep(0.05)
