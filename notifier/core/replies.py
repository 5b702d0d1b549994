"""What a patient writes back, and what it asks for."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from notifier.core.reply_words import (
    AMBIGUOUS_WORDS,
    COURTESY,
    HELP_WORDS,
    REACTIONS,
    REFUSALS,
    START_WORDS,
    STOP_WORDS,
    WHOLE_REFUSALS,
)

PATIENT = "patient"  # who opts out or in by a reply
UNDECIDED = "asked in own words"  # why a phone is blocked until the staff, or its owner, decide


@dataclass(frozen=True, slots=True)
class Inbound:
    """One text from a phone, as the provider hands it on."""

    sid: str  # the provider's name of it
    phone: str  # E.164
    body: str
    opt_out_type: str | None = None  # START, STOP or HELP where the provider has answered already


class ReplyKind(StrEnum):
    """What a reply asks for."""

    STOP = "stop"
    REFUSAL = "refusal"  # in own words: it blocks until staff decide
    START = "start"
    HELP = "help"
    OTHER = "other"


def classify(inbound: Inbound) -> ReplyKind:
    """Return what a reply asks for (contract, section 6); any text has an answer.

    The provider's own word for it wins. A reply that is nothing but an opt-out word, an opt-in word or
    a call for help is just that, whatever its capitals, accents, signs and courtesies. Other text with
    an opt-out word in it, or with a refusal in own words, is a refusal. That takes in “should I stop my
    aspirin?” and “can I cancel my appointment?”: a program that guessed which is which would some day
    text somebody who has forbidden it, and such a question comes before the staff at once.
    """
    provider = _BY_PROVIDER.get((inbound.opt_out_type or "").strip().upper())
    if provider is not None:
        return provider
    if _REACTION.fullmatch(_without_marks(inbound.body)):
        return ReplyKind.OTHER
    words = _words(inbound.body)
    whole = _as_one_word(words)
    if whole is not None:
        return whole
    is_refusal = not STOP_WORDS.isdisjoint(words) or _REFUSAL.search(" ".join(words)) is not None
    return ReplyKind.REFUSAL if is_refusal else ReplyKind.OTHER


_BY_PROVIDER = {"STOP": ReplyKind.STOP, "START": ReplyKind.START, "HELP": ReplyKind.HELP}
_KINDS = {
    **dict.fromkeys(STOP_WORDS, ReplyKind.STOP),
    **dict.fromkeys(START_WORDS, ReplyKind.START),
    **dict.fromkeys(HELP_WORDS, ReplyKind.HELP),
}
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘`´ʼ"))  # noqa: RUF001 - what people type is looked for
_REFUSAL = re.compile(rf"\b(?:{'|'.join(REFUSALS)})\b|^(?:{'|'.join(WHOLE_REFUSALS)})$")
_REACTION = re.compile(rf"\W*(?:{'|'.join(REACTIONS)})\s*[\"“«].*[\"”»]\W*", re.DOTALL | re.IGNORECASE)
_NO_LETTERS = re.compile(r"[\W_]+")


def _without_marks(text: str) -> str:
    """Return the text with plain letters: no accents, no full-width forms, nothing that nobody sees."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(character for character in plain if unicodedata.category(character) not in ("Mn", "Cf"))


def _words(text: str) -> list[str]:
    """Return the words, folded: `Don't TEXT me!` is dont, text, me."""
    return _NO_LETTERS.sub(" ", _without_marks(text.translate(_APOSTROPHES)).casefold()).split()


def _as_one_word(words: list[str]) -> ReplyKind | None:
    """Return what the reply asks for where it says only one thing, once or again and again; else None."""
    if len(words) > 1 and all(len(word) == 1 for word in words):
        words = ["".join(words)]  # “S T O P”
    if words == ["opt", "out"]:
        words = ["optout"]
    kinds = {_KINDS.get(word) for word in words}
    if len(kinds) > 1:
        kinds = {_KINDS.get(word) for word in words if word not in COURTESY}
        if not AMBIGUOUS_WORDS.isdisjoint(words):
            return None
    return kinds.pop() if len(kinds) == 1 else None
