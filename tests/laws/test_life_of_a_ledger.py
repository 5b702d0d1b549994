"""Any sequence of edits, mishaps and days, over the real ledger, files and actions: the laws hold after each step.

What hypothesis prints where one breaks is the run itself, step by step.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from notifier.core.delivery import Answer, AnswerKind, Attempt, Receipt
from notifier.core.guard import UNGUARDED, Limits
from notifier.ledger.rows import CallEntry
from tests.laws.machine_desk import HOUSE_FILES, PATIENT_FILES, Booking, FileState, House, Mistake
from tests.laws.machine_laws import check_laws
from tests.laws.machine_promises import check_promises
from tests.laws.machine_world import Scene, World

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PEOPLE = ("Marisol", "Jamesina", "Dolores", "Waltraud", "Gracia", "Carmencita", "Ottoline", "Ruperta")
PHONES = tuple(f"+1720555013{last}" for last in range(6))
STARTS = (
    datetime(2026, 11, 30, 16, 0, tzinfo=UTC),  # a Monday, 09:00 in Denver
    datetime(2026, 12, 3, 3, 30, 20, tzinfo=UTC),  # half past eight in the evening, in quiet hours soon
    datetime(2026, 10, 29, 15, 0, tzinfo=UTC),  # before the clocks go back
)
SPANS = (5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 40 * _MINUTE, 3 * _HOUR, 6 * _HOUR, _DAY, 2 * _DAY, 9 * _DAY)
STATUSES = ("booked", "booked", "cancelled", "no-show", "on-hold", "completed")
ORDERED = (("fasting", 8), ("fasting", 12), ("lifting", 24), ("lifting", 48))
ZONES = ("America/Los_Angeles", "America/Detroit", "Europe/Dublin")
CHANGES: dict[str, object] = {
    "quiet": ("20:00 to 09:00", "20:00 to 04:30"),
    "resend_after": 30,
    "fasting": 9,
    "is_retimed": True,
    "is_rephrased": True,
}
ANSWERS = {
    "accepted": Answer(AnswerKind.ACCEPTED, sid="drawn"),  # each is given a sid of its own
    "refused": Answer(AnswerKind.REFUSED, code="21211"),
    "busy": Answer(AnswerKind.TEMPORARY, code="20429"),
    "busy for long": Answer(AnswerKind.TEMPORARY, code="20429", retry_after=900),
    "time-out": Answer(AnswerKind.IN_DOUBT, code="time-out"),
}


@dataclass(frozen=True)
class NewBooking:
    """What an admin types for a patient who is new."""

    ahead: int  # days from now
    quarter: int  # of an hour since midnight
    phone: str
    file: str
    lead: int  # minutes
    language: str


whiches = st.integers(0, 7)
moves = st.sampled_from(tuple(sign * span for span in SPANS for sign in (1, -1)))
answers = st.lists(st.sampled_from(sorted(ANSWERS)), max_size=4)
new_bookings = st.builds(
    NewBooking,
    ahead=st.sampled_from((0, 1, 1, 2, 3, 8, 31)),
    quarter=st.integers(5 * 4, 20 * 4),
    phone=st.sampled_from(PHONES),
    file=st.sampled_from(PATIENT_FILES),
    lead=st.sampled_from((0, 0, 60, 90)),
    language=st.sampled_from(("en", "es")),
)


class LifeOfALedger(RuleBasedStateMachine):
    """A clinic, its admins and its provider; each rule is something that one of them does."""

    limits: Limits = UNGUARDED
    fewest, most = 1, 4  # patients
    is_compared = False  # each update, with one that plans everybody anew

    @initialize(start=st.sampled_from(STARTS), data=st.data())
    def begin(self, start: datetime, data: st.DataObject) -> None:
        self.world = World(start, self.limits)
        self.world.is_compared = self.is_compared
        self.desk = self.world.desk
        self.count = 0
        self.scene: Scene | None = None
        for new in data.draw(st.lists(new_bookings, min_size=self.fewest, max_size=self.most - 1), label="patients"):
            self._book(new)
        self.world.reload()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.clear()

    @invariant()
    def the_laws_hold(self) -> None:
        before, after = self.scene, self.world.look()
        check_laws(before, after)
        check_promises(after)
        self.world.update_again()
        self.scene = after

    # ---- what admins do to entries

    @precondition(lambda self: len(self.desk.bookings) < self.most)
    @rule(new=new_bookings)
    def add_a_patient(self, new: NewBooking) -> None:
        self._book(new)
        self.world.reload()

    def _book(self, new: NewBooking) -> None:
        self.count += 1
        day = self.world.clock.now().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) + new.ahead * _DAY
        booking = Booking(
            id=f"P-{self.count}",
            name=PEOPLE[self.count % len(PEOPLE)],
            phone=new.phone,
            procedure=day + new.quarter * 15 * _MINUTE,
            lead=new.lead * _MINUTE,
            language=new.language,
            file=new.file,
        )
        self.desk.bookings[booking.id] = booking

    def booking(self, which: int) -> Booking:
        bookings = list(self.desk.bookings.values())
        return bookings[which % len(bookings)]

    def edit(self, which: int, **fields: object) -> None:
        """Change an entry, and have the files read."""
        self.desk.change(self.booking(which), **fields)
        self.world.reload()

    @rule(which=whiches, by=moves)
    def move_the_procedure(self, which: int, by: timedelta) -> None:
        self.edit(which, procedure=_clear_of_clock_changes(self.booking(which).procedure + by))

    @rule(which=whiches, by=moves, minutes=st.integers(0, 4))
    def move_the_wrong_row_and_put_it_right(self, which: int, by: timedelta, minutes: int) -> None:
        procedure = self.booking(which).procedure
        self.edit(which, procedure=_clear_of_clock_changes(procedure + by))
        self.world.wait(minutes * _MINUTE)
        self.edit(which, procedure=procedure)

    @rule(which=whiches, lead=st.sampled_from((0, 10, 30, 60, 90, 180)))
    def move_the_arrival(self, which: int, lead: int) -> None:
        self.edit(which, lead=lead * _MINUTE)

    @rule(which=whiches, status=st.sampled_from(STATUSES))
    def change_the_status(self, which: int, status: str) -> None:
        self.edit(which, status=status)

    @rule(which=whiches, minutes=st.integers(0, 5))
    def cancel_the_wrong_row_and_put_it_right(self, which: int, minutes: int) -> None:
        status = self.booking(which).status
        self.edit(which, status="cancelled")
        self.world.wait(minutes * _MINUTE)
        self.edit(which, status=status)

    @rule(which=whiches, order=st.sampled_from(ORDERED))
    def change_an_order(self, which: int, order: tuple[str, int]) -> None:
        name, hours = order
        self.edit(which, orders={**self.booking(which).orders, name: hours})

    @rule(which=whiches)
    def rename_an_id(self, which: int) -> None:
        self.count += 1
        self.edit(which, id=f"P-{self.count}")

    @rule(which=whiches, file=st.sampled_from(PATIENT_FILES))
    def move_an_entry_to_another_file(self, which: int, file: str) -> None:
        if {self.desk.files[self.booking(which).file], self.desk.files[file]} == {FileState.GOOD}:
            self.edit(which, file=file)

    @rule(which=whiches, phone=st.sampled_from(PHONES))
    def correct_a_phone(self, which: int, phone: str) -> None:
        self.edit(which, phone=phone)

    @rule(which=whiches)
    def withdraw_or_give_consent(self, which: int) -> None:
        self.edit(which, has_consent=not self.booking(which).has_consent)

    @rule(which=whiches, mistake=st.sampled_from(Mistake))
    def break_or_mend_an_entry(self, which: int, mistake: Mistake) -> None:
        self.edit(which, mistake=None if self.booking(which).mistake else mistake)

    # ---- what admins do to files and to the folder

    @rule(file=st.sampled_from(PATIENT_FILES), state=st.sampled_from((FileState.GARBLED, FileState.AWAY)))
    def break_or_delete_a_patients_file_or_put_it_back(self, file: str, state: FileState) -> None:
        self._spoil_or_mend(file, state)

    @rule(
        file=st.sampled_from(HOUSE_FILES),
        state=st.sampled_from((FileState.GARBLED, FileState.WRONG, FileState.AWAY)),
    )
    def break_or_mend_the_clinic_or_the_protocol(self, file: str, state: FileState) -> None:
        self._spoil_or_mend(file, state)

    def _spoil_or_mend(self, file: str, state: FileState) -> None:
        self.desk.files[file] = state if self.desk.files[file] is FileState.GOOD else FileState.GOOD
        self.world.reload()

    @rule()
    def rename_the_patients_folder_or_back(self) -> None:
        self.desk.patients_folder = "patients" if self.desk.patients_folder != "patients" else "patiens"
        self.world.reload()

    @rule(minutes=st.integers(0, 90))
    def mount_an_empty_folder_for_a_while(self, minutes: int) -> None:
        self.desk.is_mounted = False
        self.world.reload()
        self.world.wait(minutes * _MINUTE)
        self.desk.is_mounted = True
        self.world.reload()

    @rule(said=st.sampled_from(sorted(CHANGES)))
    def change_the_clinic_or_the_protocol_or_back(self, said: str) -> None:
        """Quiet hours, the smallest move, a default, the times of steps, or the words of texts."""
        usual = getattr(House(), said)
        self.desk.furnish(**{said: CHANGES[said] if getattr(self.desk.house, said) == usual else usual})
        self.world.reload()

    @rule(zone=st.sampled_from(ZONES))
    def mistype_the_time_zone_or_put_it_right(self, zone: str) -> None:
        usual = House().zone
        self.desk.furnish(zone=zone if self.desk.house.zone == usual else usual)
        self.world.reload()

    # ---- what patients, staff and the provider do

    @rule(phone=st.sampled_from(PHONES), is_out=st.booleans())
    def opt_out_or_in(self, phone: str, is_out: bool) -> None:  # noqa: FBT001 (hypothesis passes it by name)
        with self.world.ledger.writing() as book:
            opt = book.opt_out if is_out else book.opt_in
            opt(phone, "STOP" if is_out else "START", "the phone's owner", self.world.clock.now())
        self.world.reload()

    @precondition(lambda self: self.sids())
    @rule(which=whiches, status=st.sampled_from(("sent", "delivered", "undelivered", "failed")))
    def send_a_receipt(self, which: int, status: str) -> None:
        sids = self.sids()
        with self.world.ledger.writing() as book:
            book.take_receipt(Receipt(sids[-1 - which % len(sids)], status, "30003"), self.world.clock.now())
        self.world.reload()

    def sids(self) -> list[str]:
        """Return the provider's names of the texts that it took."""
        attempts = self.scene.attempts if self.scene else ()
        return [one.answer.sid for one in attempts if one.answer and one.answer.sid]

    @precondition(lambda self: self.doubts())
    @rule(which=whiches, kind=st.sampled_from((AnswerKind.ACCEPTED, AnswerKind.REFUSED)))
    def settle_a_doubt(self, which: int, kind: AnswerKind) -> None:
        doubts = self.doubts()
        attempt = doubts[which % len(doubts)]
        answer = Answer(kind, sid=f"SMfound{attempt.id}" if kind is AnswerKind.ACCEPTED else None)
        with self.world.ledger.writing() as book:
            book.settle([(attempt, answer, None)], self.world.clock.now())
        self.world.reload()

    def doubts(self) -> list[Attempt]:
        """Return the attempts of which nobody knows what came."""
        attempts = self.scene.attempts if self.scene else ()
        return [one.attempt for one in attempts if one.answer is None or one.answer.kind is AnswerKind.IN_DOUBT]

    @precondition(lambda self: self.open_calls())
    @rule(which=whiches)
    def close_a_call(self, which: int) -> None:
        calls = self.open_calls()
        with self.world.ledger.writing() as book:
            book.close_call(calls[which % len(calls)].id, "a nurse", None, self.world.clock.now())
        self.world.reload()

    def open_calls(self) -> list[CallEntry]:
        return [call for call in self.scene.calls if call.closed_at is None] if self.scene else []

    # ---- time, and what befalls the machine

    @rule(minutes=st.sampled_from((1, 2, 3, 4, 9, 25)), drawn=answers)
    def let_minutes_pass(self, minutes: int, drawn: list[str]) -> None:
        self._pass(minutes * _MINUTE, drawn)

    @rule(hours=st.integers(1, 14), drawn=answers)
    def let_hours_pass(self, hours: int, drawn: list[str]) -> None:
        self._pass(hours * _HOUR, drawn)

    @rule(days=st.sampled_from((1, 1, 2, 6)), drawn=answers)
    def let_days_pass(self, days: int, drawn: list[str]) -> None:
        self._pass(days * _DAY, drawn)

    def _pass(self, span: timedelta, drawn: list[str]) -> None:
        self.world.wait(span, [ANSWERS[word] for word in drawn])
        self.world.reload()

    @rule(minutes=st.sampled_from((0, 20, 700)))
    def restart(self, minutes: int) -> None:
        self.world.close()
        self.world.clock.wait(minutes * _MINUTE)
        self.world.open()
        self.world.reload()

    @rule(minutes=st.sampled_from((9, 50, 400)))
    def sleep_and_send_before_the_files_are_read(self, minutes: int) -> None:
        """Suspended, the process wakes to texts long due: the look before an attempt is all that holds them."""
        self.world.clock.jump(self.world.next_due() or self.world.clock.now())
        self.world.clock.wait(minutes * _MINUTE)
        self._pass(0 * _MINUTE, [])

    @rule()
    def lose_power_between_claim_and_outcome(self) -> None:
        due = self.world.next_due()
        if due is not None:
            self.world.clock.jump(due)
            self.world.crash()
        self.world.reload()


def _clear_of_clock_changes(wall: datetime) -> datetime:
    """Return a wall time that no zone skips or has twice: those are a problem in an entry, and not a move."""
    return wall + 5 * _HOUR if wall.hour < 5 else wall


class LifeUnderGuard(LifeOfALedger):
    """The same with a guard: what it stops waits, and a person accepts it, or does not."""

    limits = Limits(patients=2, share=0.2, at_once=20, first_late=True)  # tight: few patients take less time
    fewest, most = 3, 6

    @rule()
    def accept_what_waits(self) -> None:
        self.world.accept()


class LifeInTwoLedgers(LifeUnderGuard):
    """The same: what is planned of those concerned only is what comes of planning everybody anew."""

    is_compared = True


_NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
_STEPS = 40 if _NIGHTLY else 25
# Where a law breaks hypothesis looks for a shorter run, for five minutes: longer than any other test may take.
_patiently = pytest.mark.timeout(0 if _NIGHTLY else 900)
TestLifeOfALedger = _patiently(LifeOfALedger.TestCase)
TestLifeOfALedger.settings = settings(max_examples=1_000 if _NIGHTLY else 40, stateful_step_count=_STEPS)
TestLifeUnderGuard = _patiently(LifeUnderGuard.TestCase)
TestLifeUnderGuard.settings = settings(max_examples=500 if _NIGHTLY else 14, stateful_step_count=_STEPS)
TestLifeInTwoLedgers = _patiently(LifeInTwoLedgers.TestCase)
TestLifeInTwoLedgers.settings = settings(max_examples=500 if _NIGHTLY else 4, stateful_step_count=_STEPS)
