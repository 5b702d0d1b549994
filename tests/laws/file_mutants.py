"""Slips of an admin's finger: every single-token change of some kinds that a schedule file can suffer."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

_TOKEN = re.compile(r"[\w'-]+|[^\w\s]")
_KEY = re.compile(r"^[\s-]*(?P<key>[A-Za-z_][\w-]{2,}):", re.MULTILINE)
_DIGIT = re.compile(r"\d")
_UNIT = re.compile(r"\b(?P<unit>minute|hour|day|week)(?P<plural>s?)\b")
_SIDE = re.compile(r"\b(before|after)\b")
_UNITS = ("minute", "hour", "day", "week")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one slip in it."""

    text: str
    lines: tuple[int, ...]  # from 1: those that the slip has touched, in the mutant


def mutants(text: str, kind: str) -> Iterator[Mutant]:
    """Yield every mutant of a kind that differs from the file."""
    return (mutant for mutant in KINDS[kind](text) if mutant.text != text)


def _said(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offset and the content of each line without its remark: remarks say nothing."""
    start = 0
    for line in text.split("\n"):
        yield start, re.split(r"(?:^|\s)#", line, maxsplit=1)[0]
        start += len(line) + 1


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    for start, line in _said(text):
        for token in _TOKEN.finditer(line):
            yield start + token.start(), start + token.end()


def _put(text: str, start: int, end: int, new: str) -> Mutant:
    return Mutant(text[:start] + new + text[end:], (text.count("\n", 0, start) + 1,))


def _delete(text: str) -> Iterator[Mutant]:
    return (_put(text, start, end, "") for start, end in _tokens(text))


def _duplicate(text: str) -> Iterator[Mutant]:
    for start, end in _tokens(text):
        between = " " if text[start].isalnum() else ""
        yield _put(text, end, end, between + text[start:end])


def _swap(text: str) -> Iterator[Mutant]:
    """Change places with the next token of the line."""
    spans = list(_tokens(text))
    for (start, end), (later, last) in pairwise(spans):
        if "\n" not in text[end:later]:
            yield _put(text, start, last, text[later:last] + text[end:later] + text[start:end])


def _mistype(text: str) -> Iterator[Mutant]:
    """Leave out, double or turn round the middle letters of a key."""
    for key in _KEY.finditer(text):
        word, middle = key["key"], len(key["key"]) // 2
        for wrong in (
            word[:middle] + word[middle + 1 :],
            word[:middle] + word[middle] + word[middle:],
            word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :],
            word.capitalize(),
        ):
            yield _put(text, key.start("key"), key.end("key"), wrong)


def _digit(text: str) -> Iterator[Mutant]:
    for start, line in _said(text):
        for digit in _DIGIT.finditer(line):
            at = start + digit.start()
            for step in (1, 5):
                yield _put(text, at, at + 1, str((int(digit[0]) + step) % 10))


def _unit(text: str) -> Iterator[Mutant]:
    for start, line in _said(text):
        for found in _UNIT.finditer(line):
            for other in _UNITS:
                new = other + found["plural"]
                yield _put(text, start + found.start(), start + found.end(), new)
        for found in _SIDE.finditer(line):
            other = "after" if found[0] == "before" else "before"
            yield _put(text, start + found.start(), start + found.end(), other)


def _quote(text: str) -> Iterator[Mutant]:
    """Drop a quote or a bracket, or put one too many."""
    for start, end in _tokens(text):
        if text[start] in "\"'{}[]":
            yield _put(text, start, end, "")
            yield _put(text, start, end, text[start] * 2)
        elif text[start:end].isalpha():
            yield _put(text, start, start, '"')


def _indent(text: str) -> Iterator[Mutant]:
    for start, line in _said(text):
        if line.strip():
            yield _put(text, start, start, " ")
            yield _put(text, start, start, "  ")
            yield _put(text, start, start, "\t")
            if line.startswith("  "):
                yield _put(text, start, start + 1, "")
                yield _put(text, start, start + 2, "")


def _lines(text: str) -> Iterator[Mutant]:
    """Swap a line with the next, leave it out, or have it twice."""
    rows = text.split("\n")
    for at, row in enumerate(rows):
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        yield Mutant("\n".join([*rows[:at], *rows[at + 1 :]]), (at + 1,))
        yield Mutant("\n".join([*rows[: at + 1], *rows[at:]]), (at + 1, at + 2))
        if at + 1 < len(rows):
            yield Mutant("\n".join([*rows[:at], rows[at + 1], row, *rows[at + 2 :]]), (at + 1, at + 2))


KINDS: Mapping[str, Callable[[str], Iterator[Mutant]]] = {
    "delete a token": _delete,
    "duplicate a token": _duplicate,
    "swap two tokens": _swap,
    "mistype a key": _mistype,
    "change a digit": _digit,
    "change a unit": _unit,
    "drop or add a quote": _quote,
    "shift an indent": _indent,
    "swap, drop or double a line": _lines,
}


def some(text: str, kind: str, most: int) -> list[Mutant]:
    """Return at most so many mutants of a kind, spread over the file; the same ones each time."""
    found = list(mutants(text, kind))
    return found if len(found) <= most else [found[index * len(found) // most] for index in range(most)]
