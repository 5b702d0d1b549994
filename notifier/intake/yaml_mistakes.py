"""What a YAML scanner objects to, said in an admin's words at the spot that she should mend."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

import yaml

from notifier.core.problems import Problem, Severity
from notifier.intake.indents import first_misfit, unindented_block
from notifier.intake.source import Source

_IN_QUOTES = 'Put the whole text in double quotes, such as "Note: call us".'
_INDENTED_TAB = re.compile(r" *\t")
_ODD_SPACE = re.compile(r"^ *([\xa0\u2000-\u200b\u202f\u3000])", re.MULTILINE)
_MISALIGNED = ("did not find expected key", "did not find expected '-' indicator")
_OPENS_QUOTE = re.compile(r'(?:^|: |- )\s*"')
_FURTHEST_QUOTE = 20  # lines
_MAY_NOT_BEGIN = re.compile(r"""[@`%&*!,\]}|>?-]""")


class Mark(Protocol):
    """A place of libyaml's."""

    @property
    def index(self) -> int:
        """Characters from the start of the file, from 0."""


def index_of(mark: Mark | None) -> int:
    """Return the index that libyaml's mark stands for; it leaves out none of those that are asked for here."""
    return 0 if mark is None else mark.index


@dataclass(frozen=True, slots=True)
class Clash:
    """Where and why the scanner gave up; places are indexes into the source's text."""

    source: Source
    said: str  # by libyaml
    at: int
    context: str
    opened: int  # where what libyaml was reading began
    before: yaml.Event | None  # the last thing that was read whole
    bracket: int | None  # the innermost bracket that is still open

    @classmethod
    def of(cls, source: Source, error: yaml.MarkedYAMLError, before: yaml.Event | None, bracket: int | None) -> Self:
        """Return the clash that an error of libyaml stands for."""
        at = index_of(error.problem_mark)
        opened = at if error.context_mark is None else index_of(error.context_mark)
        return cls(source, error.problem or "", at, error.context or "", opened, before, bracket)

    @property
    def character(self) -> str:
        """The character at which the scanner gave up; empty at the end of the file."""
        return self.source.text[self.at : self.at + 1]

    def line_of(self, at: int) -> int:
        """Return the line of an index, from 1."""
        return self.source.spot(at).line


Mistake = tuple[int, str, str, str]  # index, code, message, hint


def explain(clash: Clash) -> Problem:
    """Return the problem that the first fitting rule makes of a clash."""
    found = next(mistake for rule in _RULES if (mistake := rule(clash)) is not None)
    at, code, message, hint = found
    return Problem(clash.source.spot(at), Severity.ERROR, code, message, hint)


def _tab(clash: Clash) -> Mistake | None:
    line_start = clash.source.text.rfind("\n", 0, clash.at) + 1
    indentation = _INDENTED_TAB.match(clash.source.text, line_start)
    if indentation is None or clash.at >= indentation.end():
        return None
    hint = "Delete it and use spaces, two for each level; most editors can do so for the whole file."
    return indentation.end() - 1, "tab", "This line is indented with a tab.", hint


def _odd_space(clash: Clash) -> Mistake | None:
    """Find an indentation that only looks like one: web pages and word processors give such spaces."""
    above = clash.source.text.rfind("\n", 0, clash.source.text.rfind("\n", 0, clash.at) + 1 or 1)
    line_above = clash.source.text.rfind("\n", 0, max(above, 0)) + 1
    found = _ODD_SPACE.search(clash.source.text, line_above, clash.at + 1)
    if found is None:
        return None
    hint = "Delete what stands before the first word of this line, and type the spaces anew."
    return found.start(1), "indentation", "This line is indented with spaces of another kind.", hint


def _unclosed_quote(clash: Clash) -> Mistake | None:
    if clash.said != "found unexpected end of stream" or "quoted scalar" not in clash.context:
        return None
    return _never_closed(clash, clash.opened)


def _never_closed(clash: Clash, at: int) -> Mistake:
    quote = clash.source.text[at]
    hint = f"Put {quote} at the end of the text too."
    if quote == "'":
        hint += " For an apostrophe in the text, put the whole text in double quotes."
    return at, "unclosed-quote", "This quote is not closed where the text ends.", hint


def _escape(clash: Clash) -> Mistake | None:
    if clash.said not in ("found unknown escape character", "did not find expected hexdecimal number"):
        return None
    hint = "For a backslash in the text write it twice."
    return clash.at, "escape", "A backslash followed by this means nothing in double quotes.", hint


def _beside_quotes(clash: Clash) -> Mistake | None:
    """Find more text after a closing quote, or a quote that another line's quote closed."""
    before = clash.before
    if not isinstance(before, yaml.ScalarEvent) or before.style not in ("'", '"'):
        return None
    start, end = index_of(before.start_mark), index_of(before.end_mark)
    if clash.source.text[end : clash.at].strip(" ") or clash.line_of(end) != clash.line_of(clash.at):
        return None
    if clash.line_of(start) != clash.line_of(end):
        return _never_closed(clash, start)
    hint = (
        'Put the quotes around the whole text; for a " inside write \\", for an apostrophe use double quotes outside.'
    )
    return clash.at, "quote", "After the closing quote there is more text.", hint


def _beside_bracket(clash: Clash) -> Mistake | None:
    """Find text that begins with a placeholder: to YAML a group in brackets, with text after it."""
    before = clash.before
    if clash.bracket is not None or not isinstance(before, yaml.CollectionEndEvent):
        return None
    end = index_of(before.end_mark)
    if clash.source.text[end - 1 : end] not in ("}", "]") or clash.line_of(end) != clash.line_of(clash.at):
        return None
    hint = f"A text that begins with a bracket needs quotes. {_IN_QUOTES}"
    return clash.at, "needs-quotes", "After the closing bracket there is more text.", hint


def _unclosed_bracket(clash: Clash) -> Mistake | None:
    if clash.bracket is None:
        return None
    if clash.said == "did not find expected node content" and clash.character == ",":
        return clash.at, "yaml", "There is nothing before this comma.", "Delete it, or write what is missing."
    opened = clash.source.text[clash.bracket]
    closing = "}" if opened == "{" else "]"
    hint = f"Put “{closing}” at the end, and a comma between any two parts."
    return clash.bracket, "unclosed-bracket", f"This “{opened}” is not closed, or a comma is missing after it.", hint


def _second_colon(clash: Clash) -> Mistake | None:
    if clash.said != "mapping values are not allowed in this context":
        return None
    before = clash.before
    is_same_line = before is not None and clash.line_of(index_of(before.start_mark)) == clash.line_of(clash.at)
    if is_same_line:
        return clash.at, "needs-quotes", "A text with a colon and a space in it needs quotes.", _IN_QUOTES
    hint = "Indent it like its neighbours, and check that the line above has its colon."
    at = first_misfit(clash.source.text, clash.at)
    return clash.at if at is None else at, "indentation", "This line does not fit its neighbours.", hint


def _no_colon(clash: Clash) -> Mistake | None:
    if clash.said != "could not find expected ':'":
        return None
    if (at := unindented_block(clash.source.text, clash.opened)) is not None:
        hint = "Indent all lines of the text further than the line that ends in “>-” or “|”."
        return at, "indentation", "This text does not stand further right than its name.", hint
    hint = "Write it as “name: value”; indent it further if it goes on with the text above."
    return clash.opened, "no-colon", "There is no colon in this line.", hint


def _bad_beginning(clash: Clash) -> Mistake | None:
    """Find a text that begins with a character that means something in YAML."""
    is_sign = "anchor" in clash.context or "alias" in clash.context or "tag" in clash.context
    at = clash.opened if is_sign else clash.at
    character = clash.source.text[at : at + 1]
    if clash.said in _MISALIGNED or _MAY_NOT_BEGIN.match(character) is None:
        return None
    if clash.said == "block sequence entries are not allowed in this context":
        return at, "indentation", "A list cannot begin in this line.", "Put each “-” on a line of its own, below."
    return at, "needs-quotes", f"A text that begins with “{character}” needs quotes.", _IN_QUOTES


def _indentation(clash: Clash) -> Mistake | None:
    if clash.said not in _MISALIGNED:
        return None
    hint = "Let all lines of one group, and all “-” of one list, begin in the same column."
    at = first_misfit(clash.source.text, clash.at)
    return clash.at if at is None else at, "indentation", "This line does not begin where its neighbours do.", hint


def _quote_above(clash: Clash) -> Mistake | None:
    """Find a quote that is not closed in its line, and was closed by the next one that stands further down."""
    above = clash.source.text[: clash.at].split("\n")[-_FURTHEST_QUOTE:]
    start = clash.at - len("\n".join(above))
    for line in above:
        value = _OPENS_QUOTE.search(line)
        if value is not None and line.count('"', value.end()) % 2 == 0:
            return _never_closed(clash, start + value.end() - 1)
        start += len(line) + 1
    return None


def _anything(clash: Clash) -> Mistake | None:
    hint = "Check the colons, quotes and indentation of this line and the one above."
    return clash.at, "yaml", "This line cannot be read.", hint


_RULES: tuple[Callable[[Clash], Mistake | None], ...] = (
    _tab,
    _odd_space,
    _unclosed_quote,
    _escape,
    _beside_quotes,
    _beside_bracket,
    _unclosed_bracket,
    _second_colon,
    _no_colon,
    _bad_beginning,
    _indentation,
    _quote_above,
    _anything,
)
