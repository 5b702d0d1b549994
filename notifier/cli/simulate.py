"""`notifier simulate`: a patient's weeks in seconds, as a phone conversation."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import click
from rich.progress import Progress

from notifier.actions.check_schedules import Checked, check_schedules
from notifier.actions.rehearse import Played
from notifier.cli.console import console, iso, print_json, say
from notifier.cli.options import Given, as_json, with_now, with_settings
from notifier.cli.phone import show_bubble, show_day
from notifier.cli.problems import problems_json, show_problems
from notifier.cli.rehearsal import Rehearsal, play, show_outcome, step_of
from notifier.core.delivery import Attempt
from notifier.core.model import Patient
from notifier.core.segments import measure


@click.command("simulate", epilog="Example: notifier simulate P-1042 --now 2026-11-22T09:00:00-07:00")
@click.argument("patient", metavar="[ID]", required=False)
@with_settings
@with_now
@as_json
def command(given: Given, patient: str | None, now: datetime, *, as_json: bool) -> None:
    """Play what patient ID will get, from now on, on the real path to the embedded sandbox.

    Without an ID, all patients are played. Nothing is sent to anyone, and the service's own
    ledger is not touched. Exits 1 where a file has an error, 2 where no such patient can be planned.
    """
    checked = check_schedules(given.schedules, now)
    if not as_json:
        show_problems(checked.problems, given.schedules)
    patients = {one.id: one for one in _patients(checked) if patient in (None, one.id)}
    if patient is not None and not patients:
        message = f"No patient {patient} that can be planned is in {given.schedules}."
        raise click.BadParameter(message, param_hint="ID")
    rehearsal = _play(_only(checked, set(patients)), now, given)
    if as_json:
        texts = [_text_json(at, one, patients) for at, one in rehearsal.texts]
        print_json({"texts": texts, "problems": problems_json(checked.problems)})
    else:
        _show(rehearsal, patients)
    sys.exit(1 if checked.has_errors else 0)


def _patients(checked: Checked) -> tuple[Patient, ...]:
    return checked.reading.schedules.patients if checked.reading.schedules else ()


def _only(checked: Checked, patients: set[str]) -> Checked:
    """Narrow a plan to some patients: the others' weeks need not be played."""
    messages = tuple(message for message in checked.plan.messages if message.draft.patient in patients)
    return replace(checked, plan=replace(checked.plan, messages=messages))


def _play(checked: Checked, now: datetime, given: Given) -> Rehearsal:
    total = sum(message.send_at is not None for message in checked.plan.messages)
    aside = console(stderr=True)
    with Progress(console=aside, transient=True, disable=not aside.is_terminal) as progress:
        task = progress.add_task("Playing", total=total)

        def watch(played: Played) -> None:
            progress.advance(task, len(played.sent))

        return play(lambda _: checked, now, given.settings, watch=watch)


def _show(rehearsal: Rehearsal, patients: Mapping[str, Patient]) -> None:
    """Print each patient's conversation after the other, then how it ended."""
    for patient in patients.values():
        say(f"\n{patient.id}, {patient.name}", "bold")
        last = None
        for at, attempt in rehearsal.texts:
            owner, step = step_of(attempt)
            if owner != patient.id:
                continue
            day = at.astimezone(patient.time_zone).date()
            if day != last:
                show_day(at, patient.time_zone)
            last = day
            show_bubble(at, patient.time_zone, step, attempt.text)
    show_outcome(rehearsal.records, {one.id: one.name for one in patients.values()})


def _text_json(at: datetime, attempt: Attempt, patients: Mapping[str, Patient]) -> dict[str, object]:
    patient, step = step_of(attempt)
    size = measure(attempt.text)
    return {
        "at": iso(at, patients[patient].time_zone),
        "patient": patient,
        "step": step,
        "to": attempt.to,
        "body": attempt.text,
        "encoding": size.encoding.value,
        "segments": size.segments,
    }
