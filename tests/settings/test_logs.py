"""Logs: one line an event, and in none of them a phone, a name or a text."""

import asyncio
import gc
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, TextIO

import pytest
import structlog

from notifier.ledger.errors import LedgerError
from notifier.logs import configure_logs
from tests.builders import a_record

PHONE = "+17205550134"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave logging as it was found."""
    root, own = logging.getLogger(), logging.getLogger("notifier")
    before = root.handlers[:], root.level, own.level
    excepthook = threading.excepthook
    yield
    threading.excepthook = excepthook
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


@pytest.mark.parametrize(
    "name", ["twilio.http_client", "aiohttp.access", "aiohttp.client", "sqlalchemy.engine", "asyncio"]
)
def test_a_library_speaks_in_the_same_form_and_from_warnings_on(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure_logs("json", "debug")
    logging.getLogger(name).debug("To: +17205550134")
    logging.getLogger(name).info("To: +17205550134")
    logging.getLogger(name).warning("slow: %s", 3)
    assert [line["event"] for line in lines(capsys)] == ["slow: 3"]


def test_what_a_task_has_failed_with_that_nobody_waits_for_is_not_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    async def forget() -> None:
        task = asyncio.create_task(fail_as_libraries_do())
        await asyncio.wait({task})

    configure_logs("json", "info")
    asyncio.run(forget())
    gc.collect()
    said = capsys.readouterr().err
    assert '"event": "Task exception was never retrieved"' in said
    assert "fail_as_libraries_do" in said
    assert PHONE not in said


async def fail_as_libraries_do() -> None:
    raise KeyError(PHONE)


def test_a_thread_that_fails_is_logged_without_words_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", "info")
    thread = threading.Thread(target=dict[str, str]().__getitem__, args=[PHONE])
    thread.start()
    thread.join()
    [line] = lines(capsys)
    assert (line["event"], line["level"]) == ("a thread has failed", "error")
    assert "KeyError" in str(line)
    assert PHONE not in str(line)


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
    """Fail with a phone in a variable, and in the words of what the error comes of."""
    record = a_record()
    try:
        dict[str, str]()[record.draft.to]
    except KeyError as error:
        raise LedgerError("The disk is full.") from error


def fail_in_a_group() -> None:
    try:
        fail()
    except LedgerError as error:
        raise ExceptionGroup(PHONE, [error, OSError(28, "No space left on device", PHONE)]) from None


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_says_where_it_was_and_what_we_have_worded_alone(
    capsys: pytest.CaptureFixture[str], form: Literal["json", "console"]
) -> None:
    configure_logs(form, "info")
    for logger in (structlog.get_logger("notifier.test"), logging.getLogger("apscheduler")):
        try:
            fail_in_a_group()
        except ExceptionGroup:
            logger.exception("tick failed")
    said = capsys.readouterr().err
    for words in ("ExceptionGroup", "LedgerError", "The disk is full.", "KeyError", "No space left on device"):
        assert said.count(words) >= 2, words
    assert "in fail" in said or '"name": "fail"' in said
    for secret in ("7205550134", "Maria"):
        assert secret not in said


def test_what_an_error_was_raised_in_the_handling_of_is_told_unless_it_is_not_to_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("json", "info")
    try:
        try:
            fail()
        except LedgerError:
            raise TimeoutError  # noqa: B904 - as code does that fails while it handles a failure
    except TimeoutError:
        structlog.get_logger("notifier.test").exception("tick failed")
    [line] = lines(capsys)
    told = line["exception"]
    assert isinstance(told, list)
    assert [(one["exc_type"], one["exc_value"]) for one in told] == [
        ("TimeoutError", ""),
        ("LedgerError", "The disk is full."),
        ("KeyError", "(words withheld)"),
    ]


def test_a_traceback_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json", "info")
    try:
        fail()
    except LedgerError:
        structlog.get_logger("notifier.test").exception("tick failed")
    [line] = lines(capsys)
    assert line["event"] == "tick failed"
    assert "exception" in line


def test_where_nobody_can_hear_it_any_more_whoever_logs_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    hears, says = os.pipe()
    with os.fdopen(says, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        configure_logs("json", "info")
        log = structlog.get_logger("notifier.test")
        log.info("accepted")
        assert b"accepted" in os.read(hears, 1000)
        os.close(hears)
        log.info("accepted")  # a broken pipe
        with suppress(BrokenPipeError):
            stream.close()
    log.info("accepted")  # a closed file


@contextmanager
def written(file: Path) -> Iterator[TextIO]:
    """Have what is logged go into a file while the block runs."""
    with file.open("w", encoding="utf-8") as stream, pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stderr", stream)
        yield stream


@contextmanager
def journaled(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Likewise, where systemd has named that file as the journal's."""
    with written(file) as stream:
        found = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        yield


@pytest.mark.parametrize(
    ("level", "priority"), [("debug", 7), ("info", 6), ("warning", 4), ("error", 3), ("critical", 2)]
)
def test_the_journal_learns_a_lines_priority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str, priority: int
) -> None:
    with journaled(tmp_path / "journal", monkeypatch):
        configure_logs("json", "debug")
        getattr(structlog.get_logger("notifier.test"), level)("accepted", key="P-1042/last-meal/1")
    [line] = (tmp_path / "journal").read_text("utf-8").splitlines()
    assert line.startswith(f'<{priority}>{{"key": ')
    assert json.loads(line[3:])["level"] == level


def test_a_librarys_level_of_its_own_is_taken_for_information(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with journaled(tmp_path / "journal", monkeypatch):
        configure_logs("json", "debug")
        logging.getLogger("a.library").log(35, "something")
    assert (tmp_path / "journal").read_text("utf-8").startswith("<6>{")


def test_each_line_of_a_traceback_has_its_priority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with journaled(tmp_path / "journal", monkeypatch):
        configure_logs("console", "info")
        try:
            fail()
        except LedgerError:
            structlog.get_logger("notifier.test").exception("tick failed")
    lines = (tmp_path / "journal").read_text("utf-8").splitlines()
    assert len(lines) > 3
    assert all(line.startswith("<3>") for line in lines)


def test_no_priority_is_shown_where_it_does_not_go_to_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")  # inherited from a service that has called this program
    with written(tmp_path / "terminal"):
        configure_logs("json", "info")
        structlog.get_logger("notifier.test").info("accepted")
    assert (tmp_path / "terminal").read_text("utf-8").startswith("{")
