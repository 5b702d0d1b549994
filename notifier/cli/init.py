"""`notifier init`: a folder of schedule files to start from."""

import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from notifier.actions.check_schedules import check_schedules
from notifier.actions.start_schedules import (
    ClinicCard,
    FolderError,
    example_card,
    refuse_to_overwrite,
    start_schedules,
)
from notifier.cli.console import say
from notifier.cli.problems import show_problems
from notifier.clock import SystemClock
from notifier.core.expressions import parse_daily_hours
from notifier.core.problems import WordingError
from notifier.intake.nearest import did_you_mean
from notifier.intake.values import read_clinic_phone, read_country, read_language, read_name, read_zone, write_hours
from notifier.wiring.shipped import find_shipped


@click.command("init", epilog='Example: notifier init schedules --name "Anchor Healthcare" --phone 303-555-0100')
@click.argument("folder", type=click.Path(path_type=Path), default=Path("schedules"))
@click.option("--name", help="The clinic, as texts name it.")
@click.option("--country", help="Of phone numbers that are written without +, such as US.")
@click.option("--phone", help="Where patients call, as texts write it.")
@click.option("--time-zone", help="Where the procedures take place, such as America/Denver.")
@click.option("--languages", help="Of the texts, such as “en es”; the first is for whoever names none.")
@click.option("--quiet-hours", help="When nobody is texted, such as “21:00 to 08:00”.")
@click.option("--quiet-that-day", help="The same on the day of the procedure, such as “21:00 to 05:00”.")
@click.option("--yes", is_flag=True, help="Ask nothing; what is not given is the example's.")
def command(folder: Path, *, yes: bool, **given: str | None) -> None:
    """Write clinic.yaml, a protocol, a patients file without patients, and a guide into FOLDER.

    Asks for what is not given. A folder that holds anything is left alone.
    """
    shipped = find_shipped() / "schedules"
    try:
        refuse_to_overwrite(folder)
        card = _fill_in(given, example_card(shipped), ask=None if yes else _ask)
        files = start_schedules(shipped, folder, card)
    except FolderError as error:
        raise click.UsageError(str(error)) from None
    for file in files:
        say(f"wrote {file}")
    checked = check_schedules(folder, SystemClock().now())
    show_problems(checked.problems, folder)
    say(f"\nNext: read {folder / 'README.md'}, add a patient, then “notifier check --schedules {folder}”.")
    sys.exit(1 if checked.has_errors else 0)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked about the clinic, and what its answer means."""

    option: str
    words: str
    default: str
    read: Callable[[str], str]  # returns the answer as files write it; raises WordingError

    def read_option(self, text: str) -> str:
        """Return a given answer; raises click's own error, with the problem's sentence."""
        try:
            return self._read(text)
        except WordingError as error:
            raise click.BadParameter(f"{error} {error.hint}", param_hint=self.option) from None

    def read_typed(self, text: str) -> str:
        """Return a typed answer; raises what makes click ask again."""
        try:
            return self._read(text)
        except WordingError as error:
            raise click.UsageError(f"{error} {error.hint}") from None

    def _read(self, text: str) -> str:
        if not text.strip():
            raise WordingError("missing-key", "Nothing is given.", f"Write it as “{self.default}”.")
        return self.read(text)


def _ask(question: _Question) -> str:
    answer: str = click.prompt(question.words, default=question.default, value_proc=question.read_typed)
    return answer


def _fill_in(
    given: Mapping[str, str | None], example: ClinicCard, ask: Callable[[_Question], str] | None
) -> ClinicCard:
    """Return the clinic's card: what is given, what is answered, and what the example has."""
    if ask is not None and not sys.stdin.isatty():
        if any(given[name] is None for name in ("name", "phone", "time_zone")):
            message = "There is nobody to ask here: give --name, --phone and --time-zone, or --yes for the example's."
            raise click.UsageError(message)
        ask = None

    def answer(name: str, words: str, default: str, read: Callable[[str], str]) -> str:
        question = _Question("--" + name.replace("_", "-"), words, default, read)
        text = given[name]
        if text is not None:
            return question.read_option(text)
        return ask(question) if ask else question.read_option(default)

    offered = example.languages
    name = answer("name", "The clinic's name, as texts give it", example.name, read_name)
    country = answer("country", "Country, as two letters", example.country, read_country)
    return ClinicCard(
        name=name,
        country=country,
        phone=answer("phone", "Where patients call", example.phone, partial(read_clinic_phone, country=country)),
        time_zone=answer("time_zone", "Time zone", example.time_zone, lambda text: read_zone(text).key),
        languages=tuple(
            answer("languages", "Languages of the texts", " ".join(offered), partial(_read_languages, offered)).split()
        ),
        every_day=answer("quiet_hours", "Hours without texts", example.every_day, _rewrite_hours),
        procedure_day=answer(
            "quiet_that_day", "The same on the day of the procedure", example.procedure_day, _rewrite_hours
        ),
    )


def _read_languages(offered: Collection[str], text: str) -> str:
    """Return languages with a space between them, if the shipped texts are written in each."""
    languages = [read_language(word) for word in text.replace(",", " ").split()]
    if not languages:
        raise WordingError("unknown-language", "This names no language.", f"Write it as “{' '.join(offered)}”.")
    for language in languages:
        if language not in offered:
            hint = f"{did_you_mean(language, offered)} Add it to clinic.yaml when you have written its texts."
            raise WordingError("unknown-language", f"The shipped texts are not written in “{language}”.", hint)
    return " ".join(dict.fromkeys(languages))


def _rewrite_hours(text: str) -> str:
    return write_hours(parse_daily_hours(text))
