"""Changing a few places of a file and leaving every other byte as it is: BOM, line ends and all."""

import codecs
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

_LINE_END = re.compile("\r\n|\r|\n")


class EditError(Exception):
    """An edit that cannot be made, in one or two sentences for the admin."""


@dataclass(frozen=True, slots=True)
class Splice:
    """New text for a place of a file; indexes count as in `Source.text`, where every line ends in a line feed."""

    start: int
    end: int
    text: str


def apply_splices(data: bytes, splices: Iterable[Splice]) -> bytes:
    """Return the file with its places changed; lines that are added end as the first line of the file does.

    `data` is in UTF-8. Places do not overlap; what is put in at one and the same place stands in the order given.
    """
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    text = data.removeprefix(bom).decode()
    ends = list(_LINE_END.finditer(text))
    pairs = [end.start() - before for before, end in enumerate(end for end in ends if end[0] == "\r\n")]
    line_end = ends[0][0] if ends else "\n"
    parts, done = [], 0
    for splice in sorted(splices, key=lambda one: (one.start, one.end)):
        # Each pair of characters before a place counts as one in it.
        start, end = (at + bisect_left(pairs, at) for at in (splice.start, splice.end))
        parts += [text[done:start], splice.text.replace("\n", line_end)]
        done = end
    return bom + "".join([*parts, text[done:]]).encode()
