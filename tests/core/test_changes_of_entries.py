"""Worked examples of section 5 in which no time changes: phones, ids, files, holds, consent, words, and the guard.

Maria's procedure is on Thursday, December 3 at 07:30; she arrives at 06:30. `test_changes_examples.py` has the rest.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notifier.core.delivery import Change
from notifier.core.expressions import parse_duration
from notifier.core.guard import Limits, Pending, Scales, why_wait
from notifier.core.lifecycle import UNSENT
from notifier.core.model import Patient, PatientStatus
from notifier.core.reconcile import Standing
from notifier.core.wording import parse_template
from tests.core.clinics import a_patient, local
from tests.core.desk import Desk, story
from tests.core.mild import MILD

MARIA = a_patient(procedure="2026-12-03 07:30", arrival="2026-12-03 06:30")
OTHER_PHONE = "+17205550135"
AHEAD = [  # on Wednesday evening
    "last-clear-liquids",
    "morning-wash",
    "after-care",
    "keep-dry-ends",
    "lifting-ends",
    "recovery",
    "therapy-starts",
]
TOLD = ["last-meal", "night-before-wash", "prepare", "ride-and-clothes", "welcome"]
LIMITS = Limits(patients=5, share=0.2, at_once=50, first_late=False)


def maria_at(now: str, *others: Patient) -> Desk:
    """Return the desk when everything due by then has been delivered."""
    desk = Desk(MARIA, *others)
    desk.pass_until(now)
    return desk


# Phones.


def test_a_phone_corrected_at_2130_the_evening_before() -> None:
    desk = maria_at("2026-12-02 21:30")
    desk.edit(phone=OTHER_PHONE)
    changes = desk.look("2026-12-02 21:30")
    # Critical texts go again, at once and at night, since they would be too late in the morning. Others do not.
    assert story(changes)[:2] == ["new last-meal/2: Wed Dec 02 21:30", "new night-before-wash/2: Wed Dec 02 21:30"]
    assert sorted(change.after.draft.step for change in changes[2:]) == sorted(AHEAD)
    assert {change.kind for change in changes[2:]} == {"updated"}
    assert {change.after.draft.to for change in changes} == {OTHER_PHONE}
    assert desk.calls("2026-12-02 21:30") == []


def test_a_phone_corrected_when_the_last_meal_is_over_is_for_a_person() -> None:
    desk = maria_at("2026-12-03 04:00")
    desk.edit(phone=OTHER_PHONE)
    desk.look("2026-12-03 04:00")
    assert desk.calls("2026-12-03 04:00") == [
        "P-1042: too late for the text (last-meal/2), by Thu Dec 03 05:30",
        "P-1042: too late for the text (night-before-wash/2), by Thu Dec 03 07:30",
    ]


def test_a_cancellation_that_went_to_a_wrong_phone_goes_to_the_right_one() -> None:
    desk = maria_at("2026-12-02 12:00")
    desk.edit(phone=OTHER_PHONE, status=PatientStatus.CANCELLED)
    assert story(desk.look("2026-12-02 12:00"))[0] == "new procedure-cancelled/1: Wed Dec 02 12:03"
    desk.pass_until("2026-12-02 12:03")
    desk.edit(phone=MARIA.phone)
    assert story(desk.look("2026-12-02 13:00")) == ["new procedure-cancelled/2: Wed Dec 02 13:03"]


# Ids and files.


def test_an_id_renamed() -> None:
    desk = maria_at("2026-12-02 21:30")
    desk.edit(id="P-1042-B")
    changes = desk.look("2026-12-02 21:30")
    assert steps(changes, "P-1042-B", "new") == sorted(AHEAD)
    assert steps(changes, "P-1042-B", "skipped") == TOLD
    assert steps(changes, "P-1042", "withdrawn") == sorted(AHEAD)
    assert len(changes) == 2 * len(AHEAD) + len(TOLD)
    assert {change.after.reason for change in changes} == {None, "already sent", "gone from the files"}
    assert desk.calls("2026-12-02 21:30") == []  # the booking is still there


def test_an_id_renamed_when_what_she_was_told_would_be_too_late() -> None:
    desk = maria_at("2026-12-03 04:00")
    desk.edit(id="P-1042-B")
    assert steps(desk.look("2026-12-03 04:00"), "P-1042-B", "skipped") == TOLD
    assert desk.calls("2026-12-03 04:00") == []


def test_an_id_renamed_and_then_moved_gives_a_notice() -> None:
    desk = maria_at("2026-12-02 12:00")
    desk.edit(id="P-1042-B")
    desk.look("2026-12-02 12:00")
    desk.edit("P-1042-B", procedure="2026-12-04 13:00")
    assert story(desk.look("2026-12-02 12:10"))[0] == "new procedure-moved/1: Wed Dec 02 12:13"


def test_an_entry_moved_from_yaml_to_csv() -> None:
    desk = maria_at("2026-12-02 21:30")
    desk.files = replace(desk.files, patients=(replace(MARIA),))  # another file gives an equal entry
    assert desk.look("2026-12-02 21:30") == []


def test_an_entry_gone_from_the_files_is_no_notice_but_a_call() -> None:
    desk = maria_at("2026-12-02 21:30")
    desk.edit(procedure="2026-12-04 13:00")
    desk.look("2026-12-02 21:30")
    desk.empty()
    assert {*kinds(desk.look("2026-12-02 21:31"))} == {"withdrawn"}
    assert desk.waiting() == []
    assert desk.calls("2026-12-02 21:31") == ["P-1042: procedure gone from the files, by Fri Dec 04 13:00"]


def test_nobody_is_gone_while_a_file_cannot_be_read() -> None:
    desk = maria_at("2026-12-02 21:30")
    desk.empty()
    desk.standing = Standing(whole=False)
    assert desk.look("2026-12-02 21:30") == []
    assert desk.calls("2026-12-02 21:30") == []


def test_an_entry_with_an_error_is_held_until_it_is_mended() -> None:
    desk = maria_at("2026-12-02 12:00")
    whole, before = desk.files, desk.waiting()
    desk.empty()
    desk.standing = Standing(broken={"P-1042"})
    assert {*kinds(desk.look("2026-12-02 12:00"))} == {"held"}
    assert desk.calls("2026-12-02 12:00") == ["P-1042: error in the entry, by Wed Dec 02 22:00"]
    desk.files, desk.standing = whole, Standing()
    assert {*kinds(desk.look("2026-12-02 12:05"))} == {"released"}
    assert desk.waiting() == before
    assert desk.calls("2026-12-02 12:05") == []


# Holds, consent and replies.


@pytest.mark.parametrize(
    ("off", "on", "held", "call"),
    [
        pytest.param(
            {"status": PatientStatus.ON_HOLD},
            {"status": PatientStatus.BOOKED},
            "on-hold",
            "procedure on hold, by Thu Dec 03 07:30",
            id="on hold and back",
        ),
        pytest.param(
            {"consent": None},
            {"consent": MARIA.consent},
            "no consent",
            "no consent, by Wed Dec 02 22:00",
            id="consent withdrawn and given",
        ),
    ],
)
def test_what_is_held_keeps_its_place(off: dict[str, Any], on: dict[str, Any], held: str, call: str) -> None:
    desk = maria_at("2026-12-02 14:00")
    before = desk.waiting()
    desk.edit(**off)
    assert {*kinds(desk.look("2026-12-02 14:00"))} == {"held"}
    assert desk.waiting() == [f"{line} held: {held}" for line in before]
    assert desk.calls("2026-12-02 14:00") == [f"P-1042: {call}"]
    desk.edit(**on)
    released = story(desk.look("2026-12-02 20:00"))
    assert released[:2] == [
        "released night-before-wash/1: Wed Dec 02 19:00 -> Wed Dec 02 20:00",  # its place was at 19:00
        "released last-clear-liquids/1: Thu Dec 03 05:00",
    ]
    assert len(released) == len(before)
    assert desk.calls("2026-12-02 20:00") == []


def test_opted_out_and_in() -> None:
    desk = maria_at("2026-12-02 14:00")
    desk.opted_out = {MARIA.phone}
    assert {*kinds(desk.look("2026-12-02 14:00"))} == {"refused"}
    assert desk.waiting() == []
    assert desk.calls("2026-12-02 14:00") == ["P-1042: opted out, by Wed Dec 02 22:00"]
    desk.opted_out = set()
    assert story(desk.look("2026-12-02 22:30"))[:3] == [
        "new last-clear-liquids/2: Thu Dec 03 05:00",
        "new morning-wash/2: Thu Dec 03 05:10",
        "new after-care/2: Thu Dec 03 14:30",
    ]
    # Too late for that evening's wash by then, and so for a person to say.
    assert desk.calls("2026-12-02 22:30") == [
        "P-1042: too late for the text (night-before-wash/2), by Thu Dec 03 07:30"
    ]


def test_a_notice_waits_for_the_end_of_a_hold() -> None:
    desk = maria_at("2026-12-02 14:00")
    desk.edit(status=PatientStatus.ON_HOLD, procedure="2026-12-04 13:00")
    assert not [line for line in story(desk.look("2026-12-02 14:00")) if "procedure-" in line]
    desk.edit(status=PatientStatus.BOOKED)
    assert story(desk.look("2026-12-02 16:00"))[0] == "new procedure-moved/1: Wed Dec 02 16:03"


# Words and steps.


def test_wording_changed_after_sending_reaches_only_what_is_unsent() -> None:
    desk = maria_at("2026-12-02 14:00")
    texts = {"en": parse_template("Until {last-liquids}, clear liquids; finish your last meal by {last-meal}.")}
    desk.teach(replace(MILD, steps=tuple(replace(step, text=texts) for step in MILD.steps)))
    changes = desk.look("2026-12-02 14:00")
    assert {*kinds(changes)} == {"updated"}
    assert sorted(change.after.draft.step for change in changes) == sorted(["night-before-wash", *AHEAD])
    assert {change.before.send_at == change.after.send_at for change in changes if change.before} == {True}


def test_a_step_dropped_from_the_protocol() -> None:
    desk = maria_at("2026-12-02 14:00")
    desk.teach(replace(MILD, steps=tuple(step for step in MILD.steps if not step.name.startswith("last-"))))
    changes = desk.look("2026-12-02 14:00")
    assert story(changes)[-1] == "withdrawn last-clear-liquids/1: no longer in the protocol"
    assert {*kinds(changes[:-1])} == {"updated"}  # the steps after it have moved up
    assert desk.calls("2026-12-02 14:00") == []


# The guard.


def clinic_of(count: int) -> tuple[Patient, ...]:
    """Return patients with one procedure each, at 07:30 on December 3."""
    return tuple(replace(MARIA, id=f"P-{number}", phone=f"+17205550{number}") for number in range(101, 101 + count))


def guarded(desk: Desk, now: str, *, is_bare: bool = False) -> tuple[str, ...]:
    """Return why the changes wait for a person."""
    waiting = {record.draft.patient for record in desk.known.records if record.state in UNSENT}
    scales = Scales()
    scales.add(desk.preview(now))
    return why_wait(scales, Pending(len(waiting), is_empty=not desk.records), LIMITS, is_bare=is_bare)


def test_a_whole_folders_patients_gone_waits_for_a_person() -> None:
    desk = Desk(*clinic_of(10))
    desk.files = replace(desk.files, patients=desk.files.patients[:4])
    gone = "It would withdraw, move or hold texts of 6 patients, 60% of those with texts pending."
    assert guarded(desk, "2026-11-20 12:00") == (gone,)


def test_an_empty_folder_waits_for_a_person_even_for_one_patient() -> None:
    desk = Desk(MARIA)
    desk.empty()
    assert guarded(desk, "2026-11-20 12:00", is_bare=True) == ("The schedules folder is empty or missing.",)


def test_a_time_zone_mistyped_for_the_whole_clinic_waits_for_a_person() -> None:
    desk = Desk(*clinic_of(10))
    new_york = ZoneInfo("America/New_York")
    patients = tuple(
        replace(patient, time_zone=new_york, procedure=two_hours_earlier, arrival=two_hours_earlier)
        for patient, two_hours_earlier in ((patient, local("2026-12-03 05:30")) for patient in desk.files.patients)
    )
    desk.files = replace(desk.files, clinic=replace(desk.files.clinic, time_zone=new_york), patients=patients)
    moved = "It would withdraw, move or hold texts of 10 patients, 100% of those with texts pending."
    assert guarded(desk, "2026-11-20 12:00") == (moved,)


def test_a_year_mistyped_for_the_whole_clinic_waits_for_a_person() -> None:
    desk = Desk(*clinic_of(10))
    for patient in desk.files.patients:
        desk.edit(patient.id, procedure="2025-12-03 07:30")
    moved = "It would withdraw, move or hold texts of 10 patients, 100% of those with texts pending."
    assert guarded(desk, "2026-11-20 12:00") == (moved,)


def test_one_patient_moved_in_a_large_clinic_does_not_wait() -> None:
    desk = Desk(*clinic_of(10))
    desk.edit("P-105", procedure="2026-12-04 13:00")
    assert guarded(desk, "2026-11-20 12:00") == ()


def test_a_longer_fast_for_the_whole_clinic_waits_for_a_person() -> None:
    desk = Desk(*clinic_of(10))
    fasting = replace(MILD.orders["fasting"], default=parse_duration("9 hours"))
    desk.teach(replace(MILD, orders={**MILD.orders, "fasting": fasting}))
    assert len(guarded(desk, "2026-11-20 12:00")) == 1


def kinds(changes: Iterable[Change]) -> list[str]:
    return [change.kind.value for change in changes]


def steps(changes: Iterable[Change], booking: str, kind: str) -> list[str]:
    """Return the steps of one booking to which something happens, in the order of the alphabet."""
    return sorted(
        change.after.draft.step
        for change in changes
        if (change.after.draft.patient, change.kind.value) == (booking, kind)
    )
