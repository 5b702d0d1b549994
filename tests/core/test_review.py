"""Mistakes that only the plan shows: a window that never opens, a name that makes a text too long."""

import pytest

from notifier.core.model import Patient, Protocol
from notifier.core.outline import outline
from notifier.core.problems import Severity
from notifier.core.review import Finding, review
from tests.core.clinics import a_patient, a_protocol, a_step, local, schedules


def findings(protocol: Protocol, *patients: Patient) -> list[Finding]:
    files = schedules(protocol, *patients)
    now = local("2026-12-01 12:00")
    return review(files, outline(files, now), now)


def test_a_plan_without_mistakes_has_none() -> None:
    assert findings(a_protocol(a_step(send="procedure")), a_patient()) == []


EARLY, LATE = a_patient("P-1", procedure="2026-12-03 07:30"), a_patient("P-2", procedure="2026-12-03 12:30")
UNTIL_NOON = a_step("wash", send="procedure", earliest="procedure", latest="procedure at 12:00")


def test_a_step_whose_earliest_lies_after_its_latest_for_every_patient_is_an_error() -> None:
    assert findings(a_protocol(UNTIL_NOON), LATE) == [
        Finding(
            ("latest", "mild", "wash"),
            Severity.ERROR,
            "window-never-opens",
            "The step “wash” has its earliest time after its latest, for every patient: it is never sent.",
            "Let “earliest” lie before “latest”.",
        )
    ]


@pytest.mark.parametrize("patients", [(EARLY, LATE), (LATE, EARLY), (EARLY,)])
def test_a_window_that_opens_for_one_patient_is_none(patients: tuple[Patient, ...]) -> None:
    assert findings(a_protocol(UNTIL_NOON), *patients) == []


def test_a_window_of_a_single_minute_is_open() -> None:
    found = findings(a_protocol(a_step(send="procedure", latest="procedure")), EARLY)
    assert [finding.code for finding in found] == ["narrow-window"]


def test_a_step_without_its_order_says_nothing_about_its_window() -> None:
    steps = (
        a_step("a", send="thinner-stops"),
        a_step("b", send="procedure", earliest="thinner-stops", latest="procedure"),
        a_step("c", send="procedure", latest="thinner-stops"),
        a_step("d", send="procedure", earliest="procedure end", latest="procedure"),
    )
    assert [finding.subject for finding in findings(a_protocol(*steps), EARLY)] == [("latest", "mild", "d")]


GREETING = a_step("greeting", send="procedure", text={"en": "{name}" + "!" * 450})
LONGER = a_step("longer", send="1 hour after procedure", text={"en": "{name}" + "!" * 620})


@pytest.mark.parametrize(("letters", "is_told"), [(434, False), (435, True)])
def test_a_text_of_more_than_three_segments_is_told_with_its_stop_line(letters: int, *, is_told: bool) -> None:
    step = a_step("greeting", send="procedure", text={"en": "{name}"})
    # Three segments hold 459; a space and the stop-line take 25 of them.
    assert bool(findings(a_protocol(step), a_patient(name="a" * letters))) is is_told


def test_a_patients_own_words_are_told_once_for_the_longest_text() -> None:
    assert findings(a_protocol(GREETING, LONGER), a_patient("P-1", name="Ana")) == [
        Finding(
            ("patient", "P-1"),
            Severity.WARNING,
            "long-text",
            "The text “longer” takes 5 SMS segments for this patient; 3 are meant to be the most.",
            "Shorten the name, or the text in the protocol.",
        )
    ]


def test_letters_that_double_the_length_are_named() -> None:
    step = a_step("greeting", send="procedure", text={"en": "{name}" + "!" * 200})
    (finding,) = findings(a_protocol(step), a_patient("P-1", name="Nguyễn Á"))
    assert finding.message.startswith("The text “greeting” takes 4 SMS segments")
    assert finding.hint == (
        "The characters ễÁ more than double the length; if the name can be written without them, do."
    )


def test_each_patient_is_told_apart_and_who_gets_no_text_is_not() -> None:
    skipping = a_patient("P-0", name="Ana", skip=frozenset({"greeting"}))
    ana, ben = a_patient("P-1", name="Ana" * 5), a_patient("P-2", name="Ben" * 5, phone="+17205550135")
    found = findings(a_protocol(GREETING), ben, skipping, ana)
    assert [finding.subject for finding in found] == [("patient", "P-1"), ("patient", "P-2")]
