"""The call list: whom a person must telephone, why, what to say, and by when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from notifier.core.calls import PASSING, Call, CallReason, wanted_calls
from notifier.core.delivery import Record
from notifier.core.expressions import parse_duration
from notifier.core.lifecycle import State
from notifier.core.model import Patient, PatientStatus
from notifier.core.reconcile import Standing
from tests.builders import a_record
from tests.core.clinics import a_patient, a_protocol, local, schedules, shown

# Maria, Thursday, December 3 at 07:30. Her last meal is at 23:30 the evening before; that text is useful until 22:00.
MARIA = a_patient(procedure="2026-12-03 07:30", arrival="2026-12-03 06:30")
NOON, MIDNIGHT, AFTERWARDS = "2026-12-02 12:00", "2026-12-03 00:00", "2026-12-03 12:00"
MEAL, LATEST = local("2026-12-02 23:30"), local("2026-12-02 22:00")
ALL_IS_WELL = Standing()
OTHER_PHONE = "+17205550135"


def a_meal(state: State = State.DELIVERED, reason: str | None = None, **overrides: object) -> Record:
    """Return the last-meal text of Maria, sent at noon if it was sent."""
    fields: dict[str, object] = {"moments": {"last-meal": MEAL}, "latest": LATEST, "sent_at": local(NOON)}
    return a_record(state=state, reason=reason, **{**fields, **overrides})


def calls(
    *records: Record,
    patient: Patient | None = MARIA,
    now: str = NOON,
    standing: Standing = ALL_IS_WELL,
    opted_out: frozenset[str] = frozenset(),
) -> list[Call]:
    files = schedules(a_protocol(), *([] if patient is None else [patient]))
    return wanted_calls(files, records, standing, opted_out, local(now))


def reasons(*records: Record, patient: Patient | None = MARIA, now: str = NOON) -> list[str]:
    return [call.reason.value for call in calls(*records, patient=patient, now=now)]


# What became of a text.


@pytest.mark.parametrize(
    ("state", "reason", "at_noon", "at_midnight", "afterwards"),
    [
        (State.DELIVERED, None, [], [], []),
        (State.PLANNED, None, [], [], []),
        (State.WITHDRAWN, "cancelled", [], [], []),
        (State.WITHDRAWN, "already sent", [], [], []),
        (State.EXPIRED, "too-late", ["too late for the text"], ["too late for the text"], []),
        (State.EXPIRED, "no-window", ["too late for the text"], ["too late for the text"], []),
        (State.EXPIRED, "no order", ["the text no longer holds"], ["the text no longer holds"], []),
        (State.EXPIRED, "listed in skip", ["the text no longer holds"], ["the text no longer holds"], []),
        (State.EXPIRED, "missed its window", *[["text not sent in time"]] * 3),
        (State.UNDELIVERED, "30003", *[["text not delivered"]] * 3),
        (State.FAILED, "30008", *[["text not delivered"]] * 3),
        (State.UNCONFIRMED, None, *[["unknown whether the text arrived"]] * 3),
        (State.REFUSED, "21211", *[["text refused"]] * 3),
        (State.REFUSED, "opted out", [], [], []),
        (State.CLAIMED, None, [], *[["unknown whether the text was sent"]] * 2),
        (State.IN_DOUBT, None, [], *[["unknown whether the text was sent"]] * 2),
        (State.ACCEPTED, None, [], *[["unknown whether the text arrived"]] * 2),
        (State.SENT, None, [], *[["unknown whether the text arrived"]] * 2),
        (State.HELD, "on-hold", [], [], []),
    ],
)
def test_a_critical_text_that_did_not_do_its_job_is_for_a_person(
    state: State, reason: str | None, at_noon: list[str], at_midnight: list[str], afterwards: list[str]
) -> None:
    record = a_meal(state, reason)
    assert reasons(record) == at_noon
    assert reasons(record, now=MIDNIGHT) == at_midnight
    assert reasons(record, now=AFTERWARDS) == afterwards
    assert reasons(record._replace(draft=record.draft._replace(critical=False)), now=MIDNIGHT) == []


def test_at_its_latest_a_text_may_still_arrive() -> None:
    assert reasons(a_meal(State.SENT), now="2026-12-02 22:00") == []
    assert reasons(a_meal(State.SENT), now="2026-12-02 22:01") == ["unknown whether the text arrived"]
    assert reasons(a_meal(State.SENT, latest=None), now=MIDNIGHT) == []


def test_a_call_says_what_the_text_would_have_said() -> None:
    (call,) = calls(a_meal(State.UNDELIVERED))
    body = "Anchor Healthcare: Maria, finish your last meal by Wed, Dec 2, 11:30 PM. Questions? 303 555 0100"
    assert call == Call(
        "P-1042", CallReason.UNDELIVERED, "P-1042/last-meal/1", "Maria", "+17205550134", body, by=LATEST
    )
    assert call.key == ("P-1042", "text not delivered", "P-1042/last-meal/1")


def test_a_call_goes_to_the_phone_that_the_files_have_now() -> None:
    (corrected,) = calls(a_meal(State.UNDELIVERED), patient=replace(MARIA, phone=OTHER_PHONE))
    assert corrected.phone == OTHER_PHONE
    (gone, *_) = calls(a_meal(State.UNDELIVERED), patient=None, standing=Standing(whole=False))
    assert (gone.name, gone.phone) == (None, "+17205550134")


def test_a_text_that_no_longer_holds_is_not_read_out() -> None:
    (call,) = calls(a_meal(State.EXPIRED, "no order", body=None))
    assert call.say == "What we texted about this no longer holds, and no other text replaces it: tell the patient."


@pytest.mark.parametrize(
    ("now", "by"),
    [
        pytest.param("2026-12-02 22:00", "Wed 2026-12-02 22:00 MST", id="its latest"),
        pytest.param("2026-12-02 22:01", "Wed 2026-12-02 23:30 MST", id="the last meal itself"),
        pytest.param("2026-12-02 23:31", "Thu 2026-12-03 07:30 MST", id="the procedure"),
        pytest.param("2026-12-03 07:31", "Wed 2026-12-02 22:00 MST", id="overdue"),
    ],
)
def test_a_call_is_due_by_the_next_instant_that_matters(now: str, by: str) -> None:
    (call,) = calls(a_meal(State.UNDELIVERED), now=now)
    assert shown(call.by) == by


def test_the_most_urgent_call_comes_first() -> None:
    later, sooner = (a_meal(State.FAILED, step=f"step-{n}", latest=LATEST - timedelta(hours=n)) for n in range(2))
    assert [call.about for call in calls(later, sooner)] == ["P-1042/step-1/1", "P-1042/step-0/1"]


def test_the_highest_revision_counts_unless_it_was_withdrawn() -> None:
    told = a_meal(State.UNDELIVERED)
    assert reasons(told, a_meal(revision=2)) == []
    assert reasons(a_meal(State.WITHDRAWN, revision=2), told) == ["text not delivered"]


@pytest.mark.parametrize("reason", ["too-late", "no order", "missed its window"])
def test_a_correction_that_is_not_needed_any_more_is_for_nobody(reason: str) -> None:
    told = a_meal()
    correction = a_meal(State.EXPIRED, reason, revision=2, moments={"last-meal": MEAL - timedelta(hours=4)})
    longer_fast = replace(MARIA, orders={"fasting": parse_duration("12 hours")})
    assert len(reasons(told, correction, patient=longer_fast)) == 1
    assert reasons(told, correction) == []


@pytest.mark.parametrize("status", [PatientStatus.CANCELLED, PatientStatus.NO_SHOW])
def test_nobody_is_told_what_to_do_before_a_procedure_that_was_called_off(status: PatientStatus) -> None:
    off = replace(MARIA, status=status)
    assert reasons(a_meal(State.EXPIRED, "missed its window"), patient=off) == []
    assert reasons(a_meal(State.EXPIRED, "missed its window", step="procedure-cancelled"), patient=off) == [
        "text not sent in time"
    ]


# Why a text waits.


@pytest.mark.parametrize("state", [State.HELD, State.REFUSED])
@pytest.mark.parametrize(
    ("patient", "standing", "opted_out", "expected"),
    [
        pytest.param(MARIA, ALL_IS_WELL, frozenset(), [], id="on hold before anything was told"),
        pytest.param(replace(MARIA, consent=None), ALL_IS_WELL, frozenset(), ["no consent"], id="no consent"),
        pytest.param(MARIA, ALL_IS_WELL, frozenset({MARIA.phone}), ["opted out"], id="opted out"),
        pytest.param(
            None, Standing(broken={"P-1042"}), frozenset({MARIA.phone}), ["error in the entry"], id="an error"
        ),
        pytest.param(None, Standing(kept={"P-1042"}), frozenset(), [], id="an error above the entry"),
    ],
)
def test_critical_texts_ahead_that_must_not_go_are_for_a_person(
    state: State, patient: Patient | None, standing: Standing, opted_out: frozenset[str], expected: list[str]
) -> None:
    record = a_meal(state, "opted out")
    found = calls(record, patient=patient, standing=standing, opted_out=opted_out)
    assert [(call.reason, call.about) for call in found] == [(reason, "") for reason in expected]
    assert calls(record, patient=patient, standing=standing, opted_out=opted_out, now=MIDNIGHT) == []


def test_an_error_in_an_entry_is_known_from_the_message_too() -> None:
    (call,) = calls(a_meal(State.HELD, "error in the entry"), patient=None, standing=Standing(kept={"P-1042"}))
    assert call.reason is CallReason.ENTRY_ERROR


def test_one_call_for_all_texts_that_wait_is_due_with_the_first() -> None:
    records = [a_meal(State.HELD, step=f"step-{n}", latest=LATEST - timedelta(hours=n)) for n in (0, 2, 1)]
    (call,) = calls(*records, patient=replace(MARIA, consent=None))
    assert call.by == LATEST - timedelta(hours=2)
    assert shown(calls(a_meal(State.HELD, latest=None), patient=replace(MARIA, consent=None))[0].by) == (
        "Thu 2026-12-03 07:30 MST"
    )


# What has become of a procedure.

FRIDAY = a_patient(procedure="2026-12-04 13:00", arrival="2026-12-04 12:00")


@pytest.mark.parametrize(
    ("patient", "now", "expected"),
    [
        (MARIA, NOON, None),
        (replace(MARIA, status=PatientStatus.CANCELLED), NOON, ("procedure cancelled", "Thu 2026-12-03 07:30 MST")),
        (replace(MARIA, status=PatientStatus.NO_SHOW), NOON, ("procedure cancelled", "Thu 2026-12-03 07:30 MST")),
        (replace(MARIA, status=PatientStatus.CANCELLED), AFTERWARDS, None),
        (replace(MARIA, status=PatientStatus.ON_HOLD), NOON, ("procedure on hold", "Thu 2026-12-03 07:30 MST")),
        (replace(MARIA, status=PatientStatus.ON_HOLD), AFTERWARDS, None),
        (FRIDAY, NOON, ("procedure moved", "Thu 2026-12-03 07:30 MST")),
        (FRIDAY, AFTERWARDS, ("procedure moved", "Fri 2026-12-04 13:00 MST")),
        (FRIDAY, "2026-12-05 12:00", None),
        (a_patient(procedure="2026-12-01 07:30"), NOON, ("procedure moved", "Thu 2026-12-03 07:30 MST")),
        (replace(FRIDAY, status=PatientStatus.COMPLETED), NOON, None),
        (None, NOON, ("procedure gone from the files", "Thu 2026-12-03 07:30 MST")),
        (None, AFTERWARDS, None),
    ],
)
def test_a_change_after_a_critical_text_went_out_is_for_a_person_while_the_procedure_is_ahead(
    patient: Patient | None, now: str, expected: tuple[str, str] | None
) -> None:
    found = [(call.reason.value, shown(call.by)) for call in calls(a_meal(), patient=patient, now=now)]
    assert found == ([] if expected is None else [expected])
    assert calls(a_meal(State.WITHDRAWN), patient=patient, now=now) == []
    assert calls(a_record(state=State.DELIVERED, step="procedure-moved"), patient=patient, now=now) == []


@pytest.mark.parametrize("step", ["procedure-moved", "procedure-moved-call"])
def test_a_patient_is_called_about_a_move_also_when_every_text_was_put_right(step: str) -> None:
    put_right = a_meal(procedure=FRIDAY.procedure, arrival=FRIDAY.arrival)
    moved = a_record(step=step, state=State.DELIVERED, procedure=FRIDAY.procedure, arrival=FRIDAY.arrival)
    assert reasons(put_right, patient=FRIDAY) == []
    (call,) = calls(put_right, moved, patient=FRIDAY)
    assert (call.reason, call.about, shown(call.by)) == (
        CallReason.MOVED,
        "2026-12-04T20:00:00+00:00",
        "Fri 2026-12-04 13:00 MST",
    )
    undone = moved._replace(state=State.WITHDRAWN)
    assert calls(put_right, undone, patient=FRIDAY) == []


@pytest.mark.parametrize(
    "standing", [Standing(whole=False), Standing(kept={"P-1042"}), Standing(broken={"P-1042"})], ids=str
)
def test_nobody_counts_as_gone_whose_entry_may_be_there(standing: Standing) -> None:
    assert calls(a_meal(), patient=None, standing=standing) == []


def test_a_booking_that_is_gone_is_at_the_time_that_the_files_last_said() -> None:
    waiting = a_meal(State.WITHDRAWN, "gone from the files", step="wash", procedure=FRIDAY.procedure, sent_at=None)
    (call,) = calls(waiting, a_meal(), a_meal(step="other", sent_at=None), patient=None)
    assert (call.by, call.about) == (FRIDAY.procedure, "2026-12-04T20:00:00+00:00")
    all_sent = a_record(step="procedure-moved", state=State.DELIVERED, procedure=FRIDAY.procedure, sent_at=LATEST)
    assert calls(a_meal(), all_sent, patient=None)[0].by == FRIDAY.procedure


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (replace(MARIA, id="P-7"), []),
        (replace(MARIA, id="P-7", phone=OTHER_PHONE), ["procedure gone from the files"]),
        (replace(FRIDAY, id="P-7"), ["procedure gone from the files"]),
        (replace(MARIA, id="P-7", status=PatientStatus.CANCELLED), ["procedure gone from the files"]),
    ],
    ids=["renamed", "another phone", "another time", "and cancelled"],
)
def test_a_booking_that_stands_there_under_another_id_is_not_gone(other: Patient, expected: list[str]) -> None:
    assert reasons(a_meal(), patient=other) == expected


def test_what_ends_by_itself_is_what_the_files_a_reply_or_time_puts_right() -> None:
    assert {reason.name for reason in PASSING} == {
        "NO_CONSENT",
        "OPTED_OUT",
        "ENTRY_ERROR",
        "ON_HOLD",
        "TOO_LATE",
        "VOID",
    }


def test_nobody_is_called_about_a_text_that_was_purged() -> None:
    assert calls(a_meal(State.UNDELIVERED))
    assert calls(a_meal(State.UNDELIVERED, to="", body=None)) == []
