"""Whose copy of the files is in force, and what is said where others differ."""

import pytest

from notifier.core.copies import Copy, Edition, Likeness, compare
from tests.builders import NOON

IN_FORCE = Edition(7, "new", "texts-1", NOON)


@pytest.mark.parametrize(
    ("signature", "has_been", "likeness"),
    [
        ("new", None, Likeness.SAME),
        ("newer", 7, Likeness.LATER),
        ("old", 6, Likeness.OTHER),
        ("x", None, Likeness.OTHER),
    ],
)
def test_files_are_a_later_change_only_of_what_they_were_seen_to_be(
    signature: str, has_been: int | None, likeness: Likeness
) -> None:
    assert compare(signature, has_been, IN_FORCE) is likeness


def test_the_first_files_of_all_are_those_in_force() -> None:
    assert compare("new", None, None) is Likeness.SAME


OTHER = (
    "The files on texts-2 are not those in force, which came from texts-1, and were never seen to be: which are right?"
)
NEWER = (
    "The files on texts-2 are newer than those in force, which came from texts-1: "
    "the host that plans has not got them yet."
)


@pytest.mark.parametrize(
    ("likeness", "plans", "said"),
    [
        (Likeness.SAME, False, ()),
        (Likeness.LATER, True, ()),
        (Likeness.LATER, False, (NEWER,)),
        (Likeness.OTHER, True, (OTHER,)),
        (Likeness.OTHER, False, (OTHER,)),
    ],
)
def test_only_a_later_change_is_applied_and_only_by_the_host_that_plans(
    likeness: Likeness, said: tuple[str, ...], *, plans: bool
) -> None:
    assert Copy("texts-2", "x", likeness, IN_FORCE).objections(plans=plans) == said


def test_nothing_is_said_against_the_first_files() -> None:
    assert Copy("texts-2", "x", Likeness.SAME, None).objections(plans=True) == ()
