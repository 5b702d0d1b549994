"""What tests of the service share: `notifier run` as a real process, its log, and the ledger that it works on."""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from notifier.actions.check_schedules import check_schedules
from notifier.actions.update_plan import update_plan
from notifier.clock import SystemClock
from notifier.core.guard import UNGUARDED
from notifier.ledger.opening import open_ledger
from tests.fakes.blank_ledger import have_ledger
from tests.fakes.clinic_folder import a_reminder, write_patients, write_reminders
from tests.fakes.provider import ACCOUNT, NUMBER, TOKEN, Provider
from tests.service import lives

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds: longer than anything takes, also on a busy machine


def until(condition: Callable[[], object], what: str, patience: float = PATIENCE, pause: float = 0.02) -> None:
    """Wait until `condition` is true, which is looked at with a pause; fail with `what` was waited for."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(pause)


def environment(**settings: object) -> dict[str, str]:
    """Return this process's environment with just these settings of notifier's."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}
    for name in ("CREDENTIALS_DIRECTORY", "STATE_DIRECTORY"):
        mine.pop(name, None)
    # Nobody outside is called: reading the world's certificate authorities would be a tenth of each start.
    mine["SSL_CERT_FILE"] = os.devnull
    return {**mine, "PYTHONPATH": str(ROOT), **{f"NOTIFIER_{name}": str(value) for name, value in settings.items()}}


@dataclass(frozen=True, slots=True)
class Called:
    """What a call of the program came to."""

    returncode: int
    stdout: str
    stderr: str


class Service:
    """A clinic's folder, its ledger, and the service that works on them."""

    def __init__(self, home: Path) -> None:
        self.schedules, self.ledger = home / "schedules", home / "state" / "ledger.db"
        self.settings: dict[str, object] = {
            "SCHEDULES": self.schedules,
            "LEDGER": f"sqlite:///{self.ledger}",
            "WEB__LISTEN": "127.0.0.1:0",
            "DISPATCH__MIN_GAP": 0,
        }
        self._home = home
        # Beside the schedules it would wake the watch, which looks at all that is written there.
        self._printed = home / "printed"
        self._printed.mkdir()
        self._processes: list[ForkServerProcess] = []
        self._calls = 0

    def use(self, provider: Provider) -> None:
        """Have it send to this stand-in for Twilio, by the settings for production."""
        twilio = {"ACCOUNT_SID": ACCOUNT, "AUTH_TOKEN": TOKEN, "FROM_NUMBER": NUMBER, "API_BASE_URL": provider.base_url}
        self.settings["TRANSPORT"] = "twilio"
        self.settings |= {f"TWILIO__{name}": value for name, value in twilio.items()}

    def start(self) -> None:
        """Start it; what it logs goes into a file of each start's own."""
        log = self._log_file(len(self._processes))
        log.touch()
        self._processes.append(lives.begin(["run"], self._home, environment(**self.settings), log, log))

    def start_ready(self) -> None:
        self.start()
        self.wait_for("planned")

    @property
    def pid(self) -> int:
        pid = self._processes[-1].pid
        assert pid is not None
        return pid

    @property
    def said(self) -> str:
        """Everything that the last started one has printed."""
        return self._log_file(len(self._processes) - 1).read_text(encoding="utf-8")

    @property
    def log(self) -> list[dict[str, Any]]:
        """The events that the last started one has logged; a line half written is left for later."""
        return [json.loads(line) for line in self.said.split("\n")[:-1]]

    def events(self, what: str) -> list[dict[str, Any]]:
        return [event for event in self.log if event["event"] == what]

    def wait_for(self, what: str, count: int = 1, patience: float = PATIENCE) -> list[dict[str, Any]]:
        """Wait until it has logged an event so many times; return them."""
        until(lambda: len(self.events(what)) >= count or self.has_ended, what, patience)
        found = self.events(what)
        assert len(found) >= count, self.said
        return found

    def notifier(self, *arguments: str) -> Called:
        """Call the program beside the service, with the same settings."""
        self._calls += 1
        out, err = (self._printed / f"{name}-{self._calls}" for name in ("out", "err"))
        process = lives.begin([*arguments], self._home, environment(**self.settings), out, err)
        process.join(PATIENCE)
        assert process.exitcode is not None, arguments
        return Called(process.exitcode, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))

    def stop(self, signum: signal.Signals = signal.SIGTERM) -> float:
        """Tell it to stop, and return the seconds that it took; it must end well."""
        begun = time.monotonic()
        os.kill(self.pid, signum)
        assert self.wait() == 0, self.said
        return time.monotonic() - begun

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> int:
        """Wait until it has ended; return its exit code, or the negative number of the signal."""
        self._processes[-1].join(PATIENCE)
        code = self._processes[-1].exitcode
        assert code is not None, self.said
        return code

    def end(self) -> None:
        """End whatever still runs."""
        for process in self._processes:
            process.kill()
            process.join()

    @property
    def has_ended(self) -> bool:
        return not self._processes[-1].is_alive()

    def _log_file(self, number: int) -> Path:
        return self._printed / f"log-{number}"

    def ask(self, query: str, *values: object) -> list[Any]:
        """Return the rows of the ledger that another process sees."""
        with closing(sqlite3.connect(self.ledger, isolation_level=None, timeout=PATIENCE)) as other:
            return other.execute(query, values).fetchall()

    @property
    def states(self) -> Mapping[str, str]:
        """The state of each message in the ledger, by its key."""
        return dict(self.ask("SELECT key, state FROM messages"))

    def break_patients_file(self) -> None:
        """Have its patients keep what the ledger holds for them, whatever that is."""
        (self.schedules / "patients" / "patients.yaml").write_text("patients: [", encoding="utf-8")

    def have_due(self, *bookings: str, ahead: timedelta = timedelta(0), **fields: str) -> None:
        """Have a text for each booking in the files and the ledger, due a minute ago: as after a restart.

        Texts planned from files alone fall due on whole minutes, which is long to wait.
        """
        minute = now().replace(second=0, microsecond=0) - timedelta(minutes=1)
        if not self.schedules.exists():
            write_reminders(self.schedules, minute)
        entries = [
            a_reminder(booking, minute, phone=f"+1 720 555 {100 + number:04}", skip="[ride]", **fields)
            for number, booking in enumerate(bookings)
        ]
        write_patients(self.schedules, *entries)
        with open_ledger(have_ledger(self.ledger)) as ledger:
            update_plan(check_schedules(self.schedules, minute - timedelta(hours=1)), ledger, UNGUARDED)
            if ahead:
                with ledger.writing() as book:
                    for booking in bookings:
                        book.replace(f"{booking}/reminder/1", now() + ahead, "late", minute)


def now() -> datetime:
    return SystemClock().now()
