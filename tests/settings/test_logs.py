"""Logs: one line an event, and in none of them a phone, a name or a text."""

import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from notifier.logs import configure_logs
from tests.builders import a_record


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave logging as it was found."""
    root, own = logging.getLogger(), logging.getLogger("notifier")
    before = root.handlers[:], root.level, own.level
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_a_line_of_json_with_its_level_and_its_time_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", "info")
    structlog.get_logger("notifier.test").info("accepted", key="P-1042/last-meal/1")
    [line] = lines(capsys)
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {"event": "accepted", "key": "P-1042/last-meal/1", "level": "info"}


def test_a_library_speaks_in_the_same_form_and_from_warnings_on(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", "debug")
    logging.getLogger("twilio.http_client").info("To: +17205550134")
    logging.getLogger("asyncio").warning("slow: %s", 3)
    assert [line["event"] for line in lines(capsys)] == ["slow: 3"]


def test_what_is_below_the_level_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", "warning")
    structlog.get_logger("notifier.test").info("accepted")
    structlog.get_logger("notifier.test").warning("placed again")
    assert [line["event"] for line in lines(capsys)] == ["placed again"]


def test_the_console_form_is_for_reading_without_colour_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("console", "info")
    structlog.get_logger("notifier.test").info("accepted", key="P-1042/last-meal/1")
    said = capsys.readouterr().err
    assert "accepted" in said
    assert "key=P-1042/last-meal/1" in said
    assert "\x1b" not in said


def fail() -> None:
    record = a_record()
    msg = f"no {record.key}"
    raise LookupError(msg)


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_no_variables(capsys: pytest.CaptureFixture[str], form: Literal["json", "console"]) -> None:
    configure_logs(form, "info")
    for logger in (structlog.get_logger("notifier.test"), logging.getLogger("apscheduler")):
        try:
            fail()
        except LookupError:
            logger.exception("tick failed")
    said = capsys.readouterr().err
    assert said.count("no P-1042/last-meal/1") >= 2
    assert "in fail" in said or '"name": "fail"' in said
    assert "+17205550134" not in said
    assert "Maria" not in said


def test_a_traceback_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", "info")
    try:
        fail()
    except LookupError:
        structlog.get_logger("notifier.test").exception("tick failed")
    [line] = lines(capsys)
    assert line["event"] == "tick failed"
    assert "exception" in line
