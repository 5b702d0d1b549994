"""Forget finished patients' names, phones and texts, once nobody has to keep them any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger


@dataclass(frozen=True, slots=True)
class Purge:
    """Who was purged, or would be."""

    before: datetime  # all that concerned them was over by then
    patients: tuple[str, ...]
    strangers: int  # replies from phones that no text was meant for


def preview_purge(ledger: Ledger, keep: timedelta, now: datetime) -> Purge:
    """Return what `purge_patients` would do; nothing is written."""
    with ledger.reading() as book:
        return _find(book, now - keep)


def purge_patients(ledger: Ledger, keep: timedelta, now: datetime) -> Purge:
    """Forget the name, phone and texts of whoever's care was over for longer than `keep`; return whom that concerned.

    Messages, attempts, replies, calls and events stay, with their times, and counts with them. Opt-outs keep
    their phones: a list of whom not to text is no use without. Nothing is left of it in the file, or LedgerError
    says so; a second run changes nothing, and makes good what the first could not.
    """
    with ledger.writing() as book:
        found = _find(book, now - keep)
        book.purge(book.finished(found.before), now)
        book.purge_strangers(found.before)
        book.purge_phones()
    ledger.compact()
    return found


def _find(book: Book, before: datetime) -> Purge:
    return Purge(before, tuple(book.finished(before)), book.strangers(before))
