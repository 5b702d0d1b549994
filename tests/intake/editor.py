"""What an editor makes of a YAML file: values by the core schema of YAML 1.2, held against a JSON Schema."""

import re

import yaml
from jsonschema import Draft202012Validator

from notifier.intake.schema import schema_of

# YAML 1.2, section 10.3.2: everything else without quotes is text, such as 2026-11-20, 7:30 or no.
_NULL = re.compile(r"null|Null|NULL|~|")
_TRUTH = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def refusals(kind: str, text: str) -> list[str]:
    """Return what an editor would underline in a file, as `path: sentence`; nothing where it is fine."""
    errors = Draft202012Validator(schema_of(kind)).iter_errors(load(text))
    return [f"{error.json_path}: {error.message}" for error in errors]


def load(text: str) -> object:
    """Return a YAML document as an editor's YAML reader gives it to a validator."""
    return _value(yaml.compose(text, Loader=yaml.CSafeLoader))


def _value(node: yaml.Node | None) -> object:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    if not isinstance(node, yaml.ScalarNode):
        return None
    return node.value if node.style else _plain(node.value)


def _plain(text: str) -> object:
    if _NULL.fullmatch(text):
        return None
    if _TRUTH.fullmatch(text):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
