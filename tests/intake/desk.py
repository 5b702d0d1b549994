"""An admin's desk: writes schedule files into a folder, and tells what the program says of them."""

from datetime import UTC, datetime
from pathlib import Path

from notifier.core.model import Patient
from notifier.core.problems import Problem
from notifier.intake.folder import Reading, read_schedules

NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # 09:00 on a Sunday in Denver

# What is said of a poor wording in a good file: most texts in these tests are as short as can be.
STYLE = {
    *("missing-clinic", "missing-phone", "missing-name", "relative-day"),
    *("medical-name", "carrier-word", "hard-words", "two-segments"),
}

CLINIC = """\
clinic:
  name: Anchor Healthcare
  phone: +1 303 555 0100
  time_zone: America/Denver
  languages: [en, es]
"""

PROTOCOL = """\
protocol: mild
title: A small operation
duration: 1 hour
orders:
  fasting: { default: 8 hours, allowed: 8 hours to 12 hours }
  thinner: { default: none, allowed: 24 hours to 7 days }
moments:
  last-meal: fasting before procedure
  thinner-stops: thinner before procedure
steps:
  last-meal:
    send: 10 hours before last-meal
    latest: 90 minutes before last-meal
    critical: true
    text:
      en: "{clinic}: {name}, finish your last meal by {last-meal}. {phone}"
      es: "{clinic}: {name}, termine de comer antes de {last-meal}. {phone}"
  thinner:
    send: 1 day before thinner-stops at 10:00
    text:
      en: "{clinic}: {name}, pause it from {thinner-stops:date}. {phone}"
      es: "{clinic}: {name}, deje de tomarlo desde {thinner-stops:date}. {phone}"
stop-line:
  en: "Reply STOP to end texts."
  es: "Responda STOP para terminar."
"""

PATIENTS = """\
patients:
  - id: P-1
    name: Maria
    phone: +1 720 555 0134
    consent: 2026-11-20
    protocol: mild
    procedure: 2026-12-03 07:30
"""


class Desk:
    """A schedules folder with a good clinic, a good protocol and no patients yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("clinic.yaml", CLINIC)
        self.write("protocols/mild.yaml", PROTOCOL)
        (folder / "patients").mkdir()
        self.good_files: dict[str, bytes] = {}  # what the ledger has kept

    def write(self, name: str, text: str | bytes) -> None:
        """Write a file as it stands; text in UTF-8."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace the one place in a file that says `old`."""
        text = (self.folder / name).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def read(self, now: datetime = NOW) -> Reading:
        """Read the folder."""
        return read_schedules(self.folder, now, self.good_files)

    def keep(self) -> None:
        """Read the folder, and keep what is good, as the ledger does."""
        self.good_files |= self.read().good_files

    def says(self, *, style: bool = False) -> list[str]:
        """Return every problem as `file:line:column code: sentence hint`; of the style of texts only if asked."""
        return [as_line(problem) for problem in self.read().problems if style or problem.code not in STYLE]

    def patients(self) -> tuple[Patient, ...]:
        """Return the patients that can be planned."""
        schedules = self.read().schedules
        return () if schedules is None else schedules.patients


def as_line(problem: Problem) -> str:
    """Return a problem as people see it."""
    spot = problem.spot
    return f"{spot.file}:{spot.line}:{spot.column} {problem.code}: {problem.message} {problem.hint}"
