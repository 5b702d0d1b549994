"""The schema of an `allow`: which warnings are right where it stands, and why."""

from notifier.core.allowing import ALLOWABLE
from notifier.intake.schema.words import Schema, labelled

_EXAMPLE = {"weekend": "a Saturday list"}


def allow() -> Schema:
    """Return the schema of an `allow`; any code is taken, as `check` only warns of one that it does not know."""
    reason: Schema = {"type": ["string", "number", "boolean", "null"]}
    known = {
        code: labelled(reason, code, f"Why the warning “{code}” is right here.", "a Saturday list")
        for code in sorted(ALLOWABLE)
    }
    other = labelled(reason, "Reason", "Why this warning is right here.", "a Saturday list")
    codes: Schema = {"type": "object", "properties": known, "additionalProperties": other}
    words: Schema = {"type": "array", "items": {"type": ["string"]}}
    return labelled(
        {"anyOf": [codes, words, {"type": ["string", "null"]}]},
        "Allow",
        "Warnings of `notifier check` that are right here, each with its reason.",
        _EXAMPLE,
    )
