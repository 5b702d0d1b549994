"""What is legal in a patient's entry but odd: likely slips in dates, phones that two share, names that are none."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from notifier.core.model import Clinic, Patient, PatientStatus
from notifier.core.problems import Problem, Severity, Spot, WordingError
from notifier.intake.values import read_patient_phone

AHEAD = (PatientStatus.BOOKED, PatientStatus.ON_HOLD)
SHARED_PHONE = "shared-phone"
_FRIDAY = 4  # as date.weekday() counts
_MORNING, _EVENING = 5, 20  # hours; nobody operates by plan before the one or from the other on
_FURTHEST = timedelta(days=366)
_SOON = timedelta(days=183)  # what is likely meant where day and month may be swapped
_NO_NAME = re.compile(r"(?:\d\D{0,2}){4}|\d[/.-]\d|@|\A\d+\Z")
_IN_NO_NAME = re.compile(
    r"[;<>“”„«»]|(?<=\w),(?= *[^\W\d_]{3})"
)  # no comma as in “Garcia, Maria”; that of “Lee, Jr.” is fine
_SLASHES = re.compile(r"\s*(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})\b")


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something odd about one field of an entry."""

    field: str
    code: str
    message: str
    hint: str


def odd_name(name: str) -> Iterator[Oddity]:
    """Yield what is odd about a patient's name."""
    if _NO_NAME.search(name):
        hint = "Write how a text should address the person, such as “Maria”."
        yield Oddity("name", "odd-name", f"“{name}” looks like a number or a date, not like a name.", hint)
    elif (sign := _IN_NO_NAME.search(name)) is not None:
        hint = "Write how a text should address the person, such as “Maria” or “Ms. Garcia”."
        yield Oddity("name", "odd-name", f"The name has a “{sign[0]}” in it, and the texts would print it.", hint)


def odd_phone(phone: str, clinic: Clinic) -> Iterator[Oddity]:
    """Yield what is odd about a patient's phone (E.164)."""
    if phone == _as_mobile(clinic.phone, clinic.country):
        hint = "Give the patient's own phone."
        yield Oddity("phone", "clinic-phone", "This is the clinic's own phone: the clinic would get the texts.", hint)


@lru_cache(maxsize=16)
def _as_mobile(phone: str, country: str) -> str | None:
    try:
        return read_patient_phone(phone, country)
    except WordingError:
        return None


def odd_times(procedure: datetime, written: str, clinic: Clinic, today: date) -> Iterator[Oddity]:
    """Yield what is odd about a procedure that is to come; `today` is the clinic's date.

    `written`: how the file has it, where its day and month may be swapped.
    """
    local = procedure.astimezone(clinic.time_zone)
    day = local.date()
    if (odd := _odd_day(day, today)) is not None:
        swapped = _swapped(written, today)
        yield odd if swapped is None else _swap(written.split(maxsplit=1)[0], day, swapped)
    if not _MORNING <= local.hour < _EVENING:
        likely = local.hour + 12 if local.hour < _MORNING else local.hour - 12
        message = f"{local:%H:%M} is in the night: times are written on the 24-hour clock."
        yield Oddity("procedure", "night", message, f"Check the time: is {likely:02}:{local:%M} meant?")


def _swap(words: str, day: date, swapped: date) -> Oddity:
    message = f"“{words}” is read as {_in_words(day)}, month first."
    hint = f"If {_in_words(swapped)} is meant, write it as “{swapped}”, which cannot be misread."
    return Oddity("procedure", "swapped-date", message, hint)


def _odd_day(day: date, today: date) -> Oddity | None:
    if day < today:
        hint = "Check the date; if it has taken place, write “status: completed”, and the texts for afterwards go on."
        return Oddity("procedure", "past", f"The procedure lies in the past, on {_in_words(day)}.", hint)
    if day - today > _FURTHEST:
        message = f"The procedure is more than a year ahead, on {_in_words(day)}."
        return Oddity("procedure", "far-ahead", message, "Check the year.")
    if day.weekday() > _FRIDAY:
        message = f"The procedure is on a weekend, on {_in_words(day)}."
        return Oddity("procedure", "weekend", message, "Check day and month.")
    return None


def _swapped(written: str, today: date) -> date | None:
    """Return the day that a date with slashes is if the day comes first, where that is the likelier one."""
    found = _SLASHES.match(written)
    if found is None:
        return None
    try:
        day = date(int(found["year"]), int(found["day"]), int(found["month"]))
    except ValueError:
        return None
    return day if _odd_day(day, today) is None and day - today < _SOON else None


@lru_cache(maxsize=1024)  # many procedures share a day
def _in_words(day: date) -> str:
    return f"{day:%a %Y-%m-%d}"


class PlacesOfEntries(Protocol):
    """A file that knows where its entries stand, by their number."""

    def spot_of(self, index: int) -> Spot:
        """Return where an entry stands."""

    def phone_of(self, index: int) -> Spot:
        """Return where its phone stands."""


def shared_phones(entries: Iterable[tuple[Patient, PlacesOfEntries, int]]) -> Iterator[Problem]:
    """Yield a warning at each phone that an entry further up has too, of those whose texts are still to come."""
    owners: dict[str, tuple[Patient, PlacesOfEntries, int]] = {}
    for entry in entries:
        patient, file, index = entry
        if patient.status in AHEAD and (owner := owners.setdefault(patient.phone, entry)) is not entry:
            yield _shared(patient, file.phone_of(index), owner[0], owner[1].spot_of(owner[2]))


def _shared(patient: Patient, spot: Spot, owner: Patient, where: Spot) -> Problem:
    message = f"“{owner.id}” has the same phone ({where.file}, line {where.line}): it would get the texts of both."
    is_same = patient.name.casefold() == owner.name.casefold()
    hint = "If this is the same booking twice, delete one of the two." if is_same else "Check both phones."
    return Problem(spot, Severity.WARNING, SHARED_PHONE, message, hint)
