"""What a reconciling is told of the past."""

from datetime import timedelta

import pytest

from notifier.core.lifecycle import GONE_OUT, State
from notifier.core.reconcile import ALREADY_SENT, OPTED_OUT, Known, was_told
from notifier.ledger.opening import Ledger
from tests.builders import NOON, a_draft, a_record
from tests.ledger.steps import claim, record_new

HOUR = timedelta(hours=1)
PHONE = a_draft().to
BODY = a_draft().body
REASONS = [None, "late", ALREADY_SENT, OPTED_OUT]


def known(ledger: Ledger, *patients: str, phones: tuple[str, ...] = ()) -> Known:
    with ledger.reading() as book:
        return book.known(patients, phones)


def test_an_empty_ledger_knows_nothing(ledger: Ledger) -> None:
    with ledger.reading() as book:
        assert book.known() == Known()


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("state", State)
def test_the_ledger_and_the_core_agree_on_what_was_told(ledger: Ledger, state: State, reason: str | None) -> None:
    first = a_record(state=state, reason=reason)
    second = a_record(revision=2, state=State.WITHDRAWN)
    record_new(ledger, first, second)
    with ledger.reading() as book:
        assert book.known().records == ((first, second) if was_told(first) else (second,))


def test_of_each_message_the_highest_revision_and_the_highest_that_was_told_are_known(ledger: Ledger) -> None:
    revisions = [
        a_record(patient="A", revision=1, state=State.DELIVERED),
        a_record(patient="A", revision=2, state=State.SENT),
        a_record(patient="A", revision=3, state=State.WITHDRAWN),
        a_record(patient="A", revision=4),
    ]
    told_last = a_record(patient="A", step="wash", revision=2, state=State.ACCEPTED)
    unsent = a_record(patient="B", state=State.HELD)
    record_new(ledger, unsent, *revisions, a_record(patient="A", step="wash", state=State.EXPIRED), told_last)
    with ledger.reading() as book:
        assert book.known().records == (revisions[1], revisions[3], told_last, unsent)
    assert known(ledger, "B", "nobody").records == (unsent,)
    assert known(ledger).records == ()


def test_a_record_says_when_it_was_claimed(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    claim(ledger, NOON + HOUR)
    [record] = known(ledger, "P-1042").records
    assert (record.state, record.sent_at) == (State.CLAIMED, NOON + HOUR)


def test_all_texts_that_went_out_are_known_by_phone_step_and_words(ledger: Ledger) -> None:
    record_new(ledger, *(a_record(patient=f"P-{state}", step=state, state=state, place=NOON) for state in State))
    expected = {(PHONE, state.value, BODY) for state in GONE_OUT}
    with ledger.reading() as book:
        assert book.known().sent_before == expected
    # All have one phone: what went to it under any id is known of each.
    assert known(ledger, f"P-{State.PLANNED}").sent_before == expected


def test_what_went_to_other_phones_is_left_out_unless_it_is_asked_for(ledger: Ledger) -> None:
    other = "+17205550135"
    record_new(ledger, a_record(patient="A"), a_record(patient="B", to=other, state=State.SENT))
    assert known(ledger, "A").sent_before == set()
    assert known(ledger, "new", phones=(other,)).sent_before == {(other, "last-meal", BODY)}


def test_the_phones_that_have_opted_out_are_known(ledger: Ledger) -> None:
    with ledger.writing() as book:
        book.opt_out(PHONE, "STOP", "patient", NOON)
    assert known(ledger, "nobody").opted_out == frozenset()
    assert known(ledger, "nobody", phones=(PHONE,)).opted_out == {PHONE}
