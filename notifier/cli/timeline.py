"""Plans as people read them on a terminal: a patient's days from top to bottom, or one day's texts to everybody."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from rich.text import Text

from notifier.cli.console import COLUMNS, console, count, local, say, show_table, word
from notifier.cli.picture.days import Day, Mark, Row, Timeline, timelines
from notifier.cli.selection import day_of
from notifier.core.expressions import PROCEDURE
from notifier.core.model import Patient, Plan, Planned, PlanStatus, Schedules
from notifier.core.segments import measure

SPINE = "       │ "
_MARKS = {  # of a text that is not critical, and of one that is: the shapes of the picture
    PlanStatus.PLANNED: "●◆",
    PlanStatus.LATE: "●◆",
    PlanStatus.HELD: "○◇",
    PlanStatus.TOO_LATE: "✗✗",
    PlanStatus.NO_WINDOW: "⊘⊘",
    PlanStatus.OFF: "--",
    PlanStatus.SKIPPED: "--",
}
_LEGEND = {
    "◆": "critical",
    "●": "other text",
    "◇": "held, critical",
    "○": "held",
    "✗": "too late",
    "⊘": "no window",
    "-": "does not go",
}
_WITHOUT_WINDOW = (PlanStatus.OFF, PlanStatus.SKIPPED)


def show_timelines(schedules: Schedules, plan: Plan) -> None:
    """Print each patient's texts day by day, with the instants that they name, by the patient's clock."""
    for timeline in sorted(timelines(schedules, plan), key=lambda timeline: timeline.patient.id):
        say(Text("\n").join([*_patient_lines(timeline), Text()]))  # at once: each printing has its price


def show_days(schedules: Schedules, plan: Plan) -> None:
    """Print what goes out on each day, to whom, in the order of time; no words."""
    patients = {patient.id: patient for patient in schedules.patients}
    dated = [(day, message) for message in plan.messages if (day := day_of(message)) is not None]
    for day, group in groupby(sorted(dated, key=_by_day), key=lambda pair: pair[0]):
        messages = [message for _, message in group]
        going = [message for message in messages if message.send_at is not None]
        whom = count(len({message.draft.patient for message in going}), "patient")
        say(f"{day:%a %Y-%m-%d}: {count(len(going), 'text')} to {whom}", "bold")
        rows = [_day_row(message, patients[message.draft.patient], schedules.clinic.time_zone) for message in messages]
        show_table(("at", "step", "patient", "until", "status"), rows, folding=("patient", "status"), width=COLUMNS)
        say()


def show_legend(plan: Plan) -> None:
    """Print what the shapes mean that stand for the texts of a plan."""
    shown = {mark_of(message) for message in plan.messages}
    say("   ".join(f"{mark} {meaning}" for mark, meaning in _LEGEND.items() if mark in shown), "dim")


def heading(patient: Patient, messages: Sequence[Planned]) -> str:
    """Return whose plan it is: id, name, protocol, procedure, the zone of all times, how many texts go out."""
    going = count(sum(message.send_at is not None for message in messages), "text")
    zone = patient.time_zone
    return f"{patient.id}  {patient.name}, {patient.protocol} on {local(patient.procedure, zone)}, {zone.key}: {going}"


def wrapped(words: str, room: int) -> Iterator[str]:
    """Yield the lines that words take, none wider than `room` cells."""
    return (line.plain.rstrip() for line in Text(words).wrap(console(), room))


def mark_of(message: Planned) -> str:
    """Return the shape that stands for a text."""
    return _MARKS[message.status][message.draft.critical]


def remarks(message: Planned) -> str:
    """Return what else there is to say of a text: why it has its status, and that it is a long one."""
    segments = 0 if message.text is None else measure(message.text).segments
    parts = [message.reason] if message.reason else []
    return ", ".join([*parts, f"{segments} SMS"] if segments > 1 else parts)


def _by_day(dated: tuple[date, Planned]) -> tuple[date, bool, datetime, str, int]:
    """Order by time; what does not go out comes after what does."""
    day, message = dated
    at = message.stands_at or message.draft.procedure
    return day, message.send_at is None, at, message.draft.patient, message.draft.position


def _day_row(message: Planned, patient: Patient, clinic_zone: ZoneInfo) -> tuple[str | Text, ...]:
    zone, at = patient.time_zone, message.stands_at or message.draft.procedure
    is_elsewhere = at.astimezone(zone).utcoffset() != at.astimezone(clinic_zone).utcoffset()
    clock = f"{at.astimezone(zone):%H:%M}" + (f" {at.astimezone(zone).tzname()}" if is_elsewhere else "")
    why = remarks(message)
    return (
        clock,
        f"{mark_of(message)} {message.draft.step}",
        f"{patient.id} {patient.name}",
        _until(message, at, zone, "%a %m-%d %H:%M"),
        word(message.status) + Text(f" ({why})" if why else ""),
    )


def _patient_lines(timeline: Timeline) -> Iterator[Text]:
    yield Text(heading(timeline.patient, timeline.messages), "bold")
    last = timeline.days[0].date  # there is always one: that of the procedure
    for day in timeline.days:
        if (between := (day.date - last).days - 1) > 0:
            yield Text(f"   ⋮   {count(between, 'day')} without texts", "dim")
        last = day.date
        yield from _day_lines(day, timeline)
    for message in timeline.undated:
        yield from _text_lines("", message, "")


def _day_lines(day: Day, timeline: Timeline) -> Iterator[Text]:
    """Yield a day's texts and, between them, the instants that texts name."""
    patient = timeline.patient
    distance = (day.date - patient.procedure.astimezone(patient.time_zone).date()).days
    side = "before" if distance < 0 else "after"
    words = f"{count(abs(distance), 'day')} {side}" if distance else "procedure day"
    yield Text.assemble((f"{day.date:%a %Y-%m-%d}", "bold"), (f"  {words}", "dim"))
    items: list[Mark | Row] = [*day.marks, *day.rows]
    for item in sorted(items, key=lambda item: item.at):
        clock = f"{item.at.astimezone(patient.time_zone):%H:%M}"
        if isinstance(item, Row):
            yield from _text_lines(clock, item.message, _until(item.message, item.at, patient.time_zone))
        else:
            is_procedure = item.name == PROCEDURE
            yield Text(f" {clock} {'━' if is_procedure else '┄'} {item.name}", "bold" if is_procedure else "dim")


def _text_lines(clock: str, message: Planned, until: str) -> Iterator[Text]:
    """Yield a line of facts, and below it remarks and the words."""
    facts = f" {clock:<5} {mark_of(message)} {message.draft.step:<20} {f'until {until}' if until else '':<28}"
    yield Text(facts) + word(message.status)
    if why := remarks(message):
        yield Text.assemble((SPINE, "dim"), (f"({why})", "italic"))
    if message.text is not None:
        for line in wrapped(message.text, COLUMNS - len(SPINE)):
            yield Text(SPINE + line, "dim")


def _until(message: Planned, at: datetime, zone: ZoneInfo, other_day: str = "%a %Y-%m-%d %H:%M") -> str:
    """Return L, only its time where it is on the day of the text; nothing where the text is not for this patient."""
    latest = message.draft.latest
    if latest is None or message.status in _WITHOUT_WINDOW:
        return ""
    is_same_day = latest.astimezone(zone).date() == at.astimezone(zone).date()
    return latest.astimezone(zone).strftime("%H:%M" if is_same_day else other_day)
