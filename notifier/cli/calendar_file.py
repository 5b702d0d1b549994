"""What goes out, as a calendar file (RFC 5545) for a calendar program."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from notifier.cli.console import local
from notifier.core.model import Plan, Planned, PlanStatus, Schedules

_GOING = (PlanStatus.PLANNED, PlanStatus.LATE)


def calendar_file(schedules: Schedules, plan: Plan, *, with_names: bool) -> bytes:
    """Return a calendar with an event for each text that goes out; those held, off or left out have none.

    An event is named by the text's patient and step, so that read again it moves instead of
    standing there twice. A calendar soon lies on other people's servers: it holds bookings and
    steps and no phone, and names and words only `with_names`.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//notifier//texts as planned//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{schedules.clinic.name}: texts as planned")
    names = {patient.id: patient.name for patient in schedules.patients}
    for message in plan.messages:
        if message.status in _GOING and message.send_at is not None:
            name = names[message.draft.patient] if with_names else None
            calendar.add_component(_event(message, message.send_at, plan.now, name))
    data: bytes = calendar.to_ical()
    return data


def _event(message: Planned, send_at: datetime, now: datetime, name: str | None) -> Event:
    draft, event = message.draft, Event()
    whom = draft.patient if name is None else f"{draft.patient} {name}"
    event.add("uid", f"{draft.patient}/{draft.step}@notifier")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", send_at.astimezone(UTC))
    event.add("summary", f"{whom}: {draft.step}")
    facts = f"{_kind(message)}, useful until {local(draft.latest, ZoneInfo(draft.quiet.zone))}"
    event.add("description", facts if name is None else f"{facts}\n\n{message.text}")
    event.add("class", "PRIVATE" if name is None else "CONFIDENTIAL")
    event.add("transp", "TRANSPARENT")  # nobody is busy because a text goes out
    return event


def _kind(message: Planned) -> str:
    kind = "Critical text" if message.draft.critical else "Text"
    return f"{kind} ({message.reason})" if message.reason else kind
