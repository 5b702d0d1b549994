"""What commands that write a patients file share: the preview, the question, and the writing."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from functools import wraps

import click
from rich.text import Text

from notifier.actions.edit_patient import UnknownBookingError
from notifier.actions.propose_file import NewVersion, Proposal, propose, put_in_place
from notifier.cli.changes import count_changes, open_to_compare, show_changes, update_json
from notifier.cli.console import STYLES, console, print_json, say
from notifier.cli.options import Command, Given, as_json, clinic_zone, with_now, with_settings
from notifier.cli.problems import count_problems, problems_json
from notifier.core.problems import Problem
from notifier.intake.splices import EditError
from notifier.wiring.planning import limits_of

MOST_LINES = 12  # of a file that are shown; an import may write hundreds


@dataclass(frozen=True, slots=True)
class Desk:
    """What every such command is given."""

    given: Given
    now: datetime
    yes: bool
    as_json: bool


def with_desk(command: Command) -> Command:
    """Give a command `--schedules`, `--config`, `--now`, `--yes` and `--json`, and their outcome as `desk`."""

    @click.option("--yes", is_flag=True, help="Write without asking.")
    @with_settings
    @with_now
    @as_json
    @wraps(command)
    def wrapper(given: Given, now: datetime, *, yes: bool, as_json: bool, **rest: object) -> object:
        return command(desk=Desk(given, now, yes, as_json), **rest)

    return wrapper


def conclude(
    desk: Desk,
    make: Callable[[], NewVersion],
    *,
    place: Callable[[Problem], Problem] = lambda problem: problem,
    notes: Sequence[str] = (),
) -> None:
    """Show what a new version of a file would change, ask, write it, and exit.

    A version that would bring an error into the files is never written. `place` says where a
    problem of the file comes from; `notes` are sentences to be read first.
    """
    try:
        version = make()
        with console(stderr=True).status("Comparing with the ledger…"):
            proposal = _propose(desk, version)
        proposal = replace(proposal, problems=tuple(map(place, proposal.problems)))
        if not desk.as_json:
            _show(proposal, notes)
        is_agreed = version.is_different and not proposal.errors and _is_agreed(desk, version)
        checked = put_in_place(desk.given.schedules, version, desk.now) if is_agreed else None
    except UnknownBookingError as error:
        raise click.BadParameter(str(error), param_hint="ID") from None
    except EditError as error:
        raise click.ClickException(str(error)) from None
    if desk.as_json:
        print_json(_json(desk, proposal, is_written=is_agreed))
    elif checked is not None:
        say(f"Written to {version.name}. The files have {count_problems(checked.problems)}.")
    sys.exit(0 if is_agreed or not version.is_different else 1)


def _propose(desk: Desk, version: NewVersion) -> Proposal:
    settings = desk.given.settings
    with open_to_compare(settings) as ledger:
        return propose(desk.given.schedules, version, desk.now, ledger, limits_of(settings))


def _show(proposal: Proposal, notes: Sequence[str]) -> None:
    version, update = proposal.version, proposal.update
    for note in notes:
        say(note)
    if not version.is_different:
        say(f"{version.name} says so already: there is nothing to write.")
        return
    _show_lines(version)
    for line in in_words(proposal.problems):
        say(line)
    if proposal.errors:
        say("\nNothing is written: the file would have a mistake.", "bold")
        return
    show_changes(update)
    say(f"{count_changes(update)}." if update.changes or update.new_calls else "No text changes.")
    if update.waits:
        reasons = " ".join(update.waits)
        say(f"Once written it waits for a person: {reasons} Look at “notifier changes”, then accept it there.", "bold")


def _show_lines(version: NewVersion) -> None:
    """Print the lines that change, as they are and as they would be."""
    old, new = _lines(version.before or b""), _lines(version.after)
    say(version.name, "bold")
    shown: list[Text] = []
    for kind, *(from_old, to_old, from_new, to_new) in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            shown += [Text(f"{number + 1:>6} - {old[number]}", "red") for number in range(from_old, to_old)]
            shown += [Text(f"{number + 1:>6} + {new[number]}", "green") for number in range(from_new, to_new)]
    for line in shown[:MOST_LINES]:
        say(line)
    if len(shown) > MOST_LINES:
        say(f"       … and {len(shown) - MOST_LINES} lines more", "dim")
    say()


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8-sig").splitlines()


def in_words(problems: Iterable[Problem]) -> Iterator[Text]:
    """Yield problems of what is not written yet: there is no line to show beside them."""
    for problem in problems:
        head = Text(f"{problem.spot.file}:{problem.spot.line}: ", "bold")
        yield head + Text(problem.severity, STYLES[problem.severity]) + Text(f": {problem.message} {problem.hint}")


def _is_agreed(desk: Desk, version: NewVersion) -> bool:
    """Ask, where there is somebody to ask."""
    if desk.yes:
        return True
    if desk.as_json or not sys.stdin.isatty():
        click.echo("Nothing is written: nobody is here to ask. Say --yes to write it.", err=True)
        return False
    is_agreed = click.confirm(f"Write this to {version.name}?")
    if not is_agreed:
        say("Nothing is written.")
    return is_agreed


def _json(desk: Desk, proposal: Proposal, *, is_written: bool) -> dict[str, object]:
    update = update_json(proposal.update, clinic_zone(desk.given.schedules))
    told = {key: update[key] for key in ("now", "changes", "calls", "waits")}
    return {"file": proposal.version.name, "written": is_written, **told, "problems": problems_json(proposal.problems)}
