"""A claim is written before the request, its answer after, and neither is ever taken for more than it says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from notifier.core.delivery import NOT_BEGUN, Answer, AnswerKind, Attempt
from notifier.core.lifecycle import State
from notifier.core.reconcile import MISSED
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import PastAttempt
from tests.builders import NOON, a_draft, a_record
from tests.ledger.steps import GAP, LEASE, accepted, claim, due, due_keys, record_new, settle, states, told

KEY = "P-1042/last-meal/1"
MINUTE = timedelta(minutes=1)


def without_lease(attempt: Attempt) -> Attempt:
    """Return what is told of an attempt later: its lease is over."""
    return replace(attempt, lease_until=None)


def past_attempts(ledger: Ledger) -> list[PastAttempt]:
    with ledger.reading() as book:
        return book.attempts("P-1042")


def test_a_claim_says_what_will_be_sent_to_whom_and_until_when(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    draft = a_draft()
    text = f"{draft.body} {draft.stop_line}"
    assert attempt == Attempt(attempt.id, KEY, draft.to, text, NOON + timedelta(hours=4), 1, NOON + LEASE)
    assert past_attempts(ledger) == [PastAttempt(without_lease(attempt), NOON, None, None)]
    assert states(ledger) == [State.CLAIMED]
    assert told(ledger) == [("new", None), ("claimed", None)]


def test_claims_come_back_in_the_order_they_were_asked_for(ledger: Ledger) -> None:
    record_new(
        ledger,
        *(
            a_record(patient=f"P-{number}", to=f"+172055501{number:02}", latest=NOON + (60 - number) * MINUTE)
            for number in range(50)
        ),
    )
    asked = due_keys(ledger)
    attempts = claim(ledger)
    assert [attempt.key for attempt in attempts] == asked
    assert [attempt.to[-2:] for attempt in attempts] == [f"{number:02}" for number in reversed(range(50))]


def test_what_was_claimed_or_has_passed_its_latest_cannot_be_claimed(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    seen = due(ledger)
    with ledger.writing() as book:
        assert book.claim([], NOON, LEASE) == []
        assert book.claim(seen, NOON + timedelta(hours=4, microseconds=1), LEASE) == []
        assert len(book.claim(seen, NOON + timedelta(hours=4), LEASE)) == 1
        assert book.claim(seen, NOON, LEASE) == []
    assert len(past_attempts(ledger)) == 1


@pytest.mark.parametrize(
    ("answer", "state", "what"),
    [
        (accepted(), State.ACCEPTED, "accepted"),
        (Answer(AnswerKind.REFUSED, code="21614"), State.REFUSED, "refused"),
        (Answer(AnswerKind.OPTED_OUT, code="21610"), State.REFUSED, "refused"),
        (Answer(AnswerKind.TEMPORARY, code="20429"), State.PLANNED, "postponed"),
        (Answer(AnswerKind.CONFIGURATION, code="20003"), State.PLANNED, "postponed"),
        (Answer(AnswerKind.STALE, code="30036"), State.EXPIRED, "expired"),
        (Answer(AnswerKind.IN_DOUBT, code="time-out"), State.IN_DOUBT, "in-doubt"),
    ],
)
def test_an_answer_leads_where_the_lifecycle_says(ledger: Ledger, answer: Answer, state: State, what: str) -> None:
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    settle(ledger, attempt, answer, NOON + MINUTE, NOON + MINUTE / 2)
    assert states(ledger) == [state]
    assert told(ledger)[-1] == (what, answer.code)
    assert past_attempts(ledger) == [PastAttempt(without_lease(attempt), NOON, NOON + MINUTE / 2, answer)]


def test_a_message_that_the_provider_let_expire_has_missed_its_window(ledger: Ledger) -> None:
    record_new(ledger, a_record(reason="late"))
    [attempt] = claim(ledger)
    settle(ledger, attempt, Answer(AnswerKind.STALE, code="30036"))
    with ledger.reading() as book:
        assert [record.reason for record in book.messages("P-1042")] == [MISSED]


def test_a_claim_and_its_answer_leave_the_reason_of_a_late_text(ledger: Ledger) -> None:
    record_new(ledger, a_record(reason="late"))
    [attempt] = claim(ledger)
    settle(ledger, attempt, accepted())
    with ledger.reading() as book:
        assert [(record.reason, record.sent_at) for record in book.messages("P-1042")] == [("late", NOON)]


def test_a_postponed_message_is_tried_again_at_the_instant_given_as_its_next_attempt(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    [first] = claim(ledger)
    settle(ledger, first, Answer(AnswerKind.TEMPORARY, code="20429"), NOON + 5 * MINUTE)
    assert due(ledger, NOON + 4 * MINUTE) == []
    [again] = due(ledger, NOON + 5 * MINUTE)
    assert again.send_at == NOON
    [second] = claim(ledger, NOON + 5 * MINUTE)
    assert second.ordinal == 2


@pytest.mark.parametrize("spared", [NOT_BEGUN, Answer(AnswerKind.CONFIGURATION, code="20003")])
def test_what_was_called_back_or_met_a_mistake_of_ours_is_no_try(ledger: Ledger, spared: Answer) -> None:
    """Its ordinal stands, since receipts carry it; the wait for the next try does not grow by it."""
    record_new(ledger, a_record(), a_record(patient="P-7", to="+13035550112"))
    seen: list[list[tuple[int, int]]] = []
    for minute, answer in enumerate((spared, Answer(AnswerKind.TEMPORARY, code="20429"), spared, spared)):
        both = claim(ledger, NOON + minute * MINUTE)
        seen.append([(attempt.ordinal, attempt.tries) for attempt in both])
        for attempt in both:
            settle(ledger, attempt, answer, NOON)
    assert seen == [[(1, 1)] * 2, [(2, 1)] * 2, [(3, 2)] * 2, [(4, 2)] * 2]


def test_no_next_try_lies_past_the_latest(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    settle(ledger, attempt, Answer(AnswerKind.TEMPORARY, code="20429"), NOON + timedelta(days=1))
    with ledger.reading() as book:
        assert book.next_due(GAP) == NOON + timedelta(hours=4, microseconds=1)


def test_a_postponement_without_an_instant_is_a_mistake_and_writes_nothing(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    with pytest.raises(ValueError, match="needs the instant"):
        settle(ledger, attempt, Answer(AnswerKind.TEMPORARY))
    assert states(ledger) == [State.CLAIMED]
    assert past_attempts(ledger)[0].answer is None


def test_no_answers_are_nothing_to_write(ledger: Ledger) -> None:
    with ledger.writing() as book:
        book.settle([], NOON)
        assert book.is_empty()


def test_doubt_that_is_settled_in_the_same_batch_ends_where_the_last_answer_says(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    with ledger.writing() as book:
        book.settle([(attempt, Answer(AnswerKind.IN_DOUBT, code="time-out"), None), (attempt, accepted(), None)], NOON)
    assert states(ledger) == [State.ACCEPTED]
    assert told(ledger)[-2:] == [("in-doubt", "time-out"), ("accepted", None)]


def test_an_answer_after_a_final_state_moves_nothing(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    settle(ledger, attempt, Answer(AnswerKind.REFUSED, code="21610"))
    before = told(ledger)
    settle(ledger, attempt, accepted())
    assert states(ledger) == [State.REFUSED]
    assert told(ledger) == before
    assert past_attempts(ledger)[0].answer == accepted()  # what the provider said is kept all the same


def test_a_late_answer_to_an_earlier_attempt_does_not_free_the_message_for_a_third(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    busy = Answer(AnswerKind.TEMPORARY, code="20429")
    [first] = claim(ledger)
    settle(ledger, first, busy, NOON + MINUTE)
    claim(ledger, NOON + MINUTE)
    settle(ledger, first, busy, NOON + 2 * MINUTE)
    assert states(ledger) == [State.CLAIMED]


def test_a_claim_whose_lease_ran_out_is_in_doubt_and_never_due_again(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    claim(ledger)
    with ledger.writing() as book:
        assert book.doubt_abandoned(NOON + LEASE - timedelta(microseconds=1)) == 0
        assert book.doubt_abandoned(NOON + LEASE) == 1
        assert book.doubt_abandoned(NOON + LEASE) == 0
    assert states(ledger) == [State.IN_DOUBT]
    assert due_keys(ledger, NOON + timedelta(hours=1)) == []
    assert told(ledger)[-1] == ("in-doubt", "lease ran out")


def test_a_claim_of_a_process_that_is_gone_need_not_wait_for_its_lease(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    claim(ledger)
    with ledger.writing() as book:
        assert book.doubt_abandoned(NOON, by_the_dead=True) == 1
    assert states(ledger) == [State.IN_DOUBT]
    assert told(ledger)[-1] == ("in-doubt", "left by a crash")


def test_an_answer_after_the_lease_ran_out_still_counts(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    with ledger.writing() as book:
        book.doubt_abandoned(NOON + LEASE)
    settle(ledger, attempt, accepted(), now=NOON + 2 * LEASE)
    assert states(ledger) == [State.ACCEPTED]


def test_the_stop_line_is_wanted_until_a_text_with_it_was_accepted_for_the_phone(ledger: Ledger) -> None:
    steps = ["a", "b", "c", "d"]
    record_new(ledger, *(a_record(step=step, position=position) for position, step in enumerate(steps)))
    answers = [Answer(AnswerKind.REFUSED, code="30007"), Answer(AnswerKind.IN_DOUBT, code="reset"), accepted()]
    carried = []
    for turn, answer in enumerate([*answers, accepted("SM2")]):
        now = NOON + turn * GAP
        [attempt] = claim(ledger, now)
        settle(ledger, attempt, answer, now=now)
        carried.append(attempt.text.endswith("HELP for help."))
    assert carried == [True, True, True, False]


def test_the_stop_line_is_told_to_every_phone_of_its_own(ledger: Ledger) -> None:
    record_new(ledger, a_record(), a_record(patient="P-2", to="+17205550135", place=NOON + GAP))
    [first] = claim(ledger)
    settle(ledger, first, accepted())
    assert [one.wants_stop_line for one in due(ledger, NOON + GAP)] == [True]


def claim_and_stumble(ledger: Ledger) -> None:
    with ledger.writing() as book:
        book.claim(book.due(NOON, 1, GAP), NOON, LEASE)
        raise ZeroDivisionError


def test_a_transaction_that_fails_leaves_neither_state_nor_event(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    with pytest.raises(ZeroDivisionError):
        claim_and_stumble(ledger)
    assert states(ledger) == [State.PLANNED]
    assert told(ledger) == [("new", None)]
    assert past_attempts(ledger) == []
