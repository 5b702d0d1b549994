"""`notifier report`: a day's texts, expected, sent and delivered."""

import asyncio
import sys
from dataclasses import asdict
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import click

from notifier.actions.report_day import WITHHELD, DayReport, Missed, report_day
from notifier.actions.tell_day import called, tell_day, why_missed
from notifier.channels import Channels
from notifier.cli.as_in_files import Read
from notifier.cli.console import Row, count, iso, local, print_json, say, show_table, word
from notifier.cli.options import Given, as_json, clinic_zone, with_settings
from notifier.clock import SystemClock
from notifier.core.delivery import Record
from notifier.core.lifecycle import State
from notifier.intake.values import read_date
from notifier.wiring.ledger import open_to_look
from notifier.wiring.staff import channels_of

YESTERDAY = "yesterday"


def _read_day(value: str, *, month_first: bool) -> date | str:
    return value if value == YESTERDAY else read_date(value, month_first=month_first)


@click.command("report", epilog="Example: notifier report --day 2026-12-02")
@click.option(
    "--day",
    type=Read[date | str]("DAY", _read_day),
    metavar="DATE",
    help="The day at the clinic, or “yesterday”.  [default: today]",
)
@click.option("--tell", is_flag=True, help="Tell the staff's channels (alerts.channels) too, in a few lines.")
@with_settings
@as_json
def command(given: Given, day: date | str | None, *, tell: bool, as_json: bool) -> None:
    """Show a day's texts: how many were expected, sent and delivered, and who did not get what, and why.

    Expected are all that were to go; what the files withdrew or hold is listed below them. Exits 1
    where a text did not arrive; with --tell, where a channel did not take the report.
    """
    channels = channels_of(given.settings) if tell else None
    with open_to_look(given.settings) as ledger:
        with ledger.reading() as book:
            good_files = book.good_files()
        zone = clinic_zone(given.schedules, good_files)
        report = report_day(ledger, _asked(day, zone), zone)
    if as_json:
        print_json(_report_json(report))
    else:
        _show(report)
    sys.exit(_tell(report, channels) if tell else bool(report.not_reached))


def _asked(day: date | str | None, zone: ZoneInfo) -> date:
    """Return the day meant: a timer need not know the clinic's zone, nor on which day it makes up for a missed run."""
    if isinstance(day, date):
        return day
    today = SystemClock().now().astimezone(zone).date()
    return today - timedelta(days=1) if day == YESTERDAY else today


def _tell(report: DayReport, channels: Channels | None) -> int:
    if channels is None:
        click.echo("Nobody was told: alerts.channels is not set.", err=True)
        return 0
    failures = asyncio.run(tell_day(report, channels))
    for failure in failures:
        click.echo(f"Channel {failure.channel} did not take the report: {failure.why}.", err=True)
    return 1 if failures else 0


def _show(report: DayReport) -> None:
    tally, counts = report.tally, report.counts
    ahead, withheld = counts[State.PLANNED], sum(counts[state] for state in WITHHELD)
    say(f"{report.day:%A %Y-%m-%d}, {report.zone.key}", "bold")
    say(
        f"{count(tally.expected, 'text')} expected: {tally.sent} sent, {tally.delivered} delivered, {ahead} still "
        f"ahead, {len(report.not_reached)} not reached; {withheld} more held or withdrawn."
    )
    if report.steps:
        say()
        rows = ((step, *map(str, (of.expected, of.sent, of.delivered))) for step, of in report.steps.items())
        show_table(("step", "expected", "sent", "delivered"), rows)
    if report.missed:
        say()
        say("Who did not get what, and why", "bold")
        show_table(("patient", "step", "critical", "state", "why", "call"), map(_missed_row, report.missed))
    if report.messages:
        say()
        say("All texts of that day", "bold")
        show_table(("goes out", "patient", "step", "state", "why"), [_row(record) for record in report.messages])


def _missed_row(one: Missed) -> Row:
    draft = one.record.draft
    critical = "yes" if draft.critical else ""
    return draft.patient, draft.step, critical, word(one.record.state), why_missed(one), called(one)


def _row(record: Record) -> Row:
    at = record.send_at or record.draft.place
    zone = ZoneInfo(record.draft.quiet.zone)
    return local(at, zone), record.draft.patient, record.draft.step, word(record.state), record.reason or ""


def _text_json(record: Record) -> dict[str, object]:
    zone = ZoneInfo(record.draft.quiet.zone)
    return {
        "key": record.key,
        "patient": record.draft.patient,
        "step": record.draft.step,
        "critical": record.draft.critical,
        "state": record.state.value,
        "reason": record.reason,
        "send_at": iso(record.send_at or record.draft.place, zone),
    }


def _missed_json(one: Missed) -> dict[str, object]:
    record, call = one.record, one.call
    return {
        "key": record.key,
        "patient": record.draft.patient,
        "step": record.draft.step,
        "critical": record.draft.critical,
        "state": record.state.value,
        "reason": record.reason,
        "code": one.code,
        "call": None if call is None else {"number": call.id, "is_open": call.closed_at is None, "by": call.closed_by},
    }


def _report_json(report: DayReport) -> dict[str, object]:
    return {
        "day": report.day.isoformat(),
        "time_zone": report.zone.key,
        **asdict(report.tally),
        "states": {state.value: number for state, number in report.counts.items()},
        "steps": [{"step": step, **asdict(tally)} for step, tally in report.steps.items()],
        "missed": [_missed_json(one) for one in report.missed],
        "texts": [_text_json(record) for record in report.messages],
    }
