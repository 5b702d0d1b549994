"""The timeline picture shows what the plan says, where the plan says it, to whoever opens it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from html.parser import HTMLParser
from itertools import combinations, cycle, islice
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from notifier.cli.picture import timeline_page, timeline_svg
from notifier.cli.picture.days import clock_change
from notifier.cli.picture.paper import CHART, CHART_END, WIDTH, x_of
from notifier.core.expressions import parse_duration
from notifier.core.model import Patient, PatientStatus, Plan, PlanStatus, Schedules
from notifier.core.placing import is_quiet
from notifier.core.planning import plan
from notifier.core.wording import write_instant
from notifier.intake.folder import read_schedules
from tests.core.clinics import DENVER, PHOENIX, a_patient, a_protocol, a_step, local, quiet_around, schedules
from tests.core.mild import MILD

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "schedules"
PICTURE = SHIPPED / "timeline.svg"
SHOWN = "P-1042"  # the patient of the shipped picture
NOW = local("2026-11-22 09:00")
SVG = "{http://www.w3.org/2000/svg}"
HALF_A_MINUTE = 26 / 60 / 2  # of width: more than the rounding of numbers takes


def drawn(patient: Patient, now: datetime = NOW) -> ET.Element:
    files = schedules(MILD, patient)
    return parse(timeline_svg(files, plan(files, now), patient.id))


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (what we have just drawn ourselves)


def all_of(picture: ET.Element, kind: str) -> list[ET.Element]:
    return [element for element in picture.iter() if kind in (element.get("class") or "").split()]


def words(element: ET.Element) -> str:
    return "".join(element.itertext())


def row(picture: ET.Element, step: str) -> ET.Element:
    """Return the group that shows a step."""
    (found,) = (
        group
        for group in picture.iter(f"{SVG}g")
        for tspan in group.findall(f"{SVG}text/{SVG}tspan")
        if tspan.text == step
    )
    return found


def bar(picture: ET.Element, step: str) -> tuple[float, float]:
    """Return from where to where the window of a step is drawn."""
    (rect,) = all_of(row(picture, step), "window")
    return edges(rect)


def edges(rect: ET.Element) -> tuple[float, float]:
    left = number(rect, "x")
    return left, left + number(rect, "width")


def number(element: ET.Element, name: str) -> float:
    return float(element.get(name) or 0)


def at(wall: str) -> float:
    """Return where a wall time such as `13:30` stands in the chart."""
    clock = time.fromisoformat(wall)
    return x_of(clock.hour * 60 + clock.minute)


def test_every_text_that_has_a_place_stands_once_in_the_picture_with_its_local_time() -> None:
    files = schedules(MILD, a_patient(zone=PHOENIX, procedure="2026-07-02 07:30"))
    planned = plan(files, local("2026-05-01 09:00"))
    picture = parse(timeline_svg(files, planned, "P-1042"))

    shown = sorted(words(text) for text in all_of(picture, "step") if not words(text).startswith("-"))

    assert shown == sorted(
        write_instant(message.send_at, ZoneInfo(PHOENIX), "en", "US", part="time") + message.draft.step
        for message in planned.messages
        if message.send_at is not None
    )
    assert len(shown) == 12


def test_a_text_stands_at_its_minute() -> None:
    (mark,) = row(drawn(a_patient()), "last-meal").iter(f"{SVG}use")

    assert number(mark, "x") == pytest.approx(at("13:30"), abs=HALF_A_MINUTE)
    assert mark.get("href") == "#gem"


def test_a_window_is_drawn_from_its_first_to_its_last_minute() -> None:
    assert bar(drawn(a_patient()), "last-meal") == pytest.approx((at("09:30"), at("22:00")), abs=HALF_A_MINUTE)


def test_a_window_that_began_the_day_before_begins_at_midnight_and_says_when_it_began() -> None:
    picture = drawn(a_patient(arrival="2026-12-03 06:30"))

    assert bar(picture, "morning-wash") == pytest.approx((CHART, at("05:15")), abs=HALF_A_MINUTE)
    assert "from Wed, Dec 2, 5:30 PM" in words(row(picture, "morning-wash"))


def test_a_window_that_goes_on_says_until_when() -> None:
    picture = drawn(a_patient())

    assert bar(picture, "ride-and-clothes") == pytest.approx((at("10:00"), CHART_END), abs=HALF_A_MINUTE)
    assert "until Wed, Dec 2, 9:30 PM" in words(row(picture, "ride-and-clothes"))


def test_a_window_within_the_hour_that_happens_twice_has_a_width() -> None:
    step = a_step("night", send="procedure at 01:40", latest="35 minutes after procedure", critical=True)
    files = schedules(a_protocol(step), replace(a_patient(), procedure=local("2026-11-01 01:40")))

    picture = parse(timeline_svg(files, plan(files, local("2026-10-20 09:00")), "P-1042"))

    assert bar(picture, "night") == pytest.approx((at("01:15"), at("01:40")), abs=HALF_A_MINUTE)


def test_the_procedure_is_as_long_as_it_takes() -> None:
    (care,) = (edges(rect) for rect in all_of(drawn(a_patient()), "care") if number(rect, "x") > CHART)

    assert care == pytest.approx((at("07:30"), at("08:30")), abs=HALF_A_MINUTE)


@pytest.mark.parametrize(("day", "hours"), [("2026-12-02", "08:00 21:00"), ("2026-12-03", "05:00 21:00")])
def test_quiet_hours_are_shaded_on_each_day_as_they_hold_on_it(day: str, hours: str) -> None:
    picture = drawn(a_patient())
    name = write_instant(local(f"{day} 12:00"), ZoneInfo(DENVER), "en", "US", part="date")
    (heading,) = (text for text in all_of(picture, "day") if text.text == name)
    bands = [
        edges(rect)
        for rect in all_of(picture, "quiet")
        if 0 < number(heading, "y") - number(rect, "y") < number(rect, "height") and number(rect, "x") >= CHART
    ]

    end, start = map(at, hours.split())
    assert sorted(bands) == [pytest.approx((CHART, end), abs=0.1), pytest.approx((start, CHART_END), abs=0.1)]
    for minute in range(24 * 60):
        middle = (x_of(minute) + x_of(minute + 1)) / 2
        is_shaded = any(left < middle < right for left, right in bands)
        assert is_shaded == is_quiet(local(f"{day} 00:00") + timedelta(minutes=minute), quiet_around())


@pytest.mark.parametrize(
    ("patient", "step", "status", "mark", "note"),
    [
        (a_patient(), "welcome", PlanStatus.LATE, "#dot", "late"),
        (a_patient(procedure="2026-11-23 07:30"), "prepare", PlanStatus.TOO_LATE, "#cross", "too late"),
        (a_patient(consent=None), "last-meal", PlanStatus.HELD, "#hollow-gem", "held: no consent"),
        (a_patient(skip=frozenset({"recovery"})), "recovery", PlanStatus.SKIPPED, "#dash", "skipped: listed in skip"),
        (a_patient(status=PatientStatus.CANCELLED), "last-meal", PlanStatus.OFF, "#dash", "off: cancelled"),
    ],
)
def test_what_becomes_of_a_text_shows_in_shape_colour_and_words(
    patient: Patient, step: str, status: PlanStatus, mark: str, note: str
) -> None:
    group = row(drawn(patient), step)

    assert group.get("class") == status
    assert mark in {use.get("href") for use in group.iter(f"{SVG}use")}
    assert note in words(group)


@pytest.mark.parametrize("latest", ["procedure at 23:30", "procedure at 22:00"])
def test_a_text_without_a_window_shows_so(latest: str) -> None:
    step = a_step("never", send="procedure at 23:00", latest=latest)
    files = schedules(a_protocol(step), a_patient())

    group = row(parse(timeline_svg(files, plan(files, NOW), "P-1042")), "never")

    assert group.get("class") == PlanStatus.NO_WINDOW
    assert "no window" in words(group)


def test_a_text_whose_order_is_none_is_listed_below_the_days() -> None:
    assert words(row(drawn(a_patient()), "blood-thinner")) == "-blood-thinnerskipped: no order"


def test_someone_in_another_zone_sees_both_the_clinics_clock_and_the_zone() -> None:
    (headline,) = all_of(drawn(a_patient(zone=PHOENIX, procedure="2026-07-02 07:30")), "headline")

    assert words(headline) == "P-1042 · procedure Thu, Jul 2, 7:30 AM MDT at the clinic · lives by America/Phoenix"


@pytest.mark.parametrize(
    ("day", "zone", "jump"),
    [
        ("2027-03-14", DENVER, (120, 180)),
        ("2026-11-01", DENVER, (120, 60)),
        ("2026-11-02", DENVER, None),
        ("2027-03-14", PHOENIX, None),
        ("2018-11-04", "America/Sao_Paulo", (0, 60)),  # midnight was skipped
        ("2018-02-17", "America/Sao_Paulo", (1440, 1380)),
    ],
)
def test_a_clock_change_is_found_on_its_day(day: str, zone: str, jump: tuple[int, int] | None) -> None:
    assert clock_change(datetime.fromisoformat(day).date(), ZoneInfo(zone)) == jump


def test_a_clock_change_is_marked_on_its_day() -> None:
    picture = drawn(a_patient(procedure="2027-03-14 06:30"))

    (jump,) = all_of(picture, "jump")
    assert edges(jump) == pytest.approx((at("02:00"), at("03:00")), abs=HALF_A_MINUTE)
    assert "clocks go from 2:00 AM to 3:00 AM" in map(words, all_of(picture, "mark"))


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("zone", [DENVER, "Pacific/Kiritimati"])
def test_no_name_covers_another(hour: int, zone: str) -> None:
    orders = {"blood-thinner": parse_duration("24 hours")}
    picture = drawn(a_patient(procedure=f"2027-03-14 {hour:02}:30", zone=zone, orders=orders, consent=None))

    names = list(placed(picture))
    assert all(left >= 0 and right <= WIDTH for left, right, *_ in names)
    for (left, right, y, text), (other_left, other_right, other_y, other) in combinations(names, 2):
        assert abs(other_y - y) > 9 or right <= other_left or other_right <= left, (text, other)


def placed(picture: ET.Element) -> Iterator[tuple[float, float, float, str]]:
    """Yield left, right, height and words of each name and note, were the font's letters 0.5 em wide on average."""
    for element in (*all_of(picture, "mark"), *all_of(picture, "note")):
        x, width = number(element, "x"), len(words(element)) * 11 * 0.5
        ends = "end" in (element.get("class") or "").split()
        left, right = (x - width, x) if ends else (x, x + width)
        yield left, right, number(element, "y"), words(element)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "O'Connor",
        'Ann "& Co"',
        "José-María",
        "Nguye\u0302\u0303n",
        "李" * 60,
        "عبد الرحمن",
        "👩‍👩‍👧",
        "{name}",
        "\x00\x1b\ud800",
    ],
)
def test_any_name_leaves_the_picture_well_formed(name: str) -> None:
    files = schedules(MILD, a_patient(name=name))
    planned = plan(files, NOW)

    (shown,) = all_of(parse(timeline_svg(files, planned, "P-1042")), "name")

    clean = re.sub(r"[\x00-\x1f\ud800-\udfff]", "\ufffd", name)
    assert words(shown) == clean if len(clean) < 60 else words(shown).endswith("…")
    assert clean in Page(timeline_page(files, planned)).text


def test_the_page_runs_nothing_and_fetches_nothing() -> None:
    files = schedules(MILD, a_patient(name="<script>alert(1)</script>"))
    page = Page(timeline_page(files, plan(files, NOW)))

    assert not page.tags & {"script", "link", "img", "iframe", "object", "image", "foreignObject"}
    assert all(reference.startswith("#") for reference in page.references)
    assert "@import" not in page.text
    assert re.findall(r"url\((?!#)", page.text) == []


def test_the_page_shows_each_text_as_the_phone_would() -> None:
    files = schedules(MILD, a_patient(language="es"), a_patient("P-1043", name="James", procedure="2026-12-08 06:00"))
    planned = plan(files, NOW)
    page = Page(timeline_page(files, planned)).text

    for message in planned.messages:
        if message.text is not None:
            assert message.text in page


def test_the_picture_is_the_same_each_time() -> None:
    files = schedules(MILD, a_patient(), a_patient("P-1043"))

    assert timeline_page(files, plan(files, NOW)) == timeline_page(files, plan(files, NOW))


def test_a_patient_who_is_not_there_is_an_error() -> None:
    files = schedules(MILD, a_patient())

    with pytest.raises(KeyError):
        timeline_svg(files, plan(files, NOW), "P-9")


def test_an_empty_plan_has_a_page_too() -> None:
    files = schedules(MILD)

    assert "0 patients, 0 texts" in timeline_page(files, plan(files, NOW))


def test_two_hundred_patients_fit_in_two_megabytes_and_stay_closed_until_asked_for() -> None:
    shipped, _ = shipped_plan()
    many = (replace(patient, id=f"P-{n}") for n, patient in enumerate(islice(cycle(shipped.patients), 200)))
    files = replace(shipped, patients=tuple(many))

    page = timeline_page(files, plan(files, NOW))

    assert len(page.encode()) < 2 * 1024 * 1024
    assert page.count("<details>") == 200


def shipped_plan() -> tuple[Schedules, Plan]:
    files = read_schedules(SHIPPED, NOW).schedules
    assert files is not None
    return files, plan(files, NOW)


def test_the_shipped_picture_is_up_to_date() -> None:
    fresh = timeline_svg(*shipped_plan(), SHOWN)

    assert PICTURE.read_text(encoding="utf-8") == fresh, "draw it again: .venv/bin/python -m tests.ops.test_picture"


class Page(HTMLParser):
    """What a browser finds in a page: its words, its elements, and what they refer to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self.references: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.references += [value or "" for name, value in attrs if name in ("href", "src", "xlink:href")]

    def handle_data(self, data: str) -> None:
        self.text += data


if __name__ == "__main__":
    PICTURE.write_text(timeline_svg(*shipped_plan(), SHOWN), encoding="utf-8")
