"""The ledger in one open transaction: everything that can be asked of it and written in it."""

from notifier.ledger.looking import Looking
from notifier.ledger.receipts import Receipts
from notifier.ledger.recording import Recording
from notifier.ledger.sending import Sending
from notifier.ledger.waiting import Waiting


class Book(Looking, Recording, Waiting, Sending, Receipts):
    """One transaction: what is written in it becomes durable together, when it ends, or not at all."""
