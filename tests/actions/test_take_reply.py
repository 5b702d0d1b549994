"""Replies, from what a patient writes to what the plan, the line and the call list make of it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from notifier.actions.take_reply import Taken, take_reply
from notifier.clock import JumpingClock
from notifier.core.calls import CallReason
from notifier.core.delivery import Answer, AnswerKind
from notifier.core.lifecycle import State
from notifier.core.model import Clinic
from notifier.core.replies import Inbound, ReplyKind
from notifier.ledger.opening import Ledger, open_ledger
from tests.actions.steps import denver, send, shown, states, told, update
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients
from tests.fakes.fake_sender import FakeSender

MARIA, LUZ, STRANGER = "+17205550134", "+13035550112", "+17205550199"
NOW = denver("2026-12-01 15:00")
SENT = denver("2026-12-01 15:10")  # all that was due has gone out
AHEAD = {"last-meal", "night-before-wash", "morning-wash", "last-clear-liquids"}


@dataclass(frozen=True)
class Home:
    """Schedule files, and a ledger in which the first texts have gone out."""

    folder: Path
    ledger: Path
    clinic: Clinic


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The shipped clinic; Maria and Luz have their procedures on Thu Dec 3 at 07:30. Made once: it takes a while."""
    path = tmp_path_factory.mktemp("home")
    folder, file = copy_shipped(path / "schedules"), path / "ledger.db"
    write_patients(folder, an_entry(), an_entry("P-7", name="Luz", phone=LUZ, language="es"))
    with open_ledger(f"sqlite:///{file}") as ledger:
        schedules = update(folder, ledger, NOW).checked.reading.schedules
        send_all(ledger, NOW)
    assert schedules is not None
    return Home(folder, file, schedules.clinic)


@pytest.fixture
def folder(home: Home, tmp_path: Path) -> Path:
    """The schedule files, for a test to change."""
    return Path(shutil.copytree(home.folder, tmp_path / "schedules"))


@pytest.fixture
def ledger(home: Home, tmp_path: Path) -> Iterator[Ledger]:
    """The ledger, for a test to change."""
    with open_ledger(f"sqlite:///{shutil.copy(home.ledger, tmp_path)}") as opened:
        yield opened


@pytest.fixture
def clinic(home: Home) -> Clinic:
    return home.clinic


def send_all(ledger: Ledger, now: datetime, *answers: Answer) -> int:
    """Send what is due, a text to each phone a minute; return how many went."""
    clock, sent = JumpingClock(now), 0
    sender = FakeSender(*answers)
    while batch := send(ledger, sender, clock).sent:
        sent += len(batch)
        clock.wait(timedelta(minutes=1))
    return sent


class Phone:
    """A patient's phone, on which somebody writes."""

    def __init__(self, ledger: Ledger, clinic: Clinic | None, number: str = MARIA) -> None:
        self._ledger, self._clinic, self._number = ledger, clinic, number
        self._texts = 0

    def write(self, body: str, now: datetime = SENT, opt_out_type: str | None = None) -> Taken:
        self._texts += 1
        inbound = Inbound(f"SM{self._number}{self._texts}", self._number, body, opt_out_type)
        return take_reply(inbound, self._ledger, self._clinic, now)


@pytest.fixture
def phone(ledger: Ledger, clinic: Clinic) -> Phone:
    """Maria's."""
    return Phone(ledger, clinic)


def call_list(ledger: Ledger, patient: str = "P-1042") -> list[tuple[str, str, str]]:
    """Why to call a patient, about what, and until when."""
    with ledger.reading() as book:
        return [(entry.reason, entry.about, shown(entry.by_when)) for entry in book.calls(patient=patient)]


# Stop.


def test_after_a_stop_nothing_is_claimed_although_nobody_has_planned_anew(ledger: Ledger, phone: Phone) -> None:
    taken = phone.write("STOP")
    assert (taken.kind, taken.is_changed, taken.patients) == (ReplyKind.STOP, True, ("P-1042",))
    assert send_all(ledger, denver("2026-12-02 13:30")) == 1  # Luz's
    assert states(ledger)["last-meal"] is State.PLANNED
    assert told(ledger)[-1] == ("replied", "stop")


def test_a_stop_puts_the_critical_texts_ahead_on_the_call_list(folder: Path, ledger: Ledger, phone: Phone) -> None:
    phone.write("stop")
    update(folder, ledger, SENT)
    assert call_list(ledger) == [(CallReason.OPTED_OUT, "", "Wed 2026-12-02 22:00")]
    assert {step for step, state in states(ledger).items() if state is State.REFUSED} >= AHEAD


def test_a_stop_is_confirmed_once(phone: Phone) -> None:
    assert (phone.write("STOP").answer or "").startswith("Anchor Healthcare: You will get no more texts from us.")
    assert phone.write("STOP").answer is None
    assert phone.write("unsubscribe").answer is None


def test_a_patient_is_answered_in_the_language_of_the_last_text(ledger: Ledger, clinic: Clinic) -> None:
    answer = Phone(ledger, clinic, LUZ).write("STOP").answer or ""
    assert answer.startswith("Anchor Healthcare: Ya no le enviaremos mensajes.")


def test_a_stop_blocks_one_phone_only(folder: Path, ledger: Ledger, phone: Phone) -> None:
    phone.write("STOP")
    update(folder, ledger, SENT)
    assert states(ledger, "P-7")["last-meal"] is State.PLANNED
    assert call_list(ledger, "P-7") == []


def test_a_stop_from_a_phone_without_texts_is_heeded_when_it_gets_some(
    folder: Path, ledger: Ledger, clinic: Clinic
) -> None:
    taken = Phone(ledger, clinic, STRANGER).write("STOP")
    assert (taken.is_changed, taken.patients) == (True, ())
    write_patients(folder, an_entry("P-8", phone=STRANGER))
    update(folder, ledger, SENT)
    assert states(ledger, "P-8")["last-meal"] is State.REFUSED


# Start.


def test_a_start_plans_again_what_was_refused_and_is_still_before_its_l(
    folder: Path, ledger: Ledger, phone: Phone
) -> None:
    phone.write("STOP")
    update(folder, ledger, SENT)
    late = denver("2026-12-02 19:30")  # after the places of both washes and the last meal, before their L
    taken = phone.write("START", late)
    assert (taken.kind, taken.is_changed) == (ReplyKind.START, True)
    assert (taken.answer or "").startswith("Anchor Healthcare: You will get our texts again.")
    update(folder, ledger, late)
    assert {step for step, state in states(ledger).items() if state is State.PLANNED} >= AHEAD
    assert call_list(ledger) == []
    assert send_all(ledger, late) == 4  # of which two are Luz's
    assert states(ledger)["last-meal"] is State.ACCEPTED


def test_a_start_after_the_l_of_a_text_leaves_it_to_the_call_list(folder: Path, ledger: Ledger, phone: Phone) -> None:
    phone.write("STOP")
    update(folder, ledger, SENT)
    late = denver("2026-12-02 22:01")
    phone.write("START", late)
    update(folder, ledger, late)
    found = states(ledger)
    assert found["last-meal"] is State.EXPIRED
    assert found["last-clear-liquids"] is State.PLANNED
    assert CallReason.TOO_LATE in {reason for reason, _, _ in call_list(ledger)}


def test_a_start_that_lifts_nothing_needs_no_answer(ledger: Ledger, phone: Phone) -> None:
    taken = phone.write("yes")
    assert (taken.kind, taken.answer, taken.is_changed) == (ReplyKind.START, None, False)
    assert call_list(ledger) == []


def test_a_phone_that_the_provider_has_blocked_stands_as_any_other(folder: Path, ledger: Ledger, phone: Phone) -> None:
    meal = denver("2026-12-02 13:30")
    send_all(ledger, meal, *2 * [Answer(AnswerKind.OPTED_OUT, code="21610")])
    update(folder, ledger, meal)
    assert call_list(ledger)[0][0] is CallReason.OPTED_OUT
    assert phone.write("STOP", meal).answer is None  # it gets no texts already
    assert phone.write("START", meal).is_changed
    update(folder, ledger, meal)
    assert states(ledger)["last-meal"] is State.PLANNED


# Refusals in own words.


def test_a_refusal_in_own_words_blocks_until_somebody_decides(folder: Path, ledger: Ledger, phone: Phone) -> None:
    taken = phone.write("please stop texting me")
    assert (taken.kind, taken.is_changed) == (ReplyKind.REFUSAL, True)
    assert (taken.answer or "").startswith("Anchor Healthcare: We will not text you unless you ask us to.")
    with ledger.reading() as book:
        assert [one.is_undecided for one in book.standing_opt_outs()] == [True]
        [entry] = book.calls()
    assert (entry.reason, entry.about, entry.phone) == (CallReason.ASKED, "reply 1", MARIA)
    assert entry.say == (
        "They wrote: “please stop texting me” Texts are off until you decide: “notifier optout add” or "
        "“notifier optout remove” +17205550134."
    )
    update(folder, ledger, SENT)
    assert {reason for reason, _, _ in call_list(ledger)} == {CallReason.ASKED, CallReason.OPTED_OUT}


@pytest.mark.parametrize("decision", ["STOP", "START"])
def test_the_patient_may_decide_too(ledger: Ledger, phone: Phone, decision: str) -> None:
    phone.write("wrong number")
    assert phone.write(decision).answer is not None
    assert call_list(ledger) == []
    with ledger.reading() as book:
        assert not any(one.is_undecided for one in book.standing_opt_outs())


def test_a_second_refusal_is_shown_to_the_staff_and_answered_with_the_days_answer(ledger: Ledger, phone: Phone) -> None:
    phone.write("should I stop my aspirin?")
    assert phone.write("and when do I stop eating").answer is None
    assert {reason for reason, _, _ in call_list(ledger)} == {CallReason.ASKED, CallReason.WROTE}


# Help, and anything else.


def test_help_is_answered_each_time(ledger: Ledger, phone: Phone) -> None:
    for _ in range(2):
        answer = phone.write("HELP").answer or ""
        assert answer.startswith("Anchor Healthcare: We text you about your visit.")
        assert "911" in answer
    assert call_list(ledger) == []


def test_anything_else_is_shown_to_the_staff_until_they_close_it(folder: Path, ledger: Ledger, phone: Phone) -> None:
    taken = phone.write("Can I drink coffee?\nThanks")
    assert (taken.kind, taken.is_changed) == (ReplyKind.OTHER, False)
    listed = [(CallReason.WROTE, "reply 1", "Wed 2026-12-02 15:10")]  # within a day
    assert call_list(ledger) == listed
    update(folder, ledger, denver("2026-12-20 12:00"))
    assert [one for one in call_list(ledger) if one[0] is CallReason.WROTE] == listed
    with ledger.writing() as book:
        [entry] = [one for one in book.calls() if one.reason is CallReason.WROTE]
        assert entry.say == "They wrote: “Can I drink coffee? Thanks”"
        book.close_call(entry.id, "Ann Lee", "yes, black", denver("2026-12-20 12:01"))
    update(folder, ledger, denver("2026-12-20 12:02"))
    assert CallReason.WROTE not in {reason for reason, _, _ in call_list(ledger)}


@pytest.mark.parametrize(
    ("now", "by"),
    [
        ("2026-12-02 21:00", "Wed 2026-12-02 22:00"),  # L of the last meal's text
        ("2026-12-03 06:30", "Thu 2026-12-03 07:30"),  # the procedure
        ("2026-12-10 12:00", "Fri 2026-12-11 12:00"),
    ],
)
def test_a_reply_is_to_be_read_before_the_next_thing_that_matters_and_within_a_day(
    ledger: Ledger, phone: Phone, now: str, by: str
) -> None:
    phone.write("ok", denver(now))
    assert call_list(ledger) == [(CallReason.WROTE, "reply 1", by)]


def test_a_reply_without_words_says_so(ledger: Ledger, phone: Phone) -> None:
    phone.write("")
    with ledger.reading() as book:
        assert book.calls()[0].say == "They wrote: nothing in words; a picture perhaps"


def test_anything_else_is_answered_once_a_day_by_the_clinics_clock(phone: Phone) -> None:
    answers = [
        phone.write("hello", denver(wall)).answer is not None
        for wall in ("2026-12-01 15:10", "2026-12-01 23:59", "2026-12-02 00:00", "2026-12-02 23:59")
    ]
    assert answers == [True, False, True, False]


@pytest.mark.parametrize("day", ["2027-03-14", "2027-11-07"])  # of 23 hours, and of 25
def test_a_day_on_which_the_clocks_change_is_one_day(phone: Phone, day: str) -> None:
    walls = ("00:00", "01:30", "03:30", "23:59")
    answers = [phone.write("hello", denver(f"{day} {wall}")).answer is not None for wall in walls]
    assert answers == [True, False, False, False]


def test_each_phone_has_a_day_of_its_own(ledger: Ledger, clinic: Clinic, phone: Phone) -> None:
    assert phone.write("hello").answer is not None
    assert Phone(ledger, clinic, LUZ).write("hola").answer is not None


def test_a_question_after_a_stop_is_still_answered_and_shown(ledger: Ledger, phone: Phone) -> None:
    phone.write("STOP")
    assert "911" in (phone.write("my back hurts").answer or "")
    assert call_list(ledger)[0][0] is CallReason.WROTE


def test_a_stranger_is_answered_and_kept_but_on_no_call_list(ledger: Ledger, clinic: Clinic) -> None:
    stranger = Phone(ledger, clinic, STRANGER)
    assert (stranger.write("who is this?").answer or "").startswith("Anchor Healthcare: Thank you.")
    assert stranger.write("leave me alone").is_changed
    with ledger.reading() as book:
        assert book.calls() == []
        assert [reply.body for reply in book.from_strangers(NOW)] == ["who is this?", "leave me alone"]


def test_of_two_bookings_the_one_texted_last_gets_the_reply(folder: Path, ledger: Ledger, phone: Phone) -> None:
    write_patients(folder, an_entry(), an_entry("P-1043", procedure="2026-12-15 07:30"))
    later = denver("2026-12-02 09:00")
    update(folder, ledger, later)
    send_all(ledger, later)
    assert phone.write("hello", denver("2026-12-02 09:20")).patients[0] == "P-1043"
    assert call_list(ledger, "P-1043") == [(CallReason.WROTE, "reply 1", "Wed 2026-12-02 22:00")]
    assert ("replied", "other") in told(ledger)


# At most once.


def test_a_reply_that_comes_again_changes_nothing_and_is_not_answered_again(ledger: Ledger, clinic: Clinic) -> None:
    inbound = Inbound("SM1", MARIA, "STOP")
    assert take_reply(inbound, ledger, clinic, SENT).answer is not None
    Phone(ledger, clinic).write("START")
    before = told(ledger)
    assert take_reply(inbound, ledger, clinic, SENT) == Taken(ReplyKind.STOP)
    assert told(ledger) == before
    with ledger.reading() as book:
        assert book.opted_out() == frozenset()


@pytest.mark.parametrize(
    ("word", "body", "kind", "is_changed"),
    [
        ("STOP", "Arrêtez", ReplyKind.STOP, True),
        ("START", "vamos", ReplyKind.START, False),
        ("HELP", "??", ReplyKind.HELP, False),
    ],
)
def test_what_the_provider_has_answered_is_heeded_and_not_answered_again(
    phone: Phone, word: str, body: str, kind: ReplyKind, *, is_changed: bool
) -> None:
    taken = phone.write(body, opt_out_type=word)
    assert (taken.kind, taken.answer, taken.is_changed) == (kind, None, is_changed)


@pytest.mark.parametrize("body", ["STOP", "HELP", "hello", "leave me alone"])
def test_without_a_clinic_all_is_heeded_and_nothing_answered(ledger: Ledger, body: str) -> None:
    taken = Phone(ledger, None).write(body)
    assert taken.answer is None
    assert taken.patients == ("P-1042",)
    assert told(ledger).count(("replied", taken.kind.value)) == 1


def test_no_event_holds_a_phone_or_what_was_written(ledger: Ledger, phone: Phone) -> None:
    for body in ("STOP", "START", "my knee hurts", "please stop texting me"):
        phone.write(body)
    with ledger.reading() as book:
        said = repr(book.story("P-1042"))
    assert MARIA not in said
    assert "knee" not in said
    assert "texting" not in said
