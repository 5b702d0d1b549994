"""Tell the staff how a day went: counts, and which texts did not reach whom, by their keys."""

from collections.abc import Iterator

from notifier.actions.report_day import DayReport, Missed
from notifier.channels import Channels, Failure
from notifier.core.alerts import Message

MOST = 20  # texts that are named; more are only counted


async def tell_day(report: DayReport, channels: Channels) -> list[Failure]:
    """Give every channel the report; return those that did not take it."""
    message = message_of_day(report)
    return await channels.tell(message.title, message.body)


def message_of_day(report: DayReport) -> Message:
    """Return the report in a few lines, without a phone, a name or a text."""
    tally = report.tally
    missed = [one for one in report.missed if one.record.draft.critical]
    outcome = f"{len(missed)} critical not reached" if missed else "nobody missed a critical text"
    lines = [
        f"Expected {tally.expected:,}, sent {tally.sent:,}, delivered {tally.delivered:,}; {outcome}.",
        *(_line(one) for one in missed[:MOST]),
        *([f"And {len(missed) - MOST:,} more."] if len(missed) > MOST else []),
        "",
        f"“notifier report --day {report.day}” lists every text of that day.",
    ]
    return Message(f"notifier: {report.day:%A %Y-%m-%d}, {outcome}", "\n".join(lines))


def why_missed(one: Missed) -> str:
    """Return why a text has not reached its patient, in a few words; "" where nothing is known beyond its state."""
    return ", ".join(_reasons(one))


def called(one: Missed) -> str:
    """Return whether somebody has called instead, or is to; "" where no call is wanted."""
    if one.call is None:
        return ""
    return f"closed by {one.call.closed_by}" if one.call.closed_at else "to call"


def _line(one: Missed) -> str:
    return ": ".join([one.record.key, ", ".join([one.record.state, *_reasons(one), *filter(None, [called(one)])])])


def _reasons(one: Missed) -> Iterator[str]:
    if one.record.reason:
        yield one.record.reason
    if one.code:
        yield f"code {one.code}"
