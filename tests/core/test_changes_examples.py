"""What a nurse sees when a schedule changes: worked examples of section 5, for Maria, Thursday December 3 at 07:30.

She arrives at 06:30. Until then she gets: welcome (Tue Nov 3), prepare (Thu Nov 26), ride-and-clothes (Tue Dec 1
10:00), last-meal (Wed 13:30), night-before-wash (Wed 19:00), last-clear-liquids (Thu 05:00), morning-wash (Thu 05:10).
"""

from notifier.core.delivery import Change
from notifier.core.expressions import parse_duration
from notifier.core.lifecycle import State
from notifier.core.model import PatientStatus
from notifier.core.planning import plan
from notifier.core.reconcile import left_out
from tests.core.clinics import a_patient, local
from tests.core.desk import Desk, story

MARIA = a_patient(procedure="2026-12-03 07:30", arrival="2026-12-03 06:30")
AFTERWARDS = ("after-care", "keep-dry-ends", "lifting-ends", "recovery", "therapy-starts")
WEDNESDAY_EVENING = "2026-12-02 20:30"
ALL_BUT_THE_MORNING = ["welcome/1", "prepare/1", "ride-and-clothes/1", "last-meal/1", "night-before-wash/1"]


def maria_at(now: str, desk: Desk | None = None) -> Desk:
    """Return the desk when everything due by then has been delivered."""
    desk = desk or Desk(MARIA)
    desk.pass_until(now)
    return desk


def before_procedure(changes: list[Change]) -> list[str]:
    """Tell changes without what follows the procedure anyway: the texts about the time after it."""
    return story(change for change in changes if change.after.draft.step not in AFTERWARDS)


# The procedure moves.


def test_moved_from_thursday_0730_to_friday_1300_on_wednesday_at_2030() -> None:
    desk = Desk(MARIA)
    assert desk.pass_until(WEDNESDAY_EVENING) == ALL_BUT_THE_MORNING
    desk.edit(procedure="2026-12-04 13:00")
    assert story(desk.look(WEDNESDAY_EVENING)) == [
        "new procedure-moved/1: Wed Dec 02 20:33",
        "new last-meal/2: Thu Dec 03 19:00",
        "new night-before-wash/2: Thu Dec 03 19:00",
        "updated morning-wash/1: Thu Dec 03 05:10 -> Fri Dec 04 06:30",
        "updated last-clear-liquids/1: Thu Dec 03 05:00 -> Fri Dec 04 10:00",
        "updated after-care/1: Thu Dec 03 14:30 -> Fri Dec 04 20:00",
        "updated keep-dry-ends/1: Sat Dec 05 08:30 -> Sun Dec 06 14:00",
        "updated lifting-ends/1: Sat Dec 05 08:30 -> Sun Dec 06 14:00",
        "updated recovery/1: Thu Dec 17 10:00 -> Fri Dec 18 10:00",
        "updated therapy-starts/1: Thu Dec 31 10:00 -> Fri Jan 01 10:00",
    ]
    assert desk.bodies()[:3] == [
        "Wed Dec 02 20:33 New time: arrive by Fri, Dec 4, 12:00 PM, procedure at 1:00 PM. Forget earlier times.",
        "Thu Dec 03 19:00 Finish your last meal by Fri, Dec 4, 5:00 AM; clear liquids until Fri, Dec 4, 11:00 AM.",
        "Thu Dec 03 19:00 Wash on the evening of Thu, Dec 3.",
    ]
    # Whoever has read Thursday has to know better by then.
    assert desk.calls(WEDNESDAY_EVENING) == ["P-1042: procedure moved, by Thu Dec 03 07:30"]
    assert desk.window("procedure-moved") == "Wed Dec 02 20:33 to Thu Dec 03 07:30"


def test_what_was_sent_and_is_wrong_now_is_left_out_where_it_would_be_late_and_is_not_critical() -> None:
    desk = maria_at(WEDNESDAY_EVENING)
    desk.edit(procedure="2026-12-04 13:00")
    late = left_out(desk.files, plan(desk.files, local(WEDNESDAY_EVENING)), desk.known)
    assert {message.draft.step for message in late} == {"welcome", "prepare", "ride-and-clothes"}


def test_moved_3_hours_earlier_on_the_morning() -> None:
    desk = maria_at("2026-12-03 04:00")
    desk.edit(procedure="2026-12-03 04:30")
    assert before_procedure(desk.look("2026-12-03 04:00")) == [
        "new procedure-moved-call/1: Thu Dec 03 04:03",
        "expired last-meal/2: too-late",
        "expired morning-wash/1: too-late",
        "expired last-clear-liquids/1: too-late",
    ]
    assert desk.window("procedure-moved-call") == "Thu Dec 03 04:03 to Thu Dec 03 04:30"
    assert desk.calls("2026-12-03 04:00") == [
        "P-1042: procedure moved, by Thu Dec 03 04:30",
        "P-1042: too late for the text (last-clear-liquids/1), by Thu Dec 03 04:30",
        "P-1042: too late for the text (last-meal/2), by Thu Dec 03 04:30",
        "P-1042: too late for the text (morning-wash/1), by Thu Dec 03 04:30",
    ]


def test_moved_3_hours_later_at_0510() -> None:
    desk = Desk(MARIA)
    assert desk.pass_until("2026-12-03 05:10")[5:] == ["last-clear-liquids/1", "morning-wash/1"]
    desk.edit(procedure="2026-12-03 10:30")
    # The last meal would have been at 02:30: she keeps to what she was told, and a person calls.
    assert before_procedure(desk.look("2026-12-03 05:10")) == [
        "new procedure-moved-call/1: Thu Dec 03 05:13",
        "new morning-wash/2: Thu Dec 03 06:30",
        "new last-clear-liquids/2: Thu Dec 03 07:30",
        "expired last-meal/2: too-late",
    ]
    assert desk.bodies()[0] == (
        "Thu Dec 03 05:13 Your procedure is now Thu, Dec 3, 10:30 AM. Keep to what we told you. "
        "Do not eat or drink until we call."
    )
    assert desk.calls("2026-12-03 05:10") == [
        "P-1042: procedure moved, by Thu Dec 03 07:30",
        "P-1042: too late for the text (last-meal/2), by Thu Dec 03 08:30",
    ]


def test_moved_by_10_minutes_twice() -> None:
    desk = maria_at(WEDNESDAY_EVENING)
    desk.edit(procedure="2026-12-03 07:40")
    assert before_procedure(desk.look(WEDNESDAY_EVENING)) == [
        "updated last-clear-liquids/1: Thu Dec 03 05:00",
        "updated morning-wash/1: Thu Dec 03 05:10 -> Thu Dec 03 05:20",
    ]
    assert desk.calls(WEDNESDAY_EVENING) == []
    desk.edit(procedure="2026-12-03 07:50")
    # What she was told is 20 minutes off by now; the new text waits for the notice.
    assert before_procedure(desk.look("2026-12-02 20:40")) == [
        "new procedure-moved/1: Wed Dec 02 20:43",
        "new last-meal/2: Wed Dec 02 20:43",
        "updated last-clear-liquids/1: Thu Dec 03 05:00",
        "updated morning-wash/1: Thu Dec 03 05:20 -> Thu Dec 03 05:30",
    ]
    assert desk.calls("2026-12-02 20:40") == ["P-1042: procedure moved, by Thu Dec 03 07:30"]


def test_moved_on_the_wrong_row_and_put_right_within_three_minutes() -> None:
    desk = maria_at(WEDNESDAY_EVENING)
    before = desk.waiting()
    desk.edit(procedure="2026-12-04 13:00")
    desk.look(WEDNESDAY_EVENING)
    desk.edit(procedure="2026-12-03 07:30")
    assert before_procedure(desk.look("2026-12-02 20:32")) == [
        "withdrawn procedure-moved/1: undone",
        "withdrawn last-meal/2: what was sent is right",
        "withdrawn night-before-wash/2: what was sent is right",
        "updated last-clear-liquids/1: Fri Dec 04 10:00 -> Thu Dec 03 05:00",
        "updated morning-wash/1: Fri Dec 04 06:30 -> Thu Dec 03 05:10",
    ]
    assert desk.waiting() == before
    assert desk.calls("2026-12-02 20:32") == []


def test_moved_again_while_the_notice_waits_gives_one_notice_with_its_first_grace() -> None:
    desk = maria_at(WEDNESDAY_EVENING)
    desk.edit(procedure="2026-12-04 13:00")
    desk.look(WEDNESDAY_EVENING)
    desk.edit(procedure="2026-12-04 14:00")
    assert before_procedure(desk.look("2026-12-02 20:32"))[0] == "updated procedure-moved/1: Wed Dec 02 20:33"
    assert desk.bodies()[0].startswith("Wed Dec 02 20:33 New time: arrive by Fri, Dec 4, 1:00 PM")


def test_moved_beyond_the_last_meal_although_its_text_has_not_gone() -> None:
    desk = maria_at("2026-12-01 22:30")  # the last meal is Wednesday's, and now it is tonight's
    desk.edit(procedure="2026-12-02 07:30")
    assert before_procedure(desk.look("2026-12-01 22:30")) == [
        "new procedure-moved-call/1: Tue Dec 01 22:33",
        "updated last-clear-liquids/1: Thu Dec 03 05:00 -> Wed Dec 02 05:00",
        "updated morning-wash/1: Thu Dec 03 05:10 -> Wed Dec 02 05:10",
        "expired last-meal/1: too-late",
        "expired night-before-wash/1: too-late",
    ]


def test_moved_far_ahead_at_night_the_notice_waits_for_the_morning() -> None:
    desk = maria_at("2026-11-10 22:00")
    desk.edit(procedure="2026-12-10 07:30")
    assert story(desk.look("2026-11-10 22:00"))[0] == "new procedure-moved/1: Wed Nov 11 08:00"


def test_a_text_made_late_by_a_move_waits_for_the_notice() -> None:
    desk = maria_at("2026-12-02 11:00")
    desk.edit(procedure="2026-12-03 04:30")
    # Her last meal is at 20:30 now, its text was due at 10:30, and "forget earlier times" must not follow it.
    assert before_procedure(desk.look("2026-12-02 11:00"))[:2] == [
        "new procedure-moved/1: Wed Dec 02 11:03",
        "updated last-meal/1: Wed Dec 02 13:30 -> Wed Dec 02 11:03",
    ]


def test_a_correction_that_cannot_wait_for_the_notice_goes_before_it() -> None:
    desk = maria_at(WEDNESDAY_EVENING)
    desk.edit(procedure="2026-12-03 06:01")  # the last meal is at 22:01, and its text useful until 20:31
    assert before_procedure(desk.look(WEDNESDAY_EVENING))[:2] == [
        "new procedure-moved/1: Wed Dec 02 20:33",
        "new last-meal/2: Wed Dec 02 20:30",
    ]


def test_a_correction_that_would_ring_at_night_after_the_notice_waits_for_the_morning() -> None:
    a_day = {"blood-thinner": parse_duration("24 hours")}
    desk = maria_at("2026-12-02 20:58", Desk(a_patient(procedure="2026-12-03 07:30", orders=a_day)))
    desk.edit(procedure="2026-12-05 07:30")
    found = before_procedure(desk.look("2026-12-02 20:58"))
    assert found[0] == "new procedure-moved/1: Wed Dec 02 21:01"  # whoever comes on Thursday has to know tonight
    assert "new blood-thinner/2: Thu Dec 03 08:00" in found  # from Friday 07:30 on


def test_only_the_arrival_moves() -> None:
    desk = maria_at(WEDNESDAY_EVENING)
    desk.edit(arrival="2026-12-03 06:15")
    # The wash has to come before 05:00 now, which is quiet, and so comes before the night.
    assert before_procedure(desk.look(WEDNESDAY_EVENING)) == [
        "new procedure-moved/1: Wed Dec 02 20:33",
        "updated morning-wash/1: Thu Dec 03 05:10 -> Wed Dec 02 20:59",
        "updated last-clear-liquids/1: Thu Dec 03 05:00",
    ]


# The procedure is called off.


def test_cancelled_at_0510_on_the_day() -> None:
    desk = maria_at("2026-12-03 05:10")
    desk.edit(status=PatientStatus.CANCELLED)
    assert story(desk.look("2026-12-03 05:10")) == [
        "new procedure-cancelled/1: Thu Dec 03 05:13",
        *[f"withdrawn {step}/1: cancelled" for step in AFTERWARDS],
    ]
    assert desk.window("procedure-cancelled") == "Thu Dec 03 05:13 to Thu Dec 03 07:30"
    assert desk.bodies() == ["Thu Dec 03 05:13 Your procedure on Thu, Dec 3, 7:30 AM is canceled."]
    assert desk.calls("2026-12-03 05:10") == ["P-1042: procedure cancelled, by Thu Dec 03 07:30"]


def test_cancelled_on_the_wrong_row_and_put_right_within_three_minutes() -> None:
    desk = maria_at(WEDNESDAY_EVENING)
    desk.edit(status=PatientStatus.CANCELLED)
    assert before_procedure(desk.look(WEDNESDAY_EVENING)) == [
        "new procedure-cancelled/1: Wed Dec 02 20:33",
        "withdrawn morning-wash/1: cancelled",
        "withdrawn last-clear-liquids/1: cancelled",
    ]
    desk.edit(status=PatientStatus.BOOKED)
    assert before_procedure(desk.look("2026-12-02 20:32")) == [
        "withdrawn procedure-cancelled/1: undone",
        "new last-clear-liquids/2: Thu Dec 03 05:00",
        "new morning-wash/2: Thu Dec 03 05:10",
    ]
    assert desk.calls("2026-12-02 20:32") == []


def test_cancelled_texted_and_booked_again() -> None:
    desk = maria_at("2026-12-01 15:00")
    desk.edit(status=PatientStatus.CANCELLED)
    desk.look("2026-12-01 15:00")
    assert desk.pass_until("2026-12-02 12:00") == ["procedure-cancelled/1"]
    assert desk.look("2026-12-02 12:00") == []
    desk.edit(status=PatientStatus.BOOKED)
    assert before_procedure(desk.look("2026-12-02 12:00")) == [
        "new procedure-moved/1: Wed Dec 02 12:03",
        "new last-meal/2: Wed Dec 02 13:30",
        "new night-before-wash/2: Wed Dec 02 19:00",
        "new last-clear-liquids/2: Thu Dec 03 05:00",
        "new morning-wash/2: Thu Dec 03 05:10",
    ]
    assert "procedure-moved/1" in desk.pass_until("2026-12-02 14:00")
    assert desk.look("2026-12-02 14:00") == []


def test_cancelled_before_any_text_went_needs_no_notice() -> None:
    desk = Desk(MARIA)
    desk.edit(status=PatientStatus.CANCELLED)
    assert [line.split()[0] for line in story(desk.look("2026-11-02 09:00"))] == ["withdrawn"] * 12


def test_a_no_show_after_the_procedure_needs_no_notice() -> None:
    desk = maria_at("2026-12-03 08:00")
    desk.edit(status=PatientStatus.NO_SHOW)
    assert story(desk.look("2026-12-03 08:00")) == [f"withdrawn {step}/1: no-show" for step in AFTERWARDS]
    assert desk.calls("2026-12-03 08:00") == []


# An order changes.


def test_lifting_from_48_to_24_hours_after_the_after_care_text() -> None:
    desk = maria_at("2026-12-03 16:00")
    desk.edit(orders={"lifting": parse_duration("24 hours")})
    assert story(desk.look("2026-12-03 16:00")) == [
        "new after-care/2: Thu Dec 03 16:00",
        "updated lifting-ends/1: Sat Dec 05 08:30 -> Fri Dec 04 08:30",
    ]
    assert desk.bodies()[0] == "Thu Dec 03 16:00 No lifting until Fri, Dec 4, 8:30 AM."
    assert desk.calls("2026-12-03 16:00") == []


def test_a_longer_fast_too_late_to_be_texted_is_for_a_person() -> None:
    desk = maria_at(WEDNESDAY_EVENING)
    desk.edit(orders={"fasting": parse_duration("12 hours")})
    assert story(desk.look(WEDNESDAY_EVENING)) == ["expired last-meal/2: too-late"]
    assert desk.calls(WEDNESDAY_EVENING) == ["P-1042: too late for the text (last-meal/2), by Thu Dec 03 05:30"]
    desk.edit(orders={})
    assert desk.look("2026-12-02 20:35") == []
    assert desk.calls("2026-12-02 20:35") == []


def test_the_order_behind_a_text_becomes_none_after_it_went() -> None:
    three_days = {"blood-thinner": parse_duration("72 hours")}
    desk = maria_at("2026-11-29 12:00", Desk(a_patient(orders=three_days)))
    assert desk.records["P-1042/blood-thinner/1"].state is State.DELIVERED
    desk.edit(orders={})
    # Nothing can be texted instead, and "pause it from Monday" still stands on her phone.
    assert story(desk.look("2026-11-29 12:00")) == ["expired blood-thinner/2: no order"]
    assert desk.calls("2026-11-29 12:00") == ["P-1042: the text no longer holds (blood-thinner/2), by Thu Dec 03 07:30"]
    desk.edit(orders=three_days)
    assert desk.look("2026-11-29 12:05") == []
    assert desk.calls("2026-11-29 12:05") == []
