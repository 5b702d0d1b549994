"""What is different between two plans, as an admin wants to see it before a change counts."""

from collections.abc import Mapping
from difflib import SequenceMatcher
from itertools import groupby
from zoneinfo import ZoneInfo

from rich.text import Text

from notifier.actions.compare_plans import Comparison
from notifier.cli.console import COLUMNS, count, local, say
from notifier.cli.plan_json import difference_json
from notifier.cli.problems import count_problems, problems_json
from notifier.cli.selection import Selection
from notifier.cli.timeline import wrapped
from notifier.core.differences import Aspect, Difference
from notifier.core.model import Patient, Planned

_STYLES = {Aspect.NEW: "green", Aspect.GONE: "red"}
_TOLD_BELOW = (Aspect.NEW, Aspect.GONE, Aspect.TEXT, Aspect.WINDOW)  # what does not fit into the first line
_INDENT = 11  # to below the step
_FEW = 2  # words


def comparison_json(comparison: Comparison, selection: Selection) -> dict[str, object]:
    """Return what is different of what is selected, and the problems of either version."""
    return {
        "changes": [difference_json(difference) for difference in _selected(comparison, selection)],
        "problems": problems_json(comparison.after.problems),
        "problems_before": problems_json(comparison.before.problems),
    }


def show_comparison(comparison: Comparison, selection: Selection, version: str) -> None:
    """Print each patient's differences, message by message, and how many there are."""
    before, after = comparison.before.patients, comparison.after.patients
    found = _selected(comparison, selection)
    for name, group in groupby(found, key=lambda difference: difference.message.draft.patient):
        say(_heading(name, before, after), "bold")
        for difference in group:
            _show_difference(difference)
        say()
    patients = count(len({difference.message.draft.patient for difference in found}), "patient")
    say(f"{count(len(found), 'text')} of {patients} not as in {version}." if found else f"All is as in {version}.")
    if comparison.before.has_errors:
        # Nothing is planned of an entry with an error: compared with it, everything looks new.
        say(f"Mind that {version} has {count_problems(comparison.before.problems)}.", "yellow")


def _selected(comparison: Comparison, selection: Selection) -> list[Difference]:
    """Return the differences of the messages that are asked for, as they were or as they are."""
    return [
        difference
        for difference in comparison.differences
        if any(message and selection.takes(message) for message in (difference.before, difference.after))
    ]


def _heading(name: str, before: Mapping[str, Patient], after: Mapping[str, Patient]) -> str:
    """Return whose texts these are, and what has become of the procedure."""
    old, new = before.get(name), after.get(name)
    was, now = _procedure(old), _procedure(new)
    who = f"{name}  {one.name}" if (one := new or old) else name
    if new is None or old is None:
        return f"{who}, {was or now}, {'gone' if new is None else 'new'}"
    return f"{who}, {now}" if was == now else f"{who}, {was} → {now}"


def _procedure(patient: Patient | None) -> str:
    return f"{patient.status} for {local(patient.procedure, patient.time_zone)}" if patient else ""


def _show_difference(difference: Difference) -> None:
    """Print first what matters most of a message, then the rest, then the words, where they are not the same."""
    message, (first, *rest) = difference.message, difference.aspects
    step = message.draft.step + (" *" if message.draft.critical else "")
    what = _when(message) if first in _TOLD_BELOW else _was_and_is(first, difference)
    say(Text("  ") + Text(f"{first:<9}", _STYLES.get(first, "cyan")) + Text(f"{step:<22}{what}"))
    for aspect in rest:
        if aspect not in _TOLD_BELOW:
            _say_below(f"{aspect}: {_was_and_is(aspect, difference)}")
    if difference.before and difference.after and Aspect.WINDOW in difference.aspects:
        _show_window(difference.before, difference.after, is_moved=Aspect.MOVED in difference.aspects)
    if Aspect.TEXT in difference.aspects and difference.before and difference.after:
        _show_words(marked(difference.before.text or "", difference.after.text or ""))
    elif first in (Aspect.NEW, Aspect.GONE):
        _show_words(message.text or "")


def _when(message: Planned) -> str:
    return local(message.send_at, _zone(message)) if message.send_at else _status(message)


def _status(message: Planned) -> str:
    return f"{message.status} ({message.reason})" if message.reason else message.status.value


def _zone(message: Planned) -> ZoneInfo:
    return ZoneInfo(message.draft.quiet.zone)


def _was_and_is(aspect: Aspect, difference: Difference) -> str:
    sides = (difference.before, difference.after)
    return " → ".join(_value(aspect, message) for message in sides if message)


def _value(aspect: Aspect, message: Planned) -> str:
    """Return what is different, as it is in one of the two versions."""
    draft, zone = message.draft, _zone(message)
    match aspect:
        case Aspect.STATUS:
            return _status(message)
        case Aspect.MOVED:
            return local(message.send_at, zone)
        case Aspect.PHONE:
            return draft.to
        case _:
            return "yes" if draft.critical else "no"


def marked(old: str, new: str) -> str:
    """Return the new words with what has changed in brackets: `finish eating by [Mon, Dec 7, → Tue, Dec 8,] 10:00 PM`.

    A word or two that stayed the same amid others is taken into the brackets: they are easier to read so.
    """
    before, after = old.split(), new.split()
    changes: list[tuple[int, int, int, int]] = []
    for kind, *span in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        start, end, first, last = span
        if kind != "equal":
            is_near = changes and start - changes[-1][1] <= _FEW
            begin = changes.pop() if is_near else (start, 0, first, 0)
            changes.append((begin[0], end, begin[2], last))
    parts, at = [], 0
    for start, end, first, last in changes:
        parts += [*after[at:first], f"[{_words(before[start:end])} → {_words(after[first:last])}]"]
        at = last
    return " ".join([*parts, *after[at:]])


def _words(some: list[str]) -> str:
    return " ".join(some) or "…"


def _show_window(before: Planned, after: Planned, *, is_moved: bool) -> None:
    """Print from when and until when a text may go, where that is different; where it moves, its window moves along."""
    old, new, zone, was = before.draft, after.draft, _zone(after), _zone(before)
    if old.earliest != new.earliest and not is_moved:
        _say_below(f"from: {local(old.earliest, was)} → {local(new.earliest, zone)}")
    if old.latest != new.latest:
        _say_below(f"until: {local(old.latest, was)} → {local(new.latest, zone)}")


def _say_below(line: str) -> None:
    say(f"{'':<{_INDENT}}{line}", "dim")


def _show_words(words: str) -> None:
    for line in wrapped(words, COLUMNS - _INDENT):
        _say_below(line)
