"""The call list: what is opened, what ends by itself, and what only a person can close."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from notifier.core.calls import PASSING, Call, CallReason
from notifier.core.delivery import Event
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import CallEntry
from tests.builders import NOON, a_call
from tests.ledger.steps import told

HOUR = timedelta(hours=1)
ENDING = sorted({*PASSING, CallReason.MOVED, CallReason.CANCELLED, CallReason.GONE})
STAYING = [reason for reason in CallReason if reason not in ENDING]
ASKED = a_call(reason=CallReason.ASKED, about="reply 7")
OPENED, CLOSED = ("call opened", "text not delivered"), ("call closed", "text not delivered")


def list_calls(ledger: Ledger, *wanted: Call, now: datetime = NOON, kept: tuple[str, ...] = ()) -> list[CallEntry]:
    """Say which calls are wanted of everybody who was ever on the list."""
    with ledger.writing() as book:
        everybody = {call.patient for call in wanted} | {entry.patient for entry in book.calls(open_only=False)}
        return book.list_calls(wanted, everybody, now, kept)


def close(ledger: Ledger, entry: CallEntry, now: datetime = NOON) -> CallEntry | None:
    with ledger.writing() as book:
        return book.close_call(entry.id, "Ines", "spoke to her daughter", now)


def open_calls(ledger: Ledger) -> list[CallEntry]:
    with ledger.reading() as book:
        return book.calls()


def all_calls(ledger: Ledger, patient: str | None = None) -> list[CallEntry]:
    with ledger.reading() as book:
        return book.calls(open_only=False, patient=patient)


def test_a_wanted_call_is_opened_once(ledger: Ledger) -> None:
    call = a_call()
    [entry] = list_calls(ledger, call)
    assert entry == CallEntry(
        entry.id,
        "P-1042",
        CallReason.UNDELIVERED,
        call.about,
        "Maria",
        call.phone,
        call.say,
        call.by,
        is_wanted=True,
        opened_at=NOON,
    )
    assert entry.key == call.key
    assert list_calls(ledger, call, now=NOON + HOUR) == []
    assert open_calls(ledger) == [entry]
    assert told(ledger) == [OPENED]


def test_the_most_urgent_call_is_first(ledger: Ledger) -> None:
    later = a_call(patient="A", by=NOON + 3 * HOUR)
    second, first = a_call(patient="C", by=NOON + HOUR), a_call(patient="B", by=NOON + HOUR)
    opened = list_calls(ledger, later, second, first)
    assert [entry.patient for entry in opened] == ["A", "C", "B"]
    assert [entry.patient for entry in open_calls(ledger)] == ["B", "C", "A"]


def test_one_patient_can_be_on_the_list_for_several_reasons(ledger: Ledger) -> None:
    calls = [
        a_call(),
        a_call(about="P-1042/wash/1"),
        a_call(reason=CallReason.MOVED, about="2026-12-04T20:00:00+00:00"),
        a_call(patient="P-2"),
    ]
    list_calls(ledger, *calls)
    assert {entry.key for entry in open_calls(ledger)} == {call.key for call in calls}
    assert {entry.key for entry in all_calls(ledger, "P-1042")} == {call.key for call in calls[:3]}


def test_an_open_entry_follows_what_is_wanted_without_a_word_in_the_story(ledger: Ledger) -> None:
    [entry] = list_calls(ledger, a_call())
    corrected = a_call(name="María", phone="+17205550199", say="Other words", by=NOON + HOUR)
    assert list_calls(ledger, corrected, now=NOON + HOUR) == []
    expected = replace(entry, name="María", phone="+17205550199", say="Other words", by_when=NOON + HOUR)
    assert open_calls(ledger) == [expected]
    assert told(ledger) == [OPENED]


def test_the_name_stays_when_the_files_no_longer_say_it(ledger: Ledger) -> None:
    list_calls(ledger, a_call())
    list_calls(ledger, a_call(name=None))
    assert [entry.name for entry in open_calls(ledger)] == ["Maria"]


@pytest.mark.parametrize("reason", ENDING)
def test_what_was_put_right_or_undone_is_closed_by_the_program(ledger: Ledger, reason: CallReason) -> None:
    [entry] = list_calls(ledger, a_call(reason=reason, about=""))
    [closed] = list_calls(ledger, now=NOON + HOUR)
    assert closed == replace(
        entry, is_wanted=False, closed_at=NOON + HOUR, closed_by="notifier", note="no longer needed"
    )
    assert open_calls(ledger) == []
    assert all_calls(ledger) == [closed]
    with ledger.reading() as book:
        assert book.story("P-1042") == [
            Event(NOON, "P-1042", None, "call opened", reason.value, "call list"),
            Event(NOON + HOUR, "P-1042", None, "call closed", reason.value, "call list"),
        ]


def test_a_call_that_nobody_made_in_time_is_not_said_to_have_been_needless(ledger: Ledger) -> None:
    call = a_call(reason=CallReason.ON_HOLD, about="")
    list_calls(ledger, call)
    [closed] = list_calls(ledger, now=call.by)
    assert (closed.closed_by, closed.note) == ("notifier", "its time has passed")


@pytest.mark.parametrize("reason", ENDING)
def test_what_the_program_closed_is_opened_again_when_it_is_wanted_again(ledger: Ledger, reason: CallReason) -> None:
    call = a_call(reason=reason, about="")
    [entry] = list_calls(ledger, call)
    list_calls(ledger)
    [again] = list_calls(ledger, replace(call, say="Other words"), now=NOON + HOUR)
    assert again == replace(entry, say="Other words", opened_at=NOON + HOUR)
    assert open_calls(ledger) == [again]


@pytest.mark.parametrize("reason", STAYING)
def test_what_befell_a_message_stays_open_until_a_person_closes_it(ledger: Ledger, reason: CallReason) -> None:
    [entry] = list_calls(ledger, a_call(reason=reason))
    assert list_calls(ledger, now=NOON + HOUR) == []
    assert open_calls(ledger) == [replace(entry, is_wanted=False)]
    assert list_calls(ledger, a_call(reason=reason), now=NOON + 2 * HOUR) == []
    assert open_calls(ledger) == [entry]


@pytest.mark.parametrize("reason", CallReason)
def test_what_a_person_closed_stays_closed_for_as_long_as_it_is_wanted(ledger: Ledger, reason: CallReason) -> None:
    call = a_call(reason=reason)
    [entry] = list_calls(ledger, call)
    closed = close(ledger, entry, NOON + HOUR)
    assert list_calls(ledger, call, now=NOON + 2 * HOUR) == []
    assert list_calls(ledger, replace(call, say="Other words"), now=NOON + 3 * HOUR) == []
    assert all_calls(ledger) == [closed]


@pytest.mark.parametrize("reason", CallReason)
def test_what_comes_back_after_it_was_over_is_a_new_reason_to_call(ledger: Ledger, reason: CallReason) -> None:
    call = a_call(reason=reason, about="")
    [entry] = list_calls(ledger, call)
    close(ledger, entry)
    assert list_calls(ledger) == []  # opted in again, say
    [again] = list_calls(ledger, call, now=NOON + HOUR)
    assert again == replace(entry, opened_at=NOON + HOUR)


def test_closing_an_entry_says_who_and_when_and_is_recorded(ledger: Ledger) -> None:
    [entry] = list_calls(ledger, a_call())
    closed = close(ledger, entry, NOON + HOUR)
    assert closed == replace(entry, closed_at=NOON + HOUR, closed_by="Ines", note="spoke to her daughter")
    assert open_calls(ledger) == []
    assert told(ledger) == [OPENED, CLOSED]
    with ledger.reading() as book:
        # Neither who called nor what was said: a log may tell an event.
        assert book.story("P-1042")[-1] == Event(NOON + HOUR, "P-1042", entry.about, *CLOSED, "staff")


def test_an_entry_is_closed_once_and_only_if_there_is_one(ledger: Ledger) -> None:
    [entry] = list_calls(ledger, a_call())
    assert close(ledger, replace(entry, id=entry.id + 1)) is None
    close(ledger, entry)
    assert close(ledger, entry) is None
    assert told(ledger) == [OPENED, CLOSED]


def test_nothing_ends_for_patients_of_whom_the_files_say_nothing_for_now(ledger: Ledger) -> None:
    kept = a_call(patient="A", reason=CallReason.ON_HOLD, about="")
    other = a_call(patient="B", reason=CallReason.ON_HOLD, about="")
    list_calls(ledger, kept, other)
    [closed] = list_calls(ledger, kept=("A",))
    assert closed.patient == "B"
    [entry] = open_calls(ledger)
    assert (entry.patient, entry.is_wanted) == ("A", True)


def test_a_whole_clinic_is_opened_in_order_and_ended_at_once(ledger: Ledger) -> None:
    calls = [a_call(patient=f"P-{number:04}", reason=CallReason.ON_HOLD, about="") for number in range(1300)]
    assert [entry.key for entry in list_calls(ledger, *calls)] == [call.key for call in calls]
    assert list_calls(ledger, *calls) == []
    assert len(list_calls(ledger)) == len(calls)


def open_call(ledger: Ledger, call: Call = ASKED) -> CallEntry:
    with ledger.writing() as book:
        return book.open_call(call, NOON)


def test_what_a_patient_wrote_is_listed_until_a_person_closes_it(ledger: Ledger) -> None:
    entry = open_call(ledger)
    assert list_calls(ledger, now=NOON + 99 * HOUR) == []
    assert [one.id for one in open_calls(ledger)] == [entry.id]
    assert close(ledger, entry) is not None
    assert list_calls(ledger, now=NOON + 99 * HOUR) == []
    assert open_calls(ledger) == []


def test_an_event_of_what_a_patient_wrote_is_about_no_message(ledger: Ledger) -> None:
    open_call(ledger)
    with ledger.reading() as book:
        assert book.story("P-1042") == [Event(NOON, "P-1042", None, "call opened", ASKED.reason.value, "call list")]


@pytest.mark.parametrize(("by", "cause"), [("patient", "reply"), ("Ines", "staff")])
def test_what_a_phones_owner_asked_is_closed_by_deciding(ledger: Ledger, by: str, cause: str) -> None:
    entry = open_call(ledger)
    others = [
        open_call(ledger, replace(ASKED, phone="+17205550135", about="reply 8")),
        open_call(ledger, replace(ASKED, reason=CallReason.WROTE, about="reply 9")),
    ]
    with ledger.writing() as book:
        [closed] = book.close_calls_to(ASKED.phone, CallReason.ASKED, by, "meant it", NOON + HOUR)
        assert book.close_calls_to(ASKED.phone, CallReason.ASKED, by, "meant it", NOON + HOUR) == []
        assert book.story("P-1042")[-1].cause == cause
    assert closed == replace(entry, closed_at=NOON + HOUR, closed_by=by, note="meant it")
    assert open_calls(ledger) == others
