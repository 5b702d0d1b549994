"""Write down what the provider says of a text, whether it called or was asked."""

from dataclasses import replace
from datetime import datetime

from notifier.actions.jitter import jitter
from notifier.core.delivery import AnswerKind, Receipt
from notifier.core.lifecycle import State
from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import Taken
from notifier.ledger.rows import BY_RECEIPT, Switch

_GOT_THROUGH = frozenset({State.SENT, State.DELIVERED})


def take_receipt(receipt: Receipt, ledger: Ledger, now: datetime) -> Taken | None:
    """Record a receipt, durably when this returns; return what it has changed, None where that is nothing."""
    with ledger.dispatching() as book:
        return record_receipt(book, receipt, now)


def record_receipt(book: Book, receipt: Receipt, now: datetime) -> Taken | None:
    """Record a receipt in an open transaction; return as `take_receipt` does.

    One that blames our settings stops dispatch, as an answer that does would: with a messaging
    service the provider refuses some texts only after it has taken them. Such a stop ends when a
    text that went since has got through; that one was taken says nothing.
    """
    taken = book.take_receipt(receipt, now, jitter())
    if taken is None:
        return None
    if receipt.verdict is AnswerKind.CONFIGURATION:
        is_new = book.turn(Switch.STOP, BY_RECEIPT, receipt.code, now, is_on=True)
        return replace(taken, stopped=(receipt.code or "unknown") if is_new else None)
    is_proof = taken.state in _GOT_THROUGH and _proves(book, receipt.sid)
    return replace(taken, resumed=is_proof and book.turn(Switch.STOP, BY_RECEIPT, None, now, is_on=False))


def _proves(book: Book, sid: str) -> bool:
    """Say whether dispatch was stopped by a receipt, and the provider's `sid` names a text that went since."""
    stop = book.switched_on(Switch.STOP)
    return stop is not None and stop.by == BY_RECEIPT and book.was_begun_after(sid, stop.at)
