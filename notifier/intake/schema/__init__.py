"""What editors are told of the schedule files: JSON Schemas, made from what intake itself goes by."""

from collections.abc import Callable, Mapping

from notifier.intake.schema.clinic import clinic_schema
from notifier.intake.schema.patients import patients_schema
from notifier.intake.schema.protocol import protocol_schema
from notifier.intake.schema.words import Schema

_DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
_SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "clinic": clinic_schema,
    "protocol": protocol_schema,
    "patients": patients_schema,
}
KINDS = tuple(_SCHEMAS)


def schema_of(kind: str) -> Schema:
    """Return the schema (draft 2020-12) of one of `KINDS` of YAML files.

    It refuses nothing that `check` reads as it is meant to be written, and cannot say all that
    `check` does: whether a name exists, a range is kept or a phone is a mobile one.
    """
    return _DIALECT | _SCHEMAS[kind]()
