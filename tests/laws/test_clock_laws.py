"""Fasting limits, calendar offsets and wall times in every zone and on every clock change of 2026 to 2036."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifier.core.calendar import at_wall, shift, wall_problem
from notifier.core.model import (
    Clinic,
    DailyHours,
    Duration,
    Offset,
    Order,
    Patient,
    PatientStatus,
    Protocol,
    QuietHours,
    Schedules,
    Step,
    Unit,
    When,
)
from notifier.core.planning import plan
from tests.laws.zones import DAY, FIRST, ZONES, clock_changes, instant_of, minute_of, offset_at, readings, wall_at

# Procedures from within the gap or the doubled hour to the end of the longest fast after it, in minutes.
AFTER_A_CHANGE = (1, 45, 150, 8 * 60, 11 * 60 + 30)
FASTING = tuple(Duration(count, Unit.HOURS) for count in range(8, 13))
LIQUIDS = (Duration(120, Unit.MINUTES), Duration(3, Unit.HOURS), Duration(4, Unit.HOURS))
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall times have no zone


def limit(order: str) -> Step:
    return Step(order, When(order), None, None, critical=True, text={"en": ("Nothing after this.",)})


PROTOCOL = Protocol(
    name="mild",
    title="Minimally invasive lumbar decompression",
    duration=Duration(1, Unit.HOURS),
    orders={"fasting": Order(FASTING[0], FASTING[0], FASTING[-1]), "clear-liquids": Order(*LIQUIDS)},
    moments={
        "last-meal": When("procedure", Offset("fasting", is_after=False)),
        "last-liquids": When("procedure", Offset("clear-liquids", is_after=False)),
    },
    steps=(limit("last-meal"), limit("last-liquids")),
    notices={},
    stop_line={"en": ("Reply STOP to end texts.",)},
)


def clinic_in(zone: ZoneInfo) -> Clinic:
    quiet = QuietHours(DailyHours(time(21), time(8)), DailyHours(time(21), time(5)))
    return Clinic("Anchor Healthcare", "+1 303 555 0100", zone, "US", ("en",), quiet, Duration(15, Unit.MINUTES))


def patients_in(zone: ZoneInfo) -> list[Patient]:
    """One patient soon after each clock change of the zone, and one where there is none; the orders take turns."""
    changes = clock_changes(zone.key) or (FIRST,)
    minutes = [change + AFTER_A_CHANGE[index % len(AFTER_A_CHANGE)] for index, change in enumerate(changes)]
    return [
        Patient(
            id=f"P-{index}",
            name="Maria",
            phone="+17205550134",
            language="en",
            time_zone=zone,
            consent=date(2025, 11, 20),
            protocol="mild",
            procedure=instant_of(minute),
            arrival=instant_of(minute),
            status=PatientStatus.BOOKED,
            orders={"fasting": FASTING[index % len(FASTING)], "clear-liquids": LIQUIDS[index % len(LIQUIDS)]},
            skip=frozenset(),
        )
        for index, minute in enumerate(minutes)
    ]


def test_fasting_and_drink_limits_are_the_ordered_elapsed_hours_in_every_zone_on_every_clock_change() -> None:
    for zone in map(ZoneInfo, ZONES):
        patients = {patient.id: patient for patient in patients_in(zone)}
        found = plan(Schedules(clinic_in(zone), {"mild": PROTOCOL}, tuple(patients.values())), instant_of(FIRST))
        assert len(found.messages) == 2 * len(patients)
        for message in found.messages:
            patient = patients[message.draft.patient]
            ordered = patient.orders["fasting" if message.draft.step == "last-meal" else "clear-liquids"]
            assert ordered is not None
            assert message.draft.earliest is not None
            elapsed = patient.procedure.timestamp() - message.draft.earliest.timestamp()
            assert elapsed == ordered.minutes * 60, f"{zone.key}: {patient.procedure}, {ordered}"


def walls_about_changes() -> Iterator[tuple[ZoneInfo, int, int]]:
    """Yield the zone, a wall time in or next to each gap or doubled time, and by how much the clock jumps there."""
    for zone in map(ZoneInfo, ZONES):
        for change in clock_changes(zone.key):
            shown = wall_at(change - 1, zone) + 1  # what the clock would show had it not been changed
            jump = wall_at(change, zone) - shown
            first, last = min(shown, shown + jump), max(shown, shown + jump)
            for wall in (first - 1, first, (first + last) // 2, last - 1, last):
                yield zone, wall, jump


def expected(zone: ZoneInfo, wall: int, jump: int) -> int:
    """Return the minute that a wall time means: the first of two, or moved forward by the gap."""
    found = readings(wall, zone)
    return found[0] if found else readings(wall + jump, zone)[0]


def naive(wall: int) -> datetime:
    return EPOCH + timedelta(minutes=wall)


def test_a_skipped_wall_time_moves_forward_by_the_gap_and_of_a_doubled_one_it_is_the_first() -> None:
    for zone, wall, jump in walls_about_changes():
        clock = naive(wall)
        assert at_wall(clock.date(), clock.time(), zone) == instant_of(expected(zone, wall, jump)), (
            f"{zone.key}: {clock}"
        )


def test_a_wall_time_is_a_problem_just_where_a_clock_change_skips_or_doubles_it() -> None:
    for zone, wall, _ in walls_about_changes():
        word = {0: "skipped", 1: None, 2: "doubled"}[len(readings(wall, zone))]
        assert wall_problem(naive(wall), zone) == word, f"{zone.key}: {naive(wall)}"


def test_days_and_weeks_keep_the_wall_time_across_every_clock_change_unless_it_is_skipped() -> None:
    for zone, wall, jump in walls_about_changes():
        for duration, is_after in ((Duration(1, Unit.DAYS), False), (Duration(1, Unit.WEEKS), True)):
            days = duration.minutes if is_after else -duration.minutes
            start = readings(wall - days, zone)[0]
            landed = shift(instant_of(start), duration, zone, is_after=is_after)
            assert landed == instant_of(expected(zone, wall, jump)), f"{zone.key}: {naive(wall)}, {duration}"
            if readings(wall, zone):
                assert wall_at(minute_of(landed), zone) == wall


def test_minutes_and_hours_elapse_across_every_clock_change() -> None:
    for zone in map(ZoneInfo, ZONES):
        for change in clock_changes(zone.key):
            start = instant_of(change + 60).astimezone(zone)
            back = shift(start.astimezone(UTC), Duration(8, Unit.HOURS), zone, is_after=False)
            assert back.timestamp() == start.timestamp() - 8 * 3600


def test_the_list_of_clock_changes_misses_none_that_a_look_at_every_day_finds() -> None:
    for key in ("America/Denver", "Africa/Casablanca", "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Kolkata"):
        zone = ZoneInfo(key)
        days = range(FIRST, FIRST + 11 * 365 * DAY, DAY)
        turns = [day for day in days if offset_at(day, zone) != offset_at(day + DAY, zone)]
        changes = [change for change in clock_changes(key) if change <= days[-1] + DAY]
        assert [(change - 1 - FIRST) // DAY for change in changes] == [(day - FIRST) // DAY for day in turns]
