"""The admins' guide does what it says, in the order in which it says it, and its pictures show what comes of it."""

import re
from pathlib import Path

import pytest

from notifier.actions.start_schedules import example_card, start_schedules
from tests.fakes.clinic_folder import SHIPPED
from tests.ops.guide import GUIDE, PICTURES, blocks, draw, walk

MISTAKE = "mistake.svg"  # the picture of the one command that is to find something


@pytest.mark.untraced
def test_whoever_follows_the_guide_sees_what_it_shows(tmp_path: Path) -> None:
    walked = list(walk(tmp_path))
    for shown in walked:
        assert shown.code == (1 if shown.picture == MISTAKE else 0), shown
        assert " check " not in shown.command or shown.code == 1 or shown.printed.startswith("No problems. "), shown
    drawn = {shown.picture: draw(shown) for shown in walked if shown.picture}
    shipped = {file.name: file.read_text(encoding="utf-8") for file in PICTURES.iterdir()}
    assert shipped == drawn, "look at them, and draw them again: .venv/bin/python -m tests.ops.guide"


def test_the_guide_has_something_of_every_kind_to_do() -> None:
    found = blocks()
    assert {block.kind for block in found} == {"console", "yaml", "diff"}
    assert MISTAKE in {block.picture for block in found}


def test_a_picture_asks_nothing_of_other_places() -> None:
    for file in PICTURES.iterdir():
        text = file.read_text(encoding="utf-8")
        assert "url(http" not in text
        assert "href" not in text


def test_everything_that_the_guide_points_at_is_there_wherever_the_guide_goes(tmp_path: Path) -> None:
    start_schedules(SHIPPED, tmp_path, example_card(SHIPPED))
    links = re.findall(r"\]\((?!https://)([^)#]+)\)", GUIDE.read_text(encoding="utf-8"))
    assert len(links) >= 6
    assert [(link, folder) for link in links for folder in (SHIPPED, tmp_path) if not (folder / link).exists()] == []
