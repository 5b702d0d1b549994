"""The timeline as a page of its own, and one patient's timeline as a picture of its own."""

from collections import Counter

from notifier.cli.picture.days import Timeline, timelines
from notifier.cli.picture.drawing import draw_days
from notifier.cli.picture.legend import LEGEND_HEIGHT, draw_legend
from notifier.cli.picture.markup import plain, shorten, tag
from notifier.cli.picture.paper import LANGUAGE, MARGIN, NORMAL, WIDTH, write_when
from notifier.cli.picture.rows import class_of, status_in_words
from notifier.cli.picture.style import COLOURS, PAGE, PICTURE, definitions
from notifier.core.model import PatientStatus, Plan, Planned, PlanStatus, Schedules
from notifier.core.wording import write_instant

_OPEN_AT_FIRST = 12  # patients; of more, one looks for a name before one looks at a picture
_NOTEWORTHY = (PlanStatus.LATE, PlanStatus.TOO_LATE, PlanStatus.NO_WINDOW, PlanStatus.HELD, PlanStatus.OFF)
_NAME_SIZE = 22  # of the font, and a little for being bold


def timeline_page(schedules: Schedules, plan: Plan) -> str:
    """Return an HTML page that shows each patient's texts as a picture and as they read; it needs nothing else.

    Times are by the patient's clock.
    """
    found = timelines(schedules, plan)
    clinic = schedules.clinic
    title = f"{clinic.name}: texts as planned"
    texts = _count(sum(message.send_at is not None for message in plan.messages), "text")
    as_of = write_instant(plan.now, clinic.time_zone, LANGUAGE, clinic.country)
    legend = _svg(definitions(clinic.country) + draw_legend(0), LEGEND_HEIGHT, "What the shapes and colours mean")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>{plain(title)}</title><style>{COLOURS}{PICTURE}{PAGE}</style></head><body>",
            tag("h1", plain(title)),
            tag("p", plain(f"{_count(len(found), 'patient')}, {texts}, as of {as_of}. Times are each patient's own.")),
            legend,
            *(_patient(timeline, is_open=len(found) <= _OPEN_AT_FIRST) for timeline in found),
            "</body></html>\n",
        )
    )


def timeline_svg(schedules: Schedules, plan: Plan, patient_id: str) -> str:
    """Return one patient's timeline as an SVG file. Raises KeyError where the schedules have no such patient."""
    timeline = {timeline.patient.id: timeline for timeline in timelines(schedules, plan)}[patient_id]
    room = WIDTH - 2 * MARGIN
    name = shorten(timeline.patient.name, _NAME_SIZE, room)
    headline = shorten(" · ".join(_headline(timeline)), NORMAL, room)
    days = draw_days(timeline, 62)
    markup = (
        f"<style>{COLOURS}{PICTURE}</style>",
        definitions(schedules.clinic.country),
        tag("rect", class_="back", width="100%", height="100%"),
        tag("text", plain(name), class_="name", x=MARGIN, y=34),
        tag("text", plain(headline), class_="headline", x=MARGIN, y=54),
        days.markup,
        draw_legend(days.bottom),
    )
    height = days.bottom + LEGEND_HEIGHT
    size = {"width": f"{WIDTH}", "height": f"{height:g}"}  # as a picture in a README has it
    label = f"Timeline of {timeline.patient.id}"
    return _svg("".join(markup), height, label, xmlns="http://www.w3.org/2000/svg", **size) + "\n"


def _svg(markup: str, bottom: float, label: str, **attributes: str) -> str:
    return tag(
        "svg",
        markup,
        **attributes,
        class_="timeline",
        viewBox=f"0 0 {WIDTH} {bottom:g}",
        role="img",
        aria_label=label,
    )


def _headline(timeline: Timeline) -> tuple[str, ...]:
    """Say whose timeline it is: id, procedure by the clinic's clock, and the zone where it is another."""
    patient, clinic = timeline.patient, timeline.clinic
    is_elsewhere = patient.time_zone.key != clinic.time_zone.key
    procedure = write_instant(patient.procedure, clinic.time_zone, LANGUAGE, clinic.country, name_zone=is_elsewhere)
    here = f"{procedure} at the clinic" if is_elsewhere else procedure
    status = () if patient.status is PatientStatus.BOOKED else (patient.status.value,)
    zone = (f"lives by {patient.time_zone.key}",) if is_elsewhere else ()
    return patient.id, f"procedure {here}", *status, *zone


def _patient(timeline: Timeline, *, is_open: bool) -> str:
    """Return one patient's part of the page; closed, it is a line of the list of patients."""
    counts = Counter(message.status for message in timeline.messages)
    badges = (
        tag("b", f"{counts[status]} {status.replace('-', ' ')}", class_=status)
        for status in _NOTEWORTHY
        if counts[status]
    )
    facts = (tag("span", plain(fact)) for fact in _headline(timeline))
    days = draw_days(timeline, 0)
    return tag(
        "details",
        tag("summary", tag("bdi", plain(timeline.patient.name)), *facts, *badges),
        tag("div", _svg(days.markup, days.bottom, f"Timeline of {timeline.patient.id}"), class_="scroll"),
        tag("ol", *(_text(message, timeline) for message in timeline.messages)),
        **({"open": "open"} if is_open else {}),
    )


def _text(message: Planned, timeline: Timeline) -> str:
    """Return one text as it reads on the phone, and when; one that has no place, as it would have read."""
    draft = message.draft
    at = "Not sent" if message.send_at is None else write_when(message.send_at, timeline)
    body = message.text or draft.body
    remark = status_in_words(message)
    return tag(
        "li",
        tag("h3", plain(at), tag("b", plain(remark)) if remark else ""),
        tag("small", plain(_step_and_window(message, timeline))),
        tag("p", plain(body), lang=draft.language) if body else "",
        class_=class_of(message.status, is_critical=draft.critical),
    )


def _step_and_window(message: Planned, timeline: Timeline) -> str:
    earliest, latest = message.draft.earliest, message.draft.latest
    if earliest is None or latest is None:
        return message.draft.step
    zone = timeline.patient.time_zone
    is_one_day = earliest.astimezone(zone).date() == latest.astimezone(zone).date()
    until = write_when(latest, timeline, "time" if is_one_day else None)
    return f"{message.draft.step}: {write_when(earliest, timeline)} to {until}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
