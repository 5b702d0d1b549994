"""Changes so large that they wait for a person, and what tells them apart from others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from notifier.core.delivery import Change, ChangeKind, Record
from notifier.core.guard import UNGUARDED, Limits, Pending, Scales, fingerprint, why_wait
from notifier.core.lifecycle import State
from tests.builders import NOON, a_draft, a_record

LIMITS = Limits(patients=5, share=0.2, at_once=3, first_late=False)
LATER = NOON + timedelta(hours=1)


def people(count: int, first: int = 0) -> list[str]:
    return [f"P-{number}" for number in range(first, first + count)]


def pending(count: int) -> Pending:
    """Return a ledger in which so many patients have texts pending."""
    return Pending(count, is_empty=False)


def changed(before: Record, kind: ChangeKind, **after: object) -> Change:
    return Change(kind, before, before._replace(**after))  # type: ignore[arg-type]  # a test names fields of a record


def withdrawn(patient: str, state: State = State.PLANNED) -> Change:
    return changed(a_record(patient=patient, state=state), ChangeKind.WITHDRAWN, state=State.WITHDRAWN)


def why(changes: list[Change], ledger: Pending, limits: Limits = LIMITS, *, is_bare: bool = False) -> tuple[str, ...]:
    scales = Scales()
    scales.add(changes)
    return why_wait(scales, ledger, limits, is_bare=is_bare)


@pytest.mark.parametrize(
    ("touched", "of", "expected"),
    [
        (6, 29, ("It would withdraw, move or hold texts of 6 patients, 21% of those with texts pending.",)),
        (6, 30, ()),  # a fifth is not more than a fifth
        (5, 5, ()),  # five patients are few, though they are all
        (6, 6, ("It would withdraw, move or hold texts of 6 patients, 100% of those with texts pending.",)),
    ],
)
def test_more_than_five_patients_and_a_fifth_wait(touched: int, of: int, expected: tuple[str, ...]) -> None:
    assert why([withdrawn(patient) for patient in people(touched)], pending(of)) == expected


def test_a_patient_counts_once() -> None:
    changes = [withdrawn("P-1"), *(withdrawn("P-1")._replace(kind=ChangeKind.WITHDRAWN) for _ in range(9))]
    assert why(changes, pending(2)) == ()


def test_what_waits_waits_whatever_is_added_to_it() -> None:
    scales = Scales()
    scales.add(withdrawn(patient) for patient in people(6))
    scales.add([Change(ChangeKind.NEW, None, a_record()), withdrawn("P-0")])
    assert len(why_wait(scales, pending(6), LIMITS, is_bare=False)) == 1


HELD = a_record(state=State.HELD, reason="on-hold")
ELSEWHEN = a_draft(procedure=NOON, place=None)


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        pytest.param(withdrawn("P-1042"), True, id="withdrawn"),
        pytest.param(withdrawn("P-1042", State.HELD), True, id="withdrawn while held"),
        pytest.param(changed(a_record(), ChangeKind.HELD, state=State.HELD), True, id="held"),
        pytest.param(
            changed(a_record(), ChangeKind.UPDATED, state=State.HELD, draft=a_draft(body="")), True, id="other and held"
        ),
        pytest.param(changed(HELD, ChangeKind.HELD, reason="no consent"), False, id="held for another reason"),
        pytest.param(changed(a_record(), ChangeKind.UPDATED, draft=a_draft(place=LATER)), True, id="another place"),
        pytest.param(changed(a_record(), ChangeKind.UPDATED, draft=a_draft(moments={})), True, id="other times in it"),
        pytest.param(changed(a_record(), ChangeKind.UPDATED, draft=a_draft(arrival=NOON)), True, id="another arrival"),
        pytest.param(changed(HELD, ChangeKind.UPDATED, draft=a_draft(place=LATER)), True, id="moved while held"),
        pytest.param(changed(a_record(), ChangeKind.UPDATED, draft=a_draft(body="Other words.")), False, id="words"),
        pytest.param(changed(a_record(), ChangeKind.UPDATED, draft=a_draft(to="+17205550135")), False, id="phone"),
        pytest.param(
            changed(a_record(), ChangeKind.EXPIRED, state=State.EXPIRED, draft=ELSEWHEN), True, id="moved to too late"
        ),
        pytest.param(changed(a_record(), ChangeKind.EXPIRED, state=State.EXPIRED), False, id="missed"),
        pytest.param(changed(HELD, ChangeKind.RELEASED, state=State.PLANNED), False, id="released"),
        pytest.param(changed(a_record(), ChangeKind.REFUSED, state=State.REFUSED), False, id="opted out"),
        pytest.param(Change(ChangeKind.NEW, None, a_record()), False, id="new"),
    ],
)
def test_what_withdraws_moves_or_holds_is_counted(change: Change, *, counts: bool) -> None:
    none_allowed = replace(LIMITS, patients=0, share=0)
    assert bool(why([change], pending(1), none_allowed)) is counts


def late(number: int, before: Record | None = None) -> Change:
    """Return a change that puts a text in the line an hour after its place."""
    return Change(ChangeKind.NEW, before, a_record(patient=f"P-{number}", send_at=LATER))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([late(number) for number in range(4)], ("It would send 4 late texts at once.",)),
        ([late(number) for number in range(3)], ()),
        ([late(number, a_record(state=State.HELD)) for number in range(4)], ("It would send 4 late texts at once.",)),
        ([late(number, a_record()) for number in range(4)], ("It would send 4 late texts at once.",)),
        ([late(number, a_record(send_at=LATER)) for number in range(4)], ()),  # they were late already
        ([Change(ChangeKind.NEW, None, a_record()) for _ in range(4)], ()),
        ([Change(ChangeKind.HELD, None, a_record(send_at=LATER, state=State.HELD)) for _ in range(4)], ()),
    ],
)
def test_many_late_texts_at_once_wait(changes: list[Change], expected: tuple[str, ...]) -> None:
    assert why(changes, pending(100)) == expected


def test_a_first_plan_with_late_texts_waits_outside_the_sandbox() -> None:
    empty = Pending(0, is_empty=True)
    assert why([late(1)], empty) == ("It is the first plan, and it would send 1 late text.",)
    assert why([late(1), late(2)], empty) == ("It is the first plan, and it would send 2 late texts.",)
    assert why([Change(ChangeKind.NEW, None, a_record())], empty) == ()
    assert why([late(1)], empty, replace(LIMITS, first_late=True)) == ()
    assert why([late(1)], pending(1)) == ()


def test_an_empty_folder_waits_if_anything_is_pending() -> None:
    assert why([], pending(1), is_bare=True) == ("The schedules folder is empty or missing.",)
    assert why([], pending(0), is_bare=True) == ()


def test_every_reason_is_given() -> None:
    changes = [*(withdrawn(patient) for patient in people(6)), *(late(number) for number in range(4))]
    assert len(why(changes, pending(6), is_bare=True)) == 3


def test_nothing_is_too_large_without_a_guard() -> None:
    changes = [*(withdrawn(patient) for patient in people(9)), *(late(number) for number in range(99))]
    assert why(changes, replace(pending(9), is_empty=True), UNGUARDED) == ()


# What was shown is what is accepted.

NEW = Change(ChangeKind.NEW, None, a_record())


def test_the_order_of_changes_means_nothing() -> None:
    other = withdrawn("P-2")
    assert fingerprint([NEW, other]) == fingerprint([other, NEW]) == fingerprint([other], fingerprint([NEW]))
    assert fingerprint([NEW]) != fingerprint([NEW, other]) != fingerprint([])


@pytest.mark.parametrize(
    "after",
    [
        a_record(patient="P-2"),
        a_record(step="welcome"),
        a_record(revision=2),
        a_record(state=State.HELD),
        a_record(body="Other words."),
        a_record(to="+17205550135"),
        a_record(place=LATER),
        a_record(earliest=NOON),
        a_record(latest=LATER),
        a_record(procedure=LATER),
    ],
)
def test_another_change_has_another_fingerprint(after: Record) -> None:
    assert fingerprint([Change(ChangeKind.NEW, None, after)]) != fingerprint([NEW])


def test_another_kind_or_reason_has_another_fingerprint() -> None:
    held = Change(ChangeKind.HELD, a_record(), a_record(state=State.HELD, reason="on-hold"))
    assert fingerprint([held]) != fingerprint([held._replace(kind=ChangeKind.UPDATED)])
    assert fingerprint([held]) != fingerprint([held._replace(after=a_record(state=State.HELD, reason="no consent"))])


def test_that_time_passes_while_a_person_looks_changes_no_fingerprint() -> None:
    in_the_night = a_record(send_at=LATER, reason="quiet hours give way")
    assert fingerprint([Change(ChangeKind.NEW, None, in_the_night)]) == fingerprint([NEW])
    notices = [
        Change(ChangeKind.NEW, None, a_record(step="procedure-moved", earliest=at, place=at, latest=LATER))
        for at in (NOON, NOON + timedelta(minutes=7))
    ]
    assert fingerprint(notices[:1]) == fingerprint(notices[1:])


def test_a_fingerprint_is_the_same_in_every_process() -> None:
    dates = frozenset({"procedure", "arrival", "last-meal"})  # in which order a set is written changes with the process
    assert fingerprint([Change(ChangeKind.NEW, None, a_record(dates_only=dates))]) == fingerprint([NEW])
