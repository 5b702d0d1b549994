"""Texts: reading templates, writing instants as people do, and filling in."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time

from notifier.core.calendar import wall_problem
from notifier.core.expressions import ARRIVAL, PROCEDURE
from notifier.core.model import Clinic, Patient, Placeholder, Template, Texts
from notifier.core.problems import WordingError

PERSONAL = frozenset({"clinic", "phone", "name"})
PARTS = ("time", "date")
_TOKEN = re.compile(r"\{\{|\}\}|\{(?P<inside>[^{}]*)\}|[{}]")
_PLACEHOLDER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_-]*)(?::(?P<part>[a-z]+))?")
# Babel writes a narrow no-break space before PM, which alone would force a text into UCS-2.
_SPACES = str.maketrans({"\u202f": " ", "\u00a0": " "})


def parse_template(text: str) -> Template:
    """Read a text with placeholders; `{{` and `}}` are braces.

    Whether a placeholder's name exists is for the protocol to say. Raises WordingError, whose
    offset is that of the brace.
    """
    parts: list[str | Placeholder] = []
    literal, position = "", 0
    for token in _TOKEN.finditer(text):
        literal += text[position : token.start()]
        position = token.end()
        if token[0] in ("{{", "}}"):
            literal += token[0][0]
            continue
        placeholder = _parse_placeholder(token)
        if literal:
            parts.append(literal)
            literal = ""
        parts.append(placeholder)
    literal += text[position:]
    return (*parts, literal) if literal else tuple(parts)


def _parse_placeholder(token: re.Match[str]) -> Placeholder:
    if token["inside"] is None:
        message = f"This “{token[0]}” has no partner."
        raise WordingError(
            "placeholder", message, f"For a brace in the text itself write “{token[0] * 2}”.", token.start()
        )
    match = _PLACEHOLDER.fullmatch(token["inside"])
    if match is None:
        hint = (
            "Braces hold one name, such as “{name}” or “{procedure:date}”; for braces in the text write “{{” and “}}”."
        )
        raise WordingError("placeholder", f"“{token[0]}” is not a placeholder.", hint, token.start())
    if match["part"] is None:
        return Placeholder(match["name"])
    if match["part"] not in PARTS or match["name"] in PERSONAL:
        hint = f"Write “{{{match['name']}}}”, or “:time” or “:date” after the name of a moment."
        raise WordingError("placeholder", f"“{token[0]}” asks for a part that there is not.", hint, token.start())
    return Placeholder(match["name"], match["part"])


@lru_cache(maxsize=1024)  # asked of the same texts for every patient
def placeholders(template: Template) -> tuple[Placeholder, ...]:
    """Return the placeholders of a text in order."""
    return tuple(part for part in template if isinstance(part, Placeholder))


def names_in(texts: Texts) -> frozenset[str]:
    """Return the names of all instants that any language of a text prints."""
    found = {placeholder.name for template in texts.values() for placeholder in placeholders(template)}
    return frozenset(found - PERSONAL)


def in_language(texts: Texts, language: str, clinic: Clinic) -> tuple[str, Template]:
    """Return a text in `language`, or in the clinic's first language where it has none."""
    chosen = language if language in texts else clinic.languages[0]
    return chosen, texts[chosen]


class Letter(NamedTuple):
    """A text with everything filled in but the name: it is the same for everybody who is alike."""

    pieces: tuple[str, ...]  # what stands around the name
    moments: Mapping[str, datetime]  # every instant that it prints
    dates_only: frozenset[str]  # those that it prints as a date only

    def to(self, name: str) -> str:
        """Return the text for one person; what stands in a name is never a placeholder itself."""
        return name.join(self.pieces)


def write_letter(
    template: Template, language: str, instants: Mapping[str, datetime], zone: ZoneInfo, clinic: Clinic
) -> Letter:
    """Fill in a text, all but the name, for people whose clocks show the time of `zone`.

    Raises KeyError where the text prints an instant that is not in `instants`.
    """
    words = {"clinic": clinic.name, "phone": clinic.phone}
    pieces, moments = [""], dict[str, datetime]()
    for part in template:
        if isinstance(part, str):
            pieces[-1] += part
        elif part.name == "name":
            pieces.append("")
        elif part.name in words:
            pieces[-1] += words[part.name]
        else:
            moments[part.name] = instants[part.name]
            pieces[-1] += _write(part, moments[part.name], language, zone, clinic)
    return Letter(tuple(pieces), moments, _dates_only(template))


class Filled(NamedTuple):
    """A text with everything filled in."""

    body: str
    moments: Mapping[str, datetime]  # every instant that it prints
    dates_only: frozenset[str]  # those that it prints as a date only


def fill_in(
    template: Template, language: str, instants: Mapping[str, datetime], patient: Patient, clinic: Clinic
) -> Filled:
    """Fill in a text for one person; raises KeyError as `write_letter` does."""
    letter = write_letter(template, language, instants, patient.time_zone, clinic)
    return Filled(letter.to(patient.name), letter.moments, letter.dates_only)


@lru_cache(maxsize=1024)  # asked of the same texts for every patient
def _dates_only(template: Template) -> frozenset[str]:
    """Return the names of the instants that a text prints as a date only."""
    instants = [slot for slot in placeholders(template) if slot.name not in PERSONAL]
    return frozenset(slot.name for slot in instants) - {slot.name for slot in instants if slot.part != "date"}


def _write(placeholder: Placeholder, instant: datetime, language: str, own: ZoneInfo, clinic: Clinic) -> str:
    """Write an instant: `procedure` and `arrival` by the clinic's clock, the rest by the patient's own."""
    at_clinic = placeholder.name in (PROCEDURE, ARRIVAL)
    zone, other = (clinic.time_zone, own) if at_clinic else (own, clinic.time_zone)
    is_same_clock = zone is other or instant.astimezone(zone).utcoffset() == instant.astimezone(other).utcoffset()
    return write_instant(instant, zone, language, clinic.country, part=placeholder.part, name_zone=not is_same_clock)


@lru_cache(maxsize=4096)  # many procedures share a time
def write_instant(
    instant: datetime,
    zone: ZoneInfo,
    language: str,
    country: str,
    *,
    part: str | None = None,
    name_zone: bool = False,
) -> str:
    """Write an instant by the clock of `zone`: `Wed, Dec 2, 11:30 PM`, or only its "time" or "date".

    The zone's abbreviation follows a time if `name_zone`, or if clocks show that time twice.
    """
    local = instant.astimezone(zone)
    day = _write_date(local.date(), language, country)
    if part == "date":
        return day
    clock = _write_time(local.time(), language, country)
    if name_zone or wall_problem(local.replace(tzinfo=None), zone) == "doubled":
        clock = f"{clock} {abbreviation(local)}"
    return clock if part == "time" else f"{day}, {clock}"


def abbreviation(local: datetime) -> str:
    """Return how clocks are called at an aware local time: `MST`, or `UTC-03` where they have no letters."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name


@lru_cache(maxsize=4096)
def _write_date(day: date, language: str, country: str) -> str:
    noon = datetime.combine(day, time(12))
    return format_skeleton("MMMEd", noon, locale=locale_of(language, country)).translate(_SPACES)


@lru_cache(maxsize=4096)
def _write_time(wall: time, language: str, country: str) -> str:
    return format_time(wall, "short", locale=locale_of(language, country)).translate(_SPACES)


@lru_cache(maxsize=64)
def locale_of(language: str, country: str) -> Locale:
    """Return how a language is written in a country: `es` in the US has a 12-hour clock.

    Raises UnknownLocaleError or ValueError for a language that there is not.
    """
    try:
        return Locale.parse(f"{language}_{country}")
    except UnknownLocaleError:
        return Locale.parse(language)
