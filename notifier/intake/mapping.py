"""The mapping of an export: which column is which field, and what its words and dates mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from notifier.core.problems import Problem, WordingError
from notifier.intake.files import PATIENTS
from notifier.intake.forms import FIELDS, ORDER, REQUIRED
from notifier.intake.nearest import did_you_mean
from notifier.intake.section import Section, top_section
from notifier.intake.source import Findings, Source
from notifier.intake.yaml_tree import compose

_KEYS = ("into", "columns", "always", "words", "dates", "times", "sheet")
_FIELDS = (*FIELDS, "skip")
_LEAVE_OUT = "leave out"
_INTO = re.compile(rf"{PATIENTS}/(?!.*\.\.)[^./~#][^~#]*\.yaml")

# How a date is written, and what `strptime` calls that.
_TOKENS = {
    "YYYY": "%Y",
    "YY": "%y",
    "MMM": "%b",
    "MM": "%m",
    "M": "%m",
    "DD": "%d",
    "D": "%d",
    "hh": "%H",
    "h": "%H",
    "mm": "%M",
    "ss": "%S",
    "AM": "%p",
}
_TOKEN = re.compile("|".join(_TOKENS) + "|[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class ExportMapping:
    """What the columns of an export mean."""

    into: str  # the patients file that the import owns, relative to the schedules folder
    columns: Mapping[str, tuple[str, ...]]  # headings by field; those of a date and a time are put together
    always: Mapping[str, str]  # by field, where the export has no column
    words: Mapping[str, Mapping[str, str | None]]  # by field and folded word; None: such a row is left out
    dates: str  # as `strptime` has it
    times: str
    sheet: str | None  # of a workbook; None: the first


def fold(word: str) -> str:
    """Return a word as it is compared: whatever its capitals and blanks."""
    return " ".join(word.split()).casefold()


def read_mapping(source: Source) -> ExportMapping | tuple[Problem, ...]:
    """Return a mapping, or every mistake in it."""
    findings = Findings(source)
    root = compose(source)
    if isinstance(root, Problem):
        return (root,)
    top = top_section(root, findings, "A mapping", _KEYS)
    if top is None:
        return tuple(findings.problems)
    top.require(("into", "columns"))
    columns = _columns(top)
    mapping = ExportMapping(
        into=top.read("into", _read_into) or "",
        columns=columns,
        always=_always(top, columns),
        words=_words(top, columns),
        dates=top.read("dates", partial(read_pattern, example="MM/DD/YYYY")) or "%Y-%m-%d",
        times=top.read("times", partial(read_pattern, example="hh:mm AM")) or "%H:%M",
        sheet=word.text if (word := top.word("sheet")) else None,
    )
    for field in REQUIRED:
        if field not in mapping.columns and field not in mapping.always and top.given("columns") is not None:
            hint = f"Write “{field}: …” with a heading of the export under “columns”, or a value under “always”."
            findings.error(top.place_of("columns"), "missing-key", f"Nothing says what the “{field}” is.", hint)
    return tuple(findings.problems) if findings.has_errors else mapping


def _columns(top: Section) -> Mapping[str, tuple[str, ...]]:
    section = _fields(top, "columns")
    if section is None:
        return {}
    found = {field: tuple(word.text.strip() for word in section.words(field)) for field in section.keys}
    for field, headings in found.items():
        if not headings:
            section.require((field,))
        elif len(headings) > 1 and field not in ("procedure", "arrival"):
            hint = "Only a day and a time are put together."
            section.wrong_type(field, "one heading", hint)
    return found


def _always(top: Section, columns: Mapping[str, object]) -> Mapping[str, str]:
    section = _fields(top, "always")
    if section is None:
        return {}
    for field in section.keys:
        if field in columns:
            message = f"“{field}” has a column already."
            section.findings.error(section.keys[field].start, "duplicate-key", message, "Delete one of the two.")
    return {field: word.text.strip() for field in section.keys if (word := section.word(field))}


def _words(top: Section, columns: Mapping[str, object]) -> Mapping[str, Mapping[str, str | None]]:
    section = _fields(top, "words")
    found: dict[str, Mapping[str, str | None]] = {}
    for key, words in section.sections("The words of", ()) if section else ():
        if key.text not in columns:
            message = f"“{key.text}” has no column whose words these could be."
            words.findings.error(key.start, "unknown-key", message, "Name its column under “columns”.")
        texts = {fold(name): word.text.strip() for name in words.keys if (word := words.word(name))}
        found[key.text] = {name: None if fold(text) == _LEAVE_OUT else text for name, text in texts.items()}
    return found


def _fields(top: Section, key: str) -> Section | None:
    """Return a group whose keys are fields of an entry."""
    section = top.section(key, f"“{key}”")
    for name in section.keys.values() if section else ():
        if name.text not in _FIELDS and not name.text.startswith(ORDER):
            hint = did_you_mean(name.text, (*_FIELDS, f"{ORDER}…"))
            top.findings.error(name.start, "unknown-field", f"A patient has no field “{name.text}”.", hint)
    return section


def _read_into(text: str) -> str:
    if not _INTO.fullmatch(text.strip()):
        hint = f"Write such as “{PATIENTS}/appointments.yaml”: a file that nobody else writes."
        raise WordingError("into", f"“{text.strip()}” is not the name of a patients file in YAML.", hint)
    return text.strip()


def read_pattern(text: str, example: str) -> str:
    """Return for `strptime` how dates or times are written, such as `MM/DD/YYYY` or `hh:mm AM`."""
    pattern = text.strip().replace("%", "%%")
    strange = next((token[0] for token in _TOKEN.finditer(pattern) if token[0] not in _TOKENS), None)
    if strange is not None:
        hint = f"Write such as “{example}”, of {', '.join(_TOKENS)}."
        raise WordingError("pattern", f"“{strange}” says nothing of how dates or times are written.", hint)
    hours = "%I" if "AM" in pattern else "%H"
    return _TOKEN.sub(lambda token: hours if token[0] in ("hh", "h") else _TOKENS[token[0]], pattern)
