"""What the provider says later: in any order, any number of times, and never past a final state."""

from datetime import datetime, timedelta

import pytest

from notifier.core.delivery import NOT_BEGUN, Answer, AnswerKind, Receipt
from notifier.core.lifecycle import State
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import Taken
from tests.builders import NOON, a_record
from tests.ledger.steps import accepted, claim, due_keys, record_new, settle, states, told

HOUR, JUST = timedelta(hours=1), timedelta(microseconds=1)
KEY = "P-1042/last-meal/1"


@pytest.fixture
def taken(ledger: Ledger) -> Ledger:
    """A ledger with one message that the provider has accepted as SM1."""
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    settle(ledger, attempt, accepted())
    return ledger


def receive(
    ledger: Ledger,
    status: str,
    sid: str = "SM1",
    *,
    code: str | None = None,
    verdict: AnswerKind | None = None,
    key: str | None = None,
    ordinal: int | None = None,
) -> State | None:
    with ledger.writing() as book:
        taken = book.take_receipt(Receipt(sid, status, code, verdict, key, ordinal), NOON)
        return None if taken is None else taken.state


def awaiting(ledger: Ledger, before: datetime, limit: int = 10, now: datetime | None = None) -> list[tuple[str, str]]:
    with ledger.reading() as book:
        return book.awaiting_receipts(now or before, before, limit)


def test_receipts_lead_to_delivered(taken: Ledger) -> None:
    assert receive(taken, "sent") is State.SENT
    assert receive(taken, "delivered") is State.DELIVERED
    assert states(taken) == [State.DELIVERED]
    assert told(taken)[-2:] == [("sent", None), ("delivered", None)]


def test_a_failure_is_told_with_its_code(taken: Ledger) -> None:
    assert receive(taken, "undelivered", code="30003") is State.UNDELIVERED
    assert told(taken)[-1] == ("undelivered", "30003")


def test_a_failure_that_overtakes_the_answer_still_has_the_text_sent_again(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    failed = receive(ledger, "undelivered", code="30003", verdict=AnswerKind.TEMPORARY, key=KEY, ordinal=1)
    assert failed is State.PLANNED
    settle(ledger, attempt, accepted())
    assert states(ledger) == [State.PLANNED]
    assert due_keys(ledger, NOON + timedelta(minutes=1)) == [KEY]


@pytest.mark.parametrize("status", ["delivered", "sent", "failed"])
def test_nothing_leaves_a_final_state(taken: Ledger, status: str) -> None:
    receive(taken, "delivered")
    before = told(taken)
    assert receive(taken, status) is None
    assert states(taken) == [State.DELIVERED]
    assert told(taken) == before


@pytest.mark.parametrize("receipt", [("SM1", "queued"), ("SM1", "a word of tomorrow"), ("SM9", "delivered")])
def test_a_receipt_that_says_nothing_of_ours_changes_nothing(taken: Ledger, receipt: tuple[str, str]) -> None:
    sid, status = receipt
    assert receive(taken, status, sid) is None
    assert states(taken) == [State.ACCEPTED]


def test_messages_without_a_final_receipt_are_asked_about_again_after_a_while(taken: Ledger) -> None:
    assert awaiting(taken, NOON - JUST) == []
    assert awaiting(taken, NOON) == [(KEY, "SM1")]
    with taken.writing() as book:
        book.looked_at([KEY], NOON + HOUR)
    assert awaiting(taken, NOON + HOUR - JUST) == []
    receive(taken, "sent")
    assert awaiting(taken, NOON + HOUR) == [(KEY, "SM1")]
    receive(taken, "delivered")
    assert awaiting(taken, NOON + 9 * HOUR) == []


def test_the_longer_a_receipt_is_awaited_the_more_rarely_it_is_asked_for(taken: Ledger) -> None:
    with taken.writing() as book:
        book.looked_at([KEY], NOON + 8 * HOUR)
    assert awaiting(taken, NOON + 9 * HOUR, now=NOON + 10 * HOUR) == []
    assert awaiting(taken, NOON + 9 * HOUR, now=NOON + 11 * HOUR) == [(KEY, "SM1")]


def test_without_a_final_receipt_in_a_day_nobody_will_know(taken: Ledger) -> None:
    day = timedelta(days=1)
    with taken.writing() as book:
        assert book.give_up_waiting(NOON + day - JUST) == []
        assert book.give_up_waiting(NOON + day) == [KEY]
    assert states(taken) == [State.UNCONFIRMED]
    assert receive(taken, "delivered") is None


def test_a_text_that_did_not_arrive_now_waits_for_its_next_try(taken: Ledger) -> None:
    again = receive(taken, "undelivered", code="30003", verdict=AnswerKind.TEMPORARY)
    assert again is State.PLANNED
    assert told(taken)[-1] == ("postponed", "30003")
    assert due_keys(taken, NOON + timedelta(seconds=29)) == []
    assert due_keys(taken, NOON + timedelta(seconds=30)) == [KEY]


def test_attempts_that_were_called_back_make_the_wait_for_the_next_try_no_longer(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    for _ in range(3):
        [attempt] = claim(ledger)
        settle(ledger, attempt, NOT_BEGUN, NOON)
    [attempt] = claim(ledger)
    settle(ledger, attempt, accepted())
    receive(ledger, "undelivered", code="30003", verdict=AnswerKind.TEMPORARY)
    assert due_keys(ledger, NOON + timedelta(seconds=30)) == [KEY]


def test_what_comes_late_of_an_attempt_that_failed_does_not_bring_it_back(taken: Ledger) -> None:
    receive(taken, "undelivered", code="30003", verdict=AnswerKind.TEMPORARY)
    for status in ("sent", "queued", "delivered", "undelivered"):
        assert receive(taken, status) is None
    assert states(taken) == [State.PLANNED]


def test_the_next_try_has_a_name_and_receipts_of_its_own(taken: Ledger) -> None:
    receive(taken, "undelivered", code="30003", verdict=AnswerKind.TEMPORARY)
    [attempt] = claim(taken, NOON + HOUR)
    settle(taken, attempt, accepted("SM2"))
    assert receive(taken, "sent", "SM1") is None
    assert receive(taken, "delivered", "SM2") is State.DELIVERED


def test_a_phone_that_has_opted_out_at_the_provider_is_known_from_a_receipt(taken: Ledger) -> None:
    assert receive(taken, "failed", code="21610", verdict=AnswerKind.OPTED_OUT) is State.REFUSED
    with taken.reading() as book:
        assert book.opted_out() == {"+17205550134"}
        assert [record.reason for record in book.messages("P-1042")] == ["opted out"]


@pytest.fixture
def doubtful(ledger: Ledger) -> Ledger:
    """A ledger with one message of which nobody knows whether the provider took it."""
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    settle(ledger, attempt, Answer(AnswerKind.IN_DOUBT, code="time-out"))
    return ledger


@pytest.mark.parametrize(
    ("status", "expected"),
    [("queued", State.ACCEPTED), ("sent", State.SENT), ("delivered", State.DELIVERED), ("failed", State.FAILED)],
)
def test_a_receipt_with_the_messages_own_key_settles_doubt(doubtful: Ledger, status: str, expected: State) -> None:
    assert receive(doubtful, status, "SM7") is None
    assert receive(doubtful, status, "SM7", key=KEY, ordinal=1) is expected
    assert states(doubtful) == [expected]


def test_a_receipt_may_come_before_the_answer(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    assert receive(ledger, "sent", "SM1", key=KEY, ordinal=1) is State.SENT
    settle(ledger, attempt, accepted("SM1"))
    assert receive(ledger, "delivered", "SM1") is State.DELIVERED


def test_doubt_that_comes_after_the_receipt_changes_nothing(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    [attempt] = claim(ledger)
    receive(ledger, "queued", "SM1", key=KEY, ordinal=1)
    settle(ledger, attempt, Answer(AnswerKind.IN_DOUBT, code="time-out"))
    assert states(ledger) == [State.ACCEPTED]
    assert receive(ledger, "delivered", "SM1") is State.DELIVERED


def test_what_the_provider_has_after_all_is_not_sent_again(doubtful: Ledger) -> None:
    with doubtful.writing() as book:
        [doubt] = book.in_doubt(10)
        assert book.not_taken(doubt, NOON)
    assert states(doubtful) == [State.PLANNED]
    assert receive(doubtful, "sent", "SM7", key=KEY, ordinal=1) is State.SENT
    assert due_keys(doubtful, NOON + HOUR) == []


def test_a_text_that_was_taken_twice_is_told_of(doubtful: Ledger) -> None:
    with doubtful.writing() as book:
        [doubt] = book.in_doubt(10)
        book.not_taken(doubt, NOON)
    [again] = claim(doubtful, NOON + HOUR)
    settle(doubtful, again, accepted("SM8"))
    with doubtful.writing() as book:
        assert book.take_receipt(Receipt("SM7", "sent", key=KEY, ordinal=1), NOON) is None
        taken = book.take_receipt(Receipt("SM7", "delivered", key=KEY, ordinal=1), NOON)
    assert taken == Taken(KEY, State.DELIVERED, is_repeated=True)


def test_a_second_message_for_one_attempt_is_not_taken_for_it(doubtful: Ledger) -> None:
    receive(doubtful, "queued", "SM7", key=KEY, ordinal=1)
    assert receive(doubtful, "failed", "SM8", key=KEY, ordinal=1) is None
    assert states(doubtful) == [State.ACCEPTED]


def test_doubt_is_settled_once(doubtful: Ledger) -> None:
    with doubtful.writing() as book:
        [doubt] = book.in_doubt(10)
        assert (doubt.name, doubt.to, doubt.started_at) == ((KEY, 1), "+17205550134", NOON)
        assert book.not_taken(doubt, NOON)
        assert not book.not_taken(doubt, NOON)
        assert book.in_doubt(10) == []
    assert told(doubtful)[-1] == ("postponed", "the provider did not take it")


def test_the_names_that_our_texts_have_at_the_provider_are_known(taken: Ledger) -> None:
    with taken.reading() as book:
        assert book.known_sids(["SM1", "SM2"]) == {"SM1"}
        assert book.known_sids([]) == frozenset()


def test_those_that_waited_longest_are_asked_about_first(ledger: Ledger) -> None:
    for number in range(3):
        record_new(ledger, a_record(patient=f"P-{number}", to=f"+172055501{number:02}"))
        [attempt] = claim(ledger)
        settle(ledger, attempt, accepted(f"SM{number}"), now=NOON - number * HOUR)
    assert [sid for _, sid in awaiting(ledger, NOON + HOUR, limit=2)] == ["SM2", "SM1"]
