"""What is wrong although every file can be read: mistakes that only the plan shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from notifier.core.model import Plan, Planned, Schedules
from notifier.core.problems import Severity
from notifier.core.segments import measure, outside_gsm7

MOST_SEGMENTS = 3  # of one text (section 4)


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem before it has a line: `subject` names what it is about, such as ("patient", "P-1042")."""

    subject: tuple[str, ...]
    severity: Severity
    code: str
    message: str
    hint: str


def review(schedules: Schedules, plan: Plan) -> list[Finding]:
    """Return what the plan shows to be wrong, in no particular order."""
    return [*_windows_that_never_open(schedules, plan), *_long_texts(plan)]


def _windows_that_never_open(schedules: Schedules, plan: Plan) -> Iterator[Finding]:
    """Find steps whose earliest lies after their latest for every patient (section 3)."""
    protocol_of = {patient.id: patient.protocol for patient in schedules.patients}
    opens: dict[tuple[str, str], bool] = {}
    for message in plan.messages:
        draft = message.draft
        if draft.earliest is None or draft.latest is None:
            continue
        step = (protocol_of[draft.patient], draft.step)
        opens[step] = opens.get(step, False) or draft.earliest <= draft.latest
    for (protocol, name), is_open in opens.items():
        if not is_open:
            yield Finding(
                ("step", protocol, name),
                Severity.ERROR,
                "window-never-opens",
                f"The step “{name}” has its earliest time after its latest, for every patient: it is never sent.",
                "Let “earliest” lie before “latest”.",
            )


def _long_texts(plan: Plan) -> Iterator[Finding]:
    """Find patients whose own words make a text too long; it is sent all the same."""
    by_patient = sorted((message for message in plan.messages if message.text), key=lambda one: one.draft.patient)
    for patient, messages in groupby(by_patient, key=lambda one: one.draft.patient):
        longest = max(messages, key=_segments)
        if _segments(longest) > MOST_SEGMENTS:
            strange = outside_gsm7(longest.text or "")
            yield Finding(
                ("patient", patient),
                Severity.WARNING,
                "long-text",
                f"The text “{longest.draft.step}” takes {_segments(longest)} SMS segments for this patient; "
                f"{MOST_SEGMENTS} are meant to be the most.",
                f"The characters {strange} more than double the length; if the name can be written without them, do."
                if strange
                else "Shorten the name, or the text in the protocol.",
            )


def _segments(message: Planned) -> int:
    return measure(message.text or "").segments
