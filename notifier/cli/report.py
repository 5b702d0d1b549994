"""`notifier report`: a day's texts, expected, sent and delivered."""

import sys
from datetime import date
from zoneinfo import ZoneInfo

import click

from notifier.actions.report_day import ON_ITS_WAY, DayReport, report_day
from notifier.cli.as_in_files import DAY
from notifier.cli.console import Row, count, iso, local, print_json, say, show_table, word
from notifier.cli.options import Given, as_json, clinic_zone, with_settings
from notifier.clock import SystemClock
from notifier.core.delivery import Record
from notifier.core.lifecycle import State
from notifier.wiring import open_the_ledger


@click.command("report", epilog="Example: notifier report --day 2026-12-02")
@click.option("--day", type=DAY, metavar="DATE", help="The day at the clinic.  [default: today]")
@with_settings
@as_json
def command(given: Given, day: date | None, *, as_json: bool) -> None:
    """Show a day's texts: how many were expected, sent and delivered, and who did not get what, and why.

    Exits 1 where a text did not arrive.
    """
    with open_the_ledger(given.settings) as ledger:
        with ledger.reading() as book:
            good_files = book.good_files()
        zone = clinic_zone(given.schedules, good_files)
        asked = day or SystemClock().now().astimezone(zone).date()
        report = report_day(ledger, asked, zone)
    if as_json:
        print_json(_report_json(report))
    else:
        _show(report, asked)
    sys.exit(1 if report.not_reached else 0)


def _show(report: DayReport, day: date) -> None:
    counts = report.counts
    delivered, ahead = counts[State.DELIVERED], counts[State.PLANNED]
    withheld = counts[State.HELD] + counts[State.WITHDRAWN]
    under_way = sum(counts[state] for state in ON_ITS_WAY)
    say(f"{day:%A %Y-%m-%d}, {report.zone.key}", "bold")
    say(
        f"{count(len(report.messages), 'text')} of that day: {delivered} delivered, {under_way} on their way, "
        f"{ahead} still ahead, {len(report.not_reached)} not reached, {withheld} held or withdrawn."
    )
    if report.messages:
        say()
        show_table(("goes out", "patient", "step", "state", "why"), [_row(record) for record in report.messages])


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


def _report_json(report: DayReport) -> dict[str, object]:
    return {
        "day": report.day.isoformat(),
        "time_zone": report.zone.key,
        "expected": len(report.messages),
        "states": {state.value: number for state, number in report.counts.items()},
        "not_reached": [
            {"key": record.key, "state": record.state.value, "reason": record.reason} for record in report.not_reached
        ],
        "texts": [_text_json(record) for record in report.messages],
    }
