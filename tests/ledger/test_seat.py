"""One host plans: the seat goes with its connection, and whoever has lost it writes nothing more."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from notifier.clock import SystemClock
from notifier.ledger.engine import read_url
from notifier.ledger.errors import LedgerError, NotLeadingError
from notifier.ledger.opening import Ledger
from notifier.ledger.postgres import LOST_AFTER
from notifier.ledger.seat import GOODBYE_WITHIN, Seat
from tests.builders import a_record
from tests.ledger.steps import record_new, states

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
ROOT = Path(__file__).parents[2]
AT_ONCE = 0.0
_NOW = SystemClock().now


class SetClock:
    """A clock that somebody has set wrong."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead


def seat_of(host: str, url: str, ledger: Ledger, now: Callable[[], datetime] = _NOW) -> Seat:
    return Seat(read_url(url), host, ledger, now)


@contextmanager
def another_host(url: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that has taken the seat, and keeps it."""
    command = [sys.executable, "-m", "tests.ledger.claimant", "keep-the-seat", url]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def seconds_until_taken(seat: Seat) -> float:
    begun = time.monotonic()
    while seat.term is None:
        seat.keep(0.2)
        assert time.monotonic() < begun + 20
    return time.monotonic() - begun


def process_with_seat(url: str) -> int:
    """Return the server's process behind the seat that some host has."""
    holder = """
        SELECT l.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND a.datname = current_database()
    """  # others' tests share the server
    with closing(psycopg.connect(url)) as administrator:
        (pid,) = administrator.execute(holder).fetchone() or (0,)
    assert pid
    return int(pid)


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_one_of_two_hosts_has_the_seat(ledger: Ledger, url: str) -> None:
    with seat_of("a", url, ledger) as first, seat_of("b", url, ledger) as second:
        first.keep(AT_ONCE)
        second.keep(AT_ONCE)
        assert (first.term, second.term) == (1, None)
        first.keep(AT_ONCE)
        assert first.term == 1
        first.leave()
        second.keep(AT_ONCE)
        assert second.term == 2
    with ledger.reading() as book:
        assert book.leader() == "b"


def test_the_seat_of_a_host_that_is_killed_is_free_at_once(ledger: Ledger, url: str) -> None:
    with another_host(url) as process, seat_of("b", url, ledger) as seat:
        seat.keep(AT_ONCE)
        assert seat.term is None
        process.kill()
        assert seconds_until_taken(seat) < LOST_AFTER / 2


def test_the_seat_of_a_host_that_stands_still_is_free_before_ten_seconds_are_over(ledger: Ledger, url: str) -> None:
    with another_host(url) as process, seat_of("b", url, ledger) as seat:
        os.kill(process.pid, signal.SIGSTOP)
        assert seconds_until_taken(seat) < 10


def test_leaving_waits_a_moment_for_a_server_that_stands_still_and_no_longer(ledger: Ledger, url: str) -> None:
    with seat_of("a", url, ledger) as first, seat_of("b", url, ledger) as second:
        first.keep(AT_ONCE)
        with standing_still(process_with_seat(url)):
            begun = time.monotonic()
            first.leave()
            assert GOODBYE_WITHIN <= time.monotonic() - begun < 10 * GOODBYE_WITHIN
            second.keep(AT_ONCE)
            assert (first.term, second.term) == (None, None)
        seconds_until_taken(second)  # it has heard the goodbye


def test_whose_term_is_over_writes_nothing_more(ledger: Ledger, url: str) -> None:
    with seat_of("a", url, ledger) as first, seat_of("b", url, ledger) as second:
        first.keep(AT_ONCE)
        led = ledger.led(lambda: first.term)
        record_new(led, a_record())
        term = first.term
        first.leave()
        first.term = term  # as a host has it that has stood still, and goes on
        second.keep(AT_ONCE)
        with pytest.raises(NotLeadingError, match="Another host plans now"):
            record_new(led, a_record(patient="P-7"))
    assert len(states(ledger)) == 1
    assert states(ledger, "P-7") == []


def test_who_does_not_plan_writes_nothing_of_it(ledger: Ledger) -> None:
    with pytest.raises(NotLeadingError):
        record_new(ledger.led(lambda: None), a_record())


def test_whoever_waits_hears_that_something_was_written(ledger: Ledger, url: str) -> None:
    with seat_of("a", url, ledger) as seat:
        seat.keep(AT_ONCE)
        record_new(ledger, a_record())
        assert seat.keep(10)
        assert not seat.keep(AT_ONCE)


def test_a_lost_connection_costs_the_seat_until_there_is_another(ledger: Ledger, url: str) -> None:
    with seat_of("a", url, ledger) as seat:
        seat.keep(AT_ONCE)
        with closing(psycopg.connect(url, autocommit=True)) as administrator:
            administrator.execute("SELECT pg_terminate_backend(%s)", [process_with_seat(url)])
        with pytest.raises(LedgerError):
            seat.keep(AT_ONCE)
        assert seat.term is None
        seat.keep(AT_ONCE)
        assert seat.term == 2


def test_a_host_whose_clock_is_wrong_has_no_seat_until_it_is_right(ledger: Ledger, url: str) -> None:
    clock = SetClock()
    with seat_of("a", url, ledger, clock.now) as seat:
        seat.keep(AT_ONCE)
        assert seat.term == 1
        clock.ahead = timedelta(minutes=-5)
        seat.keep(AT_ONCE)
        assert seat.term is None
        assert seat.ahead == pytest.approx(-300, abs=10)
        with seat_of("b", url, ledger) as other:
            other.keep(AT_ONCE)
            assert other.term == 2
        clock.ahead = timedelta(0)
        seat.keep(AT_ONCE)
        assert seat.term == 3
