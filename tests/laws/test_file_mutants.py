"""Every slip of a finger in the shipped files is told at its line, shows in the plan, or does no harm."""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifier.actions.check_schedules import survey
from notifier.core.model import Duration, Plan, Protocol, QuietHours, Schedules, Unit
from notifier.core.planning import plan
from notifier.core.problems import Problem, Severity
from notifier.intake.folder import Reading, ScheduleReader
from tests.fakes.clinic_folder import SHIPPED
from tests.laws.file_mutants import KINDS, Mutant, some

NOW = datetime(2026, 11, 22, 16, tzinfo=UTC)
FILES = {  # how many mutants of each kind are made of a file at most
    "clinic.yaml": 40,
    "protocols/mild.yaml": 220,
    "patients/2026-12.yaml": 80,
    "patients/2027-01.csv": 60,
}
TOLD, NEEDED, SHOWN, SAME, UNSEEN = (
    "told at its line",
    "told where it is needed",
    "in the plan",
    "says the same",
    "in no text",
)
# A name that is gone is told wherever it is needed; a line that is gone, at the head of its group.
_OF_NEED = frozenset(
    {"unknown-order", "unknown-moment", "unknown-placeholder", "unknown-step", "unknown-protocol", "unknown-language"}
    | {"missing-key", "missing-translation", "order-range"}
)


class Bench:
    """The shipped files, of which one at a time has a slip in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = shutil.copytree(SHIPPED, folder)
        self._reader = ScheduleReader(folder)
        self._good = self._reader.read(NOW)
        self._plan = _plan(self._good)
        assert survey(self._good, NOW).problems == ()

    def outcome(self, file: str, mutant: Mutant) -> str | None:
        """Return what becomes of a slip; None where it is missed."""
        (self._folder / file).write_text(mutant.text, encoding="utf-8")
        reading = self._reader.read(NOW)
        if any(_is_near(problem, file, mutant) for problem in reading.problems):
            return TOLD  # the plan need not be asked
        problems = survey(reading, NOW).problems
        if any(_is_near(problem, file, mutant) for problem in problems):
            return TOLD
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        if errors:
            return NEEDED if {problem.code for problem in errors} <= _OF_NEED else None
        if reading.schedules == self._good.schedules:
            return SAME
        if _plan(reading) != self._plan:
            return SHOWN
        return UNSEEN if _seen(reading.schedules) == _seen(self._good.schedules) else None

    def mend(self, file: str) -> None:
        shutil.copy(SHIPPED / file, self._folder / file)


def _plan(reading: Reading) -> Plan:
    assert reading.schedules is not None
    return plan(reading.schedules, NOW)


def _is_near(problem: Problem, file: str, mutant: Mutant) -> bool:
    return problem.spot.file == file and any(abs(problem.spot.line - line) <= 1 for line in mutant.lines)


def _seen(schedules: Schedules | None) -> Schedules | None:
    """Leave out what no text of these patients depends on today.

    Titles are for the staff; notices and `resend_after` are for changes; the ranges of orders are for what a
    clinician may yet order, quiet hours and the day of consent for other times of day and other days; whoever is
    cancelled gets no text; and the order of entries means nothing.
    """
    if schedules is None:
        return None
    clinic = replace(schedules.clinic, resend_after=None, country="", quiet_hours=_NO_HOURS)  # type: ignore[arg-type]  # compared only
    protocols = {name: _seen_of(protocol) for name, protocol in schedules.protocols.items()}
    people = [replace(patient, consent=patient.consent and NOW.date()) for patient in schedules.patients]
    return Schedules(clinic, protocols, tuple(sorted(people, key=lambda one: one.id)))


_NO_HOURS: QuietHours | None = None
_ANY = Duration(1, Unit.DAYS)


def _seen_of(protocol: Protocol) -> Protocol:
    orders = {name: replace(order, lowest=_ANY, highest=_ANY) for name, order in protocol.orders.items()}
    return replace(protocol, title="", notices={}, orders=orders)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench") / "schedules")


@pytest.mark.timeout(600)  # seconds; twenty are enough on a machine at rest
@pytest.mark.parametrize("kind", KINDS)
def test_no_slip_is_missed(
    bench: Bench, kind: str, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    table: Counter[str] = Counter()
    missed = []
    for file, most in FILES.items():
        for mutant in some((SHIPPED / file).read_text(encoding="utf-8"), kind, most):
            outcome = bench.outcome(file, mutant)
            table[outcome or "missed"] += 1
            if outcome is None:
                missed.append((file, mutant.lines, mutant.text.split("\n")[mutant.lines[0] - 1]))
        bench.mend(file)
    record_property(kind, dict(table))
    with capsys.disabled():
        print(f"\n{kind:<28}{table.total():>5} slips:", ", ".join(f"{number} {name}" for name, number in table.items()))  # noqa: T201 - the figures are the point
    assert missed == []


def test_there_are_three_thousand_slips() -> None:
    texts = {file: (SHIPPED / file).read_text(encoding="utf-8") for file in FILES}
    assert sum(len(some(texts[file], kind, most)) for file, most in FILES.items() for kind in KINDS) >= 3_000
