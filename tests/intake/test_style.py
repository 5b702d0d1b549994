"""Remarks on the style of texts: each at its line and column, none of them in the way of a plan."""

from pathlib import Path

import pytest

from notifier.core.problems import Severity
from notifier.intake.folder import read_schedules
from tests.fakes.clinic_folder import copy_shipped
from tests.intake.desk import NOW, PATIENTS, STYLE, Desk

FILE = "protocols/mild.yaml"
GOOD = '"{clinic}: {name}, finish your last meal by {last-meal}. {phone}"'


def remarks(desk: Desk) -> list[tuple[str, str]]:
    """Return the code of each problem of the protocol's file, and the word that stands at its spot."""
    lines = (desk.folder / FILE).read_text(encoding="utf-8").splitlines()
    problems = [problem for problem in desk.read().problems if problem.spot.file == FILE]
    return [(one.code, lines[one.spot.line - 1][one.spot.column - 1 :].split()[0]) for one in problems]


def test_a_remark_is_told_at_its_line_and_column_with_a_hint(desk: Desk) -> None:
    desk.edit(FILE, GOOD, '"{clinic}: {name}, eat nothing tonight. {phone}"')
    assert desk.says(style=True) == [
        (
            "protocols/mild.yaml:16:42 relative-day: “tonight” is wrong for a patient who reads this text late. "
            "Name the day by a placeholder, such as “{procedure}” or “{procedure:date}”."
        )
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("'{clinic}: it''s {name}, today. {phone}'", [("relative-day", "today.")], id="a doubled quote"),
        pytest.param("For {name}, {clinic}, {phone}, reply YES", [("carrier-word", "YES")], id="no quotes"),
        pytest.param(
            ">-\n        {clinic}: {name}, eat nothing\n        tonight or\n        tomorrow. {phone}",
            [("relative-day", "tonight"), ("relative-day", "tomorrow.")],
            id="folded lines",
        ),
        pytest.param(
            "|-\n        {clinic}: {name} {phone}\n        walk at YES", [("carrier-word", "YES")], id="kept lines"
        ),
        pytest.param('"{{tomorrow}} {clinic} {name} {phone}"', [("relative-day", "tomorrow}}")], id="doubled braces"),
        pytest.param(
            '"Rest."',
            [("missing-clinic", 'Rest."'), ("missing-name", 'Rest."'), ("missing-phone", 'Rest."')],
            id="where a text begins",
        ),
        pytest.param(
            f'"{{clinic}}: {{name}}, call {{phone}}. {"Rest a while. " * 6}Eat \u2013 and drink."',
            [("two-segments", "\u2013")],
            id="a long dash",
        ),
    ],
)
def test_a_remark_stands_at_the_very_word(desk: Desk, text: str, expected: list[tuple[str, str]]) -> None:
    desk.edit(FILE, GOOD, text)
    assert remarks(desk) == expected


def test_remarks_are_warnings_and_keep_nothing_from_being_planned(desk: Desk) -> None:
    desk.edit(FILE, GOOD, '"Reply YES tonight."')
    desk.write("patients/a.yaml", PATIENTS)
    problems = desk.read().problems
    assert {problem.code for problem in problems} <= STYLE
    assert {problem.severity for problem in problems} == {Severity.WARNING}
    assert len(desk.patients()) == 1


def test_each_language_is_judged_by_its_own_words(desk: Desk) -> None:
    desk.edit(FILE, "termine de comer antes", "termine hoy (today)")
    assert remarks(desk) == [("relative-day", "hoy")]


def test_a_text_may_not_ask_for_what_the_stop_line_asks_for(desk: Desk) -> None:
    desk.edit(FILE, "finish your last meal", "reply STOP")
    assert remarks(desk) == [("carrier-word", "STOP")]


def test_a_notice_is_judged_too(desk: Desk) -> None:
    notice = "procedure-moved: { text: { en: '{clinic} {phone} {name} today', es: '{clinic} {phone} {name}' } }"
    desk.edit(FILE, "stop-line:", f"notices:\n  {notice}\nstop-line:")
    assert remarks(desk) == [("relative-day", "today',")]


def test_a_protocols_title_is_not_for_patients(desk: Desk) -> None:
    desk.edit(FILE, "finish your last meal", "for A SMALL operation, eat")
    assert remarks(desk) == [("medical-name", "A")]


def test_the_texts_of_a_protocol_with_an_error_are_judged_all_the_same(desk: Desk) -> None:
    desk.edit(FILE, "duration: 1 hour", "duration: long")
    desk.edit(FILE, "finish your last meal", "eat today")
    assert remarks(desk) == [("duration", "long"), ("relative-day", "today")]


def test_a_text_that_is_too_long_is_not_judged_further(desk: Desk) -> None:
    desk.edit(FILE, GOOD, f'"{"tonight " * 70}"')
    assert remarks(desk) == [("too-long", '"tonight')]


def test_the_shipped_texts_are_written_as_they_should_be(tmp_path: Path) -> None:
    assert read_schedules(copy_shipped(tmp_path / "schedules"), NOW).problems == ()
