"""What tests under a real systemd share: a machine with the package, its journal, and a provider in its network."""

import ctypes
import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from tests.fakes.provider import ACCOUNT, NUMBER, TOKEN, Provider
from tests.service.rig import ROOT, Service
from tests.systemd.container import PATIENCE, Container

SCHEDULES = "/etc/notifier/schedules"
STATE = "/var/lib/private/notifier"
DROP_INS = "/etc/systemd/system/notifier.service.d"
SERVICES = ("notifier.service", "notifier-backup.service", "notifier-report.service")
TIMERS = ("notifier-backup.timer", "notifier-report.timer")
PACKAGE = "/root/notifier.deb"
# What is only recommended would come by the network, of which the machine has none.
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends")


def build(release: str, folder: Path) -> Path:
    """Build the .deb for a release of Debian, such as "12", in a folder; return where it is."""
    command: list[str | Path] = [ROOT / "systemd/deb/build", release, folder]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return Path(built.stdout.splitlines()[-1])


class Machine:
    """A machine on which the package is installed."""

    def __init__(self, container: Container) -> None:
        """Install the package, and keep its settings and schedule files, to begin each test with."""
        self.container = container
        self.run(*INSTALL, PACKAGE)
        self.run("cp", "-a", "/etc/notifier", "/root/etc")
        self._desk: Service
        self._since = ""  # where the test began, in the journal

    def run(self, *command: str, check: bool = True) -> str:
        """Return what a command prints that root calls on it."""
        done = self.container.run(*command, check=check)
        return done.stdout + done.stderr

    def file(self, path: str) -> Path:
        """Return where the host sees a file of it."""
        return self.container.root / path.removeprefix("/")

    def reset(self, home: Path) -> None:
        """Have it as it was after the package was installed, with an empty journal.

        `home`: an empty folder, in which a ledger is prepared.
        """
        if not self.file("/usr/bin/notifier").exists():  # an earlier test has removed it
            self.run(*INSTALL, PACKAGE)
        self._desk = Service(home)
        gone = (
            f"{STATE} /etc/notifier /etc/credstore /etc/credstore.encrypted {DROP_INS} /etc/systemd/system/notifier-*.d"
        )
        self.run("systemctl", "stop", *SERVICES, *TIMERS)
        self.run("systemctl", "reset-failed")
        self.run("sh", "-c", f"rm -rf {gone} && cp -a /root/etc /etc/notifier")
        newest = self.run("journalctl", "--no-pager", "-n", "1", "--show-cursor")
        self._since = newest.rpartition("-- cursor: ")[2].strip()
        self.configure({})

    def configure(self, settings: Mapping[str, object], *lines: str) -> None:
        """Give the service settings by its environment, and other lines for its unit."""
        variables = [f"Environment=NOTIFIER_{name}={value}" for name, value in settings.items()]
        drop_in = self.file(DROP_INS) / "test.conf"
        drop_in.parent.mkdir(exist_ok=True)
        drop_in.write_text("\n".join(["[Service]", *variables, *lines, ""]), encoding="utf-8")
        self.run("systemctl", "daemon-reload")

    def keep_secret(self, name: str, value: str) -> None:
        """Have a secret where the units look for it."""
        secret = self.file(f"etc/credstore/notifier.{name}")
        secret.parent.mkdir(exist_ok=True)
        secret.write_text(value, encoding="utf-8")

    def use(self, provider: Provider, *lines: str, **settings: object) -> None:
        """Have the service send to this stand-in for Twilio, with the secret in a credential."""
        self.keep_secret("twilio_auth_token", TOKEN)
        url = provider.base_url.replace("127.0.0.1", "localhost")
        twilio = {"ACCOUNT_SID": ACCOUNT, "FROM_NUMBER": NUMBER, "API_BASE_URL": url}
        named = {f"TWILIO__{name}": value for name, value in twilio.items()}
        self.configure({"TRANSPORT": "twilio", "DISPATCH__MIN_GAP": 0, **named, **settings}, *lines)

    def have_due(self, *bookings: str) -> None:
        """Have a text for each booking in the files and the ledger, due a minute ago: as after a restart."""
        self._desk.have_due(*bookings)
        shutil.copytree(self._desk.schedules, self.file(SCHEDULES), dirs_exist_ok=True)
        state = self.file(STATE)
        state.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._desk.ledger, state)
        self.run("sh", "-c", f"chown -R notifier: {STATE}; chown -R root:notifier {SCHEDULES}")

    def get(self, url: str) -> str:
        """Return what a server on it answers."""
        ask = f"import urllib.request; print(urllib.request.urlopen('{url}').read().decode(), end='')"
        return self.run("python3", "-c", ask)

    def miss(self, timer: str) -> None:
        """Have been off for three days, and start a timer, as a boot does."""
        stamp = f"/var/lib/systemd/timers/stamp-{timer}"
        self.run("sh", "-c", f"mkdir -p /var/lib/systemd/timers; touch --date '3 days ago' {stamp}")
        self.run("systemctl", "start", timer)

    def fill(self, file: str) -> None:
        """Write a file until its disk is full."""
        self.run("dd", "if=/dev/zero", f"of={file}", "bs=4k", check=False)

    @property
    def journal(self) -> list[str]:
        """What the services and systemd have said of them since the test began."""
        return self.read_journal()

    def read_journal(self, priority: str = "debug") -> list[str]:
        """Return what of it has this priority or a higher one."""
        return self.container.read_journal(f"--priority={priority}", *self._own_lines)

    @property
    def _own_lines(self) -> list[str]:
        return [f"--after-cursor={self._since}", *(f"--unit={unit}" for unit in (*SERVICES, *TIMERS))]

    def events(self, what: str) -> list[dict[str, object]]:
        """Return the events of this name that the service has logged since the test began."""
        logged = [json.loads(line) for line in self.journal if line.startswith("{")]
        return [event for event in logged if event["event"] == what]

    def wait_for(self, sentence: str, times: int = 1) -> None:
        """Wait until the journal says it so many times."""
        with self.container.following_journal(*self._own_lines, patience=PATIENCE) as lines:
            said = sum(1 for _ in islice((line for line in lines if sentence in line), times))
        assert said == times, f"“{sentence}” {said} times and not {times}:\n" + "\n".join(self.journal)

    def shown(self, name: str, unit: str = "notifier.service") -> str:
        """Return what systemd says of a unit, such as its `ActiveState`."""
        return self.run("systemctl", "show", "--property", name, "--value", unit).strip()

    @property
    def pid(self) -> str:
        """The service's process, as the machine numbers it."""
        return self.shown("MainPID")

    @property
    def states(self) -> Counter[str]:
        """How many texts are in each state."""
        return Counter(json.loads(self.container.run("notifier", "status", "--json", check=False).stdout)["states"])


@contextmanager
def network_of(container: Container) -> Iterator[None]:
    """Have what listens from within the block, also in threads begun there, listen in a container's own network."""
    with Path(f"/proc/{container.leader}/ns/net").open("rb") as its, Path("/proc/thread-self/ns/net").open("rb") as own:
        _enter(its)
        try:
            yield
        finally:
            _enter(own)


def _enter(namespace: BinaryIO) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0) != 0:  # os.setns is new in Python 3.12
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
