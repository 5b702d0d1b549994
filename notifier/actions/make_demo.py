"""The demo's example clinic: four invented patients whose dates lie ahead of today."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from notifier.actions.rehearse import Turn
from notifier.actions.start_schedules import example_card, start_schedules
from notifier.core.calendar import at_wall

SATURDAY = 5
ENROLLED_AT = time(18, 40)  # the evening before, after the night-before texts have begun

_ENTRY = """\
  - id: {id}
    name: {name}
    phone: {phone}
    consent: {consent}
    protocol: mild
    procedure: {procedure}
"""


def make_demo(shipped: Path, folder: Path, now: datetime, zone: ZoneInfo) -> list[Turn]:
    """Write the clinic and three patients into `folder`; return the turns to come: a fourth is enrolled late."""
    start_schedules(shipped, folder, example_card(shipped))
    today = now.astimezone(zone).date()
    patients = folder / "patients"
    walk_in, english, spanish, elsewhere = (_weekday(today + timedelta(days=days)) for days in (33, 34, 35, 36))
    _write(
        patients / "patients.yaml",
        [
            _entry("P-1001", "Grace", "+1 303 555 0111", today, f"{english} 07:30"),
            _entry("P-1002", "María", "+1 720 555 0134", today, f"{spanish} 13:00", language="es", arrival="12:00")
            + "    orders: { blood-thinner: 72 hours, lifting: 24 hours }\n",
            _entry("P-1004", "Lee O'Connor", "+1 602 555 0147", today, f"{elsewhere} 10:00")
            + "    time_zone: America/Phoenix\n",
        ],
    )
    eve = walk_in - timedelta(days=1)
    late = _entry("P-1003", "Sam", "+1 970 555 0125", today, f"{walk_in} 07:30", arrival="06:30")
    return [Turn(at_wall(eve, ENROLLED_AT, zone), lambda: _write(patients / "walk-ins.yaml", [late]))]


def _weekday(day: date) -> date:
    """Return the day itself, or the Monday after a weekend."""
    return day if day.weekday() < SATURDAY else day + timedelta(days=7 - day.weekday())


def _entry(
    ident: str, name: str, phone: str, consent: date, procedure: str, *, language: str = "", arrival: str = ""
) -> str:
    entry = _ENTRY.format(id=ident, name=name, phone=phone, consent=consent, procedure=procedure)
    if language:
        entry += f"    language: {language}\n"
    if arrival:
        entry += f"    arrival: {procedure.partition(' ')[0]} {arrival}\n"
    return entry


def _write(file: Path, entries: Iterable[str]) -> None:
    file.write_text("patients:\n" + "".join(entries), encoding="utf-8")
