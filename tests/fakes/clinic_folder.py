"""Schedule folders as an admin would keep them: the shipped one, and one as small as a test needs."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "schedules"


def copy_shipped(folder: Path) -> Path:
    """Copy the shipped clinic and protocol into `folder`, without a patient; return it."""
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.csv", "2*.yaml"))
    return folder


def write_patients(folder: Path, *entries: str, file: str = "patients.yaml") -> Path:
    """Write a patients file with these entries; return it."""
    patients = folder / "patients"
    patients.mkdir(parents=True, exist_ok=True)
    path = patients / file
    path.write_text("patients:\n" + "".join(entries), encoding="utf-8")
    return path


def an_entry(booking: str = "P-1042", **fields: str) -> str:
    """Return an entry of a patients file; the procedure is on Thu Dec 3, 2026 at 07:30 unless another is given.

    A field given as "" is left out.
    """
    given = {
        "name": "Maria",
        "phone": "+1 720 555 0134",
        "consent": "2026-11-20",
        "protocol": "mild",
        "procedure": "2026-12-03 07:30",
        **fields,
    }
    lines = [f"  - id: {booking}", *(f"    {field}: {value}" for field, value in given.items() if value)]
    return "\n".join(lines) + "\n"


REMINDER = """\
protocol: reminder
title: A reminder five hours before
duration: 1 hour
orders: {}
moments: {}
steps:
  reminder:
    send: 5 hours before procedure
    earliest: 1 day before procedure
    latest: 1 hour before procedure
    critical: true
    text: { en: "{clinic}: {name}, please come on {procedure}. Questions? {phone}." }
  ride:
    send: 5 hours before procedure
    earliest: 1 day before procedure
    latest: 30 minutes before procedure
    critical: true
    text: { en: "{clinic}: {name}, someone should drive you home. Questions? {phone}." }
notices:
  procedure-moved: { text: { en: "{clinic}: {name}, your new time is {procedure}. {phone}" } }
  procedure-moved-call: { text: { en: "{clinic}: {name}, your new time is {procedure}; we will call. {phone}" } }
  procedure-cancelled: { text: { en: "{clinic}: {name}, {procedure} is off. {phone}" } }
stop-line: { en: "Reply STOP to end texts." }
"""


def write_reminders(folder: Path, now: datetime) -> Path:
    """Write a clinic in UTC, quiet only in a minute half a day from `now`, whose patients get two texts.

    `a_reminder` is an entry for it.
    """
    (folder / "protocols").mkdir(parents=True)
    (folder / "patients").mkdir()
    far = now + timedelta(hours=12)
    quiet = f"{far:%H:%M} to {far + timedelta(minutes=1):%H:%M}"
    lines = [
        "clinic:",
        "  name: Anchor Healthcare",
        "  phone: +1 303 555 0100",
        "  time_zone: Etc/UTC",
        "  country: US",
        "  languages: [en]",
        f"  quiet_hours: {{ every_day: {quiet}, procedure_day: {quiet} }}",
        "  resend_after: 15 minutes",
    ]
    (folder / "clinic.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "protocols" / "reminder.yaml").write_text(REMINDER, encoding="utf-8")
    return folder


def a_reminder(booking: str, due: datetime, **fields: str) -> str:
    """Return an entry whose two texts are due in the minute `due`."""
    procedure = due + timedelta(hours=5)
    consent = due - timedelta(days=30)
    times = {"procedure": f"{procedure:%Y-%m-%d %H:%M}", "consent": f"{consent:%Y-%m-%d}"}
    return an_entry(booking, **{"protocol": "reminder", **times, **fields})
