"""What the staff are told over their channels, and in which words: keys, never a phone, a name or a text."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from notifier.core.calls import CallReason


class AlertKind(StrEnum):
    """What the staff are told of, the most urgent first."""

    STOPPED = "dispatch stopped"
    LEDGER = "ledger fails"
    CALL = "patient to call"
    OVERDUE = "texts overdue"
    WAITS = "change waits"
    PAUSED = "paused"
    LAST_GOOD = "last good version"
    ERRORS = "errors in the files"
    GOES_ON = "texts go out again"


# Nothing is known of these while the files have not been read.
ABOUT_FILES = frozenset({AlertKind.WAITS, AlertKind.LAST_GOOD, AlertKind.ERRORS})

# What is put right meanwhile is not told: an admin saves a file half-done, and texts that were
# late for a good reason (the service has just started, a pause has ended) go out within a minute.
GRACE: Mapping[AlertKind, timedelta] = {
    AlertKind.OVERDUE: timedelta(minutes=1),
    AlertKind.LAST_GOOD: timedelta(minutes=5),
    AlertKind.ERRORS: timedelta(minutes=5),
}


_PATIENTS = "patients/"


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that the staff have to know of, for as long as it holds."""

    kind: AlertKind
    name: str  # what makes it the same cause: it is told once
    says: str  # one line
    group: str  # under which a digest counts it
    patient: str | None = None  # the booking's id
    by: datetime | None = None  # until when somebody has to call


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to the channels."""

    title: str
    body: str


def call_wanted(number: int, patient: str, reason: CallReason, opened_at: datetime, by: datetime) -> Cause:
    """Return the cause that an entry of the call list is open; opened again, it is another."""
    name = f"call {number} of {opened_at.isoformat()}"
    return Cause(AlertKind.CALL, name, f"{patient}: {reason} (entry {number})", reason, patient, by)


def dispatch_stopped(at: datetime, code: str | None) -> Cause:
    """Return the cause that the provider has refused our settings since `at`, with its code."""
    says = f"The provider refuses our settings (code {code or 'unknown'}): no text goes out."
    return _cause(AlertKind.STOPPED, f"stopped {at.isoformat()}", says)


def paused(at: datetime, by: str) -> Cause:
    """Return the cause that somebody has kept all texts back since `at`; why is theirs to say, in `notifier status`."""
    return _cause(AlertKind.PAUSED, f"paused {at.isoformat()}", f"Paused by {by}: no text goes out.")


def goes_on(after: int, was: AlertKind, by: str) -> Cause:
    """Return the cause that what the alert of the number `after` told is over, and who ended it."""
    ended = "the provider takes texts again" if was is AlertKind.STOPPED else f"{by} has ended the pause"
    return _cause(AlertKind.GOES_ON, f"end of alert {after}", f"Texts go out again: {ended}.")


def change_waits(reasons: Iterable[str]) -> Cause:
    """Return the cause that the guard has stopped a change of the files: one, whatever the files say next."""
    return _cause(AlertKind.WAITS, "change waits", f"A change in the files waits for a person. {' '.join(reasons)}")


def last_good(file: str) -> Cause:
    """Return the cause that the last good version of a clinic or protocol file is in force."""
    return _cause(
        AlertKind.LAST_GOOD, f"last good {file}", f"{file} cannot be used; its last good version is in force."
    )


def errors_in(file: str, errors: int) -> Cause:
    """Return the cause that a file has errors; a patients file is not named: it may be called after a patient."""
    shown = "A patients file" if file.startswith(_PATIENTS) else file
    says = f"{shown} has {'1 error' if errors == 1 else f'{errors} errors'}."
    return _cause(AlertKind.ERRORS, f"errors in {file}", says)


def texts_overdue() -> Cause:
    """Return the cause that texts should have gone out more than ten minutes ago."""
    return _cause(AlertKind.OVERDUE, "overdue", "Texts are overdue by more than ten minutes.")


def ledger_fails() -> Cause:
    """Return the cause that the ledger cannot be used, which no ledger can note."""
    return _cause(AlertKind.LEDGER, "ledger", "The ledger cannot be read or written: no text goes out.")


def _cause(kind: AlertKind, name: str, says: str) -> Cause:
    return Cause(kind, name, says, group=kind)


def message_of(causes: Iterable[Cause], zone: tzinfo, digest_over: int) -> Message:
    """Return one message about all causes, of which there is at least one; more than `digest_over` are only counted.

    The most urgent come first. Times are by the clocks of `zone`.
    """
    ordered = sorted(causes, key=_urgency)
    kinds = list(dict.fromkeys(cause.kind for cause in ordered))
    title = f"notifier: {_headline(kinds[0], ordered)}" + (", and more" if len(kinds) > 1 else "")
    lines = _digest(ordered, zone) if len(ordered) > digest_over else [_line(cause, zone) for cause in ordered]
    to_do = dict.fromkeys(_TO_DO[kind] for kind in kinds if kind in _TO_DO)
    return Message(title, "\n".join([*lines, "", *to_do]).rstrip())


def _urgency(cause: Cause) -> tuple[int, bool, datetime | str]:
    kind = list(AlertKind).index(cause.kind)
    return (kind, False, cause.by) if cause.by else (kind, True, cause.name)


def _headline(kind: AlertKind, causes: Iterable[Cause]) -> str:
    if kind is not AlertKind.CALL:
        return _HEADLINES[kind]
    patients = len({cause.patient for cause in causes if cause.kind is kind})
    return "1 patient to call" if patients == 1 else f"{patients} patients to call"


def _line(cause: Cause, zone: tzinfo) -> str:
    return cause.says if cause.by is None else f"{cause.says}, call by {_local(cause.by, zone)}"


def _digest(causes: Sequence[Cause], zone: tzinfo) -> list[str]:
    """Return how many there are of each group, and the line of one that stands alone."""
    groups = Counter((cause.kind, cause.group) for cause in causes)
    alone = {(cause.kind, cause.group): cause.says for cause in causes}
    lines = [
        f"{group}: {number}" if kind is AlertKind.CALL or number > 1 else alone[kind, group]
        for (kind, group), number in groups.items()
    ]
    instants = [cause.by for cause in causes if cause.by is not None]
    return [*lines, f"The first call is to be made by {_local(min(instants), zone)}."] if instants else lines


def _local(instant: datetime, zone: tzinfo) -> str:
    return f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M} ({zone})"


_HEADLINES: Mapping[AlertKind, str] = {
    AlertKind.STOPPED: "no text goes out, the provider refuses our settings",
    AlertKind.LEDGER: "no text goes out, the ledger fails",
    AlertKind.OVERDUE: "texts are overdue",
    AlertKind.WAITS: "a change in the files waits for a person",
    AlertKind.PAUSED: "paused, no text goes out",
    AlertKind.LAST_GOOD: "a file's last good version is in force",
    AlertKind.ERRORS: "errors in the schedule files",
    AlertKind.GOES_ON: "texts go out again",
}

_TO_DO: Mapping[AlertKind, str] = {
    AlertKind.STOPPED: "Mend the account's settings; once a text gets through, all go out again by themselves.",
    AlertKind.LEDGER: "Look at the disk and at the service's log.",
    AlertKind.CALL: "“notifier calls” lists whom to call, why, what to say and by when.",
    AlertKind.OVERDUE: "See “notifier status” and the service's log.",
    AlertKind.WAITS: "“notifier changes” shows it; “notifier changes --accept” applies it.",
    AlertKind.PAUSED: "“notifier resume” ends the pause.",
    AlertKind.LAST_GOOD: "“notifier check” lists every mistake with its line.",
    AlertKind.ERRORS: "“notifier check” lists every mistake with its line.",
}
