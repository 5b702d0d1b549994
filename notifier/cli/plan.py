"""`notifier plan`: every text that the files ask for, and when it goes out."""

import sys
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

import click
from rich.padding import Padding
from rich.text import Text

from notifier.actions.check_schedules import Checked, check_schedules
from notifier.cli.console import console, count, iso, local, print_json, say, show, word
from notifier.cli.options import Given, as_json, clinic_zone, with_now, with_settings
from notifier.cli.problems import count_problems, problems_json, show_problems
from notifier.core.model import Planned
from notifier.core.segments import measure


@click.command("plan", epilog="Example: notifier plan --now 2026-12-01T09:00:00-07:00 --json")
@with_settings
@with_now
@as_json
def command(given: Given, now: datetime, *, as_json: bool) -> None:
    """Show every text that the files ask for: when it goes out, until when it may, and its words.

    This is what the files say, without regard to what was sent; `notifier changes` regards it.
    Times are the patient's own. Exits 1 where a file has an error.
    """
    with console(stderr=True).status("Planning…"):
        checked = check_schedules(given.schedules, now)
    zone = clinic_zone(given.schedules)
    if as_json:
        print_json(
            {
                "now": iso(now, zone),
                "messages": [message_json(message) for message in checked.plan.messages],
                "problems": problems_json(checked.problems),
            }
        )
    else:
        show_problems(checked.problems, given.schedules)
        _show(checked)
        say(f"As of {local(now, zone)} at the clinic; {count_problems(checked.problems)} in the files.")
    sys.exit(1 if checked.has_errors else 0)


def message_json(message: Planned) -> dict[str, object]:
    """Return a message as the contract's section 7 has it; times carry the patient's offset."""
    draft, text = message.draft, message.text
    zone = ZoneInfo(draft.quiet.zone)
    size = None if text is None else measure(text)
    return {
        "patient": draft.patient,
        "step": draft.step,
        "status": message.status.value,
        "reason": message.reason,
        "critical": draft.critical,
        "send_at": iso(message.send_at, zone),
        "earliest": iso(draft.earliest, zone),
        "latest": iso(draft.latest, zone),
        "moments": {name: iso(instant, zone) for name, instant in draft.moments.items()},
        "to": draft.to,
        "language": draft.language,
        "body": text,
        "encoding": None if size is None else size.encoding.value,
        "segments": None if size is None else size.segments,
    }


def _show(checked: Checked) -> None:
    """Print each patient's texts in the order in which they go out."""
    by_patient = sorted(checked.plan.messages, key=lambda message: message.draft.patient)
    schedules = checked.reading.schedules
    patients = {patient.id: patient for patient in schedules.patients} if schedules else {}
    for name, group in groupby(by_patient, key=lambda message: message.draft.patient):
        messages, patient = list(group), patients[name]
        zone = patient.time_zone
        going = count(sum(message.send_at is not None for message in messages), "text")
        say(
            f"{name}  {patient.name}, {patient.protocol} on {local(patient.procedure, zone)}, {zone.key}: {going}",
            "bold",
        )
        say(f"{'goes out':<22}{'until':<22}{'step (* critical)':<22}status", "dim")
        for message in messages:
            _show_message(message, zone)
        say()


def _show_message(message: Planned, zone: ZoneInfo) -> None:
    """Print a line of facts, and below it the words."""
    draft, text = message.draft, message.text
    step = draft.step + (" *" if draft.critical else "")
    facts = f"{local(message.send_at, zone):<22}{local(draft.latest, zone):<22}{step:<22}"
    segments = 0 if text is None else measure(text).segments
    asides = [message.reason] if message.reason else []
    asides += [f"{segments} SMS"] if segments > 1 else []
    say(Text(facts) + word(message.status) + Text(f" ({', '.join(asides)})" if asides else ""))
    if text is not None:
        show(Padding(Text(text, "dim"), (0, 0, 0, 4)))
