"""The ledger knows which version of the files is in force, and what each host has had."""

import pytest

from notifier.core.copies import Copy, Edition, Likeness
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger
from tests.builders import NOON


def put(ledger: Ledger, host: str, signature: str) -> None:
    """Have a host's files be in force, as a later change of those that are."""
    with ledger.writing() as book:
        book.put_in_force(Copy(host, signature, Likeness.LATER, book.edition()), NOON)


def note(ledger: Ledger, host: str, signature: str, likeness: Likeness) -> None:
    with ledger.aside() as book:
        book.note_copy(Copy(host, signature, likeness, book.edition()), NOON)


def has_been(ledger: Ledger, host: str) -> int | None:
    with ledger.reading() as book:
        return book.edition_of(host)


def in_force(ledger: Ledger) -> Edition | None:
    with ledger.reading() as book:
        return book.edition()


def test_the_last_files_that_were_applied_are_in_force(ledger: Ledger) -> None:
    assert in_force(ledger) is None
    put(ledger, "one", "a")
    put(ledger, "other", "b")
    assert in_force(ledger) == Edition(2, "b", "other", NOON)
    assert (has_been(ledger, "one"), has_been(ledger, "other")) == (1, 2)


def test_files_that_say_the_same_are_no_new_version(ledger: Ledger) -> None:
    put(ledger, "one", "a")
    put(ledger, "other", "a")
    assert in_force(ledger) == Edition(1, "a", "one", NOON)


def test_that_a_hosts_files_have_been_in_force_is_kept_when_they_change(ledger: Ledger) -> None:
    put(ledger, "one", "a")
    note(ledger, "other", "a", Likeness.SAME)
    note(ledger, "other", "b", Likeness.LATER)
    assert has_been(ledger, "other") == 1
    assert has_been(ledger, "a third") is None


def test_files_compared_before_others_came_into_force_are_refused(ledger: Ledger) -> None:
    put(ledger, "one", "a")
    with ledger.reading() as book:
        copy = Copy("other", "b", Likeness.LATER, book.edition())
    put(ledger, "one", "c")
    with pytest.raises(LedgerError, match="of another host have just come into force"), ledger.writing() as book:
        book.put_in_force(copy, NOON)
