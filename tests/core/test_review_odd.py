"""What is odd in the times of all patients: windows that an outage misses, minutes and days with too many texts."""

from notifier.core.model import Patient, Protocol
from notifier.core.outline import outline
from notifier.core.problems import Severity
from notifier.core.review import Finding, review
from tests.core.clinics import a_patient, a_protocol, a_step, local, schedules

NOW = local("2026-12-01 12:00")


def findings(protocol: Protocol, *patients: Patient) -> list[Finding]:
    files = schedules(protocol, *patients)
    return review(files, outline(files, NOW), NOW)


def told(protocol: Protocol, *patients: Patient) -> list[tuple[str, str]]:
    return [(finding.code, finding.message) for finding in findings(protocol, *patients)]


JO = a_patient("P-2", phone="+17205550135", procedure="2026-12-04 07:30")
ANN = a_patient("P-3", phone="+17205550136", procedure="2026-12-07 07:30")


def test_a_window_that_five_minutes_miss_is_told_at_its_end() -> None:
    step = a_step("wash", send="procedure", latest="4 minutes after procedure")
    assert findings(a_protocol(step), a_patient()) == [
        Finding(
            ("latest", "mild", "wash"),
            Severity.WARNING,
            "narrow-window",
            "An outage of 5 minutes is enough for P-1042 to miss the text “wash”.",
            "Let “latest” lie later, or further from the beginning of the quiet hours.",
        )
    ]


def test_a_window_of_five_minutes_outlasts_an_outage_of_five() -> None:
    assert told(a_protocol(a_step("wash", send="procedure", latest="5 minutes after procedure")), a_patient()) == []


def test_quiet_hours_make_a_window_narrow_unless_the_text_is_critical() -> None:
    send, latest = "1 day before procedure at 20:58", "1 day before procedure at 23:00"
    step, critical = (a_step("wash", send=send, latest=latest, critical=it_is) for it_is in (False, True))
    assert [code for code, _ in told(a_protocol(step), a_patient())] == ["narrow-window"]
    assert told(a_protocol(critical), a_patient()) == []


def test_two_steps_in_one_minute_are_told_once_at_the_second_with_whom_they_meet() -> None:
    steps = a_step("eat", send="procedure"), a_step("wash", send="arrival")
    assert findings(a_protocol(*steps), JO, a_patient(), ANN) == [
        Finding(
            ("step", "mild", "wash"),
            Severity.WARNING,
            "same-minute",
            "“eat” and “wash” go out in the same minute to P-1042 and 2 more patients.",
            "Give one of the two another time.",
        )
    ]
    early = a_patient(arrival="2026-12-03 07:00")
    [(_, message)] = told(a_protocol(*steps), early, JO)
    assert message == "“eat” and “wash” go out in the same minute to P-2."


def test_a_text_that_does_not_go_out_meets_no_other() -> None:
    steps = a_step("eat", send="procedure"), a_step("wash", send="arrival")
    assert told(a_protocol(*steps), a_patient(skip=frozenset({"eat"}))) == []
    assert told(a_protocol(*steps), a_patient(consent=None)) == []


def test_the_fifth_text_of_a_day_is_told() -> None:
    steps = [a_step(f"step-{hour}", send=f"{hour} hours after procedure") for hour in (5, 2, 3, 4, 1)]
    assert told(a_protocol(*steps[1:]), a_patient()) == []
    assert findings(a_protocol(*steps), a_patient(), JO) == [
        Finding(
            ("step", "mild", "step-5"),
            Severity.WARNING,
            "crowded-day",
            "“step-5” is the 5th text on one day for P-1042 and 1 more patient.",
            "Spread the texts over more days, or say two things in one text.",
        )
    ]


def test_the_days_are_the_patients_own() -> None:
    # 00:30 in Denver is 20:30 on the same date in Auckland, and 12:30 is 08:30 on the next.
    steps = [a_step(f"step-{hour}", send=f"{hour} hours after procedure") for hour in (4, 5, 6, 7)]
    steps.append(a_step("before", send="8 hours before procedure"))
    assert told(a_protocol(*steps), a_patient(zone="Pacific/Auckland", procedure="2026-12-03 08:30")) == []
