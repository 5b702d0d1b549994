"""Telling the staff: once for each cause, never a patient's name, phone or text, whatever the channels do."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.actions.alert_staff import Alerted, AlertPace, StaffAlerter
from notifier.actions.update_plan import Update, update_plan
from notifier.channels import REFUSED, Channels, Failure
from notifier.clock import JumpingClock
from notifier.core.alerts import AlertKind
from notifier.core.calls import CallReason
from notifier.core.delivery import Answer, AnswerKind
from notifier.core.guard import Limits
from notifier.ledger.errors import LedgerError
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import AlertEntry, CallEntry, Switch
from notifier.ledger.worker import LedgerWorker, Result
from tests.actions.steps import DENVER, check, denver, record, send, until, update, with_worker
from tests.builders import NOON, a_call, a_record
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients
from tests.fakes.fake_sender import FakeSender
from tests.fakes.staff_webhook import StaffWebhook, running_staff_webhook

MINUTE = timedelta(minutes=1)
EMPTY_GUARD = Limits(patients=0, share=0, at_once=0, first_late=True)


@pytest.fixture
def webhook() -> Iterator[StaffWebhook]:
    with running_staff_webhook() as webhook:
        yield webhook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped clinic and protocol, with Maria, whose procedure is on Thu Dec 3 at 07:30."""
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry())
    return folder


class Worker(LedgerWorker):
    """A worker on a ledger that fails now and then, as on a full disk."""

    def __init__(self, ledger: Ledger, failing: Collection[int]) -> None:
        super().__init__(ledger)
        self._failing, self._turn = failing, 0

    async def __call__(self, work: Callable[[Ledger], Result]) -> Result:
        self._turn += 1
        if self._turn in self._failing:
            raise LedgerError
        return await super().__call__(work)


class Staff:
    """The service's telling of a ledger, from one start to the next."""

    def __init__(self, ledger: Ledger, webhook: StaffWebhook) -> None:
        self.ledger, self.clock = ledger, JumpingClock(NOON)
        self._urls = [webhook.url]
        self.pace = AlertPace()
        self.start()

    def also(self, url: str) -> None:
        self._urls.append(url)
        self.start()

    def start(self) -> None:
        """Start as after a restart: with what the ledger remembers, and no more."""
        self._alerter: StaffAlerter | None = None

    def look(
        self, files: Update | None = None, *, after: timedelta = timedelta(0), failing: Collection[int] = ()
    ) -> Alerted:
        """Look, when some time has passed; which of the turns at the ledger fail is counted from 1."""
        self.clock.wait(after)

        async def alert() -> Alerted:
            worker = Worker(self.ledger, failing)
            if self._alerter is None:
                self._alerter = StaffAlerter(worker, Channels(self._urls, timeout=10), self.clock, self.pace)
            self._alerter.worker = worker
            try:
                return await self._alerter.alert(files, DENVER)
            finally:
                worker.close()

        return asyncio.run(alert())

    def open_call(self, patient: str = "P-1042", reason: CallReason = CallReason.UNDELIVERED) -> CallEntry:
        with self.ledger.writing() as book:
            return book.open_call(a_call(patient=patient, reason=reason), self.clock.now())

    def close_call(self, entry: CallEntry) -> None:
        with self.ledger.writing() as book:
            book.close_call(entry.id, "Ann Lee", None, self.clock.now())

    def turn(self, switch: Switch, by: str = "notifier", why: str | None = "20003", *, is_on: bool) -> None:
        with self.ledger.writing() as book:
            book.turn(switch, by, why, self.clock.now(), is_on=is_on)

    @property
    def open(self) -> list[AlertEntry]:
        with self.ledger.reading() as book:
            return book.open_alerts()


@pytest.fixture
def staff(ledger: Ledger, webhook: StaffWebhook) -> Staff:
    return Staff(ledger, webhook)


def test_where_nothing_needs_a_person_nothing_is_told(staff: Staff, webhook: StaffWebhook) -> None:
    assert staff.look() == Alerted()
    assert webhook.told == []


def test_an_entry_of_the_call_list_is_told_once(staff: Staff, webhook: StaffWebhook) -> None:
    staff.open_call()
    assert staff.look() == Alerted((AlertKind.CALL,), is_told=True, wait=60)
    assert staff.look(after=5 * MINUTE) == Alerted()
    assert webhook.titles == ["notifier: 1 patient to call"]


def test_nothing_is_told_again_after_a_restart(staff: Staff, webhook: StaffWebhook) -> None:
    staff.open_call()
    staff.turn(Switch.STOP, is_on=True)
    staff.look()
    staff.start()
    assert staff.look(after=5 * MINUTE) == Alerted()
    assert len(webhook.told) == 1


def test_an_entry_that_is_opened_again_is_told_again(staff: Staff, webhook: StaffWebhook) -> None:
    call = a_call(reason=CallReason.ON_HOLD)
    for wanted in ([call], [], [call]):
        with staff.ledger.writing() as book:
            book.list_calls(wanted, [call.patient], staff.clock.now())
        staff.look(after=2 * MINUTE)
    assert webhook.titles == ["notifier: 1 patient to call"] * 2


def test_what_comes_within_a_minute_of_a_message_is_told_together_after_it(staff: Staff, webhook: StaffWebhook) -> None:
    staff.open_call("P-1")
    staff.look()
    for patient in ("P-2", "P-3"):
        staff.open_call(patient)
        staff.look(after=timedelta(seconds=10))
    assert staff.look() == Alerted(wait=40)
    staff.look(after=timedelta(seconds=40))
    assert webhook.titles == ["notifier: 1 patient to call", "notifier: 2 patients to call"]


def test_many_are_told_as_a_digest(staff: Staff, webhook: StaffWebhook) -> None:
    for number in range(30):
        staff.open_call(f"P-{number}")
    staff.look()
    [(title, body)] = webhook.told
    assert title == "notifier: 30 patients to call"
    assert body.startswith("text not delivered: 30\nThe first call is to be made by Wed 2026-12-02 09:00")
    assert staff.look(after=MINUTE) == Alerted()


def test_an_entry_that_is_closed_before_anybody_was_told_is_not_told(staff: Staff, webhook: StaffWebhook) -> None:
    staff.open_call("P-1")
    staff.look()
    entry = staff.open_call("P-2")
    staff.look(after=timedelta(seconds=10))
    staff.close_call(entry)
    assert staff.look(after=MINUTE) == Alerted()
    assert len(webhook.told) == 1


def test_a_stop_of_dispatch_goes_at_once(staff: Staff, webhook: StaffWebhook) -> None:
    staff.open_call()
    staff.look()
    staff.turn(Switch.STOP, is_on=True)
    staff.look(after=timedelta(seconds=1))
    assert webhook.titles[1:] == ["notifier: no text goes out, the provider refuses our settings"]


def test_dispatch_that_stops_again_and_again_is_told_once_a_minute(staff: Staff, webhook: StaffWebhook) -> None:
    for _ in range(30):
        for is_on in (True, False):
            staff.turn(Switch.STOP, is_on=is_on)
            staff.look(after=timedelta(seconds=5))
    assert len(webhook.told) <= 6


@pytest.mark.parametrize(("switch", "by"), [(Switch.STOP, "notifier"), (Switch.PAUSE, "Ann Lee")])
def test_the_end_of_what_was_told_is_told_once(staff: Staff, webhook: StaffWebhook, switch: Switch, by: str) -> None:
    for is_on in (True, False):
        staff.turn(switch, by, is_on=is_on)
        staff.look(after=2 * MINUTE)
        staff.look(after=2 * MINUTE)
    staff.start()
    staff.look()
    assert len(webhook.told) == 2
    assert webhook.titles[1] == "notifier: texts go out again"


def test_the_end_of_what_nobody_was_told_is_not_told(staff: Staff, webhook: StaffWebhook) -> None:
    staff.turn(Switch.PAUSE, "Ann Lee", is_on=True)
    staff.turn(Switch.PAUSE, "Ann Lee", is_on=False)
    assert staff.look() == Alerted()
    assert webhook.told == []


def test_a_message_that_no_channel_takes_is_tried_again_ever_more_rarely(staff: Staff, webhook: StaffWebhook) -> None:
    webhook.statuses = [500]
    staff.open_call()
    waits = []
    for _ in range(7):
        alerted = staff.look()
        assert (alerted.is_told, alerted.failures) == (False, (Failure(1, REFUSED),))
        assert alerted.wait is not None
        waits.append(alerted.wait)
        assert staff.look(after=timedelta(seconds=alerted.wait - 1)) == Alerted(wait=1)
        staff.clock.wait(timedelta(seconds=1))
    assert waits == [30, 60, 120, 240, 480, 600, 600]
    assert [entry.tries for entry in staff.open] == [7]
    webhook.statuses = [200]
    assert staff.look().is_told
    assert staff.look(after=MINUTE) == Alerted()


def test_a_stop_of_dispatch_does_not_wait_for_the_next_try(staff: Staff, webhook: StaffWebhook) -> None:
    webhook.statuses = [500, 500, 200]
    staff.open_call()
    staff.look()
    staff.look(after=timedelta(seconds=30))
    staff.turn(Switch.STOP, is_on=True)
    assert staff.look(after=timedelta(seconds=1)).is_told
    assert webhook.titles[-1].endswith("refuses our settings, and more")


def test_what_one_channel_took_is_told_although_another_failed(staff: Staff, webhook: StaffWebhook) -> None:
    staff.also("json://127.0.0.1:9")
    staff.open_call()
    alerted = staff.look()
    assert (alerted.is_told, alerted.failures) == (True, (Failure(2, REFUSED),))
    assert staff.look(after=MINUTE) == Alerted()
    assert len(webhook.told) == 1


def test_texts_that_stay_overdue_are_told(staff: Staff, webhook: StaffWebhook) -> None:
    record(staff.ledger, a_record(latest=NOON + timedelta(hours=8)), now=NOON)
    staff.look(after=10 * MINUTE)
    staff.look(after=MINUTE)
    assert webhook.told == []
    staff.look(after=MINUTE)
    assert webhook.titles == ["notifier: texts are overdue"]


def test_texts_that_are_overdue_since_they_are_kept_back_are_not_told(staff: Staff, webhook: StaffWebhook) -> None:
    record(staff.ledger, a_record(latest=NOON + timedelta(hours=8)), now=NOON)
    staff.turn(Switch.PAUSE, "Ann Lee", is_on=True)
    for _ in range(3):
        staff.look(after=20 * MINUTE)
    assert webhook.titles == ["notifier: paused, no text goes out"]


def test_a_change_that_waits_is_told_once_whatever_the_files_say_next(
    staff: Staff, webhook: StaffWebhook, folder: Path
) -> None:
    update(folder, staff.ledger, staff.clock.now())
    for status in ("cancelled", "on-hold"):
        write_patients(folder, an_entry(status=status))
        waiting = update_plan(check(folder, staff.ledger, staff.clock.now()), staff.ledger, EMPTY_GUARD)
        staff.look(waiting, after=2 * MINUTE)
    [(title, body)] = webhook.told
    assert title == "notifier: a change in the files waits for a person"
    assert "It would withdraw, move or hold texts of 1 patients" in body


def test_an_error_in_a_file_is_told_once_it_stays(staff: Staff, webhook: StaffWebhook, folder: Path) -> None:
    update(folder, staff.ledger, staff.clock.now())
    (folder / "patients" / "maria.yaml").write_text("patients: [", encoding="utf-8")
    (folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    files = update(folder, staff.ledger, staff.clock.now())
    staff.look(files)
    staff.look(files, after=4 * MINUTE)
    assert webhook.told == []
    staff.look(files, after=MINUTE)
    [(title, body)] = webhook.told
    assert title == "notifier: a file's last good version is in force, and more"
    assert body.splitlines()[0] == "clinic.yaml cannot be used; its last good version is in force."
    assert body.splitlines()[1] == "A patients file has 1 error."


def test_while_the_files_cannot_be_read_nothing_about_them_ends(
    staff: Staff, webhook: StaffWebhook, folder: Path
) -> None:
    (folder / "clinic.yaml").write_text("clinic: {", encoding="utf-8")
    files = update(folder, staff.ledger, staff.clock.now())
    staff.look(files)
    for files_now in (files, None, files):
        staff.look(files_now, after=5 * MINUTE)
    assert webhook.titles == ["notifier: errors in the schedule files"]


def test_an_error_that_comes_back_is_told_again(staff: Staff, webhook: StaffWebhook, folder: Path) -> None:
    good = update(folder, staff.ledger, staff.clock.now())
    (folder / "patients" / "patients.yaml").write_text("patients: [", encoding="utf-8")
    bad = update(folder, staff.ledger, staff.clock.now())
    for files in (bad, bad, good, bad, bad):
        staff.look(files, after=5 * MINUTE)
    assert webhook.titles == ["notifier: errors in the schedule files"] * 2


NAME, PHONE = "Zoë-Łucja O'Hara", "+1 720 555 0199"


def test_no_message_holds_a_name_a_phone_or_a_text(staff: Staff, webhook: StaffWebhook, folder: Path) -> None:
    """Everything at once that a patient can be in: refused, without consent, cancelled, in a broken entry, writing."""
    entries = [
        an_entry("P-1", name=NAME, phone=PHONE),
        an_entry("P-2", name=NAME, phone="+1 720 555 0198", consent=""),
        an_entry("P-3", name=NAME, phone="+1 720 555 0197"),
    ]
    now = denver("2026-12-02 13:30")
    staff.clock.jump(now)
    write_patients(folder, *entries)
    update(folder, staff.ledger, denver("2026-12-01 09:00"))
    sender = FakeSender(*[Answer(AnswerKind.REFUSED, code="30006")] * 9)
    while send(staff.ledger, sender, JumpingClock(now)).sent:
        now += MINUTE
    write_patients(folder, *entries[:2], an_entry("P-3", name=NAME, phone="+1 720 555"), file=f"{NAME}.yaml")
    files = update(folder, staff.ledger, now)
    staff.turn(Switch.PAUSE, "Ann Lee", f"{NAME} of {PHONE} gets wrong texts", is_on=True)
    staff.turn(Switch.STOP, is_on=True)
    staff.open_call("P-1", CallReason.WROTE)
    for digest_over in (50, 1):
        staff.pace = AlertPace(digest_over=digest_over)
        staff.start()
        staff.look(files)
        staff.look(files, after=10 * MINUTE)
        with staff.ledger.writing() as book:
            book.end_alerts([entry.id for entry in staff.open], now)
    said = "\n".join(f"{title}\n{body}" for title, body in webhook.told)
    assert len(webhook.told) >= 4
    assert "P-1: text refused" in said
    for hidden in ("Zoë", "O'Hara", "720", "555", "0199", "Anchor", "wrong texts", "last meal", "Maria"):
        assert hidden not in said


def test_what_was_told_while_the_ledger_fails_is_not_told_again(staff: Staff, webhook: StaffWebhook) -> None:
    staff.open_call()
    assert staff.look(failing={2}).is_told
    assert staff.look(after=2 * MINUTE) == Alerted()
    assert [entry.told_at is None for entry in staff.open] == [False]
    assert len(webhook.told) == 1


def test_a_ledger_that_fails_for_a_minute_is_told_once_for_each_time(staff: Staff, webhook: StaffWebhook) -> None:
    for _ in range(2):
        assert staff.look(failing={1}) == Alerted(wait=10)
        assert staff.look(failing={1}, after=timedelta(seconds=59)) == Alerted(wait=10)
        assert staff.look(failing={1}, after=timedelta(seconds=1)).is_told
        assert staff.look(failing={1}, after=MINUTE) == Alerted(wait=10)
        staff.look()
    assert webhook.titles == ["notifier: no text goes out, the ledger fails"] * 2


def test_that_the_ledger_fails_is_tried_again_while_no_channel_takes_it(staff: Staff, webhook: StaffWebhook) -> None:
    webhook.statuses = [500, 200]
    staff.look(failing={1})
    assert not staff.look(failing={1}, after=MINUTE).is_told
    assert staff.look(failing={1}, after=timedelta(seconds=29)) == Alerted(wait=10)
    assert staff.look(failing={1}, after=timedelta(seconds=1)).is_told


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_a_channel_that_hangs_is_broken_off_when_the_service_stops(
    staff: Staff, webhook: StaffWebhook, *, is_cancelled: bool
) -> None:
    webhook.go_on.clear()
    staff.open_call()

    async def stop(worker: LedgerWorker) -> Alerted | None:
        alerter = StaffAlerter(worker, Channels([webhook.url], timeout=60), staff.clock, staff.pace)
        alerter.stop()  # there is nothing to stop yet
        alerting = asyncio.create_task(alerter.alert(None, DENVER))
        await until(lambda: webhook.waiting == 1)
        if is_cancelled:
            alerting.cancel()
        else:
            alerter.stop()
        await asyncio.wait({alerting}, timeout=5)
        return None if alerting.cancelled() else alerting.result()

    assert with_worker(staff.ledger, stop) == (None if is_cancelled else Alerted())
    assert [(entry.told_at, entry.tries) for entry in staff.open] == [(None, 0)]
