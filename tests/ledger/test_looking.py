"""What a ledger can be asked."""

from datetime import timedelta

from notifier.core.delivery import Answer, AnswerKind
from notifier.core.lifecycle import State
from notifier.ledger.looking import Standing
from notifier.ledger.opening import Ledger
from tests.builders import NOON, a_record
from tests.ledger.steps import claim, record_new, settle

HOUR = timedelta(hours=1)


def test_the_latest_revision_of_each_step_is_found_for_all_or_for_some(ledger: Ledger) -> None:
    sent = a_record(patient="A", state=State.DELIVERED)
    moved = a_record(patient="A", revision=2)
    wash = a_record(patient="A", step="wash")
    other = a_record(patient="B")
    record_new(ledger, sent, moved, other, wash)
    with ledger.reading() as book:
        assert book.latest() == [moved, wash, other]
        assert book.latest({"A", "nobody"}) == [moved, wash]
        assert book.latest([]) == []
        assert book.messages("A") == [sent, moved, wash]
        assert book.patients() == {"A", "B"}


def test_a_ledger_is_empty_until_something_was_recorded(ledger: Ledger) -> None:
    with ledger.reading() as book:
        assert book.is_empty()
        assert (book.patients(), book.counts(), book.latest()) == (set(), {}, [])
    record_new(ledger, a_record(state=State.HELD))
    with ledger.reading() as book:
        assert not book.is_empty()


def test_messages_are_counted_by_state(ledger: Ledger) -> None:
    record_new(ledger, *(a_record(patient=f"P-{number}") for number in range(3)), a_record(state=State.HELD))
    claim(ledger)
    with ledger.reading() as book:
        assert book.counts() == {State.PLANNED: 2, State.CLAIMED: 1, State.HELD: 1}


def test_a_day_holds_what_is_sent_in_it_or_would_have_been(ledger: Ledger) -> None:
    first = a_record(patient="A")
    later = a_record(patient="B", place=NOON - HOUR, send_at=NOON + HOUR)
    unsent = a_record(patient="C", state=State.HELD, send_at=None, place=NOON + HOUR / 2)
    next_day = a_record(patient="D", place=NOON + 2 * HOUR)
    record_new(ledger, next_day, unsent, later, first)
    with ledger.reading() as book:
        assert book.between(NOON, NOON + 2 * HOUR) == [first, unsent, later]
        assert book.between(NOON - 2 * HOUR, NOON) == []


def test_what_had_no_place_counts_on_the_days_on_which_its_window_begins_and_ends(ledger: Ledger) -> None:
    window = {"earliest": NOON, "latest": NOON + 6 * HOUR, "place": None, "body": None}
    nowhere = a_record(patient="E", state=State.EXPIRED, reason="no-window", **window)
    without_order = a_record(patient="F", state=State.HELD, **{**window, "earliest": None, "latest": None})
    placed = a_record(patient="G", place=NOON + HOUR, earliest=NOON, latest=NOON + 6 * HOUR)
    record_new(ledger, nowhere, without_order, placed)
    with ledger.reading() as book:
        assert book.between(NOON, NOON + 2 * HOUR) == [nowhere, placed]
        assert book.between(NOON + 2 * HOUR, NOON + 4 * HOUR) == []
        assert book.between(NOON + 5 * HOUR, NOON + 7 * HOUR) == [nowhere]


def test_the_standing_says_what_is_next_what_is_overdue_and_what_happened_last(ledger: Ledger) -> None:
    with ledger.reading() as book:
        assert book.standing(NOON) == Standing(None, None, None)
    record_new(ledger, a_record(patient="A", place=NOON - HOUR), a_record(patient="B", place=NOON + HOUR))
    with ledger.reading() as book:
        [event] = book.story("B")
        assert book.standing(NOON) == Standing(NOON + HOUR, NOON - HOUR, event)


def test_a_text_between_two_tries_is_overdue_from_the_time_that_it_should_have_gone(ledger: Ledger) -> None:
    record_new(ledger, a_record(), a_record(patient="B", place=NOON + HOUR, to="+17205550135"))
    [attempt] = claim(ledger)
    settle(ledger, attempt, Answer(AnswerKind.TEMPORARY, code="dns"), next_try=NOON + HOUR / 6)
    with ledger.reading() as book:
        assert book.standing(NOON + HOUR / 12).oldest_overdue == NOON


def test_the_line_is_of_the_next_texts_only(ledger: Ledger) -> None:
    record_new(ledger, *(a_record(patient=f"P-{hour}", place=NOON + hour * HOUR) for hour in (3, 1, 2)))
    record_new(ledger, a_record(patient="P-9", state=State.HELD))
    with ledger.reading() as book:
        assert book.line(2) == [("P-1/last-meal/1", NOON + HOUR), ("P-2/last-meal/1", NOON + 2 * HOUR)]


def test_a_ledger_knows_its_size(ledger: Ledger) -> None:
    with ledger.reading() as book:
        before = book.size()
    record_new(ledger, *(a_record(patient=f"P-{number}") for number in range(500)))
    with ledger.reading() as book:
        assert book.size() > before > 0
