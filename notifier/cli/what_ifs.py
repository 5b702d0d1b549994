"""What might happen to a patient, as the options of `notifier simulate` say it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial, wraps
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from notifier.actions.rehearse import Outage, Reply
from notifier.cli.console import local
from notifier.cli.options import read_given_instant
from notifier.core.calendar import at_wall
from notifier.core.expressions import parse_time
from notifier.core.model import Patient, PatientStatus
from notifier.core.problems import WordingError
from notifier.core.replies import Inbound
from notifier.intake.patient import read_arrival, read_instant
from notifier.intake.values import read_date

T = TypeVar("T")
Command = Callable[..., Any]
Asked = Sequence[tuple[str, str]]  # each what-if's name and value, in the order of the command line

_ORDER = f"{__name__}.order"
_AT, _OUTAGE, _REPLY = "at", "outage", "reply"
_STATUSES = {
    "cancel": (PatientStatus.CANCELLED, "The procedure is cancelled."),
    "hold": (PatientStatus.ON_HOLD, "The procedure is put on hold."),
    "book": (PatientStatus.BOOKED, "The procedure is booked again."),
}
_NAMES = ("move", "arrival", *_STATUSES, _REPLY, _AT, _OUTAGE)
_TIME = r"\d{1,2}:\d{2}"
_OUTAGE_FORM = re.compile(rf"(?:(\S+)\s+)?({_TIME})\s*(?:-|to)\s*({_TIME})")


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of a patient's entry at an instant."""

    at: datetime
    patient: Patient  # as the entry is from then on
    words: str  # what has happened, as the clinic would say it


@dataclass(frozen=True, slots=True)
class WhatIfs:
    """Everything that is supposed to happen, in the order of time."""

    edits: tuple[Edit, ...] = ()
    replies: tuple[Reply, ...] = ()
    outages: tuple[Outage, ...] = ()


class InOrder(click.Command):
    """A command that remembers the order of its options: an `--at` belongs to what stands before it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as any command does, and note which option came when."""
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        ctx.meta[_ORDER] = [parameter.name for parameter in order]
        return super().parse_args(ctx, args)


def with_what_ifs(command: Command) -> Command:
    """Give an `InOrder` command the options of what may happen, and what was given as its argument `what_ifs`."""

    @click.option("--move", multiple=True, metavar="TIME", help="The procedure moves to this time at the clinic.")
    @click.option("--arrival", multiple=True, metavar="TIME", help="The arrival moves; else it keeps its distance.")
    @click.option("--cancel", count=True, help="The procedure is cancelled.")
    @click.option("--hold", count=True, help="The procedure is put on hold.")
    @click.option("--book", count=True, help="It is booked again, after --cancel or --hold.")
    @click.option("--reply", multiple=True, metavar="WORDS", help="The patient writes STOP, START, HELP or anything.")
    @click.option("--at", multiple=True, metavar="TIME", help="When what stands before it happens.")
    @click.option(
        "--outage",
        multiple=True,
        metavar="[DATE] FROM-TO",
        help="The service is down, such as 18:00-23:50; without a date, on the day before the procedure.",
    )
    @wraps(command)
    def wrapper(**rest: Any) -> object:  # noqa: ANN401 - these options, and the command's others
        values = {name: _values(rest.pop(name)) for name in _NAMES}
        order = click.get_current_context().meta[_ORDER]
        return command(what_ifs=[(name, next(values[name])) for name in order if name in values], **rest)

    return wrapper


def read_what_ifs(given: Asked, patient: Patient, zone: ZoneInfo, now: datetime) -> WhatIfs:
    """Return what happens to a patient, by what was given; raises BadParameter or UsageError for what cannot be.

    Times are the clinic's, whose `zone` it is. Changes count one after the other, whatever their
    order on the command line.
    """
    eve = patient.procedure.astimezone(zone).date() - timedelta(days=1)
    outages = tuple(_outage(value, zone, eve) for name, value in given if name == _OUTAGE)
    edits: list[Edit] = []
    replies: list[Reply] = []
    for at, happening in sorted(_moments(given, zone, now), key=lambda moment: moment[0]):
        changes = [(name, value) for name, value in happening if name != _REPLY]
        if changes:
            patient, words = _edited(patient, changes, zone)
            edits.append(Edit(at, patient, words))
        for _, words in (each for each in happening if each[0] == _REPLY):
            _refuse_reply_in(outages, at, zone)
            replies.append(Reply(at, Inbound(f"SM{len(replies):032}", patient.phone, words)))
    return WhatIfs(tuple(edits), tuple(replies), outages)


def _refuse_reply_in(outages: Iterable[Outage], at: datetime, zone: ZoneInfo) -> None:
    """Raise BadParameter for a reply while the service is down: what becomes of it then is up to the provider."""
    if any(outage.start <= at < outage.end for outage in outages):
        raise click.BadParameter(
            f"A reply at {local(at, zone)} would not reach the service: it is down.", param_hint="--reply"
        )


def _values(given: int | tuple[str, ...]) -> Iterator[str]:
    """Return the values of an option, one for each time that it was given; a flag's are empty."""
    return iter([""] * given if isinstance(given, int) else given)


def _moments(given: Asked, zone: ZoneInfo, now: datetime) -> Iterator[tuple[datetime, Asked]]:
    """Yield each instant at which something happens, with what does: all since the `--at` before."""
    pending: list[tuple[str, str]] = []
    for name, value in given:
        if name == _OUTAGE:
            continue
        if name != _AT:
            pending.append((name, value))
            continue
        if not pending:
            raise click.UsageError(f"Nothing stands before --at “{value}” that could happen then.")
        at = read_given_instant(value, lambda: zone, "--at")
        if at < now:
            message = f"{local(at, zone)} lies before the start, {local(now, zone)}; an earlier start is --now."
            raise click.BadParameter(message, param_hint="--at")
        yield at, pending
        pending = []
    if pending:
        what = f"--{pending[-1][0]} {pending[-1][1]}".rstrip()
        raise click.UsageError(f"When does {what} happen? Say it right after it: --at “2026-12-02 20:30”.")


def _edited(patient: Patient, changes: Asked, zone: ZoneInfo) -> tuple[Patient, str]:
    """Return a patient's entry after some changes, and what they come to."""
    words: list[str] = []
    at_clinic = partial(read_instant, zone=zone, month_first=False)
    # The arrival is checked against the procedure, whichever was given first.
    for name, value in sorted(changes, key=lambda change: change[0] == "arrival"):
        if name == "move":
            procedure = _read(at_clinic, value, "--move")
            patient = replace(patient, procedure=procedure, arrival=patient.arrival + (procedure - patient.procedure))
            words.append(f"The procedure is moved to {local(procedure, zone)}.")
        elif name == "arrival":
            arrival = _read(partial(read_arrival, at_clinic, patient.procedure), value, "--arrival")
            patient = replace(patient, arrival=arrival)
            words.append(f"The arrival is moved to {local(arrival, zone)}.")
        else:
            status, said = _STATUSES[name]
            patient = replace(patient, status=status)
            words.append(said)
    return patient, " ".join(words)


def _outage(text: str, zone: ZoneInfo, eve: date) -> Outage:
    """Return an outage; one that ends at an earlier time than it begins runs over midnight."""
    form = _OUTAGE_FORM.fullmatch(text.strip())
    if form is None:
        message = f"“{text}” is no time from and to; write it as 18:00-23:50 or “2026-12-02 18:00-23:50”."
        raise click.BadParameter(message, param_hint="--outage")
    day = eve if form[1] is None else _read(read_date, form[1], "--outage")
    first, last = (_read(parse_time, clock, "--outage") for clock in form.group(2, 3))
    end = day if last > first else day + timedelta(days=1)
    return Outage(at_wall(day, first, zone), at_wall(end, last, zone))


def _read(reader: Callable[[str], T], text: str, option: str) -> T:
    try:
        return reader(text)
    except WordingError as error:
        raise click.BadParameter(f"{error} {error.hint}", param_hint=option) from None
