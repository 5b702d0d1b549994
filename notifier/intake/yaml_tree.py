"""YAML without surprises: a tree in which every value is text and knows where it stands.

libyaml scans; the tree is built without recursion, so that no file can exhaust the stack. What
YAML resolves (`no`, `7:30`, `+1303…`) is never resolved here.
"""

from dataclasses import dataclass, field

import yaml

from notifier.core.problems import Problem, Severity
from notifier.intake.source import Source
from notifier.intake.yaml_mistakes import Clash, explain, index_of

DEEPEST = 20  # levels; a schedule file has seven
MOST_NODES = 500_000


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value or one key, as text."""

    text: str
    start: int  # index of its first character in the file, quotes and block signs included
    end: int
    is_plain: bool  # written without quotes


@dataclass(frozen=True, slots=True)
class Map:
    """A group of `key: value` lines; keys given twice are still twice in it."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    start: int


@dataclass(frozen=True, slots=True)
class Seq:
    """A list."""

    items: tuple["Node", ...]
    start: int


Node = Scalar | Map | Seq


def compose(source: Source) -> Node | Problem:
    """Return the one document of a YAML file as a tree, or the first mistake that makes it none."""
    builder = _Builder(source)
    try:
        for event in yaml.parse(source.text, Loader=yaml.CSafeLoader):
            if (problem := builder.take(event)) is not None:
                return problem
    except yaml.MarkedYAMLError as error:
        return explain(Clash.of(source, error, builder.last_event, builder.open_bracket()))
    if builder.root is None:
        return _problem(source, 0, "empty-file", "This file is empty.", "Write its content, or delete the file.")
    return builder.root


def end_of(node: Node) -> int:
    """Return the index after a node's last character, or of its start where it holds nothing."""
    while not isinstance(node, Scalar):
        below = node.items if isinstance(node, Seq) else [value for _, value in node.entries]
        if not below:
            return node.start
        node = below[-1]
    return node.end


def place_in(scalar: Scalar, offset: int, source: Source) -> int:
    """Return the index in the file of the character at `offset` in a scalar's text.

    Quotes, escapes and folded lines make the two differ, so it is found as the n-th of its kind.
    Where it is written as an escape, the scalar's own start is returned.
    """
    wanted = scalar.text[offset : offset + 1]
    at = scalar.start - 1
    for _ in range(scalar.text.count(wanted, 0, offset) + 1):
        at = source.text.find(wanted, at + 1, scalar.end)
        if at < 0:
            return scalar.start
    return at


@dataclass(slots=True)
class _Open:
    """A list or group whose end has not come yet."""

    is_map: bool
    is_flow: bool  # written with brackets
    start: int
    children: list[Node] = field(default_factory=list)


class _Builder:
    """Puts the tree together, event by event."""

    def __init__(self, source: Source) -> None:
        self.root: Node | None = None
        self.last_event: yaml.Event | None = None
        self._source = source
        self._stack: list[_Open] = []
        self._count = 0

    def open_bracket(self) -> int | None:
        """Return where the innermost bracket opened that is not closed yet."""
        return next((node.start for node in reversed(self._stack) if node.is_flow), None)

    def take(self, event: yaml.Event) -> Problem | None:
        """Add what one event brings; return why it may not stand here."""
        self.last_event = event
        if isinstance(event, yaml.NodeEvent):
            return self._refusal(event) or self._begin(event)
        if isinstance(event, yaml.CollectionEndEvent):
            return self._end()
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            hint = "Delete the line “---”, or make two files of it."
            return self._problem(
                index_of(event.start_mark), "several-documents", "A second document begins here.", hint
            )
        return None

    def _refusal(self, event: yaml.NodeEvent) -> Problem | None:
        at = index_of(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            hint = f"Write the value out. If a text begins with “{sign}”, put it in double quotes."
            return self._problem(at, "anchor", f"A value that begins with “{sign}” is not read.", hint)
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            hint = "Write the value alone. If a text begins with “!”, put it in double quotes."
            return self._problem(at, "tag", "A value that begins with “!” is not read.", hint)
        self._count += 1
        if self._count > MOST_NODES:
            return self._problem(at, "too-many", f"More than {MOST_NODES:,} values.", "Split the file into several.")
        if len(self._stack) >= DEEPEST:
            message = f"More than {DEEPEST} levels lie one in another here."
            return self._problem(at, "too-deep", message, "Check the brackets and the indentation above.")
        return None

    def _begin(self, event: yaml.NodeEvent) -> Problem | None:
        at = index_of(event.start_mark)
        if isinstance(event, yaml.ScalarEvent):
            self._add(Scalar(event.value, at, index_of(event.end_mark), event.implicit[0]))
        elif isinstance(event, yaml.CollectionStartEvent):
            is_map = isinstance(event, yaml.MappingStartEvent)
            self._stack.append(_Open(is_map, bool(event.flow_style), at))
        return None

    def _end(self) -> Problem | None:
        node = self._stack.pop()
        if not node.is_map:
            self._add(Seq(tuple(node.children), node.start))
            return None
        keys, values = node.children[::2], node.children[1::2]
        entries = []
        for key, value in zip(keys, values, strict=True):
            if not isinstance(key, Scalar):
                hint = "Write it as “name: value”. If a text begins with a bracket, put it in double quotes."
                return self._problem(key.start, "wrong-type", "A name should stand here before the colon.", hint)
            entries.append((key, value))
        self._add(Map(tuple(entries), node.start))
        return None

    def _add(self, node: Node) -> None:
        if self._stack:
            self._stack[-1].children.append(node)
        else:
            self.root = node

    def _problem(self, at: int, code: str, message: str, hint: str) -> Problem:
        return _problem(self._source, at, code, message, hint)


def _problem(source: Source, at: int, code: str, message: str, hint: str) -> Problem:
    return Problem(source.spot(at), Severity.ERROR, code, message, hint)
