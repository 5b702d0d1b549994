"""Whole conversations of the MILD protocol, each text at the minute that the patient's own clock shows."""

from datetime import datetime

import pytest

from notifier.core.expressions import parse_duration
from notifier.core.model import Patient
from notifier.core.planning import plan_patient
from tests.core.clinics import PHOENIX, a_patient, denver, local
from tests.core.mild import MILD

EARLY = local("2026-07-01 12:00")


def conversation(patient: Patient, now: datetime) -> str:
    """Return one line a text: its step, and its local time or else its status; what is not as usual in brackets."""
    lines = []
    for message in plan_patient(patient, MILD, denver(), now):
        remark = message.status.value if message.reason is None else f"{message.status}, {message.reason}"
        usual = remark == "planned"
        at = message.send_at.astimezone(patient.time_zone).strftime("%a %b %d %H:%M") if message.send_at else "never"
        lines.append(f"{message.draft.step:<19}{at}{'' if usual else f' ({remark})'}")
    return "\n".join(lines)


def lines_of(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def test_a_procedure_at_half_past_seven() -> None:
    patient = a_patient(procedure="2026-12-03 07:30", arrival="2026-12-03 06:30")
    assert conversation(patient, EARLY) == lines_of("""
        welcome            Tue Nov 03 10:00
        prepare            Thu Nov 26 10:00
        blood-thinner      never (skipped, no order)
        ride-and-clothes   Tue Dec 01 10:00
        last-meal          Wed Dec 02 13:30
        night-before-wash  Wed Dec 02 19:00
        morning-wash       Thu Dec 03 05:10
        last-clear-liquids Thu Dec 03 05:00
        after-care         Thu Dec 03 14:30
        keep-dry-ends      Sat Dec 05 08:30
        lifting-ends       Sat Dec 05 08:30
        recovery           Thu Dec 17 10:00
        therapy-starts     Thu Dec 31 10:00
    """)


def test_a_procedure_at_six_gives_its_early_texts_the_evening_before() -> None:
    assert conversation(a_patient(procedure="2026-12-03 06:00"), EARLY) == lines_of("""
        welcome            Tue Nov 03 10:00
        prepare            Thu Nov 26 10:00
        blood-thinner      never (skipped, no order)
        ride-and-clothes   Tue Dec 01 10:00
        last-meal          Wed Dec 02 12:00
        night-before-wash  Wed Dec 02 19:00
        morning-wash       Wed Dec 02 20:59
        last-clear-liquids Wed Dec 02 20:59
        after-care         Thu Dec 03 13:00
        keep-dry-ends      Sat Dec 05 08:00
        lifting-ends       Sat Dec 05 08:00
        recovery           Thu Dec 17 10:00
        therapy-starts     Thu Dec 31 10:00
    """)


def test_a_procedure_on_the_morning_after_clocks_went_back() -> None:
    assert conversation(a_patient(procedure="2026-11-01 07:30"), EARLY) == lines_of("""
        welcome            Fri Oct 02 10:00
        prepare            Sun Oct 25 10:00
        blood-thinner      never (skipped, no order)
        ride-and-clothes   Fri Oct 30 10:00
        last-meal          Sat Oct 31 14:30
        night-before-wash  Sat Oct 31 19:00
        morning-wash       Sun Nov 01 06:10
        last-clear-liquids Sun Nov 01 05:00
        after-care         Sun Nov 01 14:30
        keep-dry-ends      Tue Nov 03 08:30
        lifting-ends       Tue Nov 03 08:30
        recovery           Sun Nov 15 10:00
        therapy-starts     Sun Nov 29 10:00
    """)


def test_a_procedure_on_the_morning_after_clocks_went_forward() -> None:
    assert conversation(a_patient(procedure="2027-03-14 07:30"), EARLY) == lines_of("""
        welcome            Fri Feb 12 10:00
        prepare            Sun Mar 07 10:00
        blood-thinner      never (skipped, no order)
        ride-and-clothes   Fri Mar 12 10:00
        last-meal          Sat Mar 13 12:30
        night-before-wash  Sat Mar 13 19:00
        morning-wash       Sun Mar 14 06:10
        last-clear-liquids Sun Mar 14 05:00
        after-care         Sun Mar 14 14:30
        keep-dry-ends      Tue Mar 16 08:30
        lifting-ends       Tue Mar 16 08:30
        recovery           Sun Mar 28 10:00
        therapy-starts     Sun Apr 11 10:00
    """)


def test_a_patient_in_phoenix_is_texted_by_the_clock_of_phoenix() -> None:
    assert conversation(a_patient(procedure="2026-08-13 07:30", zone=PHOENIX), EARLY) == lines_of("""
        welcome            Tue Jul 14 10:00
        prepare            Thu Aug 06 10:00
        blood-thinner      never (skipped, no order)
        ride-and-clothes   Tue Aug 11 10:00
        last-meal          Wed Aug 12 12:30
        night-before-wash  Wed Aug 12 19:00
        morning-wash       Thu Aug 13 05:10
        last-clear-liquids Wed Aug 12 20:59
        after-care         Thu Aug 13 13:30
        keep-dry-ends      Sat Aug 15 08:00
        lifting-ends       Sat Aug 15 08:00
        recovery           Thu Aug 27 10:00
        therapy-starts     Thu Sep 10 10:00
    """)


def test_a_patient_enrolled_the_evening_before_gets_what_is_still_useful() -> None:
    now = local("2026-12-02 20:30:20")
    assert conversation(a_patient(procedure="2026-12-03 07:30"), now) == lines_of("""
        welcome            never (too-late)
        prepare            never (too-late)
        blood-thinner      never (skipped, no order)
        ride-and-clothes   Wed Dec 02 20:31 (late)
        last-meal          Wed Dec 02 20:31 (late)
        night-before-wash  Wed Dec 02 20:31 (late)
        morning-wash       Thu Dec 03 06:10
        last-clear-liquids Thu Dec 03 05:00
        after-care         Thu Dec 03 14:30
        keep-dry-ends      Sat Dec 05 08:30
        lifting-ends       Sat Dec 05 08:30
        recovery           Thu Dec 17 10:00
        therapy-starts     Thu Dec 31 10:00
    """)


def test_a_patient_enrolled_in_the_quiet_of_that_evening_gets_only_what_is_critical() -> None:
    lines = conversation(a_patient(procedure="2026-12-03 07:30"), local("2026-12-02 21:15")).splitlines()
    assert lines[3:7] == [
        "ride-and-clothes   never (too-late)",
        "last-meal          Wed Dec 02 21:15 (late, quiet hours give way)",
        "night-before-wash  Wed Dec 02 21:15 (late, quiet hours give way)",
        "morning-wash       Thu Dec 03 06:10",
    ]


def test_a_patient_on_a_blood_thinner_hears_of_it_before_it_stops() -> None:
    patient = a_patient(procedure="2026-12-03 07:30", orders={"blood-thinner": parse_duration("72 hours")})
    message = plan_patient(patient, MILD, denver(), EARLY)[2]
    # 36 hours before Monday 07:30 is Saturday 19:30.
    assert message.send_at == local("2026-11-28 19:30")
    assert message.text == "Pause it from Mon, Nov 30, 7:30 AM."


@pytest.mark.parametrize(
    ("procedure", "zone", "text"),
    [
        pytest.param(
            "2026-12-03 07:30",
            "America/Denver",
            "Finish your last meal by Wed, Dec 2, 11:30 PM; clear liquids until Thu, Dec 3, 5:30 AM.",
            id="an ordinary night",
        ),
        pytest.param(
            "2026-11-01 07:30",
            "America/Denver",
            "Finish your last meal by Sun, Nov 1, 12:30 AM; clear liquids until Sun, Nov 1, 5:30 AM.",
            id="eight hours of a night that is an hour longer",
        ),
        pytest.param(
            "2026-11-01 09:30",
            "America/Denver",
            "Finish your last meal by Sun, Nov 1, 1:30 AM MST; clear liquids until Sun, Nov 1, 7:30 AM.",
            id="in the hour that happens twice",
        ),
        pytest.param(
            "2027-03-14 07:30",
            "America/Denver",
            "Finish your last meal by Sat, Mar 13, 10:30 PM; clear liquids until Sun, Mar 14, 5:30 AM.",
            id="eight hours of a night that is an hour shorter",
        ),
        pytest.param(
            "2026-08-13 07:30",
            PHOENIX,
            "Finish your last meal by Wed, Aug 12, 10:30 PM MST; clear liquids until Thu, Aug 13, 4:30 AM MST.",
            id="in Phoenix",
        ),
    ],
)
def test_the_last_meal_is_eight_hours_before_whatever_clocks_do(procedure: str, zone: str, text: str) -> None:
    last_meal = plan_patient(a_patient(procedure=procedure, zone=zone), MILD, denver(), EARLY)[4]
    assert last_meal.text == text
