"""The picture as dots: for a letter, a slide, a chat, or whatever else shows no SVG."""

import re
from types import ModuleType

from notifier.cli.picture.style import COLOURS

SHARP = 2  # dots for each unit of the drawing: clear on paper and on a good screen

_USED = re.compile(r"var\(--([a-z]+)\)")
_LIGHT = dict(re.findall(r"--([a-z]+):([^;}]+)", COLOURS.partition("@media")[0]))
_A_WORD = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="8">M</text></svg>'


class BitmapError(Exception):
    """This machine cannot draw; says in one sentence what is missing."""


def bitmap(svg: str) -> bytes:
    """Return a picture of ours as PNG, in its light colours. Raises BitmapError where drawing is not possible here."""
    resvg = _painter()
    if resvg.svg_to_bytes(svg_string=_A_WORD) == resvg.svg_to_bytes(svg_string=_A_WORD.replace("M", "")):
        raise BitmapError("A PNG needs a font, and this machine has none: install one, such as fonts-dejavu-core.")
    # It knows no variables of CSS.
    plain = _USED.sub(lambda name: _LIGHT[name[1]], svg)
    drawn: bytes = resvg.svg_to_bytes(svg_string=plain, zoom=SHARP)
    return drawn


def _painter() -> ModuleType:
    try:
        import resvg_py  # noqa: PLC0415 - an extra: only who wants a PNG needs it
    except ImportError:
        raise BitmapError(
            "A PNG needs the package resvg-py: pip install 'notifier[png]'. --svg needs nothing."
        ) from None
    return resvg_py
