"""Clinics, protocols and patients as small as a test needs them, written as an admin would."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from notifier.core.expressions import parse_daily_hours, parse_duration, parse_range, parse_when
from notifier.core.model import (
    Clinic,
    Duration,
    Order,
    Patient,
    PatientStatus,
    Protocol,
    Quiet,
    QuietHours,
    Schedules,
    Step,
    Texts,
)
from notifier.core.wording import parse_template

DENVER = "America/Denver"
PHOENIX = "America/Phoenix"
NIGHTS, PROCEDURE_NIGHTS = "21:00 to 08:00", "21:00 to 05:00"


def local(wall: str, zone: str = DENVER, *, again: bool = False) -> datetime:
    """Return the instant (UTC) of a wall time such as `2026-12-02 23:30`; its second one with `again`."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=int(again)).astimezone(UTC)


def shown(instant: datetime | None, zone: str = DENVER) -> str | None:
    """Return what a clock and calendar in `zone` show: `Wed 2026-12-02 23:30 MST`."""
    return None if instant is None else instant.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M %Z")


def quiet_hours(every_day: str = NIGHTS, procedure_day: str = PROCEDURE_NIGHTS) -> QuietHours:
    return QuietHours(parse_daily_hours(every_day), parse_daily_hours(procedure_day))


def quiet_around(
    procedure_day: str = "2026-12-03", zone: str = DENVER, hours: str = NIGHTS, procedure_hours: str = PROCEDURE_NIGHTS
) -> Quiet:
    """Return the quiet hours of a patient whose procedure is on a day."""
    return Quiet(zone, date.fromisoformat(procedure_day), quiet_hours(hours, procedure_hours))


def denver(*, zone: str = DENVER, languages: tuple[str, ...] = ("en", "es"), hours: str = NIGHTS) -> Clinic:
    return Clinic(
        name="Anchor Healthcare",
        phone="+1 303 555 0100",
        time_zone=ZoneInfo(zone),
        country="US",
        languages=languages,
        quiet_hours=quiet_hours(hours),
        resend_after=parse_duration("15 minutes"),
    )


def a_patient(
    booking: str = "P-1042",
    *,
    name: str = "Maria",
    phone: str = "+17205550134",
    language: str = "en",
    zone: str = DENVER,
    consent: str | None = "2026-10-20",
    procedure: str = "2026-12-03 07:30",
    arrival: str | None = None,
    status: PatientStatus = PatientStatus.BOOKED,
    orders: Mapping[str, Duration | None] | None = None,
    skip: frozenset[str] = frozenset(),
) -> Patient:
    """Return a patient of the clinic in Denver: `procedure` and `arrival` are wall times there."""
    return Patient(
        id=booking,
        name=name,
        phone=phone,
        language=language,
        time_zone=ZoneInfo(zone),
        consent=None if consent is None else date.fromisoformat(consent),
        protocol="mild",
        procedure=local(procedure),
        arrival=local(arrival or procedure),
        status=status,
        orders=orders or {},
        skip=skip,
    )


def a_step(
    name: str = "last-meal",
    *,
    send: str = "10 hours before last-meal",
    earliest: str | None = None,
    latest: str | None = None,
    critical: bool = False,
    text: Mapping[str, str] | None = None,
) -> Step:
    return Step(
        name=name,
        send=parse_when(send),
        earliest=None if earliest is None else parse_when(earliest),
        latest=None if latest is None else parse_when(latest),
        critical=critical,
        text=_templates(text or {"en": "{clinic}: a text."}),
    )


def a_protocol(
    *steps: Step, moments: Mapping[str, str] | None = None, notices: Mapping[str, Mapping[str, str]] | None = None
) -> Protocol:
    """Return a protocol with MILD's orders and, unless others are given, its moments; without notices unless given."""
    return Protocol(
        name="mild",
        title="Minimally invasive lumbar decompression",
        duration=parse_duration("1 hour"),
        orders={
            "fasting": _order("8 hours", "8 hours to 12 hours"),
            "clear-liquids": _order("2 hours", "2 hours to 4 hours"),
            "lifting": _order("48 hours", "24 hours to 48 hours"),
            "keep-dry": _order("48 hours", "48 hours to 72 hours"),
            "therapy": _order("4 weeks", "4 weeks to 6 weeks"),
            "blood-thinner": _order(None, "24 hours to 7 days"),
        },
        moments={name: parse_when(when) for name, when in (MILD_MOMENTS if moments is None else moments).items()},
        steps=steps,
        notices={name: _templates(texts) for name, texts in (notices or {}).items()},
        stop_line=_templates({"en": "Reply STOP to end texts.", "es": "Responda STOP para terminar."}),
    )


MILD_MOMENTS = {
    "last-meal": "fasting before procedure",
    "last-liquids": "clear-liquids before procedure",
    "thinner-stops": "blood-thinner before procedure",
    "dry-ends": "keep-dry after procedure end",
    "lifting-ends": "lifting after procedure end",
    "therapy-starts": "therapy after procedure at 10:00",
}


def schedules(protocol: Protocol, *patients: Patient, clinic: Clinic | None = None) -> Schedules:
    return Schedules(clinic or denver(), {protocol.name: protocol}, patients)


def _order(default: str | None, allowed: str) -> Order:
    lowest, highest = parse_range(allowed)
    return Order(None if default is None else parse_duration(default), lowest, highest)


def _templates(texts: Mapping[str, str]) -> Texts:
    return {language: parse_template(text) for language, text in texts.items()}
