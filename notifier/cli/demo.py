"""`notifier demo`: four invented patients on the real path, in seconds."""

import shutil
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from notifier.actions.check_schedules import Checked, check_schedules
from notifier.actions.make_demo import make_demo
from notifier.actions.rehearse import Played
from notifier.cli.console import count, local, say
from notifier.cli.phone import show_bubble, show_day
from notifier.cli.picture import timeline_page
from notifier.cli.problems import show_problems
from notifier.cli.rehearsal import Rehearsal, play, show_outcome, step_of
from notifier.clock import SystemClock
from notifier.core.model import Patient
from notifier.settings import load_settings
from notifier.wiring.shipped import find_shipped

CLINIC_ZONE = ZoneInfo("America/Denver")
MARK = ".notifier-demo"  # says that a folder is the demo's own, to be made anew


@click.command("demo", epilog="Example: notifier demo")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("demo"), help="Where to write.  [default: demo]"
)
def command(folder: Path) -> None:
    """Write a small example clinic and play its weeks: files, plan, ledger, dispatch, Twilio's library, sandbox.

    The clock jumps from one due moment to the next; no phone gets any text.
    """
    settings = load_settings(None)
    _clear(folder)
    schedules, now = folder / "schedules", SystemClock().now().replace(second=0, microsecond=0)
    turns = make_demo(find_shipped() / "schedules", schedules, now, CLINIC_ZONE)
    stage = _Stage(schedules)
    rehearsal = play(stage.read, now, settings, turns=turns, ledger_file=folder / "ledger.db", watch=stage.watch)
    last = rehearsal.updates[-1].checked
    say("\nWhat became of everyone's texts\n", "bold")
    show_outcome(rehearsal.records, {patient.id: patient.name for patient in stage.patients.values()})
    picture = folder / "timeline.html"
    if last.reading.schedules is not None:
        picture.write_text(timeline_page(last.reading.schedules, rehearsal.first_plan), encoding="utf-8")
    _say_where(folder, rehearsal)


class _Stage:
    """Shows what happens while it is played."""

    def __init__(self, schedules: Path) -> None:
        self._schedules = schedules
        self._day = ""
        self.patients: dict[str, Patient] = {}

    def read(self, now: datetime) -> Checked:
        """Read the demo's files as they stand at `now`."""
        return check_schedules(self._schedules, now)

    def watch(self, played: Played) -> None:
        """Print what has just happened."""
        if played.update is not None:
            checked = played.update.checked
            show_problems(checked.problems, self._schedules)
            if checked.reading.schedules is not None:
                self.patients = {patient.id: patient for patient in checked.reading.schedules.patients}
            changes = count(len(played.update.changes), "message")
            patients = count(len(self.patients), "patient")
            at = local(played.at, CLINIC_ZONE)
            say(f"{at}  The files are read: {patients}, {changes} new in the ledger.\n", "cyan")
        for sent in played.sent:
            owner, step = step_of(sent.attempt)
            patient = self.patients[owner]
            if (day := local(played.at, patient.time_zone)[:14]) != self._day:
                show_day(played.at, patient.time_zone)
                self._day = day
            heading = f"{patient.name}, {sent.attempt.to}, {step}"
            show_bubble(played.at, patient.time_zone, heading, sent.attempt.text)


def _clear(folder: Path) -> None:
    """Make the demo's folder anew; a folder that is not the demo's is left alone."""
    if folder.exists():
        if not (folder / MARK).is_file():
            message = f"{folder} is there already and is not a demo's; name another with --folder."
            raise click.UsageError(message)
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


def _say_where(folder: Path, rehearsal: Rehearsal) -> None:
    plan = rehearsal.first_plan
    planned = sum(message.send_at is not None for message in plan.messages)
    say(f"\n{count(planned, 'text')} planned, {count(len(rehearsal.texts), 'text')} sent through the sandbox.")
    say(f"Timeline picture  {folder / 'timeline.html'}   (open it in a browser)")
    say(f"Schedule files    {folder / 'schedules'}")
    say(f"Ledger            {folder / 'ledger.db'}")
    say(f"A whole story     NOTIFIER_LEDGER=sqlite:///{folder / 'ledger.db'} {_program()} show P-1003")


def _program() -> str:
    """Return the program as it is called from here: one in a virtual environment is seldom on the PATH."""
    program = Path(sys.executable).with_name("notifier")
    if shutil.which("notifier") or not program.exists():
        return "notifier"
    here = Path.cwd()
    return str(program.relative_to(here) if program.is_relative_to(here) else program)
