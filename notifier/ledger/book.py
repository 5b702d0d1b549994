"""The ledger in one open transaction: everything that can be asked of it and written in it."""

from notifier.ledger.alerting import Alerting
from notifier.ledger.calling import Calling
from notifier.ledger.editions import Editions
from notifier.ledger.filing import Filing
from notifier.ledger.following import Following
from notifier.ledger.knowing import Knowing
from notifier.ledger.leading import Leading
from notifier.ledger.looking import Looking
from notifier.ledger.pacing import Pacing
from notifier.ledger.purging import Purging
from notifier.ledger.receipts import Receipts
from notifier.ledger.recording import Recording
from notifier.ledger.replying import Replying
from notifier.ledger.restoring import Restoring
from notifier.ledger.sending import Sending
from notifier.ledger.switching import Switching
from notifier.ledger.waiting import Waiting


class Book(
    Looking,
    Knowing,
    Recording,
    Waiting,
    Sending,
    Receipts,
    Calling,
    Filing,
    Following,
    Switching,
    Replying,
    Alerting,
    Restoring,
    Purging,
    Leading,
    Pacing,
    Editions,
):
    """One transaction: what is written in it becomes durable together, when it ends, or not at all."""
