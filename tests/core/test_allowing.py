"""Allowed warnings: silenced in their lines, told when idle, and never an error."""

from notifier.core.allowing import Allow, silence
from notifier.core.problems import Problem, Severity, Spot


def problem(line: int, code: str = "weekend", severity: Severity = Severity.WARNING, file: str = "a.yaml") -> Problem:
    return Problem(Spot(file, line, 3), severity, code, "It is so.", "Mend it.")


def allow(code: str = "weekend", lines: range | None = range(2, 5)) -> Allow:
    return Allow(code, Spot("a.yaml", 4, 14), lines)


def test_nothing_is_silenced_without_an_allow() -> None:
    assert silence([problem(2)], []) == [problem(2)]


def test_a_warning_is_silenced_in_the_lines_of_its_allow() -> None:
    here, elsewhere = [problem(2), problem(4)], [problem(1), problem(5), problem(3, file="b.yaml"), problem(3, "night")]
    assert silence([*here, *elsewhere], [allow()]) == elsewhere


def test_what_the_clinic_allows_is_silenced_everywhere_and_never_idle() -> None:
    rule = allow(lines=None)
    assert silence([problem(1), problem(9, file="b.yaml")], [rule]) == []
    assert silence([problem(1, "night")], [rule]) == [problem(1, "night")]
    assert silence([], [rule]) == []


def test_an_error_is_told_whatever_is_allowed() -> None:
    wrong = problem(2, severity=Severity.ERROR)
    assert silence([wrong], [allow()]) == [wrong]
    assert silence([wrong], [allow(lines=None)]) == [wrong]


def test_one_that_silences_nothing_is_told_at_its_code() -> None:
    message = "There is no warning “weekend” here that this would silence."
    assert silence([], [allow()]) == [
        Problem(Spot("a.yaml", 4, 14), Severity.WARNING, "allow-unused", message, "Delete it.")
    ]


def test_one_beside_an_error_may_yet_silence_something() -> None:
    wrong = problem(4, "phone", Severity.ERROR)
    assert silence([wrong], [allow()]) == [wrong]
    far = problem(5, "phone", Severity.ERROR)
    assert [one.code for one in silence([far], [allow()])] == ["phone", "allow-unused"]


def test_one_for_what_comes_and_goes_by_itself_is_never_idle() -> None:
    codes = ("past", "far-ahead", "same-minute", "narrow-window", "crowded-day")
    assert silence([], [allow(code) for code in codes]) == []


def test_the_narrower_of_two_is_the_one_that_counts_first() -> None:
    twice = [allow(), allow(lines=range(1, 9))]
    assert [one.code for one in silence([problem(2)], twice)] == ["allow-unused"]
