"""The count notices each text that was lost or doubled, and none that was not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from notifier.actions.take_receipt import take_receipt
from notifier.core.delivery import Answer, AnswerKind, Attempt, Change, ChangeKind, Receipt
from notifier.core.lifecycle import State
from notifier.gateway.sandbox_messages import SandboxMessage
from notifier.ledger.engine import url_of
from notifier.ledger.opening import Ledger, open_ledger
from tests.actions.steps import record
from tests.builders import NOON, a_record
from tests.soak.bookings import Booking
from tests.soak.counting import doubled, lateness, lost, miscounted

LATER = NOON + timedelta(days=2)
ANN = Booking(7, datetime(2026, 12, 3, 7, 30), date(2026, 11, 20), is_on_thinner=False)  # noqa: DTZ001 - a wall time


def taken(body: str, to: str = ANN.phone) -> SandboxMessage:
    return SandboxMessage("SM1", to, body, None, "MG1", 600, NOON)


def texts(count: int) -> list[SandboxMessage]:
    return [taken(f"{ANN.name}, this is text {number}.") for number in range(count)]


def test_a_text_that_was_taken_twice_is_doubled() -> None:
    assert [*doubled(texts(3))] == []
    assert [*doubled([*texts(3), taken("again"), taken("again"), taken("again", to="+17205550199")])] == [
        "taken 2 times: again"
    ]


@pytest.mark.parametrize(
    ("count", "wrong"), [(11, ["P-00007 got 11 of 12 texts"]), (12, []), (13, ["P-00007 got 13 of 12 texts"])]
)
def test_a_patient_to_whom_nothing_happened_got_each_text(count: int, wrong: list[str]) -> None:
    assert [*miscounted([ANN], texts(count))] == wrong


def test_whose_procedure_was_moved_is_not_counted() -> None:
    assert [*miscounted([replace(ANN, is_plain=False)], [])] == []


def test_of_texts_to_a_phone_those_of_another_patient_are_not_counted() -> None:
    assert [*miscounted([ANN], [*texts(12), taken("Somebody else, hello.")])] == []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(file: Path) -> Iterator[Ledger]:
    with open_ledger(url_of(file)) as opened:
        yield opened


def test_a_text_that_nobody_sent_is_lost_once_its_time_is_over(ledger: Ledger, file: Path) -> None:
    record(ledger, a_record(), now=NOON)
    assert [*lost(file, NOON)] == []
    assert [*lost(file, LATER)] == ["P-1042/last-meal/1 is planned (None)"]


def test_a_text_that_could_never_go_is_not_lost(ledger: Ledger, file: Path) -> None:
    with ledger.writing() as book:
        missed = a_record(state=State.EXPIRED, reason="too-late")
        book.apply([Change(ChangeKind.EXPIRED, None, missed)], NOON, "files")
    assert [*lost(file, LATER)] == []


def send(ledger: Ledger, at: datetime) -> Attempt:
    """Have the one message be taken by the provider."""
    with ledger.writing() as book:
        [attempt] = book.claim(book.due(at, 10, timedelta(0)), at, timedelta(minutes=2))
        book.settle([(attempt, Answer(AnswerKind.ACCEPTED, sid="SM1"), None)], at)
    return attempt


def test_a_text_that_arrived_is_not_lost(ledger: Ledger, file: Path) -> None:
    record(ledger, a_record(), now=NOON)
    send(ledger, NOON)
    assert [*lost(file, LATER)] == ["P-1042/last-meal/1 is accepted (None)"]
    take_receipt(Receipt("SM1", "delivered"), ledger, NOON)
    assert [*lost(file, LATER)] == []


def test_a_month_is_as_late_as_nearly_all_its_texts(ledger: Ledger, file: Path) -> None:
    for number in range(20):
        record(ledger, a_record(patient=f"P-{number}", to=f"+172055501{number:02}"), now=NOON)
        send(ledger, NOON + timedelta(seconds=60 if number == 19 else 2))
    assert lateness(file, NOON - timedelta(days=31)) == [0.0, pytest.approx(2, abs=60)]
    assert lateness(file, NOON)[0] < 60
