"""Write down what the provider says of a text, whether it called or was asked."""

from datetime import datetime

from notifier.actions.jitter import jitter
from notifier.core.delivery import AnswerKind, Receipt
from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger
from notifier.ledger.receipts import Taken
from notifier.ledger.rows import Switch

_PROGRAM = "notifier"


def take_receipt(receipt: Receipt, ledger: Ledger, now: datetime) -> Taken | None:
    """Record a receipt, durably when this returns; return what it has changed, None where that is nothing."""
    with ledger.writing() as book:
        return record_receipt(book, receipt, now)


def record_receipt(book: Book, receipt: Receipt, now: datetime) -> Taken | None:
    """Record a receipt in an open transaction; return as `take_receipt` does.

    One that blames our settings stops dispatch, as an answer that does would: with a messaging
    service the provider refuses some texts only after it has taken them.
    """
    taken = book.take_receipt(receipt, now, jitter())
    if taken is not None and receipt.verdict is AnswerKind.CONFIGURATION:
        book.turn(Switch.STOP, _PROGRAM, receipt.code, now, is_on=True)
    return taken
