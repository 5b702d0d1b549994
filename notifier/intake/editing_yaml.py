"""Editing a patients file in YAML: the touched values alone, where libyaml's marks say that they stand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import yaml

from notifier.intake.forms import FIELDS, ORDER
from notifier.intake.source import Source
from notifier.intake.splices import EditError, Splice
from notifier.intake.yaml_mistakes import index_of
from notifier.intake.yaml_words import write_list, write_map, write_word

Node = yaml.Node
_ENDS_LINE = re.compile(r"\s*,\s*(#|\Z)")  # of a value between brackets, if all have a line of their own
_KEYS = (*FIELDS, "orders", "skip")  # in the order in which a new one finds its place


def edit_yaml(source: Source, start: int, values: Mapping[str, str]) -> list[Splice]:
    """Return what gives the entry that begins at an index these values by field; an empty one takes a value out.

    The file has been read without a mistake in its YAML. Raises EditError where a list has
    comments between its items, which a new list would lose.
    """
    document = _Document.of(source)
    entry = next(item for item in document.items if document.start(item) == start)
    orders = {field.removeprefix(ORDER): value for field, value in values.items() if field.startswith(ORDER)}
    splices = document.put_orders(entry, orders) if orders else []  # first: `skip` may come below them, in one place
    for field, value in values.items():
        if not field.startswith(ORDER):
            splices += document.put(entry, field, value)
    return splices


def add_yaml(source: Source, values: Mapping[str, str]) -> list[Splice]:
    """Return what puts an entry below the last one, in the manner of that one."""
    document = _Document.of(source)
    if document.items:
        return document.add_below(document.items[-1], values)
    at = document.end_of_line(document.last(document.entries))
    entry = _block_entry(_pairs(values, {}), indent="  ", dash="- ")
    return [*document.clear(document.entries), Splice(at, at, "\n" + entry)]


@dataclass(frozen=True, slots=True)
class _Document:
    text: str
    entries: Node  # the list, or what stands in its place where nobody is on it

    @classmethod
    def of(cls, source: Source) -> Self:
        root = yaml.compose(source.text, Loader=yaml.CSafeLoader)
        pairs = root.value if isinstance(root, yaml.MappingNode) else []
        return cls(source.text, next(value for key, value in pairs if key.value == "patients"))

    @property
    def items(self) -> Sequence[yaml.MappingNode]:
        is_list = isinstance(self.entries, yaml.SequenceNode)
        return [item for item in self.entries.value if isinstance(item, yaml.MappingNode)] if is_list else []

    def start(self, node: Node) -> int:
        return index_of(node.start_mark)

    def last(self, node: Node) -> int:
        """Return the index after a node's last character; libyaml has a block end after the comments below it."""
        if isinstance(node, yaml.ScalarNode):
            return self.start(node) + len(self.text[self.start(node) : index_of(node.end_mark)].rstrip())
        if _is_flow(node):
            return index_of(node.end_mark)
        return self.last(node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1])

    def end_of_line(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def clear(self, node: Node) -> list[Splice]:
        """Return what takes a value in a block away; its comment stays."""
        start = len(self.text[: self.start(node)].rstrip())
        return [Splice(start, self.last(node), "")] if self.last(node) > self.start(node) else []

    def put(self, group: yaml.MappingNode, key: str, value: str) -> list[Splice]:
        """Return what gives a key of a group a value; `skip` takes a list of words."""
        node = next((node for name, node in group.value if name.value == key), None)
        if node is None:
            quote = _quote(self._above(group, key)[1])
            return self._insert(group, key, _written(key, value, quote)) if value else []
        if not value and not group.flow_style and not (isinstance(node, yaml.ScalarNode) and node.style):
            return self.clear(self._without_comments(node))
        if isinstance(node, yaml.SequenceNode):
            return [Splice(self.start(node), self.last(node), self._list(self._without_comments(node), value))]
        return [self._fill(node, _written(key, value, _quote(node)))]

    def _fill(self, node: Node, text: str) -> Splice:
        """Return what puts a text in the place of a single value, or after the colon where there is none."""
        start, end = self.start(node), self.last(node)
        lead = " " if start == end and not self.text[:start].endswith((" ", "\n")) else ""
        return Splice(start, end, lead + text)

    def _without_comments(self, node: Node) -> Node:
        """Return the node; a comment between its items would be lost with them."""
        if isinstance(node, yaml.SequenceNode) and "#" in self.text[self.start(node) : self.last(node)]:
            line = node.start_mark.line + 1
            message = f"The list in line {line} has comments between its words, which would be lost."
            raise EditError(f"{message} Change it in the file itself.")
        return node

    def _list(self, node: Node, value: str) -> str:
        if _is_flow(node):
            return write_list(value.split())
        return ("\n" + " " * node.start_mark.column).join(f"- {write_word(word)}" for word in value.split())

    def _insert(self, group: yaml.MappingNode, key: str, text: str) -> list[Splice]:
        """Return what puts a new key, with a value as written, below the one that it follows by custom."""
        name, node = self._above(group, key)
        pair = f"{write_word(key, _quote(name))}: {text}"
        at, end = self.last(node), self.end_of_line(self.last(node))
        if not group.flow_style:
            return [Splice(end, end, "\n" + " " * group.start_mark.column + pair)]
        indent = self.text[self.text.rfind("\n", 0, self.start(name)) + 1 : self.start(name)]
        if not indent.strip() and _ENDS_LINE.match(self.text, at, end):
            return [Splice(end, end, f"\n{indent}{pair},")]
        return [Splice(at, at, f", {pair}")]

    def _above(self, group: yaml.MappingNode, key: str) -> tuple[Node, Node]:
        """Return the key and value below which a new key finds its place."""
        pair: tuple[Node, Node] = max(reversed(group.value), key=lambda pair: _rank(pair[0].value, key))
        return pair

    def put_orders(self, entry: yaml.MappingNode, orders: Mapping[str, str]) -> list[Splice]:
        """Return what gives an entry these orders; those that it has besides stay."""
        node = next((node for name, node in entry.value if name.value == "orders"), None)
        if isinstance(node, yaml.MappingNode) and node.value:
            return [splice for name, value in orders.items() for splice in self.put(node, name, value)]
        written = write_map({name: value for name, value in orders.items() if value})
        return self._insert(entry, "orders", written) if node is None else [self._fill(node, written)]

    def add_below(self, model: yaml.MappingNode, values: Mapping[str, str]) -> list[Splice]:
        """Return what puts an entry below another, written as that one is."""
        at = self.last(model)
        quotes = {name.value: _quote(node) for name, node in model.value if isinstance(node, yaml.ScalarNode)}
        pairs = _pairs(values, quotes, _quote(model.value[0][0]))
        pad = " " if self.text[self.start(model) + 1].isspace() else ""
        flow = "{" + pad + ", ".join(pairs) + pad + "}"
        if _is_flow(self.entries):
            return [Splice(at, at, f", {flow}")]
        before = self.text[: self.start(model)].rstrip()
        dash = self.text[len(before) - 1 : self.start(model)] if before.endswith("-") else "- "
        indent = " " * self.entries.start_mark.column
        entry = indent + dash + flow if model.flow_style else _block_entry(pairs, indent, dash)
        end = self.end_of_line(at)
        return [Splice(end, end, ("\n\n" if self._are_apart() else "\n") + entry)]

    def _are_apart(self) -> bool:
        """Say whether an empty line parts the last two entries."""
        between = [self.text[self.last(one) : self.start(other)] for one, other in pairwise(self.items[-2:])]
        return any(not line.strip() for text in between for line in text.splitlines()[1:-1])


def _rank(name: str, new: str) -> int:
    """Return how near above the new key one stands by custom; keys that follow it, or have no custom, come last."""
    if new not in _KEYS or name not in _KEYS:
        return 0
    return _KEYS.index(name) + 1 if _KEYS.index(name) < _KEYS.index(new) else -1


def _is_flow(node: Node) -> bool:
    """Say whether a list or group is written with brackets."""
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _quote(node: Node) -> str | None:
    """Return the quotes in which a value stands; None where it has none."""
    style: str | None = node.style if isinstance(node, yaml.ScalarNode) else None
    return style if style in ("'", '"') else None


def _pairs(values: Mapping[str, str], quotes: Mapping[str, str | None], key_quote: str | None = None) -> list[str]:
    """Return an entry's `key: value` texts; orders are one group."""
    orders = {field.removeprefix(ORDER): value for field, value in values.items() if field.startswith(ORDER)}
    texts = {field: _written(field, values[field], quotes.get(field)) for field in FIELDS if field in values}
    texts |= {"orders": write_map(orders)} if orders else {}
    texts |= {"skip": write_list(values["skip"].split())} if "skip" in values else {}
    return [f"{write_word(field, key_quote)}: {text}" for field, text in texts.items()]


def _written(key: str, value: str, quote: str | None) -> str:
    return write_list(value.split()) if key == "skip" and value else write_word(value, quote)


def _block_entry(pairs: Sequence[str], indent: str, dash: str) -> str:
    column = len((indent + dash).rpartition("\n")[2])
    return indent + dash + ("\n" + " " * column).join(pairs)
