"""Whose turn it is: by L over all, in plan order and at a pace for one phone."""

from datetime import datetime, timedelta

from notifier.core.delivery import Answer, AnswerKind
from notifier.core.lifecycle import State
from notifier.ledger.opening import Ledger
from tests.builders import NOON, a_draft, a_record
from tests.ledger.steps import GAP, LEASE, accepted, claim, due, due_keys, record_new, settle, states, told

MINUTE = timedelta(minutes=1)
JUST_AFTER = timedelta(microseconds=1)
KEY = "P-1042/last-meal/1"


def next_due(ledger: Ledger) -> datetime | None:
    with ledger.reading() as book:
        return book.next_due(GAP)


def test_a_message_is_due_from_its_send_time_on_and_not_before(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    assert due_keys(ledger, NOON - JUST_AFTER) == []
    [only] = due(ledger)
    draft = a_draft()
    assert (only.key, only.patient, only.to, only.send_at, only.latest) == (
        KEY,
        draft.patient,
        draft.to,
        NOON,
        draft.latest,
    )
    assert only.text == f"{draft.body} {draft.stop_line}"


def test_a_held_message_is_not_due(ledger: Ledger) -> None:
    record_new(ledger, a_record(state=State.HELD))
    assert due_keys(ledger) == []
    assert next_due(ledger) is None


def test_what_is_useful_for_the_shortest_time_goes_first(ledger: Ledger) -> None:
    hours = {"P-1": 3, "P-2": 1, "P-3": 2}
    phones = ["+17205550101", "+17205550102", "+17205550103"]
    record_new(
        ledger,
        *(
            a_record(patient=patient, to=phone, latest=NOON + timedelta(hours=hour))
            for (patient, hour), phone in zip(hours.items(), phones, strict=True)
        ),
    )
    assert [one.patient for one in due(ledger)] == ["P-2", "P-3", "P-1"]
    assert [one.patient for one in due(ledger, limit=2)] == ["P-2", "P-3"]


def test_texts_to_one_phone_go_in_plan_order_whatever_their_latest(ledger: Ledger) -> None:
    first = a_record(patient="A", step="wash", place=NOON - MINUTE, latest=NOON + timedelta(hours=9))
    second = a_record(patient="A", step="meal", position=1)
    third = a_record(patient="A", step="ride", position=2, latest=NOON + MINUTE)
    fourth = a_record(patient="B", step="meal", position=0)
    record_new(ledger, fourth, third, second, first)
    sent = []
    for turn in range(4):
        now = NOON + turn * GAP
        [attempt] = claim(ledger, now)
        settle(ledger, attempt, accepted(f"SM{turn}"), now=now)
        sent.append(attempt.key)
    assert sent == [first.key, second.key, third.key, fourth.key]


def test_two_texts_to_one_phone_are_a_gap_apart(ledger: Ledger) -> None:
    record_new(ledger, a_record(), a_record(step="other", position=5))
    [attempt] = claim(ledger)
    settle(ledger, attempt, accepted())
    assert due_keys(ledger, NOON + GAP - JUST_AFTER) == []
    assert next_due(ledger) == NOON + GAP
    assert due_keys(ledger, NOON + GAP) == ["P-1042/other/1"]


def test_nothing_goes_to_a_phone_while_another_text_to_it_is_claimed(ledger: Ledger) -> None:
    record_new(ledger, a_record(), a_record(step="other", position=5))
    [attempt] = claim(ledger)
    assert due_keys(ledger, NOON + LEASE) == []
    assert next_due(ledger) == NOON + LEASE
    settle(ledger, attempt, Answer(AnswerKind.IN_DOUBT, code="time-out"))
    assert due_keys(ledger, NOON + LEASE) == ["P-1042/other/1"]  # one in doubt blocks nothing


def test_a_message_past_its_latest_is_due_whatever_its_phone_does_and_blocks_no_other(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    claim(ledger)
    stale = a_record(step="a", position=1, place=NOON - 5 * MINUTE, latest=NOON - MINUTE)
    fresh = a_record(step="b", position=2, to="+17205550135")
    stale_too = a_record(step="c", position=1, to="+17205550135", place=NOON - 5 * MINUTE, latest=NOON - MINUTE)
    record_new(ledger, stale, fresh, stale_too)
    assert due_keys(ledger) == [stale.key, stale_too.key, fresh.key]
    assert next_due(ledger) == NOON - 5 * MINUTE


def test_a_waiting_text_is_looked_at_as_soon_as_its_latest_has_passed(ledger: Ledger) -> None:
    record_new(ledger, a_record(), a_record(step="other", position=5, latest=NOON + MINUTE / 3))
    [attempt] = claim(ledger)
    assert attempt.key == KEY
    assert next_due(ledger) == NOON + MINUTE / 3 + JUST_AFTER


def test_the_next_due_instant_looks_past_phones_that_were_just_texted(ledger: Ledger) -> None:
    record_new(
        ledger,
        a_record(),
        a_record(step="other", position=5),
        a_record(patient="P-2", to="+17205550135", place=NOON + GAP / 2),
        a_record(patient="P-3", to="+17205550136", place=NOON + GAP),
    )
    [attempt] = claim(ledger)
    settle(ledger, attempt, accepted())
    assert next_due(ledger) == NOON + GAP / 2


def test_an_empty_ledger_has_nothing_due(ledger: Ledger) -> None:
    assert due(ledger) == []
    assert next_due(ledger) is None


def test_a_postponed_message_waits_and_says_why(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    with ledger.writing() as book:
        assert book.postpone(KEY, NOON + MINUTE, "dispatch stopped", NOON)
    assert due_keys(ledger) == []
    assert next_due(ledger) == NOON + MINUTE
    assert due_keys(ledger, NOON + MINUTE) == [KEY]
    assert told(ledger)[-1] == ("postponed", "dispatch stopped")


def overtaken(ledger: Ledger, until: datetime, latest: datetime = NOON + timedelta(hours=4)) -> str:
    """Postpone a notice until then that a text to its phone follows a minute later; return that text's key."""
    text = a_record(place=NOON + MINUTE, latest=latest)
    record_new(ledger, a_record(step="procedure-moved", position=-1), text)
    [attempt] = claim(ledger)
    settle(ledger, attempt, Answer(AnswerKind.TEMPORARY, code="20429"), until)
    return text.key


def test_a_text_does_not_overtake_one_to_its_phone_that_is_tried_again(ledger: Ledger) -> None:
    overtaken(ledger, NOON + 3 * MINUTE)
    assert due_keys(ledger, NOON + 2 * MINUTE) == []
    assert next_due(ledger) == NOON + 3 * MINUTE
    assert due_keys(ledger, NOON + 3 * MINUTE) == ["P-1042/procedure-moved/1"]


def test_it_waits_for_ten_minutes_after_its_place_at_the_most(ledger: Ledger) -> None:
    key = overtaken(ledger, NOON + 20 * MINUTE)
    assert due_keys(ledger, NOON + 11 * MINUTE - JUST_AFTER) == []
    assert next_due(ledger) == NOON + 11 * MINUTE
    assert due_keys(ledger, NOON + 11 * MINUTE) == [key]


def test_it_does_not_wait_into_the_last_five_minutes_before_its_latest(ledger: Ledger) -> None:
    key = overtaken(ledger, NOON + 20 * MINUTE, latest=NOON + 8 * MINUTE)
    assert due_keys(ledger, NOON + 3 * MINUTE - JUST_AFTER) == []
    assert next_due(ledger) == NOON + 3 * MINUTE
    assert due_keys(ledger, NOON + 3 * MINUTE) == [key]


def test_nothing_is_postponed_past_its_latest(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    with ledger.writing() as book:
        book.postpone(KEY, NOON + timedelta(days=9), "carrier", NOON)
    assert next_due(ledger) == NOON + timedelta(hours=4) + JUST_AFTER


def test_a_replaced_message_has_its_new_send_time_and_reason(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    with ledger.writing() as book:
        assert book.replace(KEY, NOON + MINUTE, "late", NOON)
        assert book.messages("P-1042") == [a_record(send_at=NOON + MINUTE, reason="late")]
    assert next_due(ledger) == NOON + MINUTE
    assert told(ledger)[-1] == ("replaced", "late")


def test_what_is_claimed_is_neither_postponed_nor_replaced_nor_expired(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    claim(ledger)
    with ledger.writing() as book:
        assert not book.postpone(KEY, NOON + MINUTE, "carrier", NOON)
        assert not book.replace(KEY, NOON + MINUTE, "late", NOON)
        assert book.expire([KEY], "too late", NOON) == 0
    assert states(ledger) == [State.CLAIMED]
    assert told(ledger)[-1] == ("claimed", None)


def test_planned_and_held_messages_expire_with_a_reason(ledger: Ledger) -> None:
    held = a_record(step="other", state=State.HELD)
    record_new(ledger, a_record(), held)
    with ledger.writing() as book:
        assert book.expire([KEY, held.key, "P-9/none/1"], "too late", NOON) == 2
        assert {(record.state, record.reason) for record in book.messages("P-1042")} == {(State.EXPIRED, "too late")}
    assert told(ledger)[-2:] == [("expired", "too late")] * 2


def test_a_clock_that_was_ahead_for_a_moment_holds_nothing_back(ledger: Ledger) -> None:
    hour = timedelta(hours=1)
    record_new(ledger, a_record(step="first", position=1), a_record(step="second", position=2))
    [ahead] = claim(ledger, NOON + hour)
    settle(ledger, ahead, Answer(AnswerKind.TEMPORARY, code="20429"), NOON + 2 * hour, NOON + hour)
    assert due_keys(ledger, NOON) == []
    with ledger.writing() as book:
        book.heed_clock(NOON)
    assert due_keys(ledger, NOON + GAP) == ["P-1042/first/1"]


def test_a_clock_that_was_ahead_lets_nothing_go_before_its_place(ledger: Ledger) -> None:
    hour = timedelta(hours=1)
    record_new(ledger, a_record(place=NOON + hour))
    [ahead] = claim(ledger, NOON + hour)
    settle(ledger, ahead, Answer(AnswerKind.TEMPORARY, code="20429"), NOON + 2 * hour, NOON + hour)
    with ledger.writing() as book:
        book.heed_clock(NOON)
    assert next_due(ledger) == NOON + hour


def test_receipts_that_were_asked_for_while_the_clock_was_ahead_are_asked_for_again(ledger: Ledger) -> None:
    hour = timedelta(hours=1)
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    settle(ledger, attempt, accepted(), now=NOON + hour)
    with ledger.writing() as book:
        assert book.awaiting_receipts(NOON, NOON, 10) == []
        book.heed_clock(NOON)
        assert [key for key, _ in book.awaiting_receipts(NOON, NOON, 10)] == [attempt.key]


def test_a_clock_that_goes_right_changes_nothing(ledger: Ledger) -> None:
    minute = timedelta(minutes=1)
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    settle(ledger, attempt, Answer(AnswerKind.TEMPORARY, code="20429"), NOON + minute)
    with ledger.writing() as book:
        book.heed_clock(NOON)
    assert due_keys(ledger, NOON + minute / 2) == []
    assert due_keys(ledger, NOON + minute) == [attempt.key]
