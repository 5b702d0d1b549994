"""Markup for the picture: elements with every value escaped, numbers rounded, and text that stays within a width."""

import html
import re
import unicodedata
from functools import lru_cache

# What XML 1.0 has no place for: control characters, halves of surrogate pairs, two that are none.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# In em, on the safe side of what system fonts need.
_WIDEST, _WIDE, _CAPITAL, _NARROW, _OTHER = 1.4, 1.1, 0.8, 0.42, 0.64


def plain(value: str) -> str:
    """Return text as markup, for content and attributes alike."""
    return html.escape(_UNWRITABLE.sub("\ufffd", value))


def tag(name: str, *inside: str, **attributes: str | float) -> str:
    """Return an element; what is `inside` is markup, what is in attributes is not.

    A trailing underscore keeps an attribute's name from being a keyword of Python; another is
    written as a hyphen. Numbers are rounded to a tenth.
    """
    written = "".join(
        f' {key.removesuffix("_").replace("_", "-")}="{_written(value)}"' for key, value in attributes.items()
    )
    return f"<{name}{written}>{''.join(inside)}</{name}>" if inside else f"<{name}{written}/>"


def width_of(text: str, size: float) -> float:
    """Return how wide a text is at most, in the unit of its font `size`."""
    return size * sum(map(_ems, text))


def shorten(text: str, size: float, room: float) -> str:
    """Return a text cut with an ellipsis where it might be wider than `room`."""
    if width_of(text, size) <= room:
        return text
    while text and width_of(text, size) + size > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


@lru_cache(maxsize=4096)
def _ems(character: str) -> float:
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDEST
    if character in "MW@%":
        return _WIDE
    if character.isupper() or character in "mw":
        return _CAPITAL
    return _NARROW if character in " .,:;'·|ijlt" else _OTHER


def _written(value: str | float) -> str:
    return plain(value) if isinstance(value, str) else f"{round(value, 1):g}"
