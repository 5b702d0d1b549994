"""Take a reply: keep it, do what it asks for, and say what to answer."""

from dataclasses import dataclass
from datetime import datetime

from notifier.core.answers import answer_text
from notifier.core.calls import CallReason, call_about_reply
from notifier.core.model import Clinic
from notifier.core.replies import PATIENT, UNDECIDED, Inbound, ReplyKind, classify
from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger

ASKED_TO_STOP, ASKED_AGAIN = "asked to stop", "asked for texts again"
_IN_PROSE = (ReplyKind.OTHER, ReplyKind.REFUSAL)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a reply."""

    kind: ReplyKind
    answer: str | None = None  # to go out as the answer to this request; None for no answer
    is_changed: bool = False  # whether the phone gets texts: plan again
    patients: tuple[str, ...] = ()  # of all bookings with that phone; the reply was taken for the first


def take_reply(inbound: Inbound, ledger: Ledger, clinic: Clinic | None, now: datetime) -> Taken:
    """Return what became of a reply; all of it is durable then (contract, section 6).

    A reply that comes again, known by the provider's sid, changes nothing and is not answered again. So
    an answer goes out at most once: one that is lost on its way to the provider is lost, and what the
    reply asked for is done all the same. Without a clinic nothing is answered, since nobody could say
    whom to call; nor is what the provider has answered itself.

    Refusals in own words and anything else come before the staff on the call list. Those from a phone
    that no text is meant for have no booking to be listed with: they are kept, and `notifier optout`
    shows them.
    """
    with ledger.writing() as book:
        kind = classify(inbound)
        return Taken(kind) if book.has_reply(inbound.sid) else _take(book, inbound, kind, clinic, now)


def _take(book: Book, inbound: Inbound, kind: ReplyKind, clinic: Clinic | None, now: datetime) -> Taken:
    meant_for = book.meant_for(inbound.phone)
    patients = tuple(dict.fromkeys(record.draft.patient for record in meant_for))
    is_changed = _opt(book, inbound.phone, kind, now)
    answer = None
    if clinic is not None and not inbound.opt_out_type:
        language = meant_for[0].draft.language if meant_for else clinic.languages[0]
        to = _to_answer(book, inbound.phone, kind, clinic, now, is_changed=is_changed)
        answer = None if to is None else answer_text(to, clinic, language)
    reply = book.keep_reply(inbound, kind, answer, patients, now)
    if meant_for and kind in _IN_PROSE:
        reason = CallReason.ASKED if is_changed else CallReason.WROTE
        book.open_call(call_about_reply(reply.id, inbound, reason, meant_for, now), now)
    return Taken(kind, answer, is_changed, patients)


def _opt(book: Book, phone: str, kind: ReplyKind, now: datetime) -> bool:
    """Block the phone, or lift that, where the reply asks for it; say whether it stands differently now."""
    if kind is ReplyKind.REFUSAL:
        return book.opt_out(phone, UNDECIDED, PATIENT, now)
    if kind is ReplyKind.STOP:
        is_changed, why = book.opt_out(phone, ASKED_TO_STOP, PATIENT, now), ASKED_TO_STOP
    elif kind is ReplyKind.START:
        is_changed, why = book.opt_in(phone, ASKED_AGAIN, PATIENT, now), ASKED_AGAIN
    else:
        return False
    # Whoever has asked for something in own words has now said which.
    book.close_calls_to(phone, CallReason.ASKED, PATIENT, why, now)
    return is_changed


def _to_answer(
    book: Book, phone: str, kind: ReplyKind, clinic: Clinic, now: datetime, *, is_changed: bool
) -> ReplyKind | None:
    """Return as what a reply is answered: what it has changed once, a call for help always, the rest once a day.

    The day is the clinic's. What changes nothing, a second STOP or a “yes” to no question, needs no answer.
    """
    if is_changed or kind is ReplyKind.HELP:
        return kind
    if kind not in _IN_PROSE:
        return None
    last, zone = book.last_answered(phone, _IN_PROSE), clinic.time_zone
    is_first = last is None or last.astimezone(zone).date() != now.astimezone(zone).date()
    return ReplyKind.OTHER if is_first else None
