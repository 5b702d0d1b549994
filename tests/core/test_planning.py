"""The plan: what becomes of each step for each patient, in the contract's order."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifier.core.expressions import parse_duration
from notifier.core.model import Draft, Patient, PatientStatus, Planned, Protocol, Quiet, Step
from notifier.core.planning import Planner, plan, plan_patient
from notifier.core.wording import parse_template
from tests.core.clinics import (
    DENVER,
    PHOENIX,
    a_patient,
    a_protocol,
    a_step,
    denver,
    local,
    quiet_around,
    quiet_hours,
    schedules,
    shown,
)
from tests.core.mild import MILD

NOW = local("2026-12-01 12:00")  # two days before the procedure, Thursday at 07:30
THINNER = a_step("blood-thinner", send="1 day before thinner-stops")
BEFORE = a_step("before", send="1 day before procedure at 10:00", latest="procedure")
AFTER = a_step("after", send="6 hours after procedure end", latest="24 hours after procedure end")


def planned(step: Step, patient: Patient, now: datetime = NOW) -> Planned:
    """Return what becomes of one step for one patient."""
    (message,) = plan_patient(patient, a_protocol(step), denver(), now)
    return message


def outcome(message: Planned) -> tuple[str, str | None, str | None]:
    return message.status.value, message.reason, shown(message.send_at)


# What becomes of a message: the first that applies.

ON = PatientStatus


@pytest.mark.parametrize(
    ("status", "before", "after"),
    [
        (ON.BOOKED, ("planned", None), ("planned", None)),
        (ON.ON_HOLD, ("held", "on-hold"), ("held", "on-hold")),
        (ON.CANCELLED, ("off", "cancelled"), ("off", "cancelled")),
        (ON.NO_SHOW, ("off", "no-show"), ("off", "no-show")),
        (ON.COMPLETED, ("off", "completed"), ("planned", None)),
    ],
)
def test_each_status_of_a_booking_decides_about_texts_before_and_after(
    status: PatientStatus, before: tuple[str, str | None], after: tuple[str, str | None]
) -> None:
    patient = a_patient(status=status)
    assert outcome(planned(BEFORE, patient))[:2] == before
    assert outcome(planned(AFTER, patient))[:2] == after


@pytest.mark.parametrize(
    ("send", "expected"), [("1 minute before procedure", "off"), ("procedure", "planned"), ("procedure end", "planned")]
)
def test_a_text_of_the_very_minute_of_the_procedure_comes_after_it(send: str, expected: str) -> None:
    completed = a_patient(procedure="2026-12-03 10:00", status=PatientStatus.COMPLETED)
    assert planned(a_step(send=send), completed).status == expected


@pytest.mark.parametrize(
    ("patient", "step", "expected"),
    [
        pytest.param(
            a_patient(status=ON.CANCELLED, skip=frozenset({"blood-thinner"}), consent=None),
            THINNER,
            ("off", "cancelled"),
            id="off comes before skipped",
        ),
        pytest.param(
            a_patient(skip=frozenset({"blood-thinner"}), consent=None),
            THINNER,
            ("skipped", "listed in skip"),
            id="skipped by its name comes before no order",
        ),
        pytest.param(a_patient(consent=None), THINNER, ("skipped", "no order"), id="no order comes before held"),
        pytest.param(
            a_patient(status=ON.ON_HOLD, consent=None), BEFORE, ("held", "no consent"), id="no consent before on-hold"
        ),
        pytest.param(
            a_patient(status=ON.COMPLETED, consent=None), BEFORE, ("off", "completed"), id="off comes before held"
        ),
        pytest.param(
            a_patient(status=ON.COMPLETED), THINNER, ("skipped", "no order"), id="without a time it is not before"
        ),
        pytest.param(a_patient(skip=frozenset({"after"})), BEFORE, ("planned", None), id="another step is skipped"),
    ],
)
def test_the_first_reason_that_applies_is_given(patient: Patient, step: Step, expected: tuple[str, str | None]) -> None:
    message = planned(step, patient)
    assert outcome(message)[:2] == expected
    if expected[0] in ("off", "skipped"):
        assert (message.send_at, message.text, message.draft.place) == (None, None, None)


@pytest.mark.parametrize(
    "step",
    [
        a_step(send="thinner-stops"),
        a_step(send="procedure", earliest="thinner-stops"),
        a_step(send="procedure", latest="thinner-stops"),
        a_step(send="blood-thinner before procedure"),
        a_step(send="procedure", text={"en": "Pause it from {thinner-stops}."}),
        a_step(send="procedure", text={"en": "No time here.", "es": "{thinner-stops:date}"}),
    ],
    ids=["send", "earliest", "latest", "its own offset", "the text", "the text in another language"],
)
def test_a_step_that_hangs_on_an_order_that_is_none_is_skipped(step: Step) -> None:
    message = planned(step, a_patient())
    assert outcome(message) == ("skipped", "no order", None)
    assert (message.draft.body, message.draft.moments, message.draft.dates_only) == (None, {}, frozenset())
    ordered = a_patient(orders={"blood-thinner": parse_duration("24 hours")})
    assert planned(step, ordered).status != "skipped"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-12-02 10:00:00", ("planned", None, "Wed 2026-12-02 10:00 MST")),
        ("2026-12-02 10:00:01", ("late", None, "Wed 2026-12-02 10:01 MST")),
        ("2026-12-02 21:30:00", ("late", None, "Thu 2026-12-03 05:00 MST")),
        ("2026-12-03 07:30:00", ("late", None, "Thu 2026-12-03 07:30 MST")),
        ("2026-12-03 07:30:01", ("too-late", None, None)),
    ],
)
def test_a_place_that_has_passed_is_late_until_it_is_too_late(
    now: str, expected: tuple[str, str | None, str | None]
) -> None:
    assert outcome(planned(BEFORE, a_patient(), local(now))) == expected


def at_night(*, critical: bool) -> Step:
    return a_step(
        send="procedure at 03:00", earliest="procedure at 02:00", latest="procedure at 04:00", critical=critical
    )


def test_quiet_hours_give_way_to_a_critical_step_and_leave_any_other_no_window() -> None:
    critical, other = at_night(critical=True), at_night(critical=False)
    assert outcome(planned(critical, a_patient())) == ("planned", "quiet hours give way", "Thu 2026-12-03 03:00 MST")
    assert outcome(planned(other, a_patient())) == ("no-window", None, None)
    night = local("2026-12-03 03:00:30")
    assert outcome(planned(critical, a_patient(), night)) == (
        "late",
        "quiet hours give way",
        "Thu 2026-12-03 03:01 MST",
    )


def test_earliest_after_latest_leaves_no_window_even_for_a_critical_step() -> None:
    step = a_step(send="procedure", earliest="procedure", latest="1 minute before procedure", critical=True)
    assert outcome(planned(step, a_patient())) == ("no-window", None, None)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-12-01 12:00", "Wed 2026-12-02 10:00 MST"),
        ("2026-12-02 15:00", "Wed 2026-12-02 15:00 MST"),
        ("2026-12-03 07:31", None),
    ],
    ids=["its own", "a later one", "none any more"],
)
def test_what_is_held_keeps_its_place(now: str, expected: str | None) -> None:
    assert outcome(planned(BEFORE, a_patient(consent=None), local(now))) == ("held", "no consent", expected)


# What the files say of a message.


def test_a_step_without_bounds_goes_from_its_send_time_for_four_hours() -> None:
    draft = planned(a_step(send="1 day before procedure at 20:00"), a_patient()).draft
    assert (shown(draft.earliest), shown(draft.latest)) == ("Wed 2026-12-02 20:00 MST", "Thu 2026-12-03 00:00 MST")


def test_a_draft_says_all_that_the_files_say() -> None:
    steps = (BEFORE, a_step("wash", send="1 day before procedure at 19:00", critical=True, text=TWO_LANGUAGES))
    patient = a_patient(procedure="2026-08-13 00:30", arrival="2026-08-12 23:45", zone=PHOENIX, language="es")
    message = plan_patient(patient, a_protocol(*steps), denver(), local("2026-08-01 12:00"))[1]
    assert message.draft == Draft(
        patient="P-1042",
        step="wash",
        position=1,
        critical=True,
        earliest=local("2026-08-11 19:00", PHOENIX),
        latest=local("2026-08-11 23:00", PHOENIX),
        place=local("2026-08-11 19:00", PHOENIX),
        moments={"last-meal": local("2026-08-12 16:30"), "procedure": local("2026-08-13 00:30")},
        dates_only=frozenset({"procedure"}),
        to="+17205550134",
        language="es",
        body="Maria: mié, 12 de ago, 3:30 p.m. MST, jue, 13 de ago",
        stop_line="Responda STOP para terminar.",
        procedure=local("2026-08-13 00:30"),
        arrival=local("2026-08-12 23:45"),
        quiet=Quiet(PHOENIX, local("2026-08-12 12:00").date(), quiet_hours()),
    )
    assert message.text == "Maria: mié, 12 de ago, 3:30 p.m. MST, jue, 13 de ago"


def test_a_message_knows_all_of_the_patients_instants_but_those_of_an_order_that_is_none() -> None:
    moments = {"last-meal": "fasting before procedure", "thinner-stops": "blood-thinner before procedure"}
    (message,) = plan_patient(a_patient(), a_protocol(BEFORE, moments=moments), denver(), NOW)
    assert {name: shown(at) for name, at in message.instants.items()} == {
        "procedure": "Thu 2026-12-03 07:30 MST",
        "procedure end": "Thu 2026-12-03 08:30 MST",
        "arrival": "Thu 2026-12-03 07:30 MST",
        "last-meal": "Wed 2026-12-02 23:30 MST",
    }


TWO_LANGUAGES = {"en": "{name}: {last-meal}, {procedure:date}", "es": "{name}: {last-meal}, {procedure:date}"}


@pytest.mark.parametrize(
    ("text", "language", "body_in", "stop_line"),
    [
        pytest.param({"en": "Hello", "es": "Hola"}, "es", "es", "Responda STOP para terminar.", id="both in Spanish"),
        pytest.param({"en": "Hello"}, "es", "en", "Responda STOP para terminar.", id="the text only in English"),
        pytest.param({"en": "Hello", "vi": "Chào"}, "vi", "vi", "Reply STOP to end texts.", id="the stop-line only"),
    ],
)
def test_text_and_stop_line_each_fall_back_to_the_clinics_first_language(
    text: Mapping[str, str], language: str, body_in: str, stop_line: str
) -> None:
    draft = planned(a_step(send="procedure", text=text), a_patient(language=language)).draft
    assert (draft.language, draft.body, draft.stop_line) == (body_in, text[body_in], stop_line)


def test_a_stop_line_may_name_an_instant_in_its_own_language() -> None:
    texts = {"en": parse_template("Until {procedure:date}, STOP ends texts to {name}.")}
    protocol = replace(a_protocol(a_step(send="procedure", text={"es": "Hola"})), stop_line=texts)
    (message,) = plan_patient(a_patient(language="es"), protocol, denver(), NOW)
    assert message.draft.stop_line == "Until Thu, Dec 3, STOP ends texts to Maria."


def test_the_plan_keeps_quiet_on_the_patients_own_date_of_the_procedure() -> None:
    draft = planned(BEFORE, a_patient(procedure="2026-07-16 00:30", zone=PHOENIX)).draft
    assert draft.quiet == quiet_around("2026-07-15", PHOENIX)


# The whole plan.


def in_order(protocol: Protocol, *patients: Patient, now: datetime = NOW) -> list[str]:
    """Return the plan as `P-1/before`, with a star where the text carries the stop-line."""
    messages = plan(schedules(protocol, *patients), now).messages
    return [f"{one.draft.patient}/{one.draft.step}{'*' if one.carries_stop_line else ''}" for one in messages]


def test_a_plan_knows_when_it_was_made() -> None:
    assert plan(schedules(a_protocol()), NOW).now == NOW


def test_the_plan_is_ordered_by_send_time_then_patient_then_step_with_the_unsent_last() -> None:
    same_minute = a_step("alike", send="1 day before procedure at 10:00", latest="procedure")
    protocol = a_protocol(THINNER, AFTER, BEFORE, same_minute)
    patients = a_patient("b", phone="+17205550102"), a_patient("B", phone="+17205550101")
    expected = ["B/before*", "B/alike", "b/before*", "b/alike", "B/after", "b/after"]
    expected += ["B/blood-thinner", "b/blood-thinner"]
    assert in_order(protocol, *patients) == expected
    assert in_order(protocol, *reversed(patients)) == expected


def test_each_patient_follows_the_protocol_of_the_entry() -> None:
    files = schedules(a_protocol(BEFORE), a_patient())
    other = a_protocol(AFTER)
    both = replace(files, protocols={"other": other, **files.protocols})
    assert [message.draft.step for message in plan(both, NOW).messages] == ["before"]


# The stop-line: on the first text that a phone gets, whichever it is.


def test_the_first_text_that_a_phone_gets_carries_the_stop_line() -> None:
    assert in_order(a_protocol(AFTER, BEFORE), a_patient()) == ["P-1042/before*", "P-1042/after"]
    first, second = plan(schedules(a_protocol(AFTER, BEFORE), a_patient()), NOW).messages
    assert first.text == "Anchor Healthcare: a text. Reply STOP to end texts."
    assert second.text == "Anchor Healthcare: a text."


def test_two_patients_of_one_phone_get_it_once() -> None:
    mother, daughter = a_patient("P-2", procedure="2026-12-05 07:30"), a_patient("P-1", procedure="2026-12-08 07:30")
    expected = ["P-2/before*", "P-2/after", "P-1/before", "P-1/after"]
    assert in_order(a_protocol(BEFORE, AFTER), daughter, mother) == expected


def test_two_phones_get_it_once_each() -> None:
    patients = a_patient("P-1", phone="+17205550134"), a_patient("P-2", phone="+17205550135")
    assert in_order(a_protocol(BEFORE), *patients) == ["P-1/before*", "P-2/before*"]


def test_what_is_late_is_first_and_what_is_too_late_is_not() -> None:
    evening = local("2026-12-02 20:00")
    gone = a_step("gone", send="2 days before procedure at 10:00")
    assert in_order(a_protocol(gone, BEFORE, AFTER), a_patient(), now=evening) == [
        "P-1042/before*",
        "P-1042/after",
        "P-1042/gone",
    ]


def test_what_is_held_carries_it_only_where_nothing_else_goes_to_that_phone() -> None:
    held, booked = a_patient("P-1", consent=None), a_patient("P-2", procedure="2026-12-09 07:30")
    assert in_order(a_protocol(BEFORE, AFTER), held, booked) == ["P-1/before", "P-1/after", "P-2/before*", "P-2/after"]
    assert in_order(a_protocol(BEFORE, AFTER), held) == ["P-1/before*", "P-1/after"]


def test_what_has_no_place_any_more_never_carries_it() -> None:
    held_too_long = a_patient("P-1", consent=None)
    assert in_order(a_protocol(BEFORE), held_too_long, now=local("2026-12-04 12:00")) == ["P-1/before"]


def test_zones_are_compared_by_instant() -> None:
    east = a_patient("P-1", phone="+17205550101", zone="America/New_York")
    assert ZoneInfo(DENVER) != east.time_zone
    assert in_order(a_protocol(BEFORE), a_patient("P-0"), east) == ["P-1/before*", "P-0/before*"]


# What is worked out once for patients who are alike.

OTHERS = [
    a_patient(name="Zoe {name}"),
    a_patient(phone="+17205550135"),
    a_patient(language="es"),
    a_patient(consent=None),
    a_patient(status=ON.ON_HOLD),
    a_patient(status=ON.COMPLETED),
    a_patient(skip=frozenset({"last-meal"})),
    a_patient(orders={"blood-thinner": parse_duration("3 days")}),
    a_patient(orders={"fasting": parse_duration("9 hours")}),
    a_patient(zone=PHOENIX),
    a_patient(procedure="2026-12-04 07:30"),
    replace(a_patient(), arrival=a_patient().arrival - timedelta(minutes=5)),
]


@pytest.mark.parametrize("other", OTHERS)
def test_who_differs_in_anything_from_somebody_else_gets_what_would_be_planned_alone(other: Patient) -> None:
    protocol = replace(MILD, steps=(*MILD.steps, a_step("named", text={"en": "{name}, call {phone}, {name}!"})))
    planner, usual = Planner(schedules(protocol)), a_patient()
    for patient in (usual, other, usual):
        for now in (NOW, local("2026-12-02 23:00")):
            assert planner.plan_patient(patient, now) == plan_patient(patient, protocol, denver(), now)


def test_however_many_are_not_alike_each_gets_what_would_be_planned_alone() -> None:
    planner, usual = Planner(schedules(MILD)), a_patient()
    patients = [replace(usual, arrival=usual.arrival - timedelta(minutes=minutes)) for minutes in range(100)]
    for patient in (*patients, *patients[::20]):
        assert planner.plan_patient(patient, NOW) == plan_patient(patient, MILD, denver(), NOW)
