"""How a mistake looks: its line, the spot marked, and no more of a long file than a person reads."""

from pathlib import Path

import pytest

from notifier.cli.problems import MOST_ALIKE, show_problems
from notifier.core.problems import Problem, Severity, Spot

FILE = "patients/a.yaml"


def marked(line: str, column: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Return the line as it is shown, and what of it is marked below."""
    (folder / "patients").mkdir(exist_ok=True)
    (folder / FILE).write_text(f"{line}\n", encoding="utf-8")
    show_problems([Problem(Spot(FILE, 1, column), Severity.ERROR, "code", "It is wrong.", "Mend it.")], folder)
    head, shown, below, hint, _ = capsys.readouterr().out.split("\n", 4)
    assert head == f"{FILE}:1:{column}: error: It is wrong. [code]"
    assert hint.strip() == "Mend it."
    assert shown.startswith("     1 | ")
    return shown[9:], below[9:]


@pytest.mark.parametrize(
    ("line", "column", "below"),
    [
        pytest.param("procedur: 2026-12-03", 1, "^^^^^^^^", id="a key"),
        pytest.param("procedure: 2026-12-03 07:30", 12, "           ^^^^^^^^^^", id="a date"),
        pytest.param("at 07:30", 4, "   ^^^^^", id="a time"),
        pytest.param("phone: +1 720 555 0134", 8, "       ^^^^^^^^^^^^^^^", id="a phone"),
        pytest.param('en: "eat by {lastmeal}"', 13, "            ^^^^^^^^^^", id="a placeholder"),
        pytest.param("{ a: 1", 1, "^", id="a sign"),
        pytest.param("name: 李小龍", 7, "      ^^^^^^", id="letters of double width"),
        pytest.param("李: x", 4, "    ^", id="after letters of double width"),
        pytest.param("end", 4, "   ^", id="the end of the line"),
    ],
)
def test_the_spot_is_marked_as_far_as_its_word_goes(
    line: str, column: int, below: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert marked(line, column, tmp_path, capsys) == (line, below)


def test_a_tab_and_what_nobody_sees_take_one_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert marked("\t\u200b\x1b[31mx: 1", 4, tmp_path, capsys) == ("→··[31mx: 1", "   ^")


def test_of_a_long_line_the_part_about_the_spot_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown, below = marked("x, " * 200 + "milt" + ", y" * 200, 601, tmp_path, capsys)
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= 112
    assert shown[below.index("^") :].startswith("milt")
    assert below.strip() == "^^^^"


def test_of_many_alike_in_one_file_only_the_first_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problems = [Problem(Spot(FILE, line, 1), Severity.WARNING, "weekend", "So.", "Do.") for line in range(1, 2000)]
    show_problems(problems, tmp_path)
    lines = capsys.readouterr().out.split("\n")
    assert sum("warning: So." in line for line in lines) == MOST_ALIKE
    assert f"{FILE}: and 1,989 more like the last. [weekend]" in lines
