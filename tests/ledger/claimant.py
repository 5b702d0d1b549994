"""Another process on a ledger: `python -m tests.ledger.claimant ACT URL`.

Where it must be found alive it says so and waits for the end of its input.
"""

import sys
from datetime import timedelta

from notifier.clock import SystemClock
from notifier.ledger.engine import read_url
from notifier.ledger.lock import lock_ledger
from notifier.ledger.opening import Ledger, open_ledger
from notifier.ledger.seat import Seat
from tests.builders import NOON
from tests.ledger.steps import LEASE, claim


def main(act: str, url: str) -> None:
    with open_ledger(url) as ledger:
        match act:
            case "hold-the-lock":
                with lock_ledger(url):
                    _show_and_wait("locked")
            case "keep-the-seat":
                with Seat(read_url(url), "another", ledger, SystemClock().now) as seat:
                    seat.keep(0)
                    print(seat.term, flush=True)  # noqa: T201 (the parent reads it)
                    while True:
                        seat.keep(0.5)
            case "claim-all":
                claim_one_by_one(ledger)
            case "claim-and-wait":
                [attempt] = claim(ledger)
                _show_and_wait(attempt.key)
            case "wait-before-commit":
                with ledger.writing() as book:
                    [attempt] = book.claim(book.due(NOON, 1, timedelta(0)), NOON, LEASE)
                    _show_and_wait(attempt.key)


def claim_one_by_one(ledger: Ledger) -> None:
    while True:
        with ledger.writing() as book:
            claimed = book.claim(book.due(NOON, 1, timedelta(0)), NOON, LEASE)
        if not claimed:
            return
        print(claimed[0].key)  # noqa: T201 (the parent reads it)


def _show_and_wait(words: str) -> None:
    print(words, flush=True)  # noqa: T201 (the parent reads it)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
