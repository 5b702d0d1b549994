"""Several processes on one ledger, and one that is killed at the worst instant."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from notifier.core.lifecycle import State
from notifier.ledger.errors import LedgerError, LedgerOutOfOrderError
from notifier.ledger.lock import lock_ledger
from notifier.ledger.opening import Ledger
from tests.builders import NOON, a_record
from tests.ledger.conftest import on_sqlite
from tests.ledger.steps import LEASE, claim, due_keys, record_new, states

Start = Callable[[str], "subprocess.Popen[str]"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def start(url: str) -> Iterator[Start]:
    """Start another process on the ledger; it is ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def start_one(act: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.ledger.claimant", act, url]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


def said(process: "subprocess.Popen[str]") -> str:
    """The next line that the process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def many_records(ledger: Ledger, count: int) -> set[str]:
    records = [a_record(patient=f"P-{number}", to=f"+1720{number:07}") for number in range(count)]
    record_new(ledger, *records)
    return {record.key for record in records}


@pytest.mark.untraced
def test_two_processes_never_claim_the_same_message(ledger: Ledger, start: Start) -> None:
    keys = many_records(ledger, 200)
    outputs = [process.communicate() for process in [start("claim-all"), start("claim-all")]]
    assert [errors for _, errors in outputs] == ["", ""]
    claimed = [key for output, _ in outputs for key in output.split()]
    assert len(claimed) == len(keys)
    assert set(claimed) == keys


def test_two_threads_never_claim_the_same_message(ledger: Ledger) -> None:
    keys = many_records(ledger, 300)
    claimed: list[str] = []

    def work() -> None:
        while attempts := claim(ledger):
            claimed.extend(attempt.key for attempt in attempts)

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(keys)
    assert set(claimed) == keys


@pytest.mark.untraced
def test_a_claim_whose_process_was_killed_becomes_in_doubt_and_is_never_planned_again(
    ledger: Ledger, start: Start
) -> None:
    record_new(ledger, a_record())
    process = start("claim-and-wait")
    assert said(process) == a_record().key
    process.kill()
    process.wait()
    assert states(ledger) == [State.CLAIMED]
    assert due_keys(ledger, NOON + LEASE) == []
    with ledger.writing() as book:
        assert book.doubt_abandoned(NOON + LEASE) == 1
    assert states(ledger) == [State.IN_DOUBT]
    assert due_keys(ledger, NOON + 2 * LEASE) == []


@pytest.mark.untraced
def test_a_claim_that_was_not_committed_when_its_process_was_killed_never_was(ledger: Ledger, start: Start) -> None:
    record_new(ledger, a_record())
    process = start("wait-before-commit")
    assert said(process) == a_record().key
    process.kill()
    process.wait()
    assert states(ledger) == [State.PLANNED]
    assert due_keys(ledger) == [a_record().key]


@pytest.mark.untraced
@on_sqlite
def test_a_second_daemon_is_refused_until_the_first_is_gone_however_it_went(url: str, start: Start) -> None:
    process = start("hold-the-lock")
    assert said(process) == "locked"
    sentence = rf"Another notifier is already running on this ledger \(process {process.pid}\)\."
    with pytest.raises(LedgerError, match=sentence), lock_ledger(url):
        pass
    process.kill()
    process.wait()
    with lock_ledger(url):
        second = start("hold-the-lock")
        _, errors = second.communicate()
        assert f"(process {os.getpid()})" in errors
    third = start("hold-the-lock")
    assert said(third) == "locked"


@on_sqlite
def test_a_lock_that_cannot_be_opened_is_named(url: str) -> None:
    lock = Path(url.removeprefix("sqlite:///") + ".lock")
    lock.mkdir(parents=True)
    with pytest.raises(LedgerError, match="cannot be opened: Is a directory"), lock_ledger(url):
        pass


@on_sqlite
def test_a_lock_that_a_full_disk_does_not_take_is_named_and_worth_another_try(url: str) -> None:
    lock = Path(url.removeprefix("sqlite:///") + ".lock")
    lock.parent.mkdir()
    lock.symlink_to("/dev/full")
    with pytest.raises(LedgerOutOfOrderError, match="cannot be written: "), lock_ledger(url):
        pass
