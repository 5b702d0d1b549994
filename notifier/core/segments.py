"""How many SMS segments a text costs, by 3GPP TS 23.038: GSM-7 where all characters allow it, else UCS-2."""

from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # an escape and the character: two units that stay together
_GSM_7 = _BASIC | _EXTENDED
_LAST_OF_ONE_UNIT = "\uffff"  # what follows it in Unicode is a surrogate pair in UTF-16


class Encoding(StrEnum):
    """The two alphabets of an SMS."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


_ALONE = {Encoding.GSM_7: 160, Encoding.UCS_2: 70}
_EACH = {Encoding.GSM_7: 153, Encoding.UCS_2: 67}  # a part of several carries a header


@dataclass(frozen=True, slots=True)
class Size:
    """What a text costs."""

    encoding: Encoding
    units: int  # septets or UTF-16 units
    segments: int


def outside_gsm7(text: str) -> str:
    """Return the characters, each once and in order, that force the whole text into UCS-2."""
    return "".join(dict.fromkeys(character for character in text if character not in _GSM_7))


def is_gsm7(text: str) -> bool:
    """Say whether all characters of `text` are in GSM-7."""
    return _GSM_7.issuperset(text)


def most_units(text: str) -> int:
    """Return the most units that `text` can take, whatever characters stand beside it."""
    if text.isascii() and _EXTENDED.isdisjoint(text):
        return len(text)
    return sum(2 if character in _EXTENDED or character > _LAST_OF_ONE_UNIT else 1 for character in text)


def measure(text: str) -> Size:
    """Return the encoding, units and segments of `text`; an empty text is one segment."""
    if is_gsm7(text):
        encoding = Encoding.GSM_7
        widths = [2 if character in _EXTENDED else 1 for character in text]
    else:
        encoding = Encoding.UCS_2
        widths = [2 if character > _LAST_OF_ONE_UNIT else 1 for character in text]
    units = sum(widths)
    segments = 1 if units <= _ALONE[encoding] else _parts(widths, _EACH[encoding])
    return Size(encoding, units, segments)


def _parts(widths: list[int], capacity: int) -> int:
    """Count the parts; a character of two units does not straddle a border."""
    parts, used = 1, 0
    for width in widths:
        if used + width > capacity:
            parts, used = parts + 1, 0
        used += width
    return parts
