"""The page for ops: at a glance, on any screen, how the service does; keys and counts, never a person."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from html import escape

from notifier.actions.take_vitals import Overview, Vitals
from notifier.actions.update_plan import Update
from notifier.core.lifecycle import State
from notifier.core.problems import Problem, Severity
from notifier.intake.files import PATIENTS
from notifier.ledger.rows import Turned

REFRESH = 15  # seconds
MOST_PROBLEMS = 20
_WELL = "Texts go out as they should."


def page_of(overview: Overview) -> str:
    """Return the page as HTML that needs nothing else; it loads itself anew every `REFRESH` seconds.

    Times are by the clinic's clock, or in UTC as long as no file has said which that is.
    """
    schedules = overview.update.checked.reading.schedules if overview.update else None
    zone: tzinfo = schedules.clinic.time_zone if schedules else UTC
    as_of = f"As of {_local(overview.now, zone, seconds=True)}, {escape(str(zone))}."
    tone, says = _headline(overview)
    body = [
        f'<p class="{tone}" role="status">{escape(says)}</p>',
        *(_of_ledger(overview.vitals, zone) if overview.vitals else ()),
        *_of_files(overview.update, zone),
        f"<footer>{as_of} Looks again every {REFRESH} seconds.</footer>",
    ]
    return _FRAME.format(refresh=REFRESH, style=_STYLE, body="\n".join(body))


def _headline(overview: Overview) -> tuple[str, str]:
    """Return the tone and the words of what matters most."""
    vitals = overview.vitals
    if vitals is not None and vitals.stopped:
        return "bad", f"No text goes out: the provider refuses our settings (code {vitals.stopped.why or 'unknown'})."
    if vitals is not None and vitals.paused:
        return "bad", f"No text goes out: paused by {vitals.paused.by}."
    if overview.why_ill:
        return "bad", overview.why_ill
    needs = [
        *(["Somebody has to be called."] if vitals is not None and vitals.open_calls else []),
        *(["The schedule files need a person."] if _need_a_person(overview.update) else []),
    ]
    return "warn" if needs else "good", " ".join([_WELL, *(needs or ["Nothing needs a person."])])


def _need_a_person(update: Update | None) -> bool:
    return update is not None and bool(update.waits or update.checked.has_errors or update.checked.last_good)


def _of_ledger(vitals: Vitals, zone: tzinfo) -> Iterator[str]:
    next_due, oldest = vitals.standing.next_due, vitals.standing.oldest_overdue
    in_doubt, to_call = vitals.counts.get(State.IN_DOUBT, 0), sum(vitals.open_calls.values())
    yield '<div class="cards">'
    yield _card("next text", _local(next_due, zone) if next_due else "none ahead")
    yield _card("overdue", _span(vitals.lag) if oldest else "none", "bad" if vitals.is_overdue else "")
    yield _card("in doubt", f"{in_doubt:,}", "warn" if in_doubt else "")
    yield _card("to call", f"{to_call:,}", "warn" if to_call else "")
    yield _card("paused", _since(vitals.paused, zone), "bad" if vitals.paused else "")
    yield _card("stopped", _since(vitals.stopped, zone), "bad" if vitals.stopped else "")
    yield "</div>"
    yield _table("Next texts", ("goes out", "text"), ((_local(at, zone), key) for key, at in vitals.line))
    yield _table("In doubt", ("text",), ((key,) for key in vitals.in_doubt))
    yield _table("To call", ("why", "entries"), ((why, f"{number:,}") for why, number in vitals.open_calls.items()))
    yield _table("Texts", ("state", "texts"), ((state, f"{number:,}") for state, number in vitals.counts.items()))


def _of_files(update: Update | None, zone: tzinfo) -> Iterator[str]:
    if update is None:
        yield "<h2>Schedule files</h2><p>They were not read yet.</p>"
        return
    checked = update.checked
    errors = sum(problem.severity is Severity.ERROR for problem in checked.problems)
    warnings = len(checked.problems) - errors
    yield "<h2>Schedule files</h2>"
    yield f"<p>Last read {_local(checked.now, zone)}: errors {errors:,}, warnings {warnings:,}.</p>"
    for sentence in update.waits:
        yield f'<p class="warn">A change waits for a person: {escape(sentence)} See notifier changes.</p>'
    for file in checked.last_good:
        yield f'<p class="warn">The last good version of {escape(file)} is in force.</p>'
    worst_first = sorted(checked.problems, key=lambda problem: problem.severity is not Severity.ERROR)
    yield _table("Problems", ("severity", "where", "what"), map(_problem, worst_first[:MOST_PROBLEMS]))
    if len(checked.problems) > MOST_PROBLEMS:
        yield f"<p>And {len(checked.problems) - MOST_PROBLEMS:,} more: see notifier check.</p>"


def _problem(problem: Problem) -> tuple[str, str, str]:
    """Return a row without the problem's words, which quote the entry, nor the name of a patient's own file."""
    file = "a patients file" if problem.spot.file.startswith(PATIENTS) else problem.spot.file
    return problem.severity, f"{file}, line {problem.spot.line}", problem.code


def _card(heading: str, value: str, tone: str = "") -> str:
    return f'<div class="card {tone}"><h2>{escape(heading)}</h2><b>{escape(value)}</b></div>'


def _table(heading: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table under a heading; nothing where it has no rows."""
    lines = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    if not lines:
        return ""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<h2>{escape(heading)}</h2><table><tr>{head}</tr>{body}</table>"


def _since(turned: Turned | None, zone: tzinfo) -> str:
    return "no" if turned is None else f"since {_local(turned.at, zone)}"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60:,} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 - of an hour


def _local(instant: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    return f"{instant.astimezone(zone):{'%a %Y-%m-%d %H:%M:%S' if seconds else '%a %Y-%m-%d %H:%M'}}"


_STYLE = """
:root { color-scheme: light dark; --good: #1a7f37; --warn: #9a6700; --bad: #cf222e; --line: #8884; }
body { font: 16px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 52rem; padding: 1rem; }
body { overflow-wrap: break-word; }
h1 { font-size: 1.1rem; margin: 0 0 .5rem; }
h2 { font-size: .95rem; margin: 1.4rem 0 .3rem; opacity: .75; }
p { margin: .5rem 0; }
p.good, p.warn, p.bad { border-style: solid; border-width: 0 0 0 .4rem; padding: .5rem .8rem; font-weight: 600; }
.good { border-color: var(--good); } .warn { border-color: var(--warn); } .bad { border-color: var(--bad); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.6rem, 1fr)); gap: .6rem; }
.card { border: 1px solid var(--line); border-left-width: .4rem; border-radius: .3rem; padding: .5rem .7rem; }
.card h2 { margin: 0; }
.card.warn { border-color: var(--warn); } .card.bad { border-color: var(--bad); }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 400; opacity: .75; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .6rem .25rem 0; font-variant-numeric: tabular-nums; }
footer { margin-top: 1.5rem; font-size: .85rem; opacity: .75; }
"""

_FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{refresh}">
<title>notifier</title>
<style>{style}</style>
</head>
<body>
<h1>notifier</h1>
{body}
</body>
</html>
"""
