"""Which line of a group is told when their columns clash: the one that is out of place."""

import pytest

from tests.intake.desk import Desk

GOOD = """\
protocol: mild
title: A small operation
duration: 1 hour
steps:
  wash:
    send: procedure
    text:
      en: >-
        {clinic}: {name}, wash. {phone}
      es: >-
        {clinic}: {name}, use jabón. {phone}
  walk:
    send: procedure
"""


def told(desk: Desk, text: str) -> str:
    """Return place and code of the first thing that is said of the protocol's file."""
    desk.write("protocols/mild.yaml", text)
    return next(line.removeprefix("protocols/mild.yaml:") for line in desk.says() if "mild.yaml" in line)


@pytest.mark.parametrize("wrong", ["     en: >-", "       en: >-", "    # a remark\n\n       en: >-"])
def test_the_first_of_two_languages_is_told_if_the_second_is_in_place(desk: Desk, wrong: str) -> None:
    line, column = 8 + wrong.count("\n"), wrong.rpartition("\n")[2].index("e") + 1
    assert told(desk, GOOD.replace("      en: >-", wrong)).startswith(f"{line}:{column} indentation: ")


@pytest.mark.parametrize("wrong", [" wash:", "    wash:"])
def test_the_first_of_two_steps_is_told_if_the_second_is_in_place(desk: Desk, wrong: str) -> None:
    assert told(desk, GOOD.replace("  wash:", wrong)).startswith(f"5:{wrong.index('w') + 1} indentation: ")


def test_the_line_that_clashes_is_told_where_no_other_is_out_of_place(desk: Desk) -> None:
    assert told(desk, GOOD.replace("      es: >-", "     es: >-")).startswith("10:6 indentation: ")


def test_a_text_that_is_no_further_right_than_its_name_is_told(desk: Desk) -> None:
    assert told(desk, GOOD.replace("      en: >-", "        en: >-").replace("{clinic}: {name}, w", "W")) == (
        "9:9 indentation: This text does not stand further right than its name. "
        "Indent all lines of the text further than the line that ends in “>-” or “|”."
    )


def test_a_name_without_a_colon_is_no_text_of_the_lines_above(desk: Desk) -> None:
    assert told(desk, GOOD.replace("  walk:", "  walk\n  rest:")).startswith("12:3 no-colon: ")


def test_an_open_quote_is_told_where_it_opens_and_not_where_the_next_one_closes_it(desk: Desk) -> None:
    text = GOOD.replace("protocol: mild", 'protocol: "mild').replace("1 hour", '1 hour # "an hour"')
    assert told(desk, text).startswith("1:11 unclosed-quote: ")
    assert told(desk, f'"{text.replace(chr(34), "", 1)}').startswith("1:1 unclosed-quote: ")
