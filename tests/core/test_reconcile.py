"""Plan against ledger: what is new, different, withdrawn, held or missed, and what is never touched."""

from datetime import datetime, timedelta

import pytest

from notifier.core.delivery import Record
from notifier.core.lifecycle import UNSENT, State
from notifier.core.model import Planned, PlanStatus
from notifier.core.reconcile import Known, Standing
from tests.builders import NOON, a_draft, a_record
from tests.core.one_message import ALL_IS_WELL, DRAFT, LATER, NOW, a_message, changes, reconciled, told

# What the ledger does not have yet.


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (a_message(), ("new", "planned", None, 1)),
        (a_message(PlanStatus.PLANNED, "quiet hours give way"), ("new", "planned", "quiet hours give way", 1)),
        (a_message(PlanStatus.LATE), ("new", "planned", None, 1)),
        (a_message(PlanStatus.HELD, "no consent"), ("new", "held", "no consent", 1)),
        (a_message(PlanStatus.HELD, "no consent", send_at=None), None),
        (a_message(PlanStatus.OFF, "cancelled"), None),
        (a_message(PlanStatus.SKIPPED, "no order"), None),
        (a_message(PlanStatus.TOO_LATE), ("expired", "expired", "too-late", 1)),
        (a_message(PlanStatus.NO_WINDOW), ("expired", "expired", "no-window", 1)),
    ],
    ids=str,
)
def test_what_is_new_is_recorded_if_it_is_wanted_or_was_missed(
    message: Planned, expected: tuple[object, ...] | None
) -> None:
    assert told(message, None) == expected


def test_a_new_message_is_due_when_the_plan_says() -> None:
    later = NOON + timedelta(minutes=1)
    (change,) = changes(a_message(PlanStatus.LATE, send_at=later), None)
    assert change.after == Record(DRAFT, 1, State.PLANNED, None, later)
    assert change.before is None


# What the ledger has and nobody has sent.


@pytest.mark.parametrize("state", [State.PLANNED, State.HELD])
@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (a_message(draft=LATER), ("updated", "planned", None, 3)),
        (a_message(PlanStatus.HELD, "on-hold", draft=LATER), ("updated", "held", "on-hold", 3)),
        (a_message(PlanStatus.OFF, "cancelled"), ("withdrawn", "withdrawn", "cancelled", 3)),
        (a_message(PlanStatus.SKIPPED, "listed in skip"), ("withdrawn", "withdrawn", "listed in skip", 3)),
        (a_message(PlanStatus.TOO_LATE), ("expired", "expired", "missed its window", 3)),
        (a_message(PlanStatus.TOO_LATE, draft=LATER), ("expired", "expired", "too-late", 3)),
        (a_message(PlanStatus.NO_WINDOW, draft=LATER), ("expired", "expired", "no-window", 3)),
        (a_message(PlanStatus.HELD, "on-hold", send_at=None), ("expired", "expired", "missed its window", 3)),
        (
            a_message(PlanStatus.HELD, "on-hold", draft=LATER, send_at=None),
            ("expired", "expired", "missed its window", 3),
        ),
    ],
)
def test_what_is_unsent_follows_the_files_in_place(
    state: State, message: Planned, expected: tuple[object, ...]
) -> None:
    assert told(message, a_record(state=state, reason="on-hold", revision=3)) == expected


def test_an_updated_message_is_as_the_files_now_say() -> None:
    record = a_record()
    (change,) = changes(a_message(draft=LATER, send_at=LATER.place), record)
    assert (change.before, change.after) == (record, Record(LATER, 1, State.PLANNED, None, LATER.place))


def test_a_withdrawn_message_keeps_what_it_would_have_said() -> None:
    record = a_record()
    (change,) = changes(a_message(PlanStatus.OFF, "cancelled", draft=a_draft(place=None)), record)
    assert change.after == Record(DRAFT, 1, State.WITHDRAWN, "cancelled", NOON)


def test_a_message_held_until_too_late_has_no_send_time_any_more() -> None:
    (change,) = changes(a_message(PlanStatus.HELD, "on-hold", send_at=None), a_record(state=State.HELD))
    assert change.after == Record(DRAFT, 1, State.EXPIRED, "missed its window", None)


def test_a_message_that_a_change_made_too_late_is_as_the_files_now_say() -> None:
    (change,) = changes(a_message(PlanStatus.TOO_LATE, draft=LATER), a_record())
    assert change.after == Record(LATER, 1, State.EXPIRED, "too-late", None)


@pytest.mark.parametrize(
    ("record", "message", "expected"),
    [
        pytest.param(
            a_record(), a_message(PlanStatus.HELD, "on-hold"), ("held", "held", "on-hold", 1), id="put on hold"
        ),
        pytest.param(
            a_record(state=State.HELD, reason="on-hold"),
            a_message(),
            ("released", "planned", None, 1),
            id="taken off hold",
        ),
        pytest.param(
            a_record(state=State.HELD, reason="on-hold"),
            a_message(PlanStatus.HELD, "no consent"),
            ("held", "held", "no consent", 1),
            id="held for another reason",
        ),
        pytest.param(
            a_record(state=State.HELD, reason="on-hold"),
            a_message(PlanStatus.HELD, "on-hold"),
            None,
            id="held for the same reason",
        ),
    ],
)
def test_a_hold_is_put_on_and_taken_off(record: Record, message: Planned, expected: tuple[object, ...] | None) -> None:
    assert told(message, record) == expected


def test_a_released_message_is_due_when_the_plan_says_now() -> None:
    late = NOON + timedelta(minutes=7)
    (change,) = changes(a_message(PlanStatus.LATE, send_at=late), a_record(state=State.HELD, reason="on-hold"))
    assert change.after == Record(DRAFT, 1, State.PLANNED, None, late)


def test_that_now_has_moved_makes_nothing_different() -> None:
    assert told(a_message(), a_record()) is None
    late = a_message(PlanStatus.LATE, "quiet hours give way", send_at=NOON + timedelta(minutes=5))
    assert told(late, a_record()) is None
    assert (
        told(a_message(PlanStatus.HELD, "on-hold", send_at=NOON), a_record(state=State.HELD, reason="on-hold")) is None
    )


# What is over, and what is sent.


@pytest.mark.parametrize(
    ("state", "message", "expected"),
    [
        (State.WITHDRAWN, a_message(), ("new", "planned", None, 3)),
        (State.EXPIRED, a_message(), ("new", "planned", None, 3)),
        (State.WITHDRAWN, a_message(PlanStatus.HELD, "on-hold"), ("new", "held", "on-hold", 3)),
        (State.WITHDRAWN, a_message(PlanStatus.TOO_LATE), ("expired", "expired", "too-late", 3)),
        (State.EXPIRED, a_message(PlanStatus.TOO_LATE), None),
        (State.EXPIRED, a_message(PlanStatus.NO_WINDOW), None),
        (State.WITHDRAWN, a_message(PlanStatus.OFF, "cancelled"), None),
        (State.EXPIRED, a_message(PlanStatus.SKIPPED, "no order"), None),
    ],
)
def test_what_was_withdrawn_or_missed_and_is_wanted_again_is_its_next_revision(
    state: State, message: Planned, expected: tuple[object, ...] | None
) -> None:
    assert told(message, a_record(state=state, revision=2)) == expected


@pytest.mark.parametrize("state", [state for state in State if state not in UNSENT | {State.WITHDRAWN, State.EXPIRED}])
@pytest.mark.parametrize(
    "message",
    [a_message(), a_message(draft=LATER), a_message(PlanStatus.OFF), a_message(PlanStatus.TOO_LATE), None],
    ids=["as it was", "another", "off", "too late", "gone"],
)
def test_what_has_been_claimed_is_never_touched(state: State, message: Planned | None) -> None:
    assert told(message, a_record(state=state)) is None
    assert told(None, a_record(state=state), Standing(broken={"P-1042"})) is None


# What the plan does not name.


@pytest.mark.parametrize("state", [State.PLANNED, State.HELD])
@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        pytest.param(ALL_IS_WELL, ("withdrawn", "withdrawn", "gone from the files", 1), id="gone"),
        pytest.param(Standing(whole=False), None, id="nobody is gone while a file cannot be read"),
        pytest.param(Standing(kept={"P-1042"}), None, id="the last good plan is kept"),
        pytest.param(
            Standing(kept={"P-1042"}, broken={"P-1042"}), None, id="kept, whatever is wrong with the entry as well"
        ),
        pytest.param(
            Standing(kept={"P-1"}), ("withdrawn", "withdrawn", "gone from the files", 1), id="others are kept"
        ),
        pytest.param(
            Standing(broken={"P-1042"}), ("held", "held", "error in the entry", 1), id="an entry with an error"
        ),
        pytest.param(
            Standing(broken={"P-1042"}, whole=False), ("held", "held", "error in the entry", 1), id="and a broken file"
        ),
    ],
)
def test_what_becomes_of_a_patient_whom_the_plan_does_not_hold(
    state: State, standing: Standing, expected: tuple[object, ...] | None
) -> None:
    assert told(None, a_record(state=state, reason="on-hold"), standing) == expected


def test_a_message_withdrawn_or_held_keeps_all_else() -> None:
    (withdrawn,) = changes(None, a_record())
    assert withdrawn.after == Record(DRAFT, 1, State.WITHDRAWN, "gone from the files", NOON)
    (held,) = changes(None, a_record(), Standing(broken={"P-1042"}))
    assert held.after == Record(DRAFT, 1, State.HELD, "error in the entry", NOON)


@pytest.mark.parametrize("standing", [Standing(kept={"P-1042"}), Standing(whole=False)])
def test_a_last_good_plan_sends_nothing_to_a_phone_that_has_opted_out(standing: Standing) -> None:
    record = a_record()
    (change,) = reconciled((), Known((record,), opted_out=frozenset({record.draft.to})), standing)
    assert (change.after.state, change.after.reason, change.after.send_at) == (State.REFUSED, "opted out", None)


def test_a_step_that_left_the_protocol_is_withdrawn_even_while_another_file_cannot_be_read() -> None:
    records = a_record(), a_record(step="old-step")
    (change,) = reconciled((a_message(),), Known(records), Standing(whole=False))
    assert change.after == Record(a_draft(step="old-step"), 1, State.WITHDRAWN, "no longer in the protocol", NOON)


def test_a_step_that_left_the_protocol_after_its_text_went_is_left_alone() -> None:
    records = a_record(), a_record(step="old-step", state=State.DELIVERED)
    assert reconciled((a_message(),), Known(records)) == []


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        (NOW - timedelta(minutes=1), ("expired", "expired", "missed its window", 1)),
        (NOW, ("held", "held", "error in the entry", 1)),
        (None, ("held", "held", "error in the entry", 1)),
    ],
)
def test_an_entry_with_an_error_is_held_until_its_texts_are_too_late(
    latest: datetime | None, expected: tuple[object, ...]
) -> None:
    assert told(None, a_record(latest=latest), Standing(broken={"P-1042"})) == expected


def test_a_message_that_an_error_made_too_late_has_no_send_time_any_more() -> None:
    stale = a_record(latest=NOW - timedelta(minutes=1))
    (change,) = changes(None, stale, Standing(broken={"P-1042"}))
    assert change.after == Record(stale.draft, 1, State.EXPIRED, "missed its window", None)


def test_an_entry_with_an_error_is_held_once() -> None:
    held = a_record(state=State.HELD, reason="error in the entry")
    assert told(None, held, Standing(broken={"P-1042"})) is None


def test_a_mended_entry_is_released() -> None:
    held = a_record(state=State.HELD, reason="error in the entry")
    assert told(a_message(), held) == ("released", "planned", None, 1)
    assert told(a_message(PlanStatus.HELD, "on-hold"), held) == ("held", "held", "on-hold", 1)


# The whole.


def test_messages_are_matched_by_patient_and_step() -> None:
    other = a_draft(patient="P-2", to="+17205550135")
    messages = a_message(), a_message(draft=a_draft(step="welcome")), a_message(draft=other)
    records = a_record(patient="P-2", step="welcome"), a_record(), a_record(patient="P-3")
    found = [(change.kind.value, change.after.key) for change in reconciled(messages, Known(records))]
    assert found == [
        ("new", "P-1042/welcome/1"),
        ("new", "P-2/last-meal/1"),
        ("withdrawn", "P-2/welcome/1"),
        ("withdrawn", "P-3/last-meal/1"),
    ]


@pytest.mark.parametrize("status", PlanStatus)
@pytest.mark.parametrize("record", [None, *(a_record(state=state) for state in State)], ids=str)
def test_reconciling_twice_changes_nothing(status: PlanStatus, record: Record | None) -> None:
    message = a_message(status, "on-hold" if status is PlanStatus.HELD else None, draft=LATER)
    found = changes(message, record)
    after = found[0].after if found else record
    assert changes(message, after) == []
