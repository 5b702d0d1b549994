"""Who has opted out gets nothing, from that instant on and whatever the line says."""

from datetime import datetime, timedelta

from notifier.core.lifecycle import State
from notifier.core.replies import PATIENT, UNDECIDED
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import OptOut
from tests.builders import NOON, a_draft, a_record
from tests.ledger.steps import GAP, LEASE, due, due_keys, record_new, states

PHONE, OTHER = a_draft().to, "+17205550135"
HOUR = timedelta(hours=1)


def opt_out(ledger: Ledger, phone: str = PHONE, now: datetime = NOON) -> bool:
    with ledger.writing() as book:
        return book.opt_out(phone, "STOP", "patient", now)


def opt_in(ledger: Ledger, phone: str = PHONE, now: datetime = NOON) -> bool:
    with ledger.writing() as book:
        return book.opt_in(phone, "START", "patient", now)


def test_a_phone_stands_as_was_said_last(ledger: Ledger) -> None:
    with ledger.reading() as book:
        assert book.opted_out() == frozenset()
    assert opt_out(ledger)
    assert opt_out(ledger, OTHER)
    assert opt_in(ledger, OTHER)
    with ledger.reading() as book:
        assert book.opted_out() == {PHONE}


def test_the_history_holds_what_has_changed_and_nothing_else(ledger: Ledger) -> None:
    assert not opt_in(ledger)
    assert opt_out(ledger)
    assert not opt_out(ledger, now=NOON + HOUR)
    assert opt_in(ledger, now=NOON + 2 * HOUR)
    assert not opt_in(ledger, now=NOON + 3 * HOUR)
    with ledger.reading() as book:
        assert book.opt_outs() == [
            OptOut(PHONE, NOON, is_out=True, why="STOP", by="patient"),
            OptOut(PHONE, NOON + 2 * HOUR, is_out=False, why="START", by="patient"),
        ]


def test_nothing_is_due_for_a_phone_that_has_opted_out_until_it_opts_in(ledger: Ledger) -> None:
    other = a_record(patient="P-2", to=OTHER)
    record_new(ledger, a_record(), a_record(step="stale", latest=NOON - HOUR), other)
    opt_out(ledger)
    assert due_keys(ledger) == [other.key]
    opt_in(ledger)
    assert len(due_keys(ledger)) == 3


def test_the_line_does_not_wait_for_a_phone_that_has_opted_out(ledger: Ledger) -> None:
    record_new(ledger, a_record(), a_record(patient="P-2", to=OTHER, place=NOON + HOUR))
    opt_out(ledger)
    with ledger.reading() as book:
        assert book.next_due(GAP) == NOON + HOUR


def test_what_was_due_cannot_be_claimed_once_its_phone_has_opted_out(ledger: Ledger) -> None:
    record_new(ledger, a_record())
    seen = due(ledger)
    opt_out(ledger)
    with ledger.writing() as book:
        assert book.claim(seen, NOON, LEASE) == []
    assert states(ledger) == [State.PLANNED]


def test_what_was_asked_in_own_words_is_undecided_until_anybody_decides(ledger: Ledger) -> None:
    with ledger.writing() as book:
        assert book.opt_out(PHONE, UNDECIDED, PATIENT, NOON)
        assert not book.opt_out(PHONE, UNDECIDED, PATIENT, NOON)
        assert [one.is_undecided for one in book.standing_opt_outs()] == [True]
        assert book.opt_out(PHONE, "meant it", "Ann Lee", NOON + HOUR)
        assert not book.opt_out(PHONE, UNDECIDED, PATIENT, NOON + 2 * HOUR)
        assert book.opt_out_of(PHONE) == OptOut(PHONE, NOON + HOUR, is_out=True, why="meant it", by="Ann Lee")
    assert due_keys(ledger) == []


def test_opting_in_decides_too(ledger: Ledger) -> None:
    with ledger.writing() as book:
        book.opt_out(PHONE, UNDECIDED, PATIENT, NOON)
        assert book.opt_in(PHONE, "START", PATIENT, NOON)
        assert book.standing_opt_outs() == []
        assert not book.opt_outs()[-1].is_undecided


def test_the_undecided_come_first_and_then_the_oldest(ledger: Ledger) -> None:
    with ledger.writing() as book:
        book.opt_out("+17205550101", "STOP", PATIENT, NOON)
        book.opt_out("+17205550102", "STOP", PATIENT, NOON)
        book.opt_out("+17205550103", UNDECIDED, PATIENT, NOON)
        phones = [one.phone for one in book.standing_opt_outs()]
    assert phones == ["+17205550103", "+17205550101", "+17205550102"]


def test_a_phone_that_was_never_heard_of_has_not_opted(ledger: Ledger) -> None:
    with ledger.reading() as book:
        assert book.opt_out_of(PHONE) is None
