"""Which line begins in the wrong column: a YAML scanner notices only where a later line clashes with it."""

import re
from collections.abc import Iterator

_STEP = 2  # columns that each level of the shipped files is indented further
_REMARK = re.compile(r"(?:^|\s)#.*")
_BLOCK = re.compile(r"[>|][-+]?$")


def first_misfit(text: str, clash: int) -> int | None:
    """Return the index of the line that makes the one at index `clash` look wrong, if that one is where it should be.

    It is the first line below their common parent, where this one is not indented by two and that at `clash` is.
    """
    wanted = _column(text, clash)
    below: tuple[int, int] | None = None
    for column, start, said in _lines_above(text, clash):
        if column + _STEP == wanted and said.endswith(":"):
            return below[1] if below is not None and below[0] != wanted else None
        below = column, start
    return None


def unindented_block(text: str, at: int) -> int | None:
    """Return the index of a text that should stand below the sign of a block, and stands beside it."""
    wanted, first = _column(text, at), at
    for column, start, said in _lines_above(text, at):
        if column != wanted:
            return None
        if _BLOCK.search(said):
            return first
        first = start
    return None


def _lines_above(text: str, at: int) -> Iterator[tuple[int, int, str]]:
    """Yield column, index of the first character and content of the lines above that are not blank, from below."""
    end = text.rfind("\n", 0, at)
    while end >= 0:
        start = text.rfind("\n", 0, end) + 1
        said = _REMARK.sub("", text[start:end]).rstrip()
        if said:
            column = len(said) - len(said.lstrip(" "))
            yield column, start + column, said
        end = start - 1


def _column(text: str, at: int) -> int:
    start = text.rfind("\n", 0, at) + 1
    line = text[start:].partition("\n")[0]
    return len(line) - len(line.lstrip(" "))
