"""Notices: which one a change calls for, when it may go, and when it is called off."""

from dataclasses import replace
from datetime import datetime

import pytest

from notifier.core.delivery import Record
from notifier.core.lifecycle import State
from notifier.core.model import Patient, PatientStatus, Planned, PlanStatus
from notifier.core.notices import notice_for
from notifier.core.placing import NEVER_QUIET, is_quiet
from tests.builders import a_record
from tests.core.clinics import a_patient, a_protocol, local, schedules, shown
from tests.core.mild import MILD

# Told on Tuesday of Thursday, December 3 at 07:30.
OLD, OLD_ARRIVAL = local("2026-12-03 07:30"), local("2026-12-03 06:30")
TOLD = a_record(state=State.DELIVERED, sent_at=local("2026-12-01 10:00"), procedure=OLD, arrival=OLD_ARRIVAL)
BOOKED = a_patient(procedure="2026-12-03 07:30", arrival="2026-12-03 06:30")
FRIDAY = a_patient(procedure="2026-12-04 13:00", arrival="2026-12-04 12:00")
CANCELLED = replace(BOOKED, status=PatientStatus.CANCELLED)
NOON = "2026-12-02 12:00"


def notice(
    patient: Patient, *told: Record, now: str = NOON, waiting: tuple[Record, ...] = (), must_call: bool = False
) -> Planned | None:
    return notice_for(
        patient, schedules(MILD, patient), told=told, waiting=waiting, must_call=must_call, now=local(now)
    )


def summary(message: Planned | None) -> tuple[str, str | None, str | None] | None:
    """Return a notice as its step, its place and its L; None where there is none."""
    if message is None:
        return None
    return message.draft.step, shown(message.send_at), shown(message.draft.latest)


def a_notice(step: str, procedure: datetime, sent_at: str | None = None, **overrides: object) -> Record:
    """Return a notice that went out, or waits where it was not sent."""
    fields: dict[str, object] = {"state": State.DELIVERED if sent_at else State.PLANNED, "position": -1}
    at = local(sent_at) if sent_at else None
    return a_record(step=step, procedure=procedure, arrival=procedure, sent_at=at, **{**fields, **overrides})


def test_a_move_calls_for_a_notice_three_minutes_after_it_was_seen() -> None:
    expected = ("procedure-moved", "Wed 2026-12-02 12:03 MST", "Thu 2026-12-03 07:30 MST")
    assert summary(notice(FRIDAY, TOLD)) == expected
    assert summary(notice(FRIDAY, TOLD, now="2026-12-02 11:59:30")) == expected  # every instant is a whole minute


def test_a_notice_is_critical_and_comes_before_the_steps() -> None:
    found = notice(FRIDAY, TOLD)
    assert found is not None
    assert (found.status, found.reason, found.draft.critical, found.draft.position) == ("planned", None, True, -1)
    assert found.draft.earliest == found.draft.place == found.send_at
    assert (found.draft.procedure, found.draft.arrival) == (FRIDAY.procedure, FRIDAY.arrival)


def test_a_notice_says_the_new_time_in_the_patients_language_or_the_clinics() -> None:
    found = notice(replace(FRIDAY, language="es"), TOLD)
    assert found is not None
    assert found.draft.body == "Nueva hora: llegue el vie, 4 de dic, 12:00 p.m., inicio 1:00 p.m.; olvide las de antes."
    assert found.draft.stop_line == "Responda STOP para terminar."
    assert set(found.draft.moments) == {"arrival", "procedure"}
    called_off = notice(replace(CANCELLED, language="es"), TOLD)
    assert called_off is not None
    assert (called_off.draft.language, called_off.draft.body) == (
        "en",
        "Your procedure on Thu, Dec 3, 7:30 AM is canceled.",
    )


@pytest.mark.parametrize(
    ("patient", "told"),
    [
        pytest.param(BOOKED, (TOLD,), id="nothing has moved"),
        pytest.param(replace(BOOKED, procedure=local("2026-12-03 07:44")), (TOLD,), id="moved by little"),
        pytest.param(FRIDAY, (), id="nothing was told"),
        pytest.param(CANCELLED, (), id="cancelled, and nothing was told"),
        pytest.param(replace(FRIDAY, consent=None), (TOLD,), id="no consent"),
        pytest.param(replace(FRIDAY, status=PatientStatus.ON_HOLD), (TOLD,), id="on hold"),
        pytest.param(replace(FRIDAY, status=PatientStatus.COMPLETED), (TOLD,), id="completed"),
    ],
)
def test_where_no_notice_is_due(patient: Patient, told: tuple[Record, ...]) -> None:
    assert notice(patient, *told) is None


@pytest.mark.parametrize("status", [PatientStatus.CANCELLED, PatientStatus.NO_SHOW])
def test_a_cancellation_before_the_procedure_calls_for_a_notice(status: PatientStatus) -> None:
    found = notice(replace(BOOKED, status=status), TOLD)
    assert summary(found) == ("procedure-cancelled", "Wed 2026-12-02 12:03 MST", "Thu 2026-12-03 07:30 MST")
    assert notice(replace(BOOKED, status=status), TOLD, now="2026-12-03 07:30") is None


def test_a_move_that_no_text_can_follow_says_that_somebody_calls() -> None:
    assert summary(notice(FRIDAY, TOLD, must_call=True)) == (
        "procedure-moved-call",
        "Wed 2026-12-02 12:03 MST",
        "Thu 2026-12-03 07:30 MST",
    )
    assert summary(notice(CANCELLED, TOLD, must_call=True)) == summary(notice(CANCELLED, TOLD))


@pytest.mark.parametrize(
    ("procedure", "now", "latest"),
    [
        pytest.param("2026-12-04 13:00", "2026-12-02 12:00", "Thu 2026-12-03 07:30 MST", id="the old comes first"),
        pytest.param("2026-12-03 05:30", "2026-12-02 12:00", "Thu 2026-12-03 05:30 MST", id="the new comes first"),
        pytest.param("2026-12-04 13:00", "2026-12-03 07:30", "Fri 2026-12-04 13:00 MST", id="the old is over"),
        pytest.param("2026-12-01 13:00", "2026-12-02 12:00", "Thu 2026-12-03 07:30 MST", id="the new is over"),
        pytest.param("2026-12-01 13:00", "2026-12-03 07:30", None, id="both are over"),
    ],
)
def test_a_notice_is_useful_until_the_earlier_procedure_that_is_ahead(
    procedure: str, now: str, latest: str | None
) -> None:
    found = notice(a_patient(procedure=procedure), TOLD, now=now)
    assert (shown(found.draft.latest) if found else None) == latest


@pytest.mark.parametrize(
    ("now", "place"),
    [
        pytest.param("2026-12-02 20:30", "Wed 2026-12-02 20:33 MST", id="in the evening"),
        pytest.param("2026-12-02 22:00", "Wed 2026-12-02 22:03 MST", id="at night, less than a day before"),
        pytest.param("2026-12-01 22:00", "Wed 2026-12-02 08:00 MST", id="at night, more than a day before"),
        pytest.param("2026-12-02 07:27", "Wed 2026-12-02 07:30 MST", id="a day before to the minute"),
        pytest.param("2026-12-02 07:26", "Wed 2026-12-02 08:00 MST", id="a minute more than a day"),
    ],
)
def test_quiet_hours_hold_for_a_notice_until_a_day_before_the_procedure(now: str, place: str) -> None:
    found = notice(CANCELLED, TOLD, now=now)
    assert found is not None
    assert shown(found.send_at) == place
    assert (found.draft.quiet.hours == NEVER_QUIET) == (place != "Wed 2026-12-02 08:00 MST")


def test_hours_that_are_never_quiet_hold_no_minute() -> None:
    empty = a_record().draft.quiet._replace(hours=NEVER_QUIET)
    assert not is_quiet(local("2026-12-03 00:00"), empty)


def test_a_procedure_in_two_minutes_is_too_near_for_a_notice() -> None:
    found = notice(CANCELLED, TOLD, now="2026-12-03 07:28")
    assert found is not None
    assert (found.status, found.send_at) == (PlanStatus.TOO_LATE, None)


def test_a_protocol_without_the_words_gives_none() -> None:
    wordless = schedules(a_protocol(), FRIDAY)
    assert notice_for(FRIDAY, wordless, told=[TOLD], waiting=[], must_call=False, now=local(NOON)) is None


# A notice that waits.


def test_a_notice_that_waits_keeps_the_minute_in_which_its_change_was_first_seen() -> None:
    waits = a_notice("procedure-moved", FRIDAY.procedure, earliest=local("2026-12-02 12:03"))
    for now in (NOON, "2026-12-02 12:02", "2026-12-02 14:00"):
        found = notice(replace(FRIDAY, procedure=local("2026-12-04 14:00")), TOLD, now=now, waiting=(waits,))
        assert summary(found) == ("procedure-moved", "Wed 2026-12-02 12:03 MST", "Thu 2026-12-03 07:30 MST")
    found = notice(FRIDAY, TOLD, now="2026-12-02 12:02", waiting=(waits,), must_call=True)
    assert summary(found) == ("procedure-moved-call", "Wed 2026-12-02 12:03 MST", "Thu 2026-12-03 07:30 MST")


def test_a_cancellation_after_a_move_has_a_grace_of_its_own() -> None:
    waits = a_notice("procedure-moved", FRIDAY.procedure, earliest=local("2026-12-02 12:03"))
    off = replace(FRIDAY, status=PatientStatus.CANCELLED)
    assert summary(notice(off, TOLD, now="2026-12-02 12:02", waiting=(waits,))) == (
        "procedure-cancelled",
        "Wed 2026-12-02 12:05 MST",
        "Thu 2026-12-03 07:30 MST",
    )


def test_a_notice_that_waits_keeps_its_latest_when_that_has_passed() -> None:
    waits = a_notice("procedure-moved", FRIDAY.procedure, earliest=local("2026-12-02 12:03"))
    found = notice(FRIDAY, TOLD, now="2026-12-03 09:00", waiting=(waits,))
    assert summary(found) == ("procedure-moved", "Wed 2026-12-02 12:03 MST", "Thu 2026-12-03 07:30 MST")


# A notice that went out.

MOVED_ONCE = a_notice("procedure-moved", FRIDAY.procedure, "2026-12-02 12:03")
CALLED_OFF = a_notice("procedure-cancelled", OLD, "2026-12-02 12:03")
ON_FRIDAY = replace(FRIDAY, arrival=FRIDAY.procedure)


@pytest.mark.parametrize(
    ("patient", "last", "expected"),
    [
        pytest.param(ON_FRIDAY, MOVED_ONCE, None, id="moved and told"),
        pytest.param(
            a_patient(procedure="2026-12-03 07:30"),
            MOVED_ONCE,
            ("procedure-moved", "Thu 2026-12-03 07:30 MST"),
            id="moved back",
        ),
        pytest.param(a_patient(procedure="2026-12-04 13:10"), MOVED_ONCE, None, id="ten minutes more"),
        pytest.param(
            a_patient(procedure="2026-12-04 13:20"),
            MOVED_ONCE,
            ("procedure-moved", "Fri 2026-12-04 13:00 MST"),
            id="moved again",
        ),
        pytest.param(
            replace(ON_FRIDAY, status=PatientStatus.CANCELLED),
            MOVED_ONCE,
            ("procedure-cancelled", "Fri 2026-12-04 13:00 MST"),
            id="moved, told and cancelled",
        ),
        pytest.param(CANCELLED, CALLED_OFF, None, id="cancelled and told"),
        pytest.param(BOOKED, CALLED_OFF, ("procedure-moved", "Thu 2026-12-03 07:30 MST"), id="booked again"),
        pytest.param(
            FRIDAY, CALLED_OFF, ("procedure-moved", "Thu 2026-12-03 07:30 MST"), id="booked again for another day"
        ),
        pytest.param(
            replace(ON_FRIDAY, phone="+17205550135"),
            MOVED_ONCE,
            ("procedure-moved", "Thu 2026-12-03 07:30 MST"),
            id="told to a phone that was wrong",
        ),
        pytest.param(
            replace(CANCELLED, phone="+17205550135"),
            CALLED_OFF,
            ("procedure-cancelled", "Thu 2026-12-03 07:30 MST"),
            id="cancelled, and told to a phone that was wrong",
        ),
    ],
)
def test_what_a_notice_has_said_is_not_said_again(
    patient: Patient, last: Record, expected: tuple[str, str] | None
) -> None:
    found = notice(patient, TOLD, last, now="2026-12-02 18:00")
    assert (found and (found.draft.step, shown(found.draft.latest))) == expected


def test_only_the_last_of_several_notices_counts() -> None:
    told = (TOLD, CALLED_OFF, a_notice("procedure-moved", FRIDAY.procedure, "2026-12-02 15:03"))
    assert notice(ON_FRIDAY, *told, now="2026-12-02 18:00") is None
    assert notice(BOOKED, *told, now="2026-12-02 18:00") is not None


def test_a_text_sent_under_another_id_has_said_what_it_said() -> None:
    renamed = a_record(state=State.WITHDRAWN, reason="already sent", procedure=OLD, arrival=OLD_ARRIVAL)
    assert notice(BOOKED, renamed) is None
    assert notice(FRIDAY, renamed) is not None
    assert notice(ON_FRIDAY, renamed, MOVED_ONCE, now="2026-12-02 18:00") is None
