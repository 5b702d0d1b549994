"""The parts of a schema: values as patterns that Python and JavaScript read alike, and groups of them.

What is said of a value stands beside it, never behind a `$ref`: editors that follow an older draft
of the standard would not show it.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from notifier.core.expressions import DURATION, NAME, PROCEDURE_END, TIME
from notifier.core.wording import PARTS, PERSONAL
from notifier.intake.values import BY_EXCEL, LONGEST_ID, LONGEST_NAME, NONE, NOT_IN_PHONES, YEARS

Schema = dict[str, object]
NO_TEXT = ("number", "boolean")  # what YAML may make of a text without quotes, such as 42 or true

_MOST_SHOWN = 3  # examples


def _plain(source: str) -> str:
    """Return a pattern for any capitals: JavaScript has no flag for that inside a pattern."""
    return re.sub(r"(?<!\\)[A-Za-z]", lambda letter: f"[{letter[0].upper()}{letter[0].lower()}]", source)


def any_of(words: Iterable[str]) -> str:
    """Return the pattern of several words of letters and hyphens, whatever their capitals."""
    return "|".join(_plain(word) for word in words)


_GAP = r"\s+"
DATE = rf"(?:{YEARS[0] // 100}\d\d|{YEARS[-1]})-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])"
_CLOCK = TIME.pattern
_INVISIBLE = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_PLACEHOLDER = rf"\{{(?!(?:{'|'.join(sorted(PERSONAL))}):){NAME.pattern}(?::(?:{'|'.join(PARTS)}))?\}}"

KEY = NAME.pattern
DURATION_OF = _plain(DURATION.pattern)
DURATION_OR_NONE = rf"{any_of([NONE])}|{DURATION_OF}"
RANGE = rf"{DURATION_OF}{_GAP}to{_GAP}{DURATION_OF}"
HOURS = rf"{_CLOCK}{_GAP}to{_GAP}{_CLOCK}"
WHEN = (
    rf"(?:(?:{DURATION_OF}|{KEY}){_GAP}(?:before|after){_GAP})?"
    rf"(?:{PROCEDURE_END.replace(' ', _GAP)}|{KEY})(?:{_GAP}at{_GAP}{_CLOCK})?"
)
DATE_TIME = rf"{DATE}(?:[Tt]|{_GAP}){_CLOCK}(?::00(?:\.\d+)?)?"
LANGUAGE = "[a-z]{2,3}(?:_[A-Z][a-z]{3})?"  # with a script where a language has several, as in zh_Hant
ID = rf"[^\s/]{{1,{LONGEST_ID}}}"
PERSON = rf"(?=\S)[^{_INVISIBLE}]{{1,{LONGEST_NAME}}}"
MOBILE = rf"(?!(?:{BY_EXCEL.pattern})\s*$)(?=[^\n]*\d){NOT_IN_PHONES.pattern.replace('[', '[^')}+"
PHONE = rf"{MOBILE}(?:{any_of(['ext', 'x'])})?\.?\s*\d*"
WORDING = rf"(?=\s*\S)(?:[^{{}}]|\{{\{{|\}}\}}|{_PLACEHOLDER})*"


def labelled(schema: Schema, title: str, description: str, *examples: object) -> Schema:
    """Return a schema with what an editor shows of it."""
    return {"title": title, "description": description, "examples": [*examples], **schema}


def like(pattern: str, *also: str) -> Schema:
    """Return what a text of a pattern looks like, white space around it or not.

    `also` are types that YAML may make of such a text, such as a number; a pattern is for texts only.
    """
    return {"type": ["string", *also], "pattern": rf"^\s*(?:{pattern})\s*$"}


def written(shape: Schema, title: str, description: str, *examples: object) -> Schema:
    """Return the schema of a value that an editor completes by its examples, and shows them where it is like none.

    `patternErrorMessage` is no standard, but what editors go by: without it they would show the pattern.
    """
    shown = " or ".join(f"“{example}”" for example in examples[:_MOST_SHOWN])
    return labelled({"patternErrorMessage": f"Write it like {shown}.", **shape}, title, description, *examples)


def group(keys: Sequence[str], described: Mapping[str, Schema], required: Sequence[str]) -> Schema:
    """Return the schema of a group of just these keys, in this order; those not required may be blank.

    Raises KeyError for a key that is not described: whatever intake reads, editors have to know.
    """
    return {
        "type": "object",
        "properties": {key: described[key] if key in required else or_blank(described[key]) for key in keys},
        "required": [*required],
        "additionalProperties": False,
    }


def named(value: Schema, names: str = KEY, *, reserved: Collection[str] = ()) -> Schema:
    """Return the schema of a group whose keys its writer chooses; none of them may be `reserved`."""
    refused: Schema = {"not": {"enum": sorted(reserved)}} if reserved else {}
    return {
        "type": "object",
        "propertyNames": {"pattern": f"^(?:{names})$", **refused},
        "additionalProperties": value,
    }


def or_blank(schema: Schema) -> Schema:
    """Return a schema that takes a blank value too, which counts as not given."""
    blank: Schema = {"type": "null"}
    match schema:
        case {"anyOf": [*choices]}:
            return {**schema, "anyOf": [*choices, blank]}
        case {"enum": [*choices]}:
            return {**schema, "enum": [*choices, None]}
        case {"type": [*types]}:
            return {**schema, "type": [*types, "null"]}
        case _:
            return {**schema, "type": [schema["type"], "null"]}
