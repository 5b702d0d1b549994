"""What the ledger keeps of the schedule files."""

from datetime import timedelta

from notifier.ledger.opening import Ledger
from notifier.ledger.rows import Load, LoadOutcome
from tests.builders import NOON

CLINIC, MILD = "clinic.yaml", "protocols/mild.yaml"
HOUR = timedelta(hours=1)


def keep(ledger: Ledger, **files: bytes) -> list[str]:
    names = {"clinic": CLINIC, "mild": MILD}
    with ledger.writing() as book:
        return book.keep_files({names[name]: content for name, content in files.items()}, NOON)


def test_the_last_good_version_of_each_file_is_kept_byte_by_byte(ledger: Ledger) -> None:
    with ledger.reading() as book:
        assert book.good_files() == {}
    keep(ledger, clinic=b"\xef\xbb\xbfclinic:\r\n", mild=b"first")
    keep(ledger, mild=b"")
    with ledger.reading() as book:
        assert book.good_files() == {CLINIC: b"\xef\xbb\xbfclinic:\r\n", MILD: b""}


def test_only_what_differs_is_written(ledger: Ledger) -> None:
    assert keep(ledger, mild=b"first", clinic=b"clinic") == [CLINIC, MILD]
    assert keep(ledger, mild=b"second", clinic=b"clinic") == [MILD]
    assert keep(ledger, mild=b"second", clinic=b"clinic") == []
    assert keep(ledger) == []


def test_the_last_load_says_what_was_shown_and_why_it_waits(ledger: Ledger) -> None:
    why = ("The schedules folder is empty or missing.", "It would send 60 late texts at once.")
    with ledger.writing() as book:
        assert book.last_load() is None
        first = book.note_load("aa", LoadOutcome.WAITS, why, 7, NOON)
        assert book.last_load() == Load(first, NOON, "aa", LoadOutcome.WAITS, why, 7)
        second = book.note_load("aa", LoadOutcome.ACCEPTED, (), 7, NOON + HOUR)
        assert book.last_load() == Load(second, NOON + HOUR, "aa", LoadOutcome.ACCEPTED, (), 7)
    assert second > first
