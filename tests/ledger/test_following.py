"""What the ledger keeps of how far it follows the files."""

from datetime import timedelta

from notifier.core.lifecycle import State
from notifier.ledger.following import CALLED_TO, PLANNED_TO, Followed
from notifier.ledger.opening import Ledger
from tests.builders import NOON, a_call, a_record
from tests.ledger.steps import record_new

HOUR = timedelta(hours=1)
PHONE, OTHER = "+17205550134", "+17205550135"


def follow(ledger: Ledger, *rows: Followed) -> None:
    with ledger.writing() as book:
        book.follow(rows)


def test_versions_come_back_as_they_were_kept(ledger: Ledger) -> None:
    follow(ledger, Followed("A", -(2**63), None), Followed("B", 2**63 - 1, NOON))
    follow(ledger, Followed("B", 7, None))
    with ledger.reading() as book:
        assert dict(book.followed()) == {"A": -(2**63), "B": 7}
        assert book.next_look() is None


def test_who_is_gone_is_forgotten_once_there_is_nothing_to_look_at(ledger: Ledger) -> None:
    follow(ledger, Followed("A", 1, None), Followed("B", 1, None))
    follow(ledger, Followed("A", None, None), Followed("B", None, NOON))
    with ledger.reading() as book:
        assert dict(book.followed()) == {}
        assert book.patients_due(NOON + HOUR) == {"B"}


def test_a_patient_is_due_once_the_instant_has_passed(ledger: Ledger) -> None:
    follow(ledger, Followed("A", 1, NOON), Followed("B", 1, NOON + HOUR))
    with ledger.reading() as book:
        assert (book.patients_due(NOON), book.next_look()) == (set(), NOON)
        assert book.patients_due(NOON + timedelta(seconds=1)) == {"A"}


def test_another_look_leaves_the_version_as_it_is(ledger: Ledger) -> None:
    follow(ledger, Followed("A", 5, NOON))
    with ledger.writing() as book:
        book.look_again([("A", NOON + HOUR), ("B", NOON)])
    with ledger.reading() as book:
        assert dict(book.followed()) == {"A": 5}
        assert book.patients_due(NOON + 2 * HOUR) == {"A", "B"}


def test_bookmarks_are_kept_by_name(ledger: Ledger) -> None:
    with ledger.writing() as book:
        assert book.bookmark(PLANNED_TO) == 0
        book.set_bookmarks({PLANNED_TO: 3, CALLED_TO: 4})
        book.set_bookmarks({PLANNED_TO: 5})
        assert (book.bookmark(PLANNED_TO), book.bookmark(CALLED_TO)) == (5, 4)


def test_what_happens_to_messages_touches_their_patients_and_what_happens_to_calls_does_not(ledger: Ledger) -> None:
    record_new(ledger, a_record(patient="A"))
    with ledger.writing() as book:
        before = book.last_event()
        book.list_calls([a_call(patient="C")], ["C"], NOON)
    record_new(ledger, a_record(patient="B"))
    with ledger.reading() as book:
        assert book.patients_touched(0) == {"A", "B"}
        assert book.patients_touched(before) == {"B"}
        assert book.patients_since(before) == {"B", "C"}
        assert book.last_event() > before


def test_phones_that_have_opted_out_or_in_since_are_told(ledger: Ledger) -> None:
    with ledger.writing() as book:
        book.opt_out(PHONE, "STOP", "patient", NOON)
        since = book.last_opt()
        book.opt_out(OTHER, "STOP", "patient", NOON)
        assert (book.phones_opted(0), book.phones_opted(since)) == ({PHONE, OTHER}, {OTHER})


def test_who_shares_a_phone_is_found_by_any_message(ledger: Ledger) -> None:
    held, gone = a_record(patient="B", state=State.HELD), a_record(patient="C", to=OTHER, state=State.WITHDRAWN)
    purged = a_record(patient="D", to="", body=None, state=State.EXPIRED)
    record_new(ledger, a_record(patient="A"), held, gone, purged)
    with ledger.reading() as book:
        assert book.patients_of([PHONE]) == {"A", "B"}
        assert book.in_line_at([PHONE, OTHER]) == {"A"}
        assert book.phones_of(["A", "C", "D"]) == {PHONE, OTHER}
        assert book.patients_pending() == 2


def test_that_enough_patients_have_texts_pending_is_known_without_a_count_of_all(ledger: Ledger) -> None:
    several = [a_record(patient="A", step=f"step-{number}") for number in range(9)]
    held = [a_record(patient=patient, state=State.HELD) for patient in "HI"]
    record_new(ledger, *several, *(a_record(patient=patient) for patient in "BCDEFG"), *held)
    with ledger.reading() as book:
        assert 1 <= book.patients_pending(1) <= 4
        assert [book.patients_pending(enough) for enough in (8, 9, 10, 5000, None)] == [9] * 5
