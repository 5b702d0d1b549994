"""Which messages of a plan to show: by patient, day, step and status."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

import click

from notifier.actions.check_schedules import Checked
from notifier.cli.as_in_files import DAY
from notifier.core.model import Planned, PlanStatus, Schedules
from notifier.intake.nearest import did_you_mean

Command = Callable[..., Any]
_A_STATUS = click.Choice([status.value for status in PlanStatus])


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; of what nothing is asked, everything is."""

    patients: tuple[str, ...] = ()
    days: tuple[date, ...] = ()  # by each patient's clock
    steps: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    def takes(self, message: Planned) -> bool:
        """Say whether a message is asked for."""
        draft = message.draft
        return (
            draft.patient in (self.patients or (draft.patient,))
            and draft.step in (self.steps or (draft.step,))
            and message.status in (self.statuses or (message.status,))
            and (not self.days or day_of(message) in self.days)
        )

    def narrow(self, checked: Checked) -> Checked:
        """Return the files with only what is asked for of their plan, and only the patients whom it is for."""
        messages = tuple(message for message in checked.plan.messages if self.takes(message))
        narrowed = replace(checked, narrowed=replace(checked.plan, messages=messages))
        if checked.reading.schedules is None or self == Selection():
            return narrowed
        schedules = _only(checked.reading.schedules, {message.draft.patient for message in messages})
        return replace(narrowed, reading=replace(checked.reading, schedules=schedules))

    def verify(self, versions: Iterable[Checked]) -> None:
        """Raise BadParameter for a patient or a step that is in none of these versions of the files.

        An entry with an error is in them, though nothing of it is planned. Where a clinic cannot be
        read nobody knows who and what there is.
        """
        found = list(versions)
        readings = [checked.reading for checked in found]
        if any(reading.schedules is None for reading in readings):
            return
        schedules = [reading.schedules for reading in readings if reading.schedules]
        unplanned = {patient for reading in readings for patient in reading.broken | reading.kept}
        patients = unplanned | {patient.id for one in schedules for patient in one.patients}
        steps = {step.name for one in schedules for protocol in one.protocols.values() for step in protocol.steps}
        _verify(self.patients, patients, "--patient", "patient")
        _verify(self.steps, steps, "--step", "step")


def with_selection(command: Command) -> Command:
    """Give a command options that filter a plan, and what they come to as its argument `selection`."""

    @click.option("--patient", "patients", metavar="ID", multiple=True, help="Only this patient.")
    @click.option(
        "--day",
        "days",
        metavar="DATE",
        type=DAY,
        multiple=True,
        help="Only this day by the patients' clocks, such as 2026-12-02; shown as a list of all patients.",
    )
    @click.option("--step", "steps", metavar="STEP", multiple=True, help="Only this step, such as last-meal.")
    @click.option("--status", "statuses", type=_A_STATUS, multiple=True, help="Only texts with this status.")
    @wraps(command)
    def wrapper(
        patients: tuple[str, ...],
        days: tuple[date, ...],
        steps: tuple[str, ...],
        statuses: tuple[str, ...],
        **rest: object,
    ) -> object:
        selection = Selection(patients, days, steps, statuses)
        return command(selection=selection, **rest)

    return wrapper


def day_of(message: Planned) -> date | None:
    """Return the local date of a message by the patient's clock; None for one that hangs on an order that is `none`."""
    at = message.stands_at
    return None if at is None else at.astimezone(ZoneInfo(message.draft.quiet.zone)).date()


def _only(schedules: Schedules, patients: set[str]) -> Schedules:
    return replace(schedules, patients=tuple(patient for patient in schedules.patients if patient.id in patients))


def _verify(asked: Iterable[str], known: Iterable[str], option: str, what: str) -> None:
    for name in asked:
        if name not in known:
            hint = did_you_mean(name, sorted(known))
            raise click.BadParameter(f"There is no {what} “{name}” in the files. {hint}", param_hint=option)
