"""One patient's entry, understood: every field read, and checked against the clinic and the protocol."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from sys import intern
from typing import TypeVar
from zoneinfo import ZoneInfo

from notifier.core.calendar import at_wall, wall_problem
from notifier.core.expressions import parse_duration
from notifier.core.model import Clinic, Duration, Order, Patient, PatientStatus
from notifier.core.problems import Problem, Spot, WordingError
from notifier.intake.clinic import STAND_IN
from notifier.intake.forms import ORDER, ORDER_NAME, SKIP, Form
from notifier.intake.nearest import did_you_mean
from notifier.intake.odd_entries import AHEAD, Oddity, odd_name, odd_phone, odd_times
from notifier.intake.protocol import ProtocolFile, is_within
from notifier.intake.source import Findings
from notifier.intake.values import (
    NONE,
    read_date,
    read_date_time,
    read_id,
    read_name,
    read_patient_phone,
    read_status,
    read_zone,
    write_duration,
)
from notifier.intake.versions import wrong_by_both

T = TypeVar("T")

_LONGEST_WAIT = timedelta(hours=6)  # from arrival to procedure
_NO_PATIENT_LANGUAGE = ""  # of a clinic whose languages cannot be read: its patients are not planned


@dataclass(frozen=True, slots=True)
class Context:
    """What patients' entries are read against."""

    clinic: Clinic
    protocols: Mapping[str, ProtocolFile | None]  # those with errors too; None where two have one name
    are_all_named: bool  # no protocol's name is hidden by a mistake in its file
    today: date  # by the clinic's clock


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry means."""

    id: str | None  # None where it cannot be read
    patient: Patient | None  # None where the entry has errors, or its protocol is not there to read it by
    problems: tuple[Problem, ...]  # in the form's source, as is the spot
    spot: Spot


@dataclass(frozen=True, slots=True)
class Contexts:
    """What is in force, and what is written, which is something else while a file has an error."""

    in_force: Context
    written: Context


def understand(form: Form, contexts: Contexts, strange_orders: AbstractSet[str]) -> Entry:
    """Return what an entry means by what is in force, and what is wrong with it however one looks at it."""
    entry = read_patient(form, contexts.in_force, strange_orders)
    if not entry.problems or contexts.written == contexts.in_force:
        return entry
    written = read_patient(form, contexts.written, strange_orders)
    return replace(entry, problems=wrong_by_both(entry.problems, written.problems))


def read_patient(form: Form, context: Context, strange_orders: AbstractSet[str]) -> Entry:
    """Return what an entry means, and every mistake in it (contract, section 2).

    `strange_orders` have been found to be no orders already, by their headings.
    """
    findings = Findings(form.source, list(form.problems))
    fields = _Fields(form, findings)
    fields.require()
    booking = fields.read("id", read_id)
    patient = _read(fields, booking or "", context, strange_orders)
    spot = form.source.spot(form.start)
    return Entry(booking, None if findings.has_errors else patient, tuple(findings.problems), spot)


class _Fields:
    """Reads the fields of one entry."""

    def __init__(self, form: Form, findings: Findings) -> None:
        self.form = form
        self.findings = findings

    def require(self) -> None:
        for field in self.form.required:
            if field not in self.form.texts:
                message = f"This entry has no “{field}”."
                self.findings.error(self.form.place_of(field), "missing-key", message, f"Give its “{field}”.")

    def read(self, field: str, reader: Callable[[str], T]) -> T | None:
        text = self.form.texts.get(field)
        if text is None:
            return None
        try:
            return reader(text)
        except WordingError as error:
            self.findings.error(self.form.place_of(field), error.code, str(error), error.hint)
            return None

    def note(self, odd: Iterable[Oddity]) -> None:
        for one in odd:
            self.findings.warning(self.form.place_of(one.field), one.code, one.message, one.hint)


def _read(fields: _Fields, booking: str, context: Context, strange_orders: AbstractSet[str]) -> Patient | None:
    clinic, month_first = context.clinic, fields.form.is_table
    name = fields.read("name", read_name)
    phone = fields.read("phone", partial(read_patient_phone, country=clinic.country))
    language = fields.read("language", partial(_read_language, clinic=clinic))
    time_zone = fields.read("time_zone", read_zone)
    consent = fields.read("consent", partial(_read_consent, today=context.today, month_first=month_first))
    at_clinic = partial(read_instant, zone=clinic.time_zone, month_first=month_first)
    procedure = fields.read("procedure", at_clinic)
    arrival = fields.read("arrival", partial(read_arrival, at_clinic, procedure))
    status = fields.read("status", read_status)
    if name is not None:
        fields.note(odd_name(name))
    if phone is not None:
        fields.note(odd_phone(phone, clinic))
    if procedure is not None and status in (None, *AHEAD) and clinic.time_zone is not STAND_IN.time_zone:
        written = fields.form.texts["procedure"] if month_first else ""
        fields.note(odd_times(procedure, written, clinic, context.today))
    protocol = fields.read("protocol", partial(_find_protocol, context=context))
    orders = _read_orders(fields, protocol, strange_orders)
    _check_skip(fields, protocol)
    if protocol is None or protocol.name is None or name is None or phone is None or procedure is None:
        return None
    return Patient(
        id=booking,
        name=name,
        phone=phone,
        language=language or next(iter(clinic.languages), _NO_PATIENT_LANGUAGE),
        time_zone=time_zone or clinic.time_zone,
        consent=consent,
        protocol=protocol.name.text,
        procedure=procedure,
        arrival=arrival or procedure,
        status=status or PatientStatus.BOOKED,
        orders=orders,
        skip=_shared_skip(fields.form.skip),
    )


def _read_language(text: str, clinic: Clinic) -> str:
    language = intern(text.strip())  # one object for all entries
    if clinic.languages and language not in clinic.languages:
        message = f"The clinic does not list the language “{language}”."
        raise WordingError("unknown-language", message, did_you_mean(language, clinic.languages))
    return language


def _read_consent(text: str, today: date, *, month_first: bool) -> date:
    consent = read_date(text, month_first=month_first)
    if consent > today:
        hint = "Write the day on which the patient agreed to texts; leave it out until then."
        raise WordingError("future-consent", f"The consent of {consent} lies in the future.", hint)
    return consent


@lru_cache(maxsize=4096)  # many procedures share a time
def read_instant(text: str, zone: ZoneInfo, *, month_first: bool) -> datetime:
    """Return the instant (UTC) of a wall time at the clinic; one that a clock change touches is a mistake."""
    wall = read_date_time(text, month_first=month_first)
    trouble = wall_problem(wall, zone)
    if trouble is None:
        return at_wall(wall.date(), wall.time(), zone)
    what = "does not exist: clocks skip it" if trouble == "skipped" else "happens twice: clocks are set back"
    message = f"{wall:%Y-%m-%d %H:%M} {what} on that day."
    raise WordingError("clock-change", message, "Check the time, and choose one before or after the clock change.")


def read_arrival(at_clinic: Callable[[str], datetime], procedure: datetime | None, text: str) -> datetime:
    """Return the instant of an arrival, 0 to 6 hours before the procedure; `at_clinic` reads a wall time."""
    arrival = at_clinic(text)
    if procedure is None:
        return arrival
    if arrival > procedure:
        raise WordingError("arrival", "The arrival is after the procedure.", "Check both times.")
    if procedure - arrival > _LONGEST_WAIT:
        hint = "Check both days and times."
        raise WordingError("arrival", "The arrival is more than 6 hours before the procedure.", hint)
    return arrival


def _find_protocol(text: str, context: Context) -> ProtocolFile | None:
    """Return the protocol of a name; None where it may be one whose file cannot be read."""
    name = text.strip()
    if name in context.protocols or not context.are_all_named:
        return context.protocols.get(name)
    raise WordingError("unknown-protocol", f"There is no protocol “{name}”.", did_you_mean(name, context.protocols))


def _read_orders(
    fields: _Fields, protocol: ProtocolFile | None, strange_orders: AbstractSet[str]
) -> Mapping[str, Duration | None]:
    orders: dict[str, Duration | None] = {}
    for field in fields.form.texts:
        name = field.removeprefix(ORDER)
        if name == field or name in strange_orders or protocol is None:
            continue
        if name not in protocol.orders:
            message = f"This protocol has no order “{name}”."
            hint = did_you_mean(name, protocol.orders)
            fields.findings.error(fields.form.place_of(ORDER_NAME + name), "unknown-order", message, hint)
        elif (order := protocol.orders[name]) is not None:
            before = len(fields.findings.problems)
            duration = fields.read(field, partial(_read_order, name=name, order=order))
            if len(fields.findings.problems) == before:
                orders[name] = duration
    return _shared_orders(tuple(orders.items()))


@lru_cache(maxsize=4096)
def _shared_orders(orders: tuple[tuple[str, Duration | None], ...]) -> Mapping[str, Duration | None]:
    """Return one object for all entries that give the same orders: a hundred thousand give a few."""
    return dict(orders)


@lru_cache(maxsize=256)
def _read_order(text: str, name: str, order: Order) -> Duration | None:
    allowed = f"{write_duration(order.lowest)} to {write_duration(order.highest)}"
    if text.strip().casefold() == NONE:
        if order.default is None:
            return None
        hint = f"Write a length of time from {allowed}, or leave it out for {write_duration(order.default)}."
        raise WordingError("order-none", f"“{name}” cannot be “none”.", hint)
    duration = parse_duration(text)
    if not is_within(duration, order):
        message = f"“{name}” is {write_duration(duration)}, which the protocol does not allow."
        raise WordingError("order-range", message, f"Allowed are {allowed}.")
    return duration


@lru_cache(maxsize=4096)
def _shared_skip(steps: tuple[str, ...]) -> frozenset[str]:
    """Return one object for all entries that leave out the same steps, which is mostly none."""
    return frozenset(steps)


def _check_skip(fields: _Fields, protocol: ProtocolFile | None) -> None:
    if protocol is None:
        return
    for position, step in enumerate(fields.form.skip):
        if step not in protocol.steps:
            at = fields.form.place_of(f"{SKIP}{position}")
            message = f"This protocol has no step “{step}”."
            fields.findings.error(at, "unknown-step", message, did_you_mean(step, protocol.steps))
