"""What a text prints is true: instants read back as what they stand for, and names stand as they are."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.core.model import Placeholder
from notifier.core.planning import plan
from notifier.core.wording import parse_template, write_instant
from tests.laws.oracle import moment_of
from tests.laws.strategies import Case, cases
from tests.laws.zones import ZONES, clock_changes, instant_of, offset_at, readings, wall_at

pytestmark = pytest.mark.timeout(900)  # a nightly run takes minutes

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall times have no zone
PRINTED = re.compile(r" (?P<name>[\w-]+)=<(?P<text>[^>]*)>")
DATE = re.compile(r"(?P<weekday>\w{3}), (?P<month>\w{3}) (?P<day>\d{1,2})")
TIME = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d\d) (?P<half>AM|PM)(?: (?P<abbreviation>\S+))?")


class Clock(NamedTuple):
    """A time as a patient reads it: minutes since midnight, and what the text calls the zone, if it does."""

    minutes: int
    abbreviation: str | None


class Printed(NamedTuple):
    """A moment's name, and how a text prints it."""

    name: str
    whole: str
    time: str
    date: str


def read_date(text: str, about: datetime) -> int:
    """Return the day since 1970 that `Wed, Dec 2` means: of the years about it, the one with that weekday."""
    match = DATE.fullmatch(text)
    assert match, text
    days = []
    for year in (about.year - 1, about.year, about.year + 1):
        try:
            day = datetime(year, MONTHS.index(match["month"]) + 1, int(match["day"])) - EPOCH  # noqa: DTZ001 - a date
        except ValueError:
            continue  # Feb 29 in another year
        if WEEKDAYS[(day.days + 3) % 7] == match["weekday"]:  # 1970 began on a Thursday
            days.append(day.days)
    assert len(days) == 1, f"{text} is on {len(days)} days"
    return days[0]


def read_time(text: str) -> Clock:
    match = TIME.fullmatch(text)
    assert match, text
    hour = int(match["hour"])
    assert 1 <= hour <= 12
    minutes = (hour % 12 + (12 if match["half"] == "PM" else 0)) * 60 + int(match["minute"])
    return Clock(minutes, match["abbreviation"])


def meant(day: int, clock: Clock, zone: ZoneInfo) -> list[datetime]:
    """Return the instants at which the zone's clock shows that time under that name."""
    instants = [instant_of(minute) for minute in readings(day * 24 * 60 + clock.minutes, zone)]
    if clock.abbreviation is None:
        return instants
    return [at for at in instants if name_of_clock(at.astimezone(zone)) == clock.abbreviation]


def name_of_clock(local: datetime) -> str:
    """Return what a text calls a clock: its zone's abbreviation, with UTC before one that is only digits."""
    name = local.tzname()
    assert name
    return f"UTC{name}" if name.startswith(("+", "-")) else name


def in_english(case: Case) -> Case:
    """Return the case with its patient reading English, each step printing its moments whole, as time and as date."""
    patient = replace(case.patient, language="en", name="Maria")
    steps = tuple(
        replace(step, text={"en": tuple(part for piece in step.text["en"] for part in in_all_parts(piece))})
        for step in case.protocol.steps
    )
    return replace(case, patient=patient, protocol=replace(case.protocol, steps=steps))


def in_all_parts(piece: str | Placeholder) -> tuple[str | Placeholder, ...]:
    if isinstance(piece, str) or piece.name == "name":
        return (piece,)
    return (Placeholder(piece.name), "|", Placeholder(piece.name, "time"), "|", Placeholder(piece.name, "date"))


def printed(text: str) -> list[Printed]:
    return [Printed(match["name"], *match["text"].split("|")) for match in PRINTED.finditer(text)]


@given(case=cases().map(in_english))
@settings(max_examples=max(300, settings().max_examples))
def test_every_instant_that_a_text_prints_read_back_in_its_zone_is_the_moment_it_stands_for(case: Case) -> None:
    clinic_zone, patient_zone = case.clinic.time_zone, case.patient.time_zone
    for message in plan(case.schedules(), case.now).messages:
        found = printed(message.text or "")
        if message.text is not None:
            assert {moment.name for moment in found} == set(message.draft.moments)
        for moment in found:
            minute = moment_of(moment.name, case.protocol, case.patient)
            assert minute is not None
            assert message.draft.moments[moment.name] == instant_of(minute)
            assert moment.whole == f"{moment.date}, {moment.time}"
            zone = clinic_zone if moment.name in ("procedure", "arrival") else patient_zone
            clock = read_time(moment.time)
            assert meant(read_date(moment.date, instant_of(minute)), clock, zone) == [instant_of(minute)]
            is_one_clock = offset_at(minute, clinic_zone) == offset_at(minute, patient_zone)
            is_clear = is_one_clock and len(readings(wall_at(minute, zone), zone)) == 1
            assert (clock.abbreviation is None) == is_clear


def test_about_every_clock_change_of_every_zone_a_text_says_which_of_two_equal_times_it_means() -> None:
    for zone in map(ZoneInfo, ZONES):
        for change in clock_changes(zone.key):
            for minute in (change - 30, change - 1, change, change + 29):
                instant = instant_of(minute)
                text = write_instant(instant, zone, "en", "US")
                date_text, _, clock_text = text.rpartition(", ")
                assert meant(read_date(date_text, instant), read_time(clock_text), zone) == [instant], (zone.key, text)


REAL_NAMES = (
    "O'Connor",
    "José-María",
    "Nguyễn",
    "李",
    "مريم",
    "\u202eAnn\u202c",
    "Zoë 👩‍⚕️🏽",
    'Ann "Nan" Lee',
    "x" * 60,
    "{procedure}",
    "{{name}}",
    "{",
    "}",
    "{clinic} {0} {name.upper}",
    "%s $name \\1 \\g<name>",
)
names = st.sampled_from(REAL_NAMES) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


@given(case=cases(), name=names, clinic_name=names)
def test_a_name_is_printed_as_it_is_and_never_read_as_a_placeholder(case: Case, name: str, clinic_name: str) -> None:
    template = parse_template("{clinic}|{name}|{{name}}|{phone}|{name}")
    step = replace(case.protocol.steps[0], text={"en": template, "es": template})
    whole = replace(
        case,
        clinic=replace(case.clinic, name=clinic_name),
        patient=replace(case.patient, name=name),
        protocol=replace(case.protocol, steps=(step,)),
    )
    (message,) = plan(whole.schedules(), case.now).messages
    if message.draft.body is not None:
        assert message.draft.body == f"{clinic_name}|{name}|{{name}}|{case.clinic.phone}|{name}"


@given(literal=st.text(max_size=80))
def test_braces_written_twice_are_braces_whatever_stands_between(literal: str) -> None:
    escaped = literal.replace("{", "{{").replace("}", "}}")
    assert parse_template(escaped) == ((literal,) if literal else ())


def test_the_reader_of_the_laws_reads_the_contracts_own_example() -> None:
    denver = ZoneInfo("America/Denver")
    about = datetime(2026, 12, 3, tzinfo=UTC)
    day = read_date("Wed, Dec 2", about)
    assert meant(day, read_time("11:30 PM"), denver) == [datetime(2026, 12, 3, 6, 30, tzinfo=UTC)]
    doubled = read_date("Sun, Nov 1", about)
    first = datetime(2026, 11, 1, 7, 30, tzinfo=UTC)
    assert meant(doubled, read_time("1:30 AM MDT"), denver) == [first]
    assert meant(doubled, read_time("1:30 AM MST"), denver) == [first + timedelta(hours=1)]
