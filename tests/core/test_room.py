"""Whose texts may be too long: nobody is overlooked, and few are named without need."""

import pytest

from notifier.core.model import PlanStatus, Schedules
from notifier.core.outline import outline
from notifier.core.planning import plan
from notifier.core.room import may_be_long
from notifier.core.segments import measure
from tests.core.clinics import PHOENIX, a_patient, a_protocol, a_step, local, schedules

NOW = local("2026-11-20 12:00")


FULL = a_protocol(
    *(
        a_step(
            f"step-{length}",
            send=f"{length} hours before procedure",
            text=dict.fromkeys(("en", "es"), "{clinic} ({phone}): {name}, {last-meal} {arrival:time}" + "." * length),
        )
        for length in (50, 70, 90)
    )
)


def phones_of_long_texts(files: Schedules) -> set[str]:
    texts = [(one.draft.to, one.text or "") for one in plan(files, NOW).messages]
    return {phone for phone, text in texts if measure(text).segments > 3}


def suspects(files: Schedules) -> set[str]:
    return may_be_long(files, outline(files, NOW))


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("zone", ["America/Denver", PHOENIX, "Asia/Kathmandu"])
def test_nobody_with_a_long_text_is_overlooked(language: str, zone: str) -> None:
    names = ["a" * length for length in range(1, 100, 7)] + ["á" * length for length in range(1, 60, 3)] + ["🙂" * 30]
    people = [
        a_patient(f"P-{number}", name=name, phone=f"+1720555{number:04}", language=language, zone=zone)
        for number, name in enumerate(names)
    ]
    files = schedules(FULL, *people)
    assert phones_of_long_texts(files)
    assert phones_of_long_texts(files) <= suspects(files)


def test_an_ordinary_name_is_no_suspect() -> None:
    assert (
        suspects(schedules(FULL, a_patient(name="Maria Guadalupe"), a_patient("P-2", name="José", language="es")))
        == set()
    )


TIGHT = a_protocol(a_step("a", send="procedure", text={"en": "{name}" + "ñ" * 400}))


def test_only_the_text_that_carries_the_stop_line_is_counted_with_it() -> None:
    shorter = a_step("b", send="1 hour before procedure", text={"en": "{name}, come."})
    name = "a" * 40
    assert suspects(schedules(TIGHT, a_patient(name=name))) == {"+17205550134"}
    both = a_protocol(*TIGHT.steps, shorter)
    assert suspects(schedules(both, a_patient(name=name))) == set()


def test_a_text_that_is_held_carries_it_only_where_no_other_goes() -> None:
    held = a_patient("P-1", name="a" * 40, consent=None)
    going = a_patient("P-2", name="Ana", procedure="2026-12-20 07:30")
    assert suspects(schedules(TIGHT, held)) == {held.phone}
    assert suspects(schedules(TIGHT, held, going)) == set()
    assert {one.status for one in outline(schedules(TIGHT, held), NOW)[0].messages} == {PlanStatus.HELD}


def test_who_gets_no_text_is_no_bearer() -> None:
    assert suspects(schedules(TIGHT, a_patient(name="a" * 40, skip=frozenset({"a"})))) == set()
