"""Just before an attempt, and just after: may this text go now, and when may it be tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.core.calendar import ceil_minute
from notifier.core.delivery import AnswerKind, Record
from notifier.core.placing import is_quiet, place_again
from notifier.core.reconcile import MISSED

GRACE = timedelta(minutes=10)  # a text this far past its place is placed again (section 6)
FIRST_BACKOFF, LONGEST_BACKOFF = timedelta(seconds=30), timedelta(minutes=10)


class Go(StrEnum):
    """What to do with a due message."""

    NOW = "now"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a due message, when, and why."""

    go: Go
    at: datetime | None = None  # only with LATER
    reason: str | None = None


def is_timely(place: datetime, latest: datetime, now: datetime) -> bool:
    """Say whether a due message goes now, with nothing else to look at: so it is for all but the late ones."""
    return now <= latest and now - place <= GRACE


def before_attempt(record: Record, now: datetime) -> Verdict:
    """Say whether a due message goes now, later in its window, or never (sections 3.4 and 6).

    L is a promise: nothing goes after it. A text more than ten minutes past its place is
    placed again, so that what an outage delayed does not ring at night.
    """
    latest, place = record.draft.latest, record.send_at
    if latest is None or place is None or now > latest:
        return Verdict(Go.NEVER, reason=MISSED)
    if is_timely(place, latest, now):
        return Verdict(Go.NOW)
    again = place_again(now, latest, record.draft.quiet, critical=record.draft.critical)
    if again.at is None:
        return Verdict(Go.NEVER, reason=MISSED)
    # The next minute may be allowed and this one still be quiet.
    must_wait = is_quiet(now, record.draft.quiet) and again.reason is None
    if must_wait or again.at > ceil_minute(now):
        return Verdict(Go.LATER, again.at, "late")
    return Verdict(Go.NOW, reason=again.reason)


def next_try(
    kind: AnswerKind, tries: int, now: datetime, jitter: float, retry_after: float | None = None
) -> datetime | None:
    """Return when to ask the provider again after so many tries, from 1; None where it is not asked again.

    The wait doubles from 30 seconds to 10 minutes, never less than the provider asked for, and is
    stretched by `jitter` (0 to 1) of a half, so that many messages do not come back as one.
    """
    if kind is AnswerKind.CONFIGURATION:
        return now  # all texts are kept back then; once one gets through, none is to wait any longer
    if kind is not AnswerKind.TEMPORARY:
        return None
    doubled = FIRST_BACKOFF * (1 << min(tries - 1, 10))
    wait = max(min(doubled, LONGEST_BACKOFF), timedelta(seconds=retry_after or 0))
    return now + wait * (1 + jitter / 2)
