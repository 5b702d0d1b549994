"""One message of a plan against one of the ledger, or several of either: what reconciling makes of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from notifier.core.delivery import Change, Record
from notifier.core.model import Draft, Plan, Planned, PlanStatus
from notifier.core.reconcile import Known, Standing, reconcile
from tests.builders import NOON, a_draft
from tests.core.clinics import a_patient, a_protocol, schedules

NOW = NOON - timedelta(hours=3)
DRAFT = a_draft()
LATER = a_draft(place=NOON + timedelta(hours=1))
MEAL = DRAFT.moments["last-meal"]
ALL_IS_WELL = Standing()


def a_message(
    status: PlanStatus = PlanStatus.PLANNED,
    reason: str | None = None,
    *,
    draft: Draft = DRAFT,
    send_at: datetime | None = NOON,
) -> Planned:
    """Return a message of a plan; one that is neither planned, late nor held has no send time."""
    has_place = status in (PlanStatus.PLANNED, PlanStatus.LATE, PlanStatus.HELD)
    return Planned(draft, status, reason, send_at if has_place else None, instants=draft.moments)


def reconciled(messages: Iterable[Planned], known: Known, standing: Standing = ALL_IS_WELL) -> list[Change]:
    """Reconcile messages with the ledger; their patients are in the files, under a protocol without notices."""
    plan = Plan(NOW, tuple(messages))
    bookings = dict.fromkeys(message.draft.patient for message in plan.messages)
    people = (a_patient(booking, arrival="2026-12-03 06:30") for booking in bookings)
    return reconcile(schedules(a_protocol(), *people), plan, known, standing)


def changes(message: Planned | None, record: Record | None, standing: Standing = ALL_IS_WELL) -> list[Change]:
    """Reconcile one message of a plan, or none, with one of the ledger, or none."""
    known = Known(() if record is None else (record,))
    return reconciled(() if message is None else (message,), known, standing)


def told(message: Planned | None, record: Record | None, standing: Standing = ALL_IS_WELL) -> tuple[object, ...] | None:
    """Return the one change as its kind and what the message is after it; None where nothing changes."""
    return summary(changes(message, record, standing), record)


def summary(found: list[Change], record: Record | None) -> tuple[object, ...] | None:
    if not found:
        return None
    (change,) = found
    is_next_revision = record is None or change.after.revision > record.revision
    assert change.before == (None if is_next_revision else record)
    return change.kind.value, change.after.state.value, change.after.reason, change.after.revision
