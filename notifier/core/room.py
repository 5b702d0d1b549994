"""Which patients' texts may be too long: a quick look that overlooks none, so that few texts have to be written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from notifier.core.model import Clinic, Patient, PlanStatus, Schedules, Template
from notifier.core.outline import GOING, Course, Outline
from notifier.core.segments import is_gsm7, most_units, outside_gsm7
from notifier.core.wording import PERSONAL, abbreviation, in_language, write_instant

# What fits in three segments wherever their borders fall: each border may cost a unit.
_FITS_UCS_2, _FITS_GSM_7 = 201 - 2, 459 - 2
_ANY = 10**6  # units: more than any name has


def may_be_long(schedules: Schedules, courses: Sequence[Course]) -> set[str]:
    """Return the phones to which a text may go that takes more than three segments, with its stop-line."""
    bulks: dict[tuple[str, str, ZoneInfo], _Bulks] = {}
    tight: list[tuple[Patient, _Bulks]] = []
    for course in courses:
        first, rooms = _first(course.messages), dict[str, _Room]()
        for patient in course.patients:
            room = rooms.get(patient.language)
            if room is None:
                key = patient.protocol, patient.language, patient.time_zone
                bulks[key] = bulks.get(key) or _bulks_of(schedules, patient)
                room = rooms[patient.language] = bulks[key].room(None if first is None else first[1])
            if not room.is_for(patient.name):
                tight.append((patient, bulks[patient.protocol, patient.language, patient.time_zone]))
    bearers = _stop_line_bearers(courses) if tight else {}
    found = set()
    for patient, own in tight:
        bearer = bearers.get(patient.phone)
        step = bearer[2] if bearer is not None and bearer[1] == patient.id else None
        if not own.room(step).is_for(patient.name):
            found.add(patient.phone)
    return found


@dataclass(frozen=True, slots=True)
class _Room:
    """What is left for a patient's name: the most units of one in GSM-7, and of any other."""

    gsm7: int
    ucs2: int

    def is_for(self, name: str) -> bool:
        """Say whether with this name no text is too long."""
        return most_units(name) <= (self.gsm7 if is_gsm7(name) else self.ucs2)


@dataclass(frozen=True, slots=True)
class _Bulk:
    """The most that a text can take without the patient's name."""

    units: int
    names: int  # how often it prints the name
    is_gsm7: bool

    def room(self) -> _Room:
        """Return what a name may take in it."""
        ucs2 = self._left(_FITS_UCS_2)
        return _Room(self._left(_FITS_GSM_7) if self.is_gsm7 else ucs2, ucs2)

    def _left(self, most: int) -> int:
        left = most - self.units
        if self.names:
            return left // self.names
        return _ANY if left >= 0 else -1


@dataclass(frozen=True, slots=True)
class _Bulks:
    """All texts of a protocol in one language."""

    steps: dict[str, _Bulk]
    stop_line: _Bulk
    largest: _Bulk  # no text takes more than this

    def room(self, bearer: str | None) -> _Room:
        """Return what a name may take in all of them; `bearer` is the step whose text carries the stop-line."""
        room = self.largest.room()
        if bearer is None:
            return room
        text, added = self.steps[bearer], self.stop_line
        is_gsm7 = text.is_gsm7 and added.is_gsm7
        first = _Bulk(text.units + 1 + added.units, text.names + added.names, is_gsm7).room()
        return _Room(min(room.gsm7, first.gsm7), min(room.ucs2, first.ucs2))


def _bulks_of(schedules: Schedules, patient: Patient) -> _Bulks:
    """Return what texts can take for patients of the same protocol, language and zone."""
    protocol, language, clinic = schedules.protocols[patient.protocol], patient.language, schedules.clinic
    zones = clinic.time_zone, patient.time_zone
    steps = {step.name: _bulk_of(*in_language(step.text, language, clinic), clinic, zones) for step in protocol.steps}
    largest = _Bulk(
        units=max((bulk.units for bulk in steps.values()), default=0),
        names=max((bulk.names for bulk in steps.values()), default=0),
        is_gsm7=all(bulk.is_gsm7 for bulk in steps.values()),
    )
    stop_line = _bulk_of(*in_language(protocol.stop_line, language, clinic), clinic, zones)
    return _Bulks(steps, stop_line, largest)


def _bulk_of(language: str, template: Template, clinic: Clinic, zones: tuple[ZoneInfo, ZoneInfo]) -> _Bulk:
    given = {"clinic": clinic.name, "phone": clinic.phone, "name": ""}
    longest = _longest_instant(language, clinic.country) + " " + max(map(_longest_abbreviation, zones), key=len)
    written = [
        part if isinstance(part, str) else given[part.name] if part.name in PERSONAL else longest for part in template
    ]
    names = sum(not isinstance(part, str) and part.name == "name" for part in template)
    return _Bulk(sum(map(most_units, written)), names, is_gsm7("".join(written)))


@lru_cache(maxsize=64)
def _longest_instant(language: str, country: str) -> str:
    """Return what is as long as any date with its time in a language, and as costly in its letters."""
    zone = ZoneInfo("UTC")
    noons = [datetime(2026, month, day, 12, tzinfo=UTC) for month in range(1, 13) for day in range(20, 27)]
    dates = [write_instant(noon, zone, language, country, part="date") for noon in noons]
    hours = [datetime(2026, 1, 20, hour, 50, tzinfo=UTC) for hour in range(24)]
    times = [write_instant(hour, zone, language, country, part="time") for hour in hours]
    longest = f"{max(dates, key=len)}, {max(times, key=len)}"
    foreign = [text for text in dates + times if not is_gsm7(text)]
    return outside_gsm7(foreign[0])[0] * len(longest) if foreign else longest


@lru_cache(maxsize=64)
def _longest_abbreviation(zone: ZoneInfo) -> str:
    names = [abbreviation(datetime(2026, month, 1, tzinfo=zone)) for month in range(1, 13)]
    return max(names, key=len)


def _stop_line_bearers(courses: Sequence[Course]) -> dict[str, tuple[tuple[bool, datetime], str, str]]:
    """Return when, to whom and in which step each phone's first text goes: what is held comes after all others."""
    found: dict[str, tuple[tuple[bool, datetime], str, str]] = {}
    for course in courses:
        first = _first(course.messages)
        if first is None:
            continue
        (is_held, send), step = first
        for patient in course.patients:
            bearer = (is_held, patient.procedure + send), patient.id, step
            phone = patient.phone
            found[phone] = min(found[phone], bearer) if phone in found else bearer
    return found


def _first(messages: Sequence[Outline]) -> tuple[tuple[bool, timedelta], str] | None:
    placed = [
        ((one.status is PlanStatus.HELD, one.send), one.step)
        for one in messages
        if one.send is not None and (one.status in GOING or one.status is PlanStatus.HELD)
    ]
    return min(placed, key=lambda one: one[0], default=None)
