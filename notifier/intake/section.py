"""Reading one group of `name: value` lines of a YAML file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from notifier.core.problems import WordingError
from notifier.intake.nearest import did_you_mean
from notifier.intake.source import Findings
from notifier.intake.yaml_tree import Map, Node, Scalar, Seq, end_of, place_in

T = TypeVar("T")


class Section:
    """A group of lines; what is wrong with them goes to its findings as it is read.

    A blank value counts as not given.
    """

    def __init__(self, node: Map, findings: Findings, title: str, known: Sequence[str] = ()) -> None:
        """`title` names the group at the head of a sentence; no `known` keys: any may stand in it."""
        self.start = node.start
        self.end = end_of(node)
        self.findings = findings
        self.title = title
        self.keys: dict[str, Scalar] = {}
        self._values: dict[str, Node] = {}
        for key, value in node.entries:
            if key.text in self.keys:
                self._twice(key)
            elif known and key.text not in known:
                message = f"{title} has nothing called “{key.text}”."
                findings.error(key.start, "unknown-key", message, did_you_mean(key.text, known))
            else:
                self.keys[key.text] = key
                self._values[key.text] = value

    def _twice(self, key: Scalar) -> None:
        line = self.findings.source.spot(self.keys[key.text].start).line
        message = f"“{key.text}” is given twice: first in line {line}."
        self.findings.error(key.start, "duplicate-key", message, "Delete one of the two.")

    def place_of(self, key: str) -> int:
        """Return the index of a key's value, or of the key where it has none, or of the group."""
        if (value := self.given(key)) is not None:
            return value.start
        return self.keys[key].start if key in self.keys else self.start

    def given(self, key: str) -> Node | None:
        """Return the value of a key, or None where it is not given."""
        value = self._values.get(key)
        return None if value is None or is_blank(value) else value

    def require(self, keys: Iterable[str]) -> None:
        """Note every one of these keys that is not given."""
        for key in keys:
            if self.given(key) is None:
                message = f"{self.title} has no “{key}”."
                if key in self.keys:
                    message = f"There is nothing after “{key}”."
                self.findings.error(self.place_of(key), "missing-key", message, f"Write “{key}: …” and its value.")

    def read(self, key: str, reader: Callable[[str], T]) -> T | None:
        """Return what `reader` makes of a value; None, and a finding, where it raises WordingError."""
        word = self.word(key)
        return None if word is None else read_word(word, reader, self.findings)

    def word(self, key: str) -> Scalar | None:
        """Return a single value; None where it is not given, or is a list or a group."""
        value = self.given(key)
        if value is None or isinstance(value, Scalar):
            return value
        hint = "Write one value on the same line. A text that begins with a bracket needs double quotes."
        self.wrong_type(key, "one value", hint)
        return None

    def words(self, key: str) -> list[Scalar]:
        """Return the values of a list; a single value is a list of one."""
        value = self.given(key)
        if value is None or isinstance(value, Scalar):
            return [] if value is None else [value]
        items = value.items if isinstance(value, Seq) else ()
        words = [item for item in items if isinstance(item, Scalar) and not is_blank(item)]
        if isinstance(value, Map) or len(words) < len(items):
            self.wrong_type(key, "a list of words", f"Write it as “{key}: [one, two]”.")
        return words

    def section(self, key: str, title: str, known: Sequence[str] = ()) -> "Section | None":
        """Return the group below a key; None where it is not given, or is no group."""
        value = self.given(key)
        if value is None:
            return None
        if isinstance(value, Map):
            return Section(value, self.findings, title, known)
        self.wrong_type(key, "a group of lines", "Write each of them as “name: value” on a line below, indented.")
        return None

    def sections(self, title: str, known: Sequence[str]) -> Iterator[tuple[Scalar, "Section"]]:
        """Yield each key and the group below it; `title` names such a group, and is given its key."""
        for key in self.keys.values():
            name = f"{title} “{key.text}”"
            section = self.section(key.text, name, known)
            if section is not None:
                yield key, section
            elif self.given(key.text) is None:
                message = f"{name} is empty."
                self.findings.error(key.start, "missing-key", message, "Write its lines below, indented, or delete it.")

    def wrong_type(self, key: str, wanted: str, hint: str) -> None:
        """Note that a value is not of the kind that is wanted."""
        self.findings.error(self.place_of(key), "wrong-type", f"“{key}” should be {wanted}.", hint)


def is_blank(node: Node) -> bool:
    """Say whether nothing but white space is given."""
    return isinstance(node, Scalar) and not node.text.strip()


def read_word(word: Scalar, reader: Callable[[str], T], findings: Findings) -> T | None:
    """Return what `reader` makes of a word; None, and a finding at the very spot, where it raises WordingError."""
    try:
        return reader(word.text)
    except WordingError as error:
        at = place_in(word, error.offset, findings.source)
        findings.error(at, error.code, str(error), error.hint)
        return None


def top_section(root: Node, findings: Findings, title: str, known: Sequence[str]) -> Section | None:
    """Return a whole file as a group of lines; None, and a finding, where it is something else."""
    if isinstance(root, Map):
        return Section(root, findings, title, known)
    if is_blank(root):
        findings.error(root.start, "empty-file", "This file is empty.", "Write its content, or delete the file.")
        return None
    hint = f"Begin it with “{known[0]}:”."
    findings.error(root.start, "wrong-type", "This file does not consist of “name: value” lines.", hint)
    return None
