"""The guard: a change to the files so large that it waits for a person (section 5)."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from notifier.core.delivery import Change, ChangeKind
from notifier.core.lifecycle import State
from notifier.core.model import Draft
from notifier.core.notices import NOTICES


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a reload may do by itself."""

    patients: int  # more than this, and more than the share, waits
    share: float  # of the patients with texts pending
    at_once: int  # late texts
    first_late: bool  # whether a first plan, in an empty ledger, may send late texts


UNGUARDED = Limits(patients=sys.maxsize, share=1, at_once=sys.maxsize, first_late=True)


@dataclass(frozen=True, slots=True)
class Pending:
    """What the ledger held before the changes."""

    patients: int  # with texts pending
    is_empty: bool  # nothing was ever recorded


@dataclass(slots=True)
class Scales:
    """What changes weigh, added up as they come: of thousands of patients they would fill the memory."""

    touched: set[str] = field(default_factory=set)  # patients from whom something is taken away
    late: int = 0  # texts that would go at once

    def add(self, changes: Iterable[Change]) -> None:
        """Add what some changes weigh."""
        for change in changes:
            if _takes_away(change):
                self.touched.add(change.after.draft.patient)
            self.late += _goes_late(change)


def why_wait(scales: Scales, pending: Pending, limits: Limits, *, is_bare: bool) -> tuple[str, ...]:
    """Return in words why changes wait for a person; nothing where they may be applied.

    What waits already waits whatever is added to it. `is_bare`: the schedules folder is empty or missing.
    """
    reasons = []
    if is_bare and pending.patients:
        reasons.append("The schedules folder is empty or missing.")
    touched, late = len(scales.touched), scales.late
    share = touched / max(1, pending.patients)
    if touched > limits.patients and share > limits.share:
        whom = f"{touched} patients, {share:.0%} of those with texts pending"
        reasons.append(f"It would withdraw, move or hold texts of {whom}.")
    late_texts = "1 late text" if late == 1 else f"{late} late texts"
    if late > limits.at_once:
        reasons.append(f"It would send {late_texts} at once.")
    if late and pending.is_empty and not limits.first_late:
        reasons.append(f"It is the first plan, and it would send {late_texts}.")
    return tuple(reasons)


def _takes_away(change: Change) -> bool:
    """Say whether a change withdraws, holds or moves a text that was pending."""
    before, after = change.before, change.after
    if before is None:
        return False
    is_held = before.state is State.PLANNED and after.state is State.HELD
    # What the files have moved beyond its window is moved as well; what time alone has, is not.
    is_moved = change.kind in (ChangeKind.UPDATED, ChangeKind.EXPIRED) and _times(before.draft) != _times(after.draft)
    return change.kind is ChangeKind.WITHDRAWN or is_held or is_moved


def _times(draft: Draft) -> tuple[object, ...]:
    return draft.place, draft.earliest, draft.latest, draft.moments, draft.procedure, draft.arrival


def _goes_late(change: Change) -> bool:
    """Say whether a change puts a text in the line whose place has passed."""
    after, before = change.after, change.before
    is_late = after.state is State.PLANNED and after.send_at != after.draft.place
    return is_late and (before is None or before.state is not State.PLANNED or before.send_at != after.send_at)


def fingerprint(changes: Iterable[Change], others: str = "0") -> str:
    """Return what tells changes apart from others, whatever `now` is: what was shown is what is accepted.

    `others` is the fingerprint of changes that belong to them too. A sum, so that their order does not matter.
    """
    lines = (sha256(repr(_shown(change)).encode()).digest() for change in changes)
    total = sum((int.from_bytes(line, "big") for line in lines), int(others, 16))
    return f"{total % (1 << 256):064x}"


def _shown(change: Change) -> tuple[object, ...]:
    """Return what of a change is the same in every process and at every minute.

    A notice's times are counted from now for as long as it waits for a person; so is the reason
    of a text that is due.
    """
    after, draft = change.after, change.after.draft
    reason = None if after.state is State.PLANNED else after.reason
    times = None if draft.step in NOTICES else (draft.earliest, draft.latest, draft.place)
    return change.kind.value, after.key, after.state.value, reason, times, draft.to, draft.body, draft.procedure
