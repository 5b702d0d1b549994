"""What is different between two plans, message by message: for an admin to see before a change counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from notifier.core.model import Plan, Planned


class Aspect(StrEnum):
    """In what a message is different."""

    NEW = "new"
    GONE = "gone"
    STATUS = "status"  # or its reason
    MOVED = "moved"  # goes out at another time
    TEXT = "text"
    WINDOW = "window"  # may go out from, or until, another time
    PHONE = "phone"
    CRITICAL = "critical"  # has become so, or is so no more


@dataclass(frozen=True, slots=True)
class Difference:
    """One message in two plans; at least one has it."""

    before: Planned | None
    after: Planned | None
    aspects: tuple[Aspect, ...]  # never empty, in the order of `Aspect`

    @property
    def message(self) -> Planned:
        """The message as it is, or, gone, as it was."""
        message = self.after or self.before
        if message is None:
            msg = "a difference is between messages"
            raise ValueError(msg)
        return message


def differences(before: Plan, after: Plan) -> tuple[Difference, ...]:
    """Return every message that is not the same in both plans, by patient, then in the protocol's order.

    Texts are compared where both go out: the words of one that does not go out reach nobody.
    """
    old, new = _by_name(before), _by_name(after)
    found = [
        Difference(old.get(name), new.get(name), aspects)
        for name in {**old, **new}
        if (aspects := tuple(_aspects(old.get(name), new.get(name))))
    ]
    return tuple(sorted(found, key=_place))


def _by_name(plan: Plan) -> dict[tuple[str, str], Planned]:
    return {(message.draft.patient, message.draft.step): message for message in plan.messages}


def _place(difference: Difference) -> tuple[str, int, str]:
    draft = difference.message.draft
    return draft.patient, draft.position, draft.step


def _aspects(before: Planned | None, after: Planned | None) -> Iterator[Aspect]:
    if before is None or after is None:
        yield Aspect.NEW if before is None else Aspect.GONE
        return
    old, new = before.draft, after.draft
    if (before.status, before.reason) != (after.status, after.reason):
        yield Aspect.STATUS
    is_told_by_status = None in (before.send_at, after.send_at) and before.status != after.status
    if before.send_at != after.send_at and not is_told_by_status:
        yield Aspect.MOVED
    if None not in (before.text, after.text) and before.text != after.text:
        yield Aspect.TEXT
    if (old.earliest, old.latest) != (new.earliest, new.latest):
        yield Aspect.WINDOW
    if old.to != new.to:
        yield Aspect.PHONE
    if old.critical != new.critical:
        yield Aspect.CRITICAL
