"""What is wrong or odd although every file can be read: what only the times of all patients show."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from notifier.core.model import Plan, Planned, PlanStatus, Schedules
from notifier.core.outline import OUTAGE, Course
from notifier.core.planning import plan
from notifier.core.problems import Severity
from notifier.core.room import may_be_long
from notifier.core.segments import measure, outside_gsm7

MOST_SEGMENTS = 3  # of one text (section 4)
MOST_A_DAY = 4  # texts; one who gets more reads none of them


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem before it has a line: `subject` names what it is about, such as ("patient", "P-1042")."""

    subject: tuple[str, ...]
    severity: Severity
    code: str
    message: str
    hint: str


def review(schedules: Schedules, courses: Sequence[Course], now: datetime) -> list[Finding]:
    """Return what the patients' courses at `now` show to be wrong or odd, in no particular order."""
    alike: dict[int, list[Course]] = defaultdict(list)
    for course in courses:
        alike[id(course.ideal)].append(course)
    groups = sorted((_Group(some) for some in alike.values()), key=lambda group: group.patient.id)
    return [
        *_windows_that_never_open(groups),
        *_brittle_windows(groups),
        *_crowded_minutes(groups),
        *_crowded_days(groups),
        *_long_texts(schedules, courses, now),
    ]


class _Group:
    """Patients whose ideal messages are the same."""

    def __init__(self, courses: Sequence[Course]) -> None:
        self._courses = courses
        self.ideal, self.patient = courses[0].ideal, courses[0].patients[0]

    def ids(self) -> list[str]:
        """Return whose messages they are: where all is well, nobody asks."""
        return [patient.id for course in self._courses for patient in course.patients]


Groups = Sequence[_Group]


def _windows_that_never_open(groups: Groups) -> Iterator[Finding]:
    """Find steps whose earliest lies after their latest for every patient (section 3)."""
    opens: dict[tuple[str, str], bool] = {}
    for group in groups:
        for one in group.ideal:
            if one.earliest is None or one.latest is None:
                continue
            step = (group.patient.protocol, one.step)
            opens[step] = opens.get(step, False) or one.earliest <= one.latest
    for (protocol, name), is_open in opens.items():
        if not is_open:
            yield Finding(
                ("latest", protocol, name),
                Severity.ERROR,
                "window-never-opens",
                f"The step “{name}” has its earliest time after its latest, for every patient: it is never sent.",
                "Let “earliest” lie before “latest”.",
            )


def _brittle_windows(groups: Groups) -> Iterator[Finding]:
    """Find steps that an outage of five minutes makes a patient miss."""
    missed: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for group in groups:
        for one in group.ideal:
            if one.is_brittle:
                missed["latest", group.patient.protocol, one.step] += group.ids()
    minutes = int(OUTAGE.total_seconds()) // 60
    for subject, ids in missed.items():
        message = f"An outage of {minutes} minutes is enough for {_some(ids)} to miss the text “{subject[-1]}”."
        hint = "Let “latest” lie later, or further from the beginning of the quiet hours."
        yield Finding(subject, Severity.WARNING, "narrow-window", message, hint)


def _crowded_minutes(groups: Groups) -> Iterator[Finding]:
    """Find two steps that go out to a patient in the same minute; told at the later one in the protocol."""
    found: dict[tuple[tuple[str, ...], str], list[str]] = defaultdict(list)
    for group in groups:
        taken: dict[object, str] = {}
        for one in group.ideal:
            if one.status is not PlanStatus.PLANNED:
                continue
            other = taken.setdefault(one.send, one.step)
            if other != one.step:
                found[("step", group.patient.protocol, one.step), other] += group.ids()
    for (subject, other), ids in found.items():
        message = f"“{other}” and “{subject[-1]}” go out in the same minute to {_some(ids)}."
        yield Finding(subject, Severity.WARNING, "same-minute", message, "Give one of the two another time.")


def _crowded_days(groups: Groups) -> Iterator[Finding]:
    """Find days on which a patient gets too many texts; told at the step that is one too many."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for group in groups:
        patient = group.patient
        days: Counter[date] = Counter()
        planned = [one for one in group.ideal if one.status is PlanStatus.PLANNED]
        for send, step in sorted((one.send, one.step) for one in planned if one.send is not None):
            day = (patient.procedure + send).astimezone(patient.time_zone).date()
            days[day] += 1
            if days[day] == MOST_A_DAY + 1:
                found["step", patient.protocol, step] += group.ids()
    for subject, ids in found.items():
        message = f"“{subject[-1]}” is the {MOST_A_DAY + 1}th text on one day for {_some(ids)}."
        hint = "Spread the texts over more days, or say two things in one text."
        yield Finding(subject, Severity.WARNING, "crowded-day", message, hint)


def _some(ids: Sequence[str]) -> str:
    """Name the first patient and count the others: `P-1`, `P-1 and 3 more patients`."""
    more = len(ids) - 1
    return min(ids) + (f" and {more} more patient{'s' if more > 1 else ''}" if more else "")


def _long_texts(schedules: Schedules, courses: Sequence[Course], now: datetime) -> Iterator[Finding]:
    """Find patients whose own words make a text too long; it is sent all the same."""
    phones = may_be_long(schedules, courses)
    # Who shares a phone is planned too: the first text to it, whoever's it is, carries the stop-line.
    suspects = tuple(patient for patient in schedules.patients if patient.phone in phones)
    written = plan(replace(schedules, patients=suspects), now)
    by_patient = sorted(_with_text(written), key=lambda one: one.draft.patient)
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


def _with_text(written: Plan) -> list[Planned]:
    return [message for message in written.messages if message.text]


def _segments(message: Planned) -> int:
    return measure(message.text or "").segments
