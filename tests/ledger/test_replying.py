"""What patients wrote back is kept as it came, once, and belongs to whom the last text was for."""

from datetime import timedelta

from notifier.core.lifecycle import State
from notifier.core.replies import Inbound, ReplyKind
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import Reply
from tests.builders import NOON, PROCEDURE, a_draft, a_record
from tests.ledger.steps import accepted, claim, record_new, settle, told

PHONE, OTHER = a_draft().to, "+17205550135"
HOUR = timedelta(hours=1)
REPLY = Inbound("SM1", PHONE, "Can I drink coffee?")


def keep(ledger: Ledger, inbound: Inbound = REPLY, *patients: str, answer: str | None = None, hours: int = 0) -> Reply:
    with ledger.writing() as book:
        return book.keep_reply(inbound, ReplyKind.OTHER, answer, patients, NOON + hours * HOUR)


def meant_for(ledger: Ledger, phone: str = PHONE) -> list[str]:
    with ledger.reading() as book:
        return [record.key for record in book.meant_for(phone)]


def test_a_reply_is_kept_as_it_came(ledger: Ledger) -> None:
    kept = keep(ledger, REPLY, "P-1042", answer="Thank you.")
    assert kept == Reply(1, "SM1", PHONE, "P-1042", NOON, ReplyKind.OTHER, "Can I drink coffee?", "Thank you.")
    with ledger.reading() as book:
        assert book.replies() == book.replies(patient="P-1042") == book.replies(phone=PHONE) == [kept]
        assert book.replies(patient="P-2") == book.replies(phone=OTHER) == []


def test_a_reply_with_a_nul_is_kept_on_every_engine(ledger: Ledger) -> None:
    assert keep(ledger, Inbound("SM1", PHONE, "no\0thing")).body == "no\N{REPLACEMENT CHARACTER}thing"


def test_a_reply_is_known_by_the_providers_name_of_it(ledger: Ledger) -> None:
    keep(ledger)
    with ledger.reading() as book:
        assert book.has_reply("SM1")
        assert not book.has_reply("SM2")


def test_each_patient_of_the_phone_is_told_of_it_without_its_words(ledger: Ledger) -> None:
    kept = keep(ledger, REPLY, "P-1042", "P-2")
    assert kept.patient == "P-1042"
    assert told(ledger) == told(ledger, "P-2") == [("replied", "other")]


def test_replies_of_strangers_are_those_that_were_taken_for_nobody(ledger: Ledger) -> None:
    keep(ledger, Inbound("SM0", OTHER, "hello"), hours=-3)
    stranger = keep(ledger, Inbound("SM1", OTHER, "hello?"))
    keep(ledger, Inbound("SM2", PHONE, "ok"), "P-1042")
    with ledger.reading() as book:
        assert book.from_strangers(NOON - HOUR) == [stranger]


def test_only_what_was_answered_counts_as_answered(ledger: Ledger) -> None:
    keep(ledger, answer="Thank you.")
    keep(ledger, Inbound("SM2", PHONE, "And tea?"), hours=1)
    with ledger.reading() as book:
        assert book.last_answered(PHONE, [ReplyKind.OTHER, ReplyKind.REFUSAL]) == NOON
        assert book.last_answered(PHONE, [ReplyKind.HELP]) is None
        assert book.last_answered(OTHER, [ReplyKind.OTHER]) is None


def test_a_phones_messages_begin_with_the_last_that_was_sent(ledger: Ledger) -> None:
    first = a_record(patient="P-1", step="a", latest=NOON + 8 * HOUR)
    record_new(ledger, first, a_record(patient="P-2", step="b", place=NOON + HOUR))
    [attempt] = claim(ledger)
    settle(ledger, attempt, accepted())
    claim(ledger, NOON + HOUR)
    assert meant_for(ledger) == ["P-2/b/1", "P-1/a/1"]


def test_where_nothing_was_sent_a_phones_messages_go_by_the_nearest_procedure(ledger: Ledger) -> None:
    far = a_record(patient="P-1", procedure=PROCEDURE + timedelta(days=9))
    record_new(ledger, far, a_record(patient="P-2", state=State.REFUSED), a_record(patient="P-3", to=OTHER))
    assert meant_for(ledger) == ["P-2/last-meal/1", "P-1/last-meal/1"]
    assert meant_for(ledger, "+17205550199") == []


def test_what_a_person_decides_is_told_of_each_patient_of_the_phone(ledger: Ledger) -> None:
    record_new(ledger, a_record(patient="P-1"), a_record(patient="P-2"), a_record(patient="P-3", to=OTHER))
    with ledger.writing() as book:
        book.tell_opted(PHONE, is_out=True, now=NOON)
        book.tell_opted(PHONE, is_out=False, now=NOON)
    for patient in ("P-1", "P-2"):
        assert told(ledger, patient) == [("new", None), ("opted out", None), ("opted in", None)]
    assert told(ledger, "P-3") == [("new", None)]
