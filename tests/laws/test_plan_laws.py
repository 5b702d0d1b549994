"""What holds of every plan, whatever the clinic, the protocols, the patients and the instant of planning."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.model import Patient, Planned, PlanStatus, Protocol, Schedules
from notifier.core.planning import plan
from tests.laws.oracle import GIVE_WAY, is_within
from tests.laws.strategies import instants_of_planning, schedules
from tests.laws.zones import DAY, minute_of, wall_at

_K = TypeVar("_K")
_V = TypeVar("_V")
GOING = (PlanStatus.PLANNED, PlanStatus.LATE)
pytestmark = pytest.mark.timeout(900)  # a nightly run takes minutes


@st.composite
def schedules_and_now(draw: st.DrawFn) -> tuple[Schedules, datetime]:
    found = draw(schedules())
    return found, draw(instants_of_planning(found.patients[0].procedure))


def placed(found: Schedules, now: datetime) -> list[tuple[Patient, Planned, datetime]]:
    """Return every message that has a place, held ones too."""
    people = {patient.id: patient for patient in found.patients}
    messages = plan(found, now).messages
    return [(people[message.draft.patient], message, at) for message in messages if (at := message.send_at) is not None]


def turned(entries: Mapping[_K, _V]) -> dict[_K, _V]:
    return dict(reversed(list(entries.items())))


def turn_protocol(protocol: Protocol) -> Protocol:
    """Turn round all entries of a protocol but its steps, whose order means something."""
    return replace(
        protocol,
        orders=turned(protocol.orders),
        moments=turned(protocol.moments),
        steps=tuple(replace(step, text=turned(step.text)) for step in protocol.steps),
        stop_line=turned(protocol.stop_line),
    )


@given(case=schedules_and_now(), data=st.data())
def test_the_order_of_patients_protocols_and_entries_means_nothing(
    case: tuple[Schedules, datetime], data: st.DataObject
) -> None:
    found, now = case
    protocols = {name: turn_protocol(protocol) for name, protocol in turned(found.protocols).items()}
    patients = tuple(replace(patient, orders=turned(patient.orders)) for patient in found.patients)
    shuffled = Schedules(found.clinic, protocols, tuple(data.draw(st.permutations(patients))))
    assert plan(shuffled, now) == plan(found, now)


@given(case=schedules_and_now())
def test_planning_twice_gives_the_same_plan(case: tuple[Schedules, datetime]) -> None:
    assert plan(*case) == plan(*case)


@given(case=schedules_and_now())
def test_no_text_goes_out_before_its_earliest_or_after_its_latest(case: tuple[Schedules, datetime]) -> None:
    for _, message, at in placed(*case):
        assert message.draft.earliest is not None
        assert message.draft.latest is not None
        assert message.draft.earliest <= at <= message.draft.latest


@given(case=schedules_and_now())
def test_no_text_goes_out_in_quiet_hours_unless_it_is_critical_and_says_so(case: tuple[Schedules, datetime]) -> None:
    found, now = case
    quiet = found.clinic.quiet_hours
    for patient, message, at in placed(found, now):
        day, clock = divmod(wall_at(minute_of(at), patient.time_zone), DAY)
        procedure_day = wall_at(minute_of(patient.procedure), patient.time_zone) // DAY
        is_quiet = is_within(clock, quiet.procedure_day if day == procedure_day else quiet.every_day)
        if message.status in GOING:
            assert is_quiet == (message.reason == GIVE_WAY)
        assert message.draft.critical or not is_quiet


@given(case=schedules_and_now())
def test_what_is_planned_lies_ahead_and_what_is_late_goes_at_the_next_whole_minute_or_later(
    case: tuple[Schedules, datetime],
) -> None:
    now = case[1]
    for _, message, at in placed(*case):
        assert at >= now
        assert at.second == at.microsecond == 0
        ideal = message.draft.place
        assert ideal is not None
        if message.status in GOING:
            assert message.status == (PlanStatus.LATE if ideal < now else PlanStatus.PLANNED)


@given(case=schedules_and_now(), wait=st.timedeltas(timedelta(0), timedelta(days=2)))
def test_what_the_files_ask_for_does_not_depend_on_when_one_looks(
    case: tuple[Schedules, datetime], wait: timedelta
) -> None:
    found, now = case
    drafts = {(message.draft.patient, message.draft.step): message.draft for message in plan(found, now).messages}
    later = {(message.draft.patient, message.draft.step): message.draft for message in plan(found, now + wait).messages}
    assert drafts == later


@given(case=schedules_and_now())
def test_messages_come_by_send_time_then_patient_then_step_and_those_without_a_time_last(
    case: tuple[Schedules, datetime],
) -> None:
    found, now = case
    positions = {
        (patient.id, step.name): (patient.id, index)
        for patient in found.patients
        for index, step in enumerate(found.protocols[patient.protocol].steps)
    }
    messages = plan(found, now).messages
    keys = [(message.draft.patient, message.draft.step) for message in messages]
    assert sorted(keys) == sorted(positions)  # each step of each patient once
    ranks = [
        (message.send_at is None, 0 if message.send_at is None else message.send_at.timestamp(), positions[key])
        for message, key in zip(messages, keys, strict=True)
    ]
    assert ranks == sorted(ranks)


@given(case=schedules_and_now())
def test_the_first_text_that_goes_to_a_phone_carries_the_stop_line_and_no_later_one(
    case: tuple[Schedules, datetime],
) -> None:
    messages = plan(*case).messages
    for phone in {message.draft.to for message in messages}:
        going = [message for message in messages if message.draft.to == phone and message.status in GOING]
        assert [message.carries_stop_line for message in going] == [index == 0 for index in range(len(going))]


@given(case=schedules_and_now())
def test_a_message_without_a_place_has_no_text(case: tuple[Schedules, datetime]) -> None:
    for message in plan(*case).messages:
        assert (message.text is None) == (message.send_at is None)
