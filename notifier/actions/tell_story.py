"""Tell a patient's whole story, as the ledger has it."""

from dataclasses import dataclass

from notifier.core.delivery import Event, Record
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import CallEntry, PastAttempt, Reply


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that the ledger holds of one patient."""

    messages: tuple[Record, ...]  # all revisions, in plan order
    attempts: tuple[PastAttempt, ...]
    events: tuple[Event, ...]
    calls: tuple[CallEntry, ...]  # open and closed, the most urgent first
    replies: tuple[Reply, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the ledger has never heard of the patient."""
        return not (self.messages or self.events)


def tell_story(ledger: Ledger, patient: str) -> Story:
    """Return the story of the patient with this id."""
    with ledger.reading() as book:
        return Story(
            messages=tuple(book.messages(patient)),
            attempts=tuple(book.attempts(patient)),
            events=tuple(book.story(patient)),
            calls=tuple(book.calls(open_only=False, patient=patient)),
            replies=tuple(book.replies(patient=patient)),
        )
