"""The times of patients who are alike are worked out once, and are what each would have alone."""

from dataclasses import replace
from datetime import timedelta

from notifier.core.times import Timetable
from tests.core.clinics import a_patient, a_protocol, a_step, denver

PROTOCOL = a_protocol(a_step(), a_step("thinner", send="1 day before thinner-stops"))


def test_patients_at_the_same_time_of_another_day_have_the_same_times_of_that_day() -> None:
    timetable = Timetable(PROTOCOL, denver())
    for day in ("2026-12-03", "2026-12-04", "2027-03-14", "2027-06-01"):  # the third is when the clocks go forward
        patient = a_patient(procedure=f"{day} 07:30")
        assert timetable.of(patient) == Timetable(PROTOCOL, denver()).of(patient)


def test_a_text_that_hangs_on_an_order_of_none_has_no_times() -> None:
    times = Timetable(PROTOCOL, denver()).of(a_patient())
    assert [step.is_whole for step in times.steps] == [True, False]
    assert "thinner-stops" not in times.known


def test_however_many_ways_there_are_to_be_alike_each_has_its_own_times() -> None:
    timetable, patient = Timetable(PROTOCOL, denver()), a_patient()
    patients = [replace(patient, arrival=patient.procedure - timedelta(minutes=minutes)) for minutes in range(600)]
    for one in [*patients, *patients[::50]]:
        assert timetable.of(one).instants["arrival"] == one.arrival
