"""“Did you mean …?”: hints for words that the program does not know."""

from collections.abc import Iterable
from difflib import get_close_matches

_LIKENESS = 0.6  # difflib's own measure of a close match
_MOST_LISTED = 15


def nearest(word: str, known: Iterable[str], *, likeness: float = _LIKENESS) -> str | None:
    """Return the known word that is most like `word`, whatever its capitals; None where none is near."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    matches = get_close_matches(word.casefold(), by_fold, n=1, cutoff=likeness)
    return by_fold[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint: the nearest known word, or else the known ones."""
    candidates = list(known)
    near = nearest(word, candidates)
    if near is not None:
        return f"Did you mean “{near}”?"
    if not candidates:
        return "There is none that could stand here."
    listed = ", ".join(f"“{candidate}”" for candidate in candidates[:_MOST_LISTED])
    more = ", …" if len(candidates) > _MOST_LISTED else ""
    return f"Known here: {listed}{more}."
