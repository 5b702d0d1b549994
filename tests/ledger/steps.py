"""Steps that many tests of the ledger take."""

from datetime import datetime, timedelta

from notifier.core.delivery import Answer, AnswerKind, Attempt, Change, ChangeKind, Record
from notifier.core.lifecycle import State
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import Due
from tests.builders import NOON

GAP = timedelta(seconds=30)
LEASE = timedelta(minutes=1)


def record_new(ledger: Ledger, *records: Record) -> None:
    with ledger.writing() as book:
        book.apply([Change(ChangeKind.NEW, None, record) for record in records], NOON, "files")


def due(ledger: Ledger, now: datetime = NOON, limit: int = 100) -> list[Due]:
    with ledger.writing() as book:
        return book.due(now, limit, GAP)


def due_keys(ledger: Ledger, now: datetime = NOON) -> list[str]:
    return [one.key for one in due(ledger, now)]


def claim(ledger: Ledger, now: datetime = NOON) -> list[Attempt]:
    with ledger.writing() as book:
        return book.claim(book.due(now, 100, GAP), now, LEASE)


def settle(
    ledger: Ledger, attempt: Attempt, answer: Answer, next_try: datetime | None = None, now: datetime = NOON
) -> None:
    with ledger.writing() as book:
        book.settle([(attempt, answer, next_try)], now)


def accepted(sid: str = "SM1") -> Answer:
    return Answer(AnswerKind.ACCEPTED, sid=sid)


def states(ledger: Ledger, patient: str = "P-1042") -> list[State]:
    with ledger.reading() as book:
        return [record.state for record in book.messages(patient)]


def told(ledger: Ledger, patient: str = "P-1042") -> list[tuple[str, str | None]]:
    """What the story of a patient says, without when."""
    with ledger.reading() as book:
        return [(event.what, event.why) for event in book.story(patient)]
