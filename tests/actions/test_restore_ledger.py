"""A backup takes the ledger's place: nobody gets a text twice, or against their will, for what it does not know."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from notifier.actions.back_up_ledger import back_up_ledger
from notifier.actions.purge_patients import purge_patients
from notifier.actions.restore_ledger import Restored, restore_ledger
from notifier.actions.settle_doubt import DoubtSettler, Settled
from notifier.actions.take_receipt import take_receipt
from notifier.clock import JumpingClock
from notifier.core.delivery import Answer, AnswerKind, Receipt
from notifier.core.lifecycle import State
from notifier.core.replies import PATIENT, Inbound, ReplyKind
from notifier.ledger.engine import url_of
from notifier.ledger.errors import LedgerError
from notifier.ledger.lock import lock_ledger
from notifier.ledger.opening import Ledger, open_ledger
from notifier.ledger.receipts import Taken
from notifier.ledger.rows import Switch
from notifier.ledger.schema import HEAD
from notifier.ledger.sqlite_file import opened
from tests.actions.steps import denver, record, send, states, told, update, with_worker
from tests.builders import NOON, a_record
from tests.fakes.clinic_folder import an_entry, copy_shipped, write_patients
from tests.fakes.fake_sender import FakeSender

AFTER = 300.0  # seconds
KEY, PHONE = "P-1042/last-meal/1", "+17205550134"
LATER = NOON + timedelta(minutes=2)
Result = TypeVar("Result")


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "backup.db"


@pytest.fixture
def due(ledger: Ledger) -> Ledger:
    """A ledger with one text due, and one of tomorrow."""
    record(ledger, a_record(), now=NOON)
    tomorrow = NOON + timedelta(days=1)
    record(ledger, a_record(step="wash", place=tomorrow, latest=tomorrow + timedelta(hours=1)), now=NOON)
    return ledger


def back_up(file: Path, backup: Path) -> None:
    back_up_ledger(url_of(file), backup, NOON)


def restore(file: Path, backup: Path) -> Restored:
    return restore_ledger(url_of(file), backup, LATER)


def settling(
    ledger: Ledger, sender: FakeSender, work: Callable[[DoubtSettler, JumpingClock], Awaitable[Result]]
) -> Result:
    clock = JumpingClock(LATER)
    return with_worker(ledger, lambda worker: work(DoubtSettler(worker, sender, clock, AFTER), clock))


async def look(settler: DoubtSettler, _: JumpingClock) -> Settled:
    return await settler.settle()


async def look_for_long(settler: DoubtSettler, clock: JumpingClock) -> Settled:
    await settler.settle()
    clock.wait(timedelta(seconds=AFTER))
    return await settler.settle()


def test_what_is_overdue_starts_in_doubt_and_nothing_else_does(due: Ledger, file: Path, backup: Path) -> None:
    back_up(file, backup)
    due.close()
    assert restore(file, backup).doubtful == (KEY,)
    with open_ledger(url_of(file)) as restored:
        assert states(restored) == {"last-meal": State.IN_DOUBT, "wash": State.PLANNED}
        assert told(restored)[-1] == ("in-doubt", "restored from a backup")


@pytest.mark.parametrize("stop_line", ["", " Reply STOP to end texts, HELP for help."])
def test_a_text_that_went_out_after_the_backup_is_found_at_the_provider_with_the_stop_line_or_without(
    due: Ledger, file: Path, backup: Path, stop_line: str
) -> None:
    back_up(file, backup)
    due.close()
    restore(file, backup)
    text = (a_record().draft.body or "") + stop_line
    sender = _Provider({text: (Receipt("SM7", "delivered"),)})
    with open_ledger(url_of(file)) as restored:
        assert settling(restored, sender, look).found == (Taken(KEY, State.DELIVERED),)
        assert send(restored, sender, JumpingClock(LATER)).sent == ()


class _Provider(FakeSender):
    """Has taken some texts, by their very words."""

    def __init__(self, taken: dict[str, tuple[Receipt, ...] | None]) -> None:
        super().__init__()
        self._taken = taken

    async def find(self, to: str, text: str, since: object) -> tuple[Receipt, ...] | None:
        assert (to, since) == (PHONE, NOON - timedelta(hours=2))  # from the backup's last event on
        return self._taken.get(text, ())


def test_a_look_up_of_which_one_half_failed_decides_nothing(due: Ledger, file: Path, backup: Path) -> None:
    back_up(file, backup)
    due.close()
    restore(file, backup)
    sender = _Provider({f"{a_record().draft.body} {a_record().draft.stop_line}": None})
    with open_ledger(url_of(file)) as restored:
        assert settling(restored, sender, look_for_long) == Settled(open=1)


def test_of_two_tries_after_the_backup_the_one_that_arrived_counts(due: Ledger, file: Path, backup: Path) -> None:
    back_up(file, backup)
    due.close()
    restore(file, backup)
    twice = (Receipt("SM7", "undelivered", "30003", AnswerKind.TEMPORARY), Receipt("SM8", "delivered"))
    with open_ledger(url_of(file)) as restored:
        settling(restored, _Provider({a_record().draft.body or "": twice}), look)
        assert states(restored)["last-meal"] is State.DELIVERED


def test_a_text_that_did_not_go_out_goes_once_the_provider_had_time_to_show_it(
    due: Ledger, file: Path, backup: Path
) -> None:
    back_up(file, backup)
    due.close()
    restore(file, backup)
    sender = FakeSender()
    with open_ledger(url_of(file)) as restored:
        assert settling(restored, sender, look_for_long).not_taken == (KEY,)
        [sent] = send(restored, sender, JumpingClock(LATER + timedelta(minutes=6))).sent
        assert sent.attempt.ordinal == 2  # the first stands for all that nobody knows of
        assert states(restored)["last-meal"] is State.ACCEPTED


@pytest.mark.parametrize("ordinal", [1, 2, 3])
def test_a_receipt_of_an_attempt_that_the_backup_does_not_know_settles_the_doubt(
    due: Ledger, file: Path, backup: Path, ordinal: int
) -> None:
    back_up(file, backup)
    due.close()
    restore(file, backup)
    receipt = Receipt("SM7", "delivered", key=KEY, ordinal=ordinal)
    with open_ledger(url_of(file)) as restored:
        assert take_receipt(receipt, restored, LATER) == Taken(KEY, State.DELIVERED)
        assert take_receipt(receipt, restored, LATER) is None


def test_a_receipt_of_an_attempt_that_the_backup_knows_is_not_taken_for_a_lost_one(
    ledger: Ledger, file: Path, backup: Path
) -> None:
    record(ledger, a_record(), now=NOON)
    send(ledger, FakeSender(Answer(AnswerKind.TEMPORARY, code="20429")), JumpingClock(NOON))
    back_up(file, backup)
    ledger.close()
    restore(file, backup)
    with open_ledger(url_of(file)) as restored:
        assert states(restored) == {"last-meal": State.IN_DOUBT}
        take_receipt(Receipt("SM7", "failed", "30005", AnswerKind.REFUSED, key=KEY, ordinal=1), restored, LATER)
        assert states(restored) == {"last-meal": State.IN_DOUBT}


def test_a_patient_whom_the_backup_does_not_know_is_not_texted_before_the_provider_was_asked(
    ledger: Ledger, file: Path, backup: Path, tmp_path: Path
) -> None:
    # Recorded and sent after the backup: to the restored ledger the texts are new, and late.
    folder = copy_shipped(tmp_path / "schedules")
    back_up(file, backup)
    ledger.close()
    restored_at = denver("2026-11-30 09:00")
    restore_ledger(url_of(file), backup, restored_at)
    write_patients(folder, an_entry())
    with open_ledger(url_of(file)) as restored:
        update(folder, restored, restored_at + timedelta(minutes=1))
        found = states(restored)
        assert (found["prepare"], found["last-meal"]) == (State.IN_DOUBT, State.PLANNED)
        assert settling(restored, FakeSender(), look_for_long).not_taken == (
            "P-1042/prepare/1",
            "P-1042/welcome/1",
        )
        update(folder, restored, restored_at + timedelta(minutes=7))
        assert states(restored)["prepare"] is State.PLANNED  # it is not doubted again


def test_a_ledger_that_was_never_restored_doubts_nothing(ledger: Ledger, tmp_path: Path) -> None:
    folder = copy_shipped(tmp_path / "schedules")
    write_patients(folder, an_entry())
    update(folder, ledger, denver("2026-11-30 09:00"))
    assert State.IN_DOUBT not in states(ledger).values()


def test_opt_outs_and_a_pause_from_after_the_backup_are_brought_along(due: Ledger, file: Path, backup: Path) -> None:
    with due.writing() as book:
        book.opt_out("+17205550136", "STOP", PATIENT, NOON)
    back_up(file, backup)
    with due.writing() as book:
        book.opt_in("+17205550136", "START", PATIENT, LATER)
        book.opt_out(PHONE, "STOP", PATIENT, LATER)
        book.turn(Switch.PAUSE, "Ann Lee", "soap", LATER, is_on=True)
        book.keep_reply(Inbound("SM9", PHONE, "STOP", None), ReplyKind.STOP, None, ["P-1042"], LATER)
    due.close()
    done = restore(file, backup)
    assert [(one.phone, one.is_out) for one in done.opt_outs] == [("+17205550136", False), (PHONE, True)]
    assert done.lost == {"events": 1, "opt_outs": 2, "replies": 1, "switches": 1}
    with open_ledger(url_of(file)) as restored, restored.reading() as book:
        assert book.opted_out() == {PHONE}
        assert book.switched_on(Switch.PAUSE) == done.pause
        assert done.pause is not None
        assert done.pause.by == "Ann Lee"


def test_a_pause_that_was_ended_is_not_brought_along(due: Ledger, file: Path, backup: Path) -> None:
    with due.writing() as book:
        book.turn(Switch.PAUSE, "Ann Lee", None, NOON, is_on=True)
    with due.writing() as book:
        book.turn(Switch.PAUSE, "Ann Lee", None, NOON, is_on=False)
    back_up(file, backup)
    due.close()
    assert restore(file, backup).pause is None


def test_the_ledger_that_was_there_is_kept(due: Ledger, file: Path, backup: Path) -> None:
    back_up(file, backup)
    record(due, a_record(patient="P-2"), now=NOON)
    due.close()
    aside = restore(file, backup).aside
    assert aside == file.with_name("ledger.db.before-restore-20261202T120200Z")
    with open_ledger(url_of(aside)) as kept:
        assert states(kept, "P-2") == {"last-meal": State.PLANNED}
    with open_ledger(url_of(file)) as restored:
        assert states(restored, "P-2") == {}


def test_a_ledger_that_is_damaged_is_kept_as_it_is_and_what_it_knew_is_said_to_be_lost(
    due: Ledger, file: Path, backup: Path
) -> None:
    back_up(file, backup)
    due.close()
    damaged = b"\xff" * 8192
    file.write_bytes(damaged)
    done = restore(file, backup)
    assert done.lost is None
    assert done.aside is not None
    assert done.aside.read_bytes() == damaged
    with open_ledger(url_of(file)) as restored:
        assert states(restored)["wash"] is State.PLANNED


def test_a_journal_that_somebody_still_reads_is_not_taken_for_the_new_ledgers(
    due: Ledger, file: Path, backup: Path
) -> None:
    back_up(file, backup)
    record(due, a_record(patient="P-2"), now=NOON)
    with due.reading() as book:
        assert book.patients() == {"P-1042", "P-2"}
        aside = restore(file, backup).aside
    due.close()
    assert aside is not None
    with open_ledger(url_of(aside)) as kept:
        assert states(kept, "P-2") == {"last-meal": State.PLANNED}
    with open_ledger(url_of(file)) as restored:
        assert states(restored, "P-2") == {}


def test_a_host_without_a_ledger_gets_the_backup(due: Ledger, file: Path, backup: Path, tmp_path: Path) -> None:
    back_up(file, backup)
    due.close()
    new = tmp_path / "other" / "ledger.db"
    done = restore(new, backup)
    assert (done.aside, done.lost) == (None, None)
    assert new.stat().st_mode & 0o777 == 0o600
    with open_ledger(url_of(new)) as restored:
        assert states(restored)["last-meal"] is State.IN_DOUBT


def test_a_backup_of_an_older_schema_is_brought_up(file: Path, backup: Path) -> None:
    released = Path(__file__).parents[1] / "ledger" / "released" / "0002.sql"
    backup.touch()
    with opened(backup) as connection:
        connection.executescript(released.read_text(encoding="utf-8"))
    done = restore(file, backup)
    assert done.contents.schema == "0002"
    with open_ledger(url_of(file)) as restored:
        assert states(restored)["welcome"] is State.DELIVERED


def test_a_backup_takes_the_place_of_a_newer_programs_ledger_and_still_its_opt_outs_hold(
    due: Ledger, file: Path, backup: Path
) -> None:
    back_up(file, backup)
    with due.writing() as book:
        book.opt_out(PHONE, "STOP", PATIENT, LATER)
    due.close()
    with opened(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
    assert [one.phone for one in restore(file, backup).opt_outs] == [PHONE]
    with open_ledger(url_of(file)) as restored:
        assert restored
    assert HEAD != "0099"


def test_nothing_is_restored_under_a_service_at_work(due: Ledger, file: Path, backup: Path) -> None:
    back_up(file, backup)
    record(due, a_record(patient="P-2"), now=NOON)
    with lock_ledger(url_of(file)), pytest.raises(LedgerError, match="is already running on this ledger"):
        restore(file, backup)
    assert states(due, "P-2") == {"last-meal": State.PLANNED}


def test_a_backup_that_cannot_be_used_changes_nothing(due: Ledger, file: Path, backup: Path) -> None:
    backup.write_bytes(b"Dear diary, " * 500)
    with pytest.raises(LedgerError, match="file is not a database"):
        restore(file, backup)
    assert states(due)["last-meal"] is State.PLANNED
    assert sorted(path.name for path in file.parent.glob("*restore*")) == []


def test_a_folder_that_cannot_take_the_ledger_is_said(due: Ledger, file: Path, backup: Path) -> None:
    back_up(file, backup)
    due.close()
    file.with_name("ledger.db.before-restore-20261202T120200Z").mkdir()
    with pytest.raises(LedgerError, match="cannot be replaced: File exists"):
        restore(file, backup)
    with open_ledger(url_of(file)) as still:
        assert states(still)["last-meal"] is State.PLANNED


@pytest.mark.parametrize("act", [restore_ledger, back_up_ledger])
def test_a_ledger_on_a_server_has_tools_of_its_own(act: Callable[[str, Path, object], object], tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="its server's own tools"):
        act("postgresql://localhost/notifier", tmp_path / "x", NOON)


def test_whoever_was_purged_is_purged_again_after_a_restore(ledger: Ledger, file: Path, backup: Path) -> None:
    record(ledger, a_record(state=State.EXPIRED, send_at=None), now=NOON)
    back_up(file, backup)
    years = NOON + timedelta(days=3000)
    purge_patients(ledger, timedelta(days=2190), years)
    ledger.close()
    restore_ledger(url_of(file), backup, years)
    with open_ledger(url_of(file)) as restored:
        assert purge_patients(restored, timedelta(days=2190), years).patients == ("P-1042",)
