"""Bring the ledger in line with the files: gather what it holds, decide what changes, apply it."""

from dataclasses import dataclass

from notifier.actions.check_schedules import Checked
from notifier.core.delivery import Change, Record
from notifier.core.reconcile import Standing, reconcile
from notifier.ledger.opening import Ledger


@dataclass(frozen=True, slots=True)
class Update:
    """What the files say, and what it changes in the ledger."""

    checked: Checked
    changes: tuple[Change, ...]


def preview_update(checked: Checked, ledger: Ledger) -> Update:
    """Return what `update_plan` would do; nothing is written."""
    with ledger.reading() as book:
        return Update(checked, tuple(_decide(checked, book.latest())))


def update_plan(checked: Checked, ledger: Ledger) -> Update:
    """Record what the files ask for now; return just what was different.

    Where clinic.yaml cannot be used nothing changes: everybody keeps the last good plan.
    """
    with ledger.writing() as book:
        changes = _decide(checked, book.latest())
        return Update(checked, tuple(book.apply(changes, checked.plan.now, cause="files")))


def _decide(checked: Checked, records: list[Record]) -> list[Change]:
    reading = checked.reading
    if reading.schedules is None:
        return []
    return reconcile(checked.plan, records, Standing(reading.broken, reading.kept, reading.whole))
