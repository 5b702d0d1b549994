"""How the service grows with what is pending: `python -m tests.bench.growth [--messages N ...]`.

Plans and records a clinic's patients, 13 texts each, until so many messages are pending; then starts the real
service on it, and measures what one change, one look and one text cost in between. One change is one patient's, whose
phone is nobody else's at any size: whoever shares one is planned together. Publishes a table, with what each
figure is at the largest against the smallest; nothing is compared between runs. Files and ledger lie in a temporary
folder.
"""

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from notifier.actions.check_schedules import Checked, examine
from notifier.actions.take_turn import Pace
from notifier.actions.update_plan import Update, update_plan
from notifier.cli.main import GARBAGE_LOOKED_FOR_AFTER
from notifier.clock import JumpingClock, SystemClock
from notifier.core.delivery import Change, ChangeKind
from notifier.core.guard import UNGUARDED
from notifier.intake.folder import ScheduleReader
from notifier.ledger.opening import Ledger, open_ledger
from notifier.ledger.worker import LOCK_AT_A_TIME
from tests.actions.steps import send
from tests.bench.footprint import memory, metric, start, stop
from tests.bench.people import a_name, a_phone
from tests.bench.results import machine, publish, table
from tests.bench.texts import texts
from tests.builders import a_record
from tests.fakes.clinic_folder import copy_shipped
from tests.fakes.fake_sender import FakeSender

EACH = 13  # texts of a patient
ROUNDS = 7
GAP = timedelta(seconds=30)
PACE = Pace(batch=250, min_gap=GAP, lease=timedelta(minutes=2))
HEADER = "id,name,phone,language,consent,protocol,procedure,status,order:blood-thinner"
PER_FILE = 50_000  # patients: a file may have 8 MiB
ALONE = 100  # patients who have a phone of their own also where there are more patients than invented phones
NOBODY: AbstractSet[int] = frozenset()
DRAINED = 2_000  # messages
FILLED, SOON_FILLED = 3, 100_000  # times, and messages up to which it takes seconds: the median then


@dataclass(frozen=True)
class Cost:
    """What so many pending messages cost; seconds, where nothing else is said."""

    messages: int
    recorded: float  # messages a second
    parse: float  # of all files, and the check of what they say, within the start
    parsed: float  # MB that this takes
    ready: float  # start to ready, the parse included
    memory: float  # MB of the service once it is ready
    reload: float  # of one changed patient: reading, checking and the ledger
    ledger: float  # of this the ledger
    cancel: float  # of one patient, the ledger
    next_due: float
    drain: float  # messages a second


def write_clinic(
    folder: Path, patients: int, *, moved: AbstractSet[int] = NOBODY, cancelled: AbstractSet[int] = NOBODY
) -> None:
    """Write a clinic with so many patients, whose procedures begin in 40 days: nothing falls due meanwhile."""
    if not folder.exists():
        copy_shipped(folder)
        clinic = folder / "clinic.yaml"
        allow = "  allow: { shared-phone: there are not enough invented phones }\n"
        clinic.write_text(clinic.read_text(encoding="utf-8").rstrip("\n") + "\n" + allow, encoding="utf-8")
        (folder / "patients").mkdir(exist_ok=True)
    today = SystemClock().now().date()
    days = [day for ahead in range(40, 124) if (day := today + timedelta(days=ahead)).weekday() < 5]
    consent = today - timedelta(days=2)
    for number, begin in enumerate(range(0, patients, PER_FILE)):
        rows = [
            f"P-{one},{a_name(one)},{a_phone(one, ALONE)},{'es' if one % 3 else 'en'},{consent},mild,"
            f"{days[one % len(days)]} {7 + one % 9:02}:{45 if one in moved else 30},"
            f"{'cancelled' if one in cancelled else ''},72 hours"
            for one in range(begin, min(begin + PER_FILE, patients))
        ]
        (folder / "patients" / f"part-{number}.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")


class Desk:
    """A clinic's files and ledger, as the service has them in mind."""

    def __init__(self, home: Path, patients: int) -> None:
        self.home, self.patients = home, patients
        self.folder = home / "schedules"
        self.reader = ScheduleReader(self.folder)
        self.known: Update | None = None
        self.moved, self.cancelled = set[int](), set[int]()

    def write(self) -> None:
        write_clinic(self.folder, self.patients, moved=self.moved, cancelled=self.cancelled)

    def read(self) -> Checked:
        now = SystemClock().now()
        return examine(self.reader.read(now), now)

    def update(self, checked: Checked, ledger: Ledger) -> Update:
        following = self.known.following if self.known else None
        self.known = update_plan(checked, ledger, UNGUARDED, following, in_full=False)
        return self.known


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    into.append(time.perf_counter() - begun)


def median_of(work: Callable[[], object], rounds: int = 30) -> float:
    times: list[float] = []
    for _ in range(rounds):
        with timed(times):
            work()
    return statistics.median(times)


def fill(home: Path, patients: int) -> tuple[float, float]:
    """Record a clinic's patients; return MB of the parse, and messages recorded a second."""
    home.mkdir()
    desk, times = Desk(home, patients), list[float]()
    desk.write()
    before = memory(os.getpid(), "VmRSS")
    checked = desk.read()
    if checked.has_errors:
        raise AssertionError(checked.problems[0])
    parsed = memory(os.getpid(), "VmRSS") - before
    with open_ledger(f"sqlite:///{home}/ledger.db") as ledger, timed(times):
        update = desk.update(checked, ledger)
    return parsed, sum(update.kinds.values()) / times[0]


def changes(home: Path, patients: int) -> tuple[float, float, float, float, float]:
    """Return the medians of a reload, of its part in the ledger, of a cancellation, of a look; and a drain's rate."""
    desk = Desk(home, patients)
    reloads: list[float] = []
    ledgers: list[float] = []
    cancels: list[float] = []
    with open_ledger(f"sqlite:///{home}/ledger.db") as ledger:
        desk.update(desk.read(), ledger)
        gc.freeze()  # as the service does
        for number in range(ROUNDS):
            for patient, one_more, into in ((number, desk.moved, ledgers), (number + ROUNDS, desk.cancelled, cancels)):
                one_more.add(patient)
                desk.write()
                with timed(reloads):
                    checked = desk.read()
                    with timed(into):
                        update = desk.update(checked, ledger)
                if update.patients != 1:
                    raise AssertionError(update.patients)
        with ledger.reading() as book:
            next_due = median_of(lambda: book.next_due(GAP))
        rate = drain(ledger)
    return statistics.median(reloads), statistics.median(ledgers), statistics.median(cancels), next_due, rate


def drain(ledger: Ledger) -> float:
    """Return how many messages a second go out through a sender that costs nothing, while all others wait."""
    now = SystemClock().now()
    due, latest = now + timedelta(hours=1), now + timedelta(hours=5)
    changes = [
        Change(
            ChangeKind.NEW,
            None,
            a_record(patient=f"D-{number}", to=to, body=words, place=due, earliest=due, latest=latest),
        )
        for number, (to, words) in enumerate(texts(DRAINED))
    ]
    with ledger.writing() as book:
        book.apply(changes, now, "files")
    times: list[float] = []
    with timed(times):
        sent = len(send(ledger, FakeSender(), JumpingClock(due), PACE).sent)
    if sent != DRAINED:
        raise AssertionError(sent)
    return sent / times[0]


def measure(messages: int) -> Cost:
    patients = max(1, round(messages / EACH))
    with tempfile.TemporaryDirectory() as folder:
        homes = [Path(folder, str(number)) for number in range(FILLED if messages <= SOON_FILLED else 1)]
        fills = [alone(fill, home, patients) for home in homes]
        parsed, recorded = map(statistics.median, zip(*fills, strict=True))
        home = homes[-1]
        service, ready = start(home)
        held, parse = memory(service.pid, "VmRSS"), metric("notifier_schedule_reading_duration_seconds")
        stop(service)
        reload, ledger, cancel, next_due, rate = alone(changes, home, patients)
    return Cost(messages, recorded, parse, parsed, ready, held, reload, ledger, cancel, next_due, rate)


def live_as_the_service() -> None:
    """Have Python look for garbage as seldom, and hand its lock over as soon, as in the service."""
    gc.set_threshold(GARBAGE_LOOKED_FOR_AFTER)
    sys.setswitchinterval(LOCK_AT_A_TIME)


def alone(work: Callable[[Path, int], tuple[float, ...]], home: Path, patients: int) -> tuple[float, ...]:
    """Return what comes of work in a process of its own, so that its memory is its own as well."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=live_as_the_service) as pool:
        return pool.submit(work, home, patients).result()


ROWS: Sequence[tuple[str, Callable[[Cost], float], str]] = (
    ("recorded, messages/s", lambda cost: cost.recorded, ",.0f"),
    ("files' parse and check, s", lambda cost: cost.parse, ".2f"),
    ("and its memory, MB", lambda cost: cost.parsed, ".0f"),
    ("start to ready, s", lambda cost: cost.ready, ".2f"),
    ("start without the parse, s", lambda cost: cost.ready - cost.parse, ".2f"),
    ("memory when ready, MB", lambda cost: cost.memory, ".0f"),
    ("reload of one patient, ms", lambda cost: cost.reload * 1e3, ".1f"),
    ("of this the ledger, ms", lambda cost: cost.ledger * 1e3, ".1f"),
    ("cancel of one, ledger, ms", lambda cost: cost.cancel * 1e3, ".1f"),
    ("next-due query, ms", lambda cost: cost.next_due * 1e3, ".2f"),
    ("drain, messages/s", lambda cost: cost.drain, ",.0f"),
)


def main() -> None:
    """Measure each size and print one column for it, and the last against the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    where = machine()
    costs = [measure(messages) for messages in parser.parse_args().messages]
    rows = [
        (what, *(f"{figure(cost):{form}}" for cost in costs), _growth(costs, figure)) for what, figure, form in ROWS
    ]
    heads = ("messages pending", *(f"{cost.messages:,}" for cost in costs), "the last of the first")
    publish("What grows with the messages that are pending", table(heads, rows), where)


def _growth(costs: Sequence[Cost], figure: Callable[[Cost], float]) -> str:
    first, last = figure(costs[0]), figure(costs[-1])
    return f"{last / first:.2f}" if first else "-"


if __name__ == "__main__":
    main()
