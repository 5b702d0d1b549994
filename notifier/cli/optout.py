"""`notifier optout`: which phones get no texts, who said so and why, and deciding about one."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click

from notifier.actions.check_schedules import check_schedules
from notifier.actions.decide_opt_out import decide_opt_out
from notifier.cli.console import Row, count, iso, local, print_json, say, show_table, word
from notifier.cli.options import Command, Given, as_json, list_command, with_settings
from notifier.cli.show import reply_json
from notifier.clock import SystemClock
from notifier.core.model import Clinic
from notifier.core.problems import WordingError
from notifier.core.replies import ReplyKind
from notifier.intake.values import read_patient_phone
from notifier.ledger.book import Book
from notifier.ledger.opening import Ledger
from notifier.ledger.rows import OptOut, Reply
from notifier.wiring.ledger import open_the_ledger, open_to_look

_STRANGERS_FOR = timedelta(days=7)


@list_command(
    "optout",
    "[add|remove PHONE …]",
    click.option("--history", "with_history", is_flag=True, help="Each time that a phone opted out or in."),
)
def command(ctx: click.Context, given: Given, *, with_history: bool, as_json: bool) -> None:
    """List the phones that get no texts: since when, why, who said so; those to decide about first.

    A patient who asks in own words gets no texts until somebody decides with “add” (it stays so) or
    “remove” (texts again). Exits 1 where there is something to decide.
    """
    if ctx.invoked_subcommand is not None:
        return
    now = SystemClock().now()
    with open_to_look(given.settings) as ledger:
        clinic = _clinic(given, ledger, now)
        with ledger.reading() as book:
            found = _gather(book, now)
    zone = clinic.time_zone if clinic else ZoneInfo("UTC")
    if as_json:
        print_json({"now": iso(now, zone), **_json(found, zone)})
    elif with_history:
        show_table(("when", "phone", "", "why", "by"), (_past_row(one, zone) for one in found.history), folding="why")
    else:
        _show(found, zone)
    sys.exit(1 if any(one.is_undecided for one in found.standing) else 0)


def _decides(verb: Command) -> Command:
    """Give a command the phone that it is about, and who decides and why."""
    for give in (
        click.argument("phone", metavar="PHONE"),
        click.option("--by", required=True, help="Who decides."),
        click.option("--why", required=True, help="For what reason."),
        with_settings,
        as_json,
    )[::-1]:
        verb = give(verb)
    return verb


@command.command("add", epilog="Example: notifier optout add '720 555 0134' --by 'Ann Lee' --why 'asked at the desk'")
@_decides
def add(given: Given, phone: str, by: str, why: str, *, as_json: bool) -> None:
    """Have PHONE get no texts. On one that asked in own words: that stands, and is decided."""
    _decide(given, phone, by, why, is_out=True, as_json=as_json)


@command.command("remove", epilog="Example: notifier optout remove '720 555 0134' --by 'Ann Lee' --why 'wants texts'")
@_decides
def remove(given: Given, phone: str, by: str, why: str, *, as_json: bool) -> None:
    """Have PHONE get texts again. Those that are still of use are planned anew."""
    _decide(given, phone, by, why, is_out=False, as_json=as_json)


_DECIDED = {  # by whether the phone gets no texts from now on, and whether that is new
    (True, True): "{} gets no texts.",
    (True, False): "{} got no texts already.",
    (False, True): "{} gets texts again. Where its owner texted STOP, Twilio refuses them until they text START.",
    (False, False): "{} had not opted out.",
}


def _decide(given: Given, phone: str, by: str, why: str, *, is_out: bool, as_json: bool) -> None:
    """Record a decision, and say what it has changed."""
    for option, said in (("--by", by), ("--why", why)):
        if not said.strip():
            raise click.BadParameter("say it in a word or two.", param_hint=option)
    now = SystemClock().now()
    with open_the_ledger(given.settings) as ledger:
        number = _number(phone, given, ledger, now)
        is_changed = decide_opt_out(ledger, number, is_out=is_out, by=by.strip(), why=why.strip(), now=now)
    if as_json:
        print_json({"phone": number, "opted_out": is_out, "changed": is_changed})
    else:
        say(_DECIDED[is_out, is_changed].format(number))


def _number(phone: str, given: Given, ledger: Ledger, now: datetime) -> str:
    """Return a phone in E.164: as the ledger has it, or in any form that is usual in the clinic's country."""
    with ledger.reading() as book:
        is_known = book.opt_out_of(phone.strip()) is not None
    if is_known:
        return phone.strip()  # whoever could text us can be decided about, be it a mobile phone or not
    clinic = _clinic(given, ledger, now)
    if clinic is None and not phone.strip().startswith("+"):
        message = "clinic.yaml cannot be used, so that the country is unknown: write the phone with + and its code."
        raise click.BadParameter(message, param_hint="PHONE")
    try:
        return read_patient_phone(phone, clinic.country if clinic else "US")
    except WordingError as error:
        raise click.BadParameter(f"{error} {error.hint}", param_hint="PHONE") from None


def _clinic(given: Given, ledger: Ledger, now: datetime) -> Clinic | None:
    """Return the clinic, or its last good version; None where there never was one."""
    with ledger.reading() as book:
        good_files = book.good_files()
    schedules = check_schedules(given.schedules, now, good_files).reading.schedules
    return schedules.clinic if schedules else None


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is to show."""

    standing: list[OptOut]  # in force, the undecided first
    wrote: dict[str, str]  # by phone, of the undecided: in which words
    history: list[OptOut]
    strangers: list[Reply]


def _gather(book: Book, now: datetime) -> _Found:
    standing = book.standing_opt_outs()
    wrote = {one.phone: _refusal(book.replies(phone=one.phone)) for one in standing if one.is_undecided}
    return _Found(standing, wrote, book.opt_outs(), book.from_strangers(now - _STRANGERS_FOR))


def _refusal(replies: Sequence[Reply]) -> str:
    """Return the words in which a phone's owner last asked to stop."""
    return next((reply.body for reply in reversed(replies) if reply.kind is ReplyKind.REFUSAL), "")


def _show(found: _Found, zone: ZoneInfo) -> None:
    undecided = sum(one.is_undecided for one in found.standing)
    if found.standing:
        show_table(
            ("phone", "since", "why", "by", "wrote"),
            [_row(one, found.wrote.get(one.phone, ""), zone) for one in found.standing],
            folding="wrote",
        )
        say()
    if found.strangers:
        say("Written in the last seven days from phones that no text is meant for", "bold")
        rows = [(reply.phone, local(reply.at, zone), reply.kind.value, reply.body) for reply in found.strangers]
        show_table(("phone", "when", "taken for", "wrote"), rows, folding="wrote")
        say()
    phones = count(len(found.standing), "phone")
    say(f"{phones} opted out; times are {zone.key}." if found.standing else "No phone has opted out.")
    if undecided:
        say(f"{undecided} to decide about: “notifier optout add” (no texts) or “notifier optout remove” (texts again).")


def _row(one: OptOut, wrote: str, zone: ZoneInfo) -> Row:
    why = word("undecided") if one.is_undecided else one.why
    return one.phone, local(one.at, zone), why, one.by, wrote


def _past_row(one: OptOut, zone: ZoneInfo) -> Row:
    return local(one.at, zone), one.phone, "out" if one.is_out else "in", one.why, one.by


def _json(found: _Found, zone: ZoneInfo) -> dict[str, object]:
    return {
        "opted_out": [
            {**_opt_json(one, zone), "undecided": one.is_undecided, "wrote": found.wrote.get(one.phone)}
            for one in found.standing
        ],
        "history": [{**_opt_json(one, zone), "opted_out": one.is_out} for one in found.history],
        "from_strangers": [reply_json(reply, zone) for reply in found.strangers],
    }


def _opt_json(one: OptOut, zone: ZoneInfo) -> dict[str, object]:
    return {"phone": one.phone, "at": iso(one.at, zone), "why": one.why, "by": one.by}
