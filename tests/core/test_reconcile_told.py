"""Plan against what went out: what is sent anew, what stands, and what is not sent twice."""

from datetime import timedelta

import pytest

from notifier.core.delivery import Record
from notifier.core.lifecycle import GONE_OUT, State
from notifier.core.model import Planned, PlanStatus
from notifier.core.reconcile import Known, Standing, was_told
from tests.builders import NOON, a_draft, a_record
from tests.core.one_message import DRAFT, MEAL, NOW, a_message, reconciled, summary, told

# What went out, and has become wrong.


TOLD = a_record(state=State.DELIVERED, revision=2, sent_at=NOON)
ANEW = a_draft(moments={"last-meal": MEAL + timedelta(minutes=15)}, place=NOON + timedelta(minutes=15))
CASUAL = ANEW._replace(critical=False)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (a_message(draft=ANEW), ("new", "planned", None, 3)),
        (a_message(PlanStatus.LATE, draft=ANEW), ("new", "planned", None, 3)),
        (a_message(PlanStatus.HELD, "on-hold", draft=ANEW), ("new", "held", "on-hold", 3)),
        (a_message(PlanStatus.TOO_LATE, draft=ANEW), ("expired", "expired", "too-late", 3)),
        (a_message(PlanStatus.NO_WINDOW, draft=ANEW), ("expired", "expired", "no-window", 3)),
        (a_message(PlanStatus.SKIPPED, "no order", draft=ANEW), ("expired", "expired", "no order", 3)),
        (a_message(PlanStatus.OFF, "cancelled", draft=ANEW), None),
        (a_message(draft=CASUAL), ("new", "planned", None, 3)),
        (a_message(PlanStatus.HELD, "on-hold", draft=CASUAL), ("new", "held", "on-hold", 3)),
        (a_message(PlanStatus.LATE, draft=CASUAL), None),
        (a_message(PlanStatus.TOO_LATE, draft=CASUAL), None),
        (a_message(PlanStatus.NO_WINDOW, draft=CASUAL), ("expired", "expired", "no-window", 3)),
        (a_message(PlanStatus.SKIPPED, "no order", draft=CASUAL), None),
    ],
)
def test_what_was_sent_and_has_moved_is_planned_anew(message: Planned, expected: tuple[object, ...] | None) -> None:
    assert told(message, TOLD) == expected


def test_an_order_that_became_none_after_its_text_went_makes_that_text_wrong() -> None:
    no_order = Planned(a_draft(moments={}, body=None, place=None), PlanStatus.SKIPPED, "no order", None, instants={})
    assert told(no_order, TOLD) == ("expired", "expired", "no order", 3)


def with_revision(message: Planned, revision: Record) -> tuple[object, ...] | None:
    """Return what becomes of the revision after the one that was told."""
    return summary(reconciled((message,), Known((revision, TOLD))), revision)


@pytest.mark.parametrize(
    ("state", "message", "expected"),
    [
        pytest.param(State.PLANNED, a_message(draft=CASUAL), None, id="wanted as it is"),
        pytest.param(State.PLANNED, a_message(PlanStatus.LATE, draft=CASUAL), None, id="that now has moved is no edit"),
        pytest.param(
            State.PLANNED,
            a_message(PlanStatus.TOO_LATE, draft=CASUAL),
            ("expired", "expired", "missed its window", 3),
            id="missed",
        ),
        pytest.param(
            State.PLANNED,
            a_message(PlanStatus.LATE, draft=CASUAL._replace(place=NOW)),
            ("withdrawn", "withdrawn", "late, and not critical", 3),
            id="moved once more, and late",
        ),
        pytest.param(
            State.HELD,
            a_message(PlanStatus.LATE, draft=CASUAL),
            ("withdrawn", "withdrawn", "late, and not critical", 3),
            id="released too late",
        ),
        pytest.param(
            State.PLANNED,
            a_message(),
            ("withdrawn", "withdrawn", "what was sent is right", 3),
            id="moved back to what was told",
        ),
        pytest.param(State.WITHDRAWN, a_message(), None, id="moved back, and withdrawn already"),
        pytest.param(State.WITHDRAWN, a_message(draft=CASUAL), ("new", "planned", None, 4), id="moved away again"),
    ],
)
def test_a_revision_follows_the_files_until_it_goes(
    state: State, message: Planned, expected: tuple[object, ...] | None
) -> None:
    revision = Record(CASUAL, 3, state, "on-hold" if state is State.HELD else None, NOON)
    assert with_revision(message, revision) == expected


@pytest.mark.parametrize("state", [State.EXPIRED, State.REFUSED])
def test_a_text_that_does_not_go_is_noted_anew_only_for_other_times(state: State) -> None:
    known = Known((a_record(state=state, reason="opted out"),), opted_out={DRAFT.to})
    status = PlanStatus.TOO_LATE if state is State.EXPIRED else PlanStatus.PLANNED
    assert reconciled((a_message(status, draft=DRAFT._replace(body="Other words.")),), known) == []
    (change,) = reconciled((a_message(status, draft=ANEW),), known)
    assert (change.after.key, change.after.state, change.after.draft) == ("P-1042/last-meal/2", state, ANEW)


@pytest.mark.parametrize("state", State)
def test_a_text_counts_as_told_if_it_may_be_on_the_phone_or_was_turned_away(state: State) -> None:
    turned_away = state in (State.FAILED, State.UNDELIVERED, State.REFUSED)
    assert was_told(a_record(state=state)) == (state in GONE_OUT or turned_away)
    assert was_told(a_record(state=state, reason="opted out")) == (state in GONE_OUT)
    assert was_told(a_record(state=state, reason="already sent"))


# Phones that opted out, and texts that went out under another id.


@pytest.mark.parametrize(
    ("message", "record", "expected"),
    [
        (a_message(), None, ("refused", "refused", "opted out", 1)),
        (a_message(PlanStatus.HELD, "on-hold"), None, ("refused", "refused", "opted out", 1)),
        (a_message(), a_record(), ("refused", "refused", "opted out", 1)),
        (a_message(PlanStatus.OFF, "cancelled"), a_record(), ("withdrawn", "withdrawn", "cancelled", 1)),
        (a_message(PlanStatus.TOO_LATE), None, ("expired", "expired", "too-late", 1)),
        (a_message(), a_record(state=State.REFUSED, reason="opted out"), None),
        (a_message(), a_record(state=State.DELIVERED), None),
    ],
)
def test_nothing_is_queued_for_a_phone_that_opted_out(
    message: Planned, record: Record | None, expected: tuple[object, ...] | None
) -> None:
    known = Known(() if record is None else (record,), opted_out={DRAFT.to})
    assert summary(reconciled((message,), known), record) == expected


def test_a_phone_that_opted_in_again_gets_what_is_still_in_time_as_the_next_revision() -> None:
    assert told(a_message(), a_record(state=State.REFUSED, reason="opted out")) == ("new", "planned", None, 2)


@pytest.mark.parametrize(
    ("message", "record", "expected"),
    [
        (a_message(), None, ("skipped", "withdrawn", "already sent", 1)),
        (a_message(PlanStatus.LATE), None, ("skipped", "withdrawn", "already sent", 1)),
        (a_message(PlanStatus.HELD, "on-hold"), None, ("skipped", "withdrawn", "already sent", 1)),
        (a_message(PlanStatus.TOO_LATE), None, ("skipped", "withdrawn", "already sent", 1)),
        (a_message(PlanStatus.OFF, "cancelled"), None, None),
        (a_message(), a_record(), ("skipped", "withdrawn", "already sent", 1)),
        (a_message(), a_record(state=State.WITHDRAWN, reason="already sent"), None),
        (a_message(), TOLD, None),
        (a_message(draft=DRAFT._replace(body="Other words.")), None, ("new", "planned", None, 1)),
        (a_message(draft=DRAFT._replace(to="+17205550135")), None, ("new", "planned", None, 1)),
        (a_message(draft=DRAFT._replace(step="welcome")), None, ("new", "planned", None, 1)),
    ],
)
def test_the_same_text_is_not_sent_to_the_same_phone_under_another_id(
    message: Planned, record: Record | None, expected: tuple[object, ...] | None
) -> None:
    sent = frozenset({(DRAFT.to, DRAFT.step, str(DRAFT.body))})
    known = Known(() if record is None else (record,), sent)
    assert summary(reconciled((message,), known), record) == expected


# The same text twice in the line.

TWIN = a_message(draft=a_draft(patient="P-2"))


def test_the_same_text_asked_for_under_two_ids_goes_once() -> None:
    (change,) = reconciled((a_message(), TWIN), Known())
    assert (change.kind.value, change.after.key) == ("new", "P-1042/last-meal/1")
    (change,) = reconciled((a_message(), TWIN), Known((a_record(), a_record(patient="P-2"))))
    assert (change.kind.value, change.after.key) == ("withdrawn", "P-2/last-meal/1")


def test_an_id_renamed_while_a_file_cannot_be_read_is_not_texted_twice() -> None:
    old = a_record(patient="P-1042-old")
    assert reconciled((a_message(),), Known((old,)), Standing(whole=False)) == []
    held = old._replace(state=State.HELD)
    assert len(reconciled((a_message(),), Known((held,)), Standing(whole=False))) == 1
    withdrawn, new = sorted(reconciled((a_message(),), Known((old,))), key=lambda change: change.kind, reverse=True)
    assert (withdrawn.after.key, new.after.key) == ("P-1042-old/last-meal/1", "P-1042/last-meal/1")


@pytest.mark.parametrize("status", [PlanStatus.HELD, PlanStatus.OFF, PlanStatus.TOO_LATE])
def test_a_text_that_does_not_go_keeps_no_other_from_going(status: PlanStatus) -> None:
    found = reconciled((a_message(status, "why"), TWIN), Known())
    assert ("new", "planned", "P-2/last-meal/1") in [
        (change.kind.value, change.after.state.value, change.after.key) for change in found
    ]


def test_what_was_purged_does_not_count_as_told() -> None:
    assert was_told(a_record(state=State.DELIVERED))
    assert not was_told(a_record(state=State.DELIVERED, to="", body=None))
