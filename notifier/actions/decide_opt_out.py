"""Decide for a person of the staff whether a phone gets texts."""

from datetime import datetime

from notifier.core.calls import CallReason
from notifier.ledger.opening import Ledger


def decide_opt_out(ledger: Ledger, phone: str, *, is_out: bool, by: str, why: str, now: datetime) -> bool:
    """Return whether that changed anything: a phone, in E.164, stands differently, or is decided about now.

    Who and why is kept with what was before. Where its owner had asked in own words, that is settled, and
    off the call list. The service plans again for it within a minute.
    """
    with ledger.writing() as book:
        turn = book.opt_out if is_out else book.opt_in
        if not turn(phone, why, by, now):
            return False
        book.close_calls_to(phone, CallReason.ASKED, by, why, now)
        book.tell_opted(phone, is_out=is_out, now=now)
        return True
