"""Several hosts on one PostgreSQL ledger: each with files and a service of its own, and a wire that can be cut."""

import shutil
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, Thread

from sqlalchemy import update

from notifier.actions.check_schedules import check_schedules
from notifier.actions.update_plan import update_plan
from notifier.core.guard import UNGUARDED
from notifier.core.lifecycle import State
from notifier.ledger.opening import open_ledger
from notifier.ledger.schema import messages
from tests.fakes.clinic_folder import a_reminder, write_patients, write_reminders
from tests.fakes.provider import Provider
from tests.service.rig import Service, now, until

_CHUNK = 65536


class Wire:
    """The way from one host to the database; cut, it takes no bytes and no new connections, as a switch without power.

    Nobody is told: neither end hears of it before it finds out by itself.
    """

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._lock = Lock()
        self._is_cut = False
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Drop all connections, and every new one."""
        with self._lock:
            self._is_cut = True
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._ends.clear()

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        self.cut()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._join(near)

    def _join(self, near: socket.socket) -> None:
        with self._lock:
            if self._is_cut:
                near.close()
                return
            far = socket.create_connection(self._target)
            self._ends += [near, far]
        for one, other in ((near, far), (far, near)):
            Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with closing(source), suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


class Cluster:
    """A clinic whose files are on several hosts."""

    def __init__(self, home: Path, url: str, provider: Provider) -> None:
        self.url, self.provider, self._home = url, provider, home
        self.hosts: list[Service] = []
        self.expected: Counter[str] = Counter()  # phones, each to get one text
        self.minute = now().replace(second=0, microsecond=0) - timedelta(minutes=1)

    def host(self, name: str, url: str | None = None) -> Service:
        """Return a host, with a copy of the first one's files."""
        home = self._home / name
        home.mkdir()
        service = Service(home)
        service.use(self.provider)
        service.settings |= {"LEDGER": url or self.url, "HOST": name}
        if self.hosts:
            shutil.copytree(self.hosts[0].schedules, service.schedules)
        else:
            write_reminders(service.schedules, self.minute)
        self.hosts.append(service)
        return service

    def have_due(self, number: int, first: int = 0) -> None:
        """Have so many texts due, to a phone each."""
        phones = [f"+1 720 555 {100 + first + each:04}" for each in range(number)]
        self.expected.update(phone.replace(" ", "") for phone in phones)
        for host in self.hosts:
            self.add_patients(host, first, number, f"from-{first}.yaml")
        folder = self.hosts[0].schedules
        with open_ledger(self.url) as ledger:
            update_plan(check_schedules(folder, self.minute - timedelta(hours=1)), ledger, UNGUARDED)

    def add_patients(self, host: Service, first: int, number: int, file: str, minute: datetime | None = None) -> None:
        """Write patients into one host's files, whose texts are due in a minute, or were a minute ago."""
        entries = [
            a_reminder(f"P-{each}", minute or self.minute, phone=f"+1 720 555 {100 + each:04}", skip="[ride]")
            for each in range(first, first + number)
        ]
        write_patients(host.schedules, *entries, file=file)

    @property
    def sent(self) -> Counter[str]:
        """How often the provider took a text, by phone."""
        return Counter(message.to for message in self.provider.messages)

    @property
    def states(self) -> Counter[State]:
        with open_ledger(self.url) as ledger, ledger.reading() as book:
            return Counter(book.counts())

    @property
    def open(self) -> int:
        """How many texts still wait, are under way, or in doubt."""
        return sum(self.states[state] for state in (State.PLANNED, State.CLAIMED, State.IN_DOUBT))

    @property
    def bookings(self) -> set[str]:
        """Whose texts are planned."""
        with open_ledger(self.url) as ledger, ledger.reading() as book:
            return {key.partition("/")[0] for key, _ in book.line(100)}

    @property
    def leader(self) -> str | None:
        with open_ledger(self.url) as ledger, ledger.reading() as book:
            return book.leader()

    def end_leases(self) -> None:
        """Have every claim be as old as its lease: half a minute is the least that settings allow."""
        with open_ledger(self.url) as ledger, ledger.writing() as book:
            claimed = messages.c.state == State.CLAIMED
            book._connection.execute(update(messages).where(claimed).values(lease_until=now()))  # noqa: SLF001 - time passes

    def wait_until_all_went(self) -> None:
        """Wait until the provider has every text, once."""
        until(lambda: len(self.sent) == len(self.expected), "all texts", patience=60)
        assert self.sent == self.expected


@contextmanager
def a_wire(url: str) -> Iterator[tuple[Wire, str]]:
    """Give a wire to the server of a URL, and the URL through it."""
    head, _, rest = url.rpartition(":")
    port, _, database = rest.partition("/")
    wire = Wire(int(port))
    try:
        yield wire, f"{head}:{wire.port}/{database}"
    finally:
        wire.close()
