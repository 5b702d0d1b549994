"""How much of each thing is enough on a host, and that whatever is not says what to do."""

from datetime import date

import pytest

from notifier.core.examination import (
    Finding,
    Level,
    error,
    fine,
    judge_clock,
    judge_disk,
    judge_hooks,
    judge_readers,
    judge_settings_file,
    judge_sqlite,
    judge_zone_data,
    warning,
    worst,
)

FINE, WARNING, ERROR = Level.FINE, Level.WARNING, Level.ERROR
TODAY = date(2026, 12, 2)
HOOK = "https://texts.example.org/twilio/status"


def told(finding: Finding) -> Finding:
    """Return a finding that says what to do where there is something to do, and only there."""
    assert (finding.remedy is None) == (finding.level is FINE)
    return finding


@pytest.mark.parametrize(
    ("findings", "level"),
    [
        ([], FINE),
        ([fine("a", "b")], FINE),
        ([fine("a", "b"), warning("a", "b", "c")], WARNING),
        ([error("a", "b", "c"), warning("a", "b", "c")], ERROR),
    ],
)
def test_the_worst_finding_counts(findings: list[Finding], level: Level) -> None:
    assert worst(findings) is level


@pytest.mark.parametrize(
    ("ahead", "level"),
    [(0, FINE), (2, FINE), (-2, FINE), (2.1, WARNING), (-60, WARNING), (60.1, ERROR), (-3600, ERROR)],
)
def test_a_clock_may_be_two_seconds_off_and_never_a_minute(ahead: float, level: Level) -> None:
    assert told(judge_clock(ahead)).level is level


def test_a_clock_that_is_off_is_said_to_be_ahead_or_behind() -> None:
    assert judge_clock(90).said.startswith("This machine's clock is 90 seconds ahead of Twilio's.")
    assert judge_clock(-90).said.startswith("This machine's clock is 90 seconds behind Twilio's.")


@pytest.mark.parametrize(
    ("version", "level"),
    [("2026a", FINE), ("2025b", FINE), ("2024b", WARNING), (None, WARNING), ("unknown", WARNING)],
)
def test_rules_of_time_zones_are_of_this_year_or_the_last(version: str | None, level: Level) -> None:
    assert told(judge_zone_data(version, TODAY)).level is level


@pytest.mark.parametrize(
    ("free", "level"),
    [(10**12, FINE), (10**9, FINE), (10**9 - 1, WARNING), (10**8, WARNING), (10**8 - 1, ERROR), (0, ERROR)],
)
def test_a_ledger_needs_room(free: int, level: Level) -> None:
    finding = told(judge_disk(free, "/var/lib/notifier"))
    assert finding.level is level
    assert finding.said == f"{free // 10**6:,} MB are free in /var/lib/notifier."


def test_files_that_everybody_may_read_or_write_are_an_error() -> None:
    assert told(judge_readers([], [])).level is FINE
    assert told(judge_readers(["a.csv"], [])).said.endswith("can read names and phones: a.csv.")
    assert told(judge_readers(["a.csv"], ["b.yaml"])).said.endswith("change what patients are told: b.yaml.")
    assert judge_readers(["a.csv"], []).level is judge_readers([], ["a.csv"]).level is ERROR


@pytest.mark.parametrize(
    ("is_readable", "has_secrets", "level", "said"),
    [
        (True, True, ERROR, "Everybody on this machine can read a.toml, and it holds a secret."),
        (True, False, FINE, "a.toml: It holds no secret."),
        (False, True, FINE, "a.toml: Nobody else can read it."),
        (False, False, FINE, "a.toml: It holds no secret."),
    ],
)
def test_a_secret_is_in_no_file_that_everybody_can_read(
    *, is_readable: bool, has_secrets: bool, level: Level, said: str
) -> None:
    finding = told(judge_settings_file("a.toml", is_readable=is_readable, has_secrets=has_secrets))
    assert (finding.level, finding.said) == (level, said)


def test_of_many_files_three_are_named() -> None:
    assert judge_readers(list("abc"), []).said.endswith(": a, b, c.")
    assert judge_readers(list("abcde"), []).said.endswith(": a, b, c and 2 more.")


@pytest.mark.parametrize(("version", "level"), [((3, 35, 0), FINE), ((3, 40, 1), FINE), ((3, 34, 1), ERROR)])
def test_sqlite_must_be_new_enough(version: tuple[int, ...], level: Level) -> None:
    finding = told(judge_sqlite(version))
    assert (finding.level, finding.said) == (level, f"SQLite is {version[0]}.{version[1]}.{version[2]}.")


@pytest.mark.parametrize(
    ("signed", "unsigned", "level", "said"),
    [
        (204, 403, FINE, "takes what Twilio signs, and refuses what it does not."),
        (200, None, FINE, "takes what Twilio signs"),
        (None, None, ERROR, "does not answer"),
        (204, 204, ERROR, "takes a call that Twilio has not signed"),
        (301, 301, ERROR, "takes a call that Twilio has not signed"),
        (404, 399, ERROR, "takes a call that Twilio has not signed"),
        (403, 403, ERROR, "refuses a call that is signed as Twilio signs it (HTTP 403)"),
        (300, 400, ERROR, "refuses a call that is signed as Twilio signs it (HTTP 300)"),
        (299, 400, FINE, "takes what Twilio signs"),
    ],
)
def test_webhooks_take_what_twilio_signs_and_nothing_else(
    signed: int | None, unsigned: int | None, level: Level, said: str
) -> None:
    finding = told(judge_hooks(signed, unsigned, HOOK))
    assert finding.level is level
    assert f"{HOOK} {said}" in finding.said
