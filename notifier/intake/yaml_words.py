"""Writing values as YAML, so that they are read back as they were meant."""

import json
from collections.abc import Iterable, Mapping

import yaml


def write_word(text: str, quote: str | None = None) -> str:
    """Return a value in these quotes, or without any where it can do without; it has no line breaks."""
    if quote == "'":
        return "'" + text.replace("'", "''") + "'"
    return text if quote is None and _is_plain(text) else json.dumps(text, ensure_ascii=False)


def write_list(words: Iterable[str]) -> str:
    """Return a list in brackets."""
    return "[" + ", ".join(map(write_word, words)) + "]"


def write_map(values: Mapping[str, str]) -> str:
    """Return a group in braces."""
    return "{ " + ", ".join(f"{write_word(name)}: {write_word(value)}" for name, value in values.items()) + " }"


def _is_plain(text: str) -> bool:
    """Say whether a text without quotes is read as itself, also in brackets."""
    try:
        node = yaml.compose(f"[{text}]", Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return False
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    return len(items) == 1 and isinstance(items[0], yaml.ScalarNode) and items[0].value == text and not items[0].style
