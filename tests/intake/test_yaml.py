"""YAML without surprises: every value is text, and what cannot be read is told in an admin's words."""

import pytest

from notifier.core.problems import Problem
from notifier.intake.source import Source
from notifier.intake.yaml_tree import DEEPEST, MOST_NODES, Map, Node, Scalar, Seq, compose, place_in
from tests.intake.desk import as_line


def tree(text: str) -> Node:
    root = compose(Source("a.yaml", text))
    assert not isinstance(root, Problem), as_line(root)
    return root


def plain(node: Node) -> object:
    """Return a tree without its places."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Seq):
        return [plain(item) for item in node.items]
    return [(key.text, plain(value)) for key, value in node.entries]


def said(text: str) -> str:
    problem = compose(Source("a.yaml", text))
    assert isinstance(problem, Problem), f"this is read: {text!r}"
    return as_line(problem).removeprefix("a.yaml:")


@pytest.mark.parametrize("word", ["no", "Null", "~", "7:30", "+13035550100", "0x1F", "1e3", "2026-12-03", "=", "007"])
def test_every_value_is_text_whatever_it_looks_like(word: str) -> None:
    assert plain(tree(f"a: {word}\n")) == [("a", word)]
    assert plain(tree(f"{word}: a\n")) == [(word, "a")]


def test_lists_and_groups_keep_their_order_and_their_places() -> None:
    root = tree("b: [1, {c: 'x y'}]\na:\n  - 2\n")
    assert plain(root) == [("b", ["1", [("c", "x y")]]), ("a", ["2"])]
    assert isinstance(root, Map)
    places = [(key.text, key.start, value.start) for key, value in root.entries]
    assert places == [("b", 0, 3), ("a", 19, 24)]


def test_a_key_given_twice_is_twice_in_the_tree() -> None:
    assert plain(tree("a: 1\na: 2\n")) == [("a", "1"), ("a", "2")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: b: c\n",
            (
                "1:5 needs-quotes: A text with a colon and a space in it needs quotes. Put the whole text in "
                'double quotes, such as "Note: call us".'
            ),
        ),
        (
            "a:\n\tb: 1\n",
            (
                "2:1 tab: This line is indented with a tab. Delete it and use spaces, two for each level; most "
                "editors can do so for the whole file."
            ),
        ),
        (
            "a: 1\n\tb: 2\n",
            (
                "2:1 tab: This line is indented with a tab. Delete it and use spaces, two for each level; most "
                "editors can do so for the whole file."
            ),
        ),
        (
            "a: |\n\tx\n",
            (
                "2:1 tab: This line is indented with a tab. Delete it and use spaces, two for each level; most "
                "editors can do so for the whole file."
            ),
        ),
        (
            "a: 'it's'\n",
            (
                "1:8 quote: After the closing quote there is more text. Put the quotes around the whole text; "
                'for a " inside write \\", for an apostrophe use double quotes outside.'
            ),
        ),
        (
            'a: "x" y\n',
            (
                "1:8 quote: After the closing quote there is more text. Put the quotes around the whole text; "
                'for a " inside write \\", for an apostrophe use double quotes outside.'
            ),
        ),
        (
            "a: 'abc\nb: 2\n",
            (
                "1:4 unclosed-quote: This quote is not closed where the text ends. Put ' at the end of the "
                "text too. For an apostrophe in the text, put the whole text in double quotes."
            ),
        ),
        (
            'a: "x\nb: "z"\n',
            '1:4 unclosed-quote: This quote is not closed where the text ends. Put " at the end of the text too.',
        ),
        (
            "a: [1, 2\nb: 3\n",
            (
                "1:4 unclosed-bracket: This “[” is not closed, or a comma is missing after it. Put “]” at the "
                "end, and a comma between any two parts."
            ),
        ),
        (
            "a: {x: 1 y: 2}\n",
            (
                "1:4 unclosed-bracket: This “{” is not closed, or a comma is missing after it. Put “}” at the "
                "end, and a comma between any two parts."
            ),
        ),
        (
            "a: [b,, c]\n",
            "1:7 yaml: There is nothing before this comma. Delete it, or write what is missing.",
        ),
        (
            "a: {name}, hello\n",
            (
                "1:10 needs-quotes: After the closing bracket there is more text. A text that begins with a "
                'bracket needs quotes. Put the whole text in double quotes, such as "Note: call us".'
            ),
        ),
        (
            "a: {clinic}: hello\n",
            (
                "1:12 needs-quotes: After the closing bracket there is more text. A text that begins with a "
                'bracket needs quotes. Put the whole text in double quotes, such as "Note: call us".'
            ),
        ),
        (
            "a: @home\n",
            (
                "1:4 needs-quotes: A text that begins with “@” needs quotes. Put the whole text in double "
                'quotes, such as "Note: call us".'
            ),
        ),
        (
            "a: `x`\n",
            (
                "1:4 needs-quotes: A text that begins with “`” needs quotes. Put the whole text in double "
                'quotes, such as "Note: call us".'
            ),
        ),
        (
            "a: %x\n",
            (
                "1:4 needs-quotes: A text that begins with “%” needs quotes. Put the whole text in double "
                'quotes, such as "Note: call us".'
            ),
        ),
        (
            "a: }\n",
            (
                "1:4 needs-quotes: A text that begins with “}” needs quotes. Put the whole text in double "
                'quotes, such as "Note: call us".'
            ),
        ),
        (
            "a: & b\n",
            (
                "1:4 needs-quotes: A text that begins with “&” needs quotes. Put the whole text in double "
                'quotes, such as "Note: call us".'
            ),
        ),
        (
            'a: "C:\\q"\n',
            (
                "1:7 escape: A backslash followed by this means nothing in double quotes. For a backslash in "
                "the text write it twice."
            ),
        ),
        (
            'a: "\\x4"\n',
            (
                "1:7 escape: A backslash followed by this means nothing in double quotes. For a backslash in "
                "the text write it twice."
            ),
        ),
        (
            "a: x\n b: 2\n",
            (
                "2:3 indentation: This line does not fit its neighbours. Indent it like its neighbours, and "
                "check that the line above has its colon."
            ),
        ),
        (
            "a:\n  b: x\n\xa0\xa0c: 2\n  d: 3\n",
            (
                "3:1 indentation: This line is indented with spaces of another kind. Delete what stands before "
                "the first word of this line, and type the spaces anew."
            ),
        ),
        (
            "a\nb: 1\n",
            (
                "2:2 indentation: This line does not fit its neighbours. Indent it like its neighbours, and "
                "check that the line above has its colon."
            ),
        ),
        (
            "a: 1\nno colon here\nb: 2\n",
            (
                "2:1 no-colon: There is no colon in this line. Write it as “name: value”; indent it further if "
                "it goes on with the text above."
            ),
        ),
        (
            "a: - b\n",
            "1:4 indentation: A list cannot begin in this line. Put each “-” on a line of its own, below.",
        ),
        (
            "- a\nb: 2\n",
            (
                "2:1 indentation: This line does not begin where its neighbours do. Let all lines of one "
                "group, and all “-” of one list, begin in the same column."
            ),
        ),
        (
            "- - a\n -b\n",
            (
                "2:2 indentation: This line does not begin where its neighbours do. Let all lines of one "
                "group, and all “-” of one list, begin in the same column."
            ),
        ),
        (
            "list:\n  - id: 1\n   name: x\n",
            (
                "3:4 indentation: This line does not begin where its neighbours do. Let all lines of one "
                "group, and all “-” of one list, begin in the same column."
            ),
        ),
        (
            "a: |\n  x\n y\n",
            (
                "3:2 indentation: This line does not begin where its neighbours do. Let all lines of one "
                "group, and all “-” of one list, begin in the same column."
            ),
        ),
        (
            "a: *x\n",
            (
                "1:4 anchor: A value that begins with “*” is not read. Write the value out. If a text begins "
                "with “*”, put it in double quotes."
            ),
        ),
        (
            "<<: *x\n",
            (
                "1:5 anchor: A value that begins with “*” is not read. Write the value out. If a text begins "
                "with “*”, put it in double quotes."
            ),
        ),
        (
            "a: &x 1\n",
            (
                "1:4 anchor: A value that begins with “&” is not read. Write the value out. If a text begins "
                "with “&”, put it in double quotes."
            ),
        ),
        (
            "a: !!str 2\n",
            (
                "1:4 tag: A value that begins with “!” is not read. Write the value alone. If a text begins "
                "with “!”, put it in double quotes."
            ),
        ),
        (
            "a: [!x 1]\n",
            (
                "1:5 tag: A value that begins with “!” is not read. Write the value alone. If a text begins "
                "with “!”, put it in double quotes."
            ),
        ),
        (
            "a: 1\n---\nb: 2\n",
            "2:1 several-documents: A second document begins here. Delete the line “---”, or make two files of it.",
        ),
        (
            "a: 1\n...\nb: 2\n",
            (
                "3:1 yaml: This line cannot be read. Check the colons, quotes and indentation of this line and "
                "the one above."
            ),
        ),
        (
            "{a: 1}: b\n",
            (
                "1:1 wrong-type: A name should stand here before the colon. Write it as “name: value”. If a "
                "text begins with a bracket, put it in double quotes."
            ),
        ),
        (
            "? [a]\n: b\n",
            (
                "1:3 wrong-type: A name should stand here before the colon. Write it as “name: value”. If a "
                "text begins with a bracket, put it in double quotes."
            ),
        ),
        (
            "a: é: 😀: b\n",
            (
                "1:5 needs-quotes: A text with a colon and a space in it needs quotes. Put the whole text in "
                'double quotes, such as "Note: call us".'
            ),
        ),
        (
            "a: 😀 'x\n  b: [\n",
            (
                "2:4 indentation: This line does not fit its neighbours. Indent it like its neighbours, and "
                "check that the line above has its colon."
            ),
        ),
        (
            "",
            "1:1 empty-file: This file is empty. Write its content, or delete the file.",
        ),
        (
            "# only a remark\n",
            "1:1 empty-file: This file is empty. Write its content, or delete the file.",
        ),
    ],
)
def test_what_cannot_be_read_is_told_in_an_admins_words(text: str, expected: str) -> None:
    assert said(text) == expected


def test_a_line_below_a_quoted_text_is_told_for_its_own_indentation() -> None:
    assert said('a: "x"\n b: 2\n').startswith("2:2 indentation")


def test_a_deep_nest_of_brackets_is_a_problem_and_no_crash() -> None:
    assert said("[" * 200_000) == (
        "1:21 too-deep: More than 20 levels lie one in another here. Check the brackets and the indentation above."
    )
    assert said("".join(f"{' ' * level}a:\n" for level in range(200))).startswith("20:20 too-deep")
    assert plain(tree("[" * DEEPEST + "]" * DEEPEST)) is not None


def test_a_flood_of_values_is_a_problem() -> None:
    assert said("- \n" * MOST_NODES).startswith("500000:2 too-many: More than 500,000 values.")


@pytest.mark.parametrize(
    ("written", "spot"),
    [
        ("a: hello {x}, {x}!", (1, 15)),
        ("a: 'it''s {x}, {x}'", (1, 16)),
        ('a: "\\"a\\" {x}, {x}"', (1, 16)),
        ("a: |\n  hello {x},\n  and {x}", (3, 7)),
        ("a: >-\n  hello {x},\n\n  and {x}", (4, 7)),
        ("a: hello {x},\n  and {x}", (2, 7)),
    ],
)
def test_a_place_in_a_text_is_found_in_the_file_however_it_is_written(written: str, spot: tuple[int, int]) -> None:
    source = Source("a.yaml", written)
    root = tree(written)
    assert isinstance(root, Map)
    value = root.entries[0][1]
    assert isinstance(value, Scalar)
    found = source.spot(place_in(value, value.text.rindex("{"), source))
    assert (found.line, found.column) == spot


def test_a_character_that_is_written_as_an_escape_has_the_place_of_its_text() -> None:
    written = 'a: "\\x7bx}"'
    root = tree(written)
    assert isinstance(root, Map)
    value = root.entries[0][1]
    assert isinstance(value, Scalar)
    assert place_in(value, 0, Source("a.yaml", written)) == value.start
