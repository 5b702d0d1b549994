"""`notifier simulate`: a patient's weeks in seconds, as a phone conversation."""

import sys
from collections.abc import Mapping
from datetime import datetime
from functools import partial

import click
from rich.progress import Progress

from notifier.actions.check_schedules import Checked, check_schedules
from notifier.actions.rehearse import Played, Reply, Turn
from notifier.actions.suppose import suppose
from notifier.actions.take_reply import Taken
from notifier.cli.calls import entry_json, show_entry
from notifier.cli.console import console, iso, print_json, say
from notifier.cli.conversation import LeftOut, left_out_of, show_conversation, show_left_out
from notifier.cli.options import Given, as_json, clinic_zone, with_now, with_settings
from notifier.cli.problems import problems_json, show_problems
from notifier.cli.rehearsal import Rehearsal, play, show_outcome, step_of
from notifier.cli.what_ifs import Asked, InOrder, WhatIfs, read_what_ifs, with_what_ifs
from notifier.core.delivery import Attempt
from notifier.core.model import Patient
from notifier.core.replies import Inbound
from notifier.core.segments import measure


@click.command(
    "simulate",
    cls=InOrder,
    epilog='Example: notifier simulate P-1042 --move "2026-12-04 13:00" --at "2026-12-02 20:30"',
)
@click.argument("patient", metavar="[ID]", required=False)
@with_what_ifs
@with_settings
@with_now
@as_json
def command(given: Given, patient: str | None, what_ifs: Asked, now: datetime, *, as_json: bool) -> None:
    """Play what patient ID will get, from now on, on the real path to the embedded sandbox.

    Without an ID, all patients are played. Nothing is sent to anyone, and the service's own
    ledger is not touched. Exits 1 where a file has an error, 2 where no such patient can be planned.

    What might happen to ID can be played too, as often and in as many ways as you like: an --at
    says when all that stands before it, since the last --at, happens. Times are the clinic's.
    """
    checked = check_schedules(given.schedules, now)
    if not as_json:
        show_problems(checked.problems, given.schedules)
    patients = {name: one for name, one in checked.patients.items() if patient in (None, name)}
    if patient is not None and not patients:
        message = f"No patient {patient} that can be planned is in {given.schedules}."
        raise click.BadParameter(message, param_hint="ID")
    if patient is None and what_ifs:
        raise click.UsageError("What might happen, happens to one patient: name the ID.")
    one = None if patient is None else patients[patient]
    supposed = WhatIfs() if one is None else read_what_ifs(what_ifs, one, clinic_zone(given.schedules), now)
    rehearsal = _play(_Desk(checked, one), supposed, now, given)
    if as_json:
        print_json(_rehearsal_json(rehearsal, patients, checked))
    else:
        _show(rehearsal, patients, supposed)
    sys.exit(1 if checked.has_errors else 0)


class _Desk:
    """The files as they are read while a rehearsal goes on: of the patient who is played, the entry changes."""

    def __init__(self, checked: Checked, patient: Patient | None) -> None:
        self._checked, self._patient = checked, patient

    def read(self, now: datetime) -> Checked:
        """Return what the files say at an instant; where nobody in particular is played, nothing happens to them."""
        return self._checked if self._patient is None else suppose(self._checked.reading, self._patient, now)

    def edit(self, patient: Patient) -> None:
        """Have the entry say something else from now on."""
        self._patient = patient


def _play(desk: _Desk, supposed: WhatIfs, now: datetime, given: Given) -> Rehearsal:
    total = sum(message.send_at is not None for message in desk.read(now).plan.messages)
    turns: list[Turn | Reply] = [Turn(edit.at, partial(desk.edit, edit.patient)) for edit in supposed.edits]
    turns += supposed.replies
    aside = console(stderr=True)
    with Progress(console=aside, transient=True, disable=not aside.is_terminal) as progress:
        task = progress.add_task("Playing", total=total)

        def watch(played: Played) -> None:
            progress.advance(task, len(played.sent))

        return play(desk.read, now, given.settings, turns=turns, outages=supposed.outages, watch=watch)


def _show(rehearsal: Rehearsal, patients: Mapping[str, Patient], supposed: WhatIfs) -> None:
    """Print each patient's conversation after the other, then how it ended."""
    for patient in patients.values():
        show_conversation(rehearsal, supposed, patient)
    show_left_out(left_out_of(rehearsal))
    if rehearsal.calls:
        say("Call list", "bold")
        for entry in rehearsal.calls:
            show_entry(entry, patients[entry.patient].time_zone)
    show_outcome(rehearsal.records, {one.id: one.name for one in patients.values()})


def _rehearsal_json(rehearsal: Rehearsal, patients: Mapping[str, Patient], checked: Checked) -> dict[str, object]:
    return {
        "texts": [_text_json(at, one, patients) for at, one in rehearsal.texts],
        "replies": [_reply_json(*reply, patients) for reply in rehearsal.replies],
        "left_out": [_left_out_json(one) for one in left_out_of(rehearsal)],
        "calls": [entry_json(entry, patients[entry.patient].time_zone) for entry in rehearsal.calls],
        "problems": problems_json(checked.problems),
    }


def _reply_json(at: datetime, inbound: Inbound, taken: Taken, patients: Mapping[str, Patient]) -> dict[str, object]:
    patient = next(iter(patients.values()))  # there is one: only to one patient anything may happen
    return {
        "at": iso(at, patient.time_zone),
        "patient": patient.id,
        "body": inbound.body,
        "kind": taken.kind.value,
        "answer": taken.answer,
    }


def _left_out_json(one: LeftOut) -> dict[str, object]:
    return {
        "patient": one.patient,
        "step": one.step,
        "revision": one.revision,
        "status": one.status,
        "reason": one.reason,
    }


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
