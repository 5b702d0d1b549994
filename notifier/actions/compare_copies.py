"""Hold a host's files against those in force, where several hosts have a copy each."""

from dataclasses import replace
from datetime import datetime

from notifier.actions.check_schedules import Checked
from notifier.core.copies import Copy, compare
from notifier.ledger.opening import Ledger


def compare_copy(checked: Checked, ledger: Ledger, host: str | None) -> Checked:
    """Return what the files say, and how they compare to those in force; `host` is None where it is the only one."""
    if host is None:
        return checked
    signature = checked.reading.signature
    with ledger.reading() as book:
        in_force = book.edition()
        likeness = compare(signature, book.edition_of(host), in_force)
        plans = book.leader() in {None, host}
    return replace(checked, copy=Copy(host, signature, likeness, in_force, plans))


def note_copy(checked: Checked, ledger: Ledger, now: datetime) -> None:
    """Note what this host's files are: a later change of them is known by that, whichever host plans then."""
    if checked.copy is not None:
        with ledger.aside() as book:
            book.note_copy(checked.copy, now)
