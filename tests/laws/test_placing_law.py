"""The plan against an oracle that reads the contract word by word, over thousands of random clinics and patients."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings

from notifier.core.model import (
    Clinic,
    DailyHours,
    Duration,
    Offset,
    Order,
    Patient,
    PatientStatus,
    Protocol,
    QuietHours,
    Step,
    Unit,
    When,
)
from notifier.core.planning import plan
from tests.laws.oracle import Verdict, judge
from tests.laws.strategies import Case, cases

AT_LEAST = 2_000  # the issue asks for so many in each run, whatever the profile
DENVER = ZoneInfo("America/Denver")


def before(duration: Duration | str, anchor: str, at: time | None = None) -> When:
    return When(anchor, Offset(duration, is_after=False), at)


def hours(count: int) -> Duration:
    return Duration(count, Unit.HOURS)


ANCHOR = Clinic(
    name="Anchor Healthcare",
    phone="+1 303 555 0100",
    time_zone=DENVER,
    country="US",
    languages=("en",),
    quiet_hours=QuietHours(DailyHours(time(21), time(8)), DailyHours(time(21), time(5))),
    resend_after=Duration(15, Unit.MINUTES),
)
LAST_MEAL = Step(
    name="last-meal",
    send=before(hours(10), "last-meal"),
    earliest=before(hours(14), "last-meal"),
    latest=before(Duration(90, Unit.MINUTES), "last-meal"),
    critical=True,
    text={"en": ("Finish your last meal.",)},
)
WELCOME = Step(
    name="welcome",
    send=before(Duration(30, Unit.DAYS), "procedure", time(10)),
    earliest=None,
    latest=before(hours(12), "procedure"),
    critical=False,
    text={"en": ("Texts will come.",)},
)
MILD = Protocol(
    name="mild",
    title="Minimally invasive lumbar decompression",
    duration=hours(1),
    orders={"fasting": Order(hours(8), hours(8), hours(12))},
    moments={"last-meal": before("fasting", "procedure")},
    steps=(LAST_MEAL, WELCOME),
    notices={},
    stop_line={"en": ("Reply STOP to end texts.",)},
)


def maria(procedure: datetime) -> Patient:
    return Patient(
        id="P-1042",
        name="Maria",
        phone="+17205550134",
        language="en",
        time_zone=DENVER,
        consent=date(2026, 11, 20),
        protocol="mild",
        procedure=procedure.astimezone(UTC),
        arrival=procedure.astimezone(UTC),
        status=PatientStatus.BOOKED,
        orders={},
        skip=frozenset(),
    )


def denver(month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=DENVER)


# At 01:45 the night has lasted as long since 20:29 as it will until 07:01: of two equally near, the earlier.
TIE = Case(
    replace(ANCHOR, quiet_hours=QuietHours(*[DailyHours(time(20, 30), time(7, 1))] * 2)),
    replace(
        MILD,
        steps=(
            replace(
                WELCOME,
                send=before(Duration(1, Unit.DAYS), "procedure", time(1, 45)),
                earliest=before(Duration(2, Unit.DAYS), "procedure"),
            ),
        ),
    ),
    maria(denver(12, 3, 7, 30)),
    denver(11, 22, 9, 0),
)


@given(case=cases())
@example(case=TIE)
@settings(max_examples=max(AT_LEAST, settings().max_examples))
@pytest.mark.timeout(900)  # a nightly run takes minutes
def test_every_step_goes_where_a_plain_scan_over_minutes_puts_it(case: Case) -> None:
    planned = plan(case.schedules(), case.now)
    said = {
        message.draft.step: Verdict(
            message.status, message.reason, message.send_at, message.draft.earliest, message.draft.latest
        )
        for message in planned.messages
    }
    assert said == judge(case.clinic, case.protocol, case.patient, case.now)


@pytest.mark.parametrize(
    ("now", "step", "status", "reason", "local_time"),
    [
        pytest.param(
            denver(11, 22, 9, 0), "last-meal", "planned", None, denver(12, 2, 13, 30), id="as section 7 shows"
        ),
        pytest.param(denver(12, 2, 20, 58), "last-meal", "late", None, denver(12, 2, 20, 58), id="just before quiet"),
        pytest.param(
            denver(12, 2, 21, 30),
            "last-meal",
            "late",
            "quiet hours give way",
            denver(12, 2, 21, 30),
            id="only quiet minutes left",
        ),
        pytest.param(denver(12, 2, 22, 1), "last-meal", "too-late", None, None, id="after L"),
        pytest.param(denver(11, 1, 9, 0), "welcome", "planned", None, denver(11, 3, 10, 0), id="thirty days before"),
        pytest.param(denver(12, 1, 22, 0), "welcome", "late", None, denver(12, 2, 8, 0), id="the next morning"),
    ],
)
def test_the_oracle_itself_reads_the_contracts_own_example(
    now: datetime, step: str, status: str, reason: str | None, local_time: datetime | None
) -> None:
    verdict = judge(ANCHOR, MILD, maria(denver(12, 3, 7, 30)), now)[step]
    assert (verdict.status, verdict.reason, verdict.send_at) == (status, reason, local_time)
