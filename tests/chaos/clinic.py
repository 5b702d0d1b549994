"""A clinic made for a storm: hundreds of patients, six texts each, and what every one of them is owed."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

AREAS = (720, 303, 970, 719, 505, 801)  # each has 100 numbers that belong to nobody: NXX 555 0100 to 0199
NAME = "Anchor"
STOP_LINE = "Reply STOP to end texts."
MINUTE = timedelta(minutes=1)
_AHEAD = 26 * 60  # minutes from a patient's first text to the procedure
_SPREAD = (2, 60)  # minutes from the beginning to a patient's first text
LAST_SEND = timedelta(minutes=_SPREAD[1] + 21)  # from the beginning until the last text was due


@dataclass(frozen=True, slots=True)
class Step:
    """One text of the storm's protocol; minutes count from the patient's first text."""

    name: str
    send: int
    window: int  # from the send time to L
    critical: bool


# Some are useful for minutes only, so that a storm outlasts them; most outlast any storm.
STEPS = (
    Step("arrive", 0, 8, critical=True),
    Step("bring", 0, 360, critical=False),
    Step("fast", 6, 380, critical=True),
    Step("ride", 10, 15, critical=False),
    Step("wash", 14, 400, critical=True),
    Step("recover", 20, 420, critical=False),
)
LAST_LATEST = LAST_SEND + timedelta(minutes=max(step.window for step in STEPS))


@dataclass(frozen=True, slots=True)
class Owed:
    """One text as the files ask for it."""

    patient: str
    step: str
    phone: str
    send_at: datetime
    latest: datetime
    critical: bool
    is_tight: bool  # a storm may outlast it

    @property
    def text(self) -> str:
        """Its words, without the stop-line."""
        return words(self.patient, self.step)


@dataclass(frozen=True, slots=True)
class Clinic:
    """One clinic: where its files and its ledger are, and what its patients are owed."""

    home: Path
    owed: tuple[Owed, ...]
    phones: tuple[str, ...]

    @property
    def schedules(self) -> Path:
        """The folder of its schedule files."""
        return self.home / "schedules"

    @property
    def ledger(self) -> Path:
        """Its ledger's file."""
        return self.home / "ledger.db"


@dataclass(frozen=True, slots=True)
class Fates:
    """How a clinic's phones fare at the provider."""

    failures: dict[str, list[int]]  # the first text to a phone ends with this code, which says "try again"
    opted_out: tuple[str, ...]
    undeliverable: tuple[str, ...]


def draw_fates(clinic: Clinic, random: Random) -> Fates:
    """Return how the phones of a clinic are to fare."""
    phones = random.sample(clinic.phones, len(clinic.phones))
    failures = {phone: [random.choice([30001, 30003, 30008])] for phone in phones[:12]}
    return Fates(failures, tuple(phones[12:15]), tuple(phones[15:18]))


def words(patient: str, step: str) -> str:
    """Return the text of a step, which no other text is like."""
    return f"{NAME}: {patient}, this is about {step}. Questions? +1 303 555 0100."


def write_clinic(home: Path, number: int, patients: int, begin: datetime, random: Random) -> Clinic:
    """Write a clinic's files; its first texts are due two minutes after `begin`, the last ones 80 minutes later.

    Every seventh patient shares a phone with the one before.
    """
    begin = begin.replace(second=0, microsecond=0)
    owed: list[Owed] = []
    entries: list[str] = []
    phones: list[str] = []
    for index in range(patients):
        name = f"P{index:03}"
        if index % 7 != 1:
            phones.append(f"+1{AREAS[number % len(AREAS)]}555{100 + len(phones):04}")
        first = begin + random.randint(*_SPREAD) * MINUTE
        entries.append(_entry(name, phones[-1], first))
        owed += (_owed(name, phones[-1], step, first) for step in STEPS)
    folder = home / "schedules"
    (folder / "protocols").mkdir(parents=True)
    (folder / "patients").mkdir()
    (folder / "clinic.yaml").write_text(_clinic(begin), encoding="utf-8")
    (folder / "protocols" / "storm.yaml").write_text(_protocol(), encoding="utf-8")
    (folder / "patients" / "all.yaml").write_text("patients:\n" + "".join(entries), encoding="utf-8")
    return Clinic(home, tuple(owed), tuple(phones))


def _owed(patient: str, phone: str, step: Step, first: datetime) -> Owed:
    send_at = first + step.send * MINUTE
    is_tight = step.window < 60
    return Owed(patient, step.name, phone, send_at, send_at + step.window * MINUTE, step.critical, is_tight)


def _entry(patient: str, phone: str, first: datetime) -> str:
    fields = {
        "id": patient,
        "name": patient,
        "phone": f'"{phone}"',
        "consent": f"{first - timedelta(days=30):%Y-%m-%d}",
        "protocol": "storm",
        "procedure": f"{first + _AHEAD * MINUTE:%Y-%m-%d %H:%M}",
    }
    return "  - " + "\n    ".join(f"{name}: {value}" for name, value in fields.items()) + "\n"


def _clinic(begin: datetime) -> str:
    far = begin + timedelta(hours=16)  # nothing is due then
    quiet = f"{far:%H:%M} to {far + MINUTE:%H:%M}"
    return (
        f"clinic:\n  name: {NAME}\n  phone: +1 303 555 0100\n  time_zone: Etc/UTC\n  country: US\n"
        f"  languages: [en]\n  quiet_hours: {{ every_day: {quiet}, procedure_day: {quiet} }}\n"
        "  resend_after: 15 minutes\n"
    )


def _protocol() -> str:
    lines = ["protocol: storm", "title: Six texts", "duration: 1 hour", "orders: {}", "moments: {}", "steps:"]
    for step in STEPS:
        lines += [
            f"  {step.name}:",
            f"    send: {_AHEAD - step.send} minutes before procedure",
            f"    latest: {_AHEAD - step.send - step.window} minutes before procedure",
            f"    critical: {str(step.critical).lower()}",
            f"    text: {_text(words('{name}', step.name))}",
        ]
    notices = ("procedure-moved", "procedure-moved-call", "procedure-cancelled")
    lines += ["notices:", *(f"  {notice}: {{ text: {_text(words('{name}', notice))} }}" for notice in notices)]
    return "\n".join([*lines, f"stop-line: {_text(STOP_LINE)}", ""])


def _text(english: str) -> str:
    return f"{{ en: {json.dumps(english)} }}"


def without_stop_line(body: str) -> str:
    """Return a text as the protocol words it: which one carries the stop-line depends on who went first."""
    return body.removesuffix(f" {STOP_LINE}")
