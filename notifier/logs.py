"""Logging: structlog, one line an event, JSON for the journal or a readable form for people."""

import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Literal, TextIO

_WITHOUT = "rich"  # structlog would load 70 of its modules, 5 MB, to draw tracebacks in a manner that is not ours
_hidden = {name: module for name, module in sys.modules.items() if name == _WITHOUT}
sys.modules[_WITHOUT] = None  # type: ignore[assignment]  # Python's own way to say that there is none
import structlog  # noqa: E402 (only now)

del sys.modules[_WITHOUT]
sys.modules.update(_hidden)

get_logger = structlog.get_logger  # everybody's way to structlog: who imports it first says how it is loaded

_MOST_FRAMES = 50
# The journal's, by sd-daemon(3): a service says a line's priority in front of it.
_PRIORITIES: Mapping[int, int] = {
    logging.CRITICAL: 2,
    logging.ERROR: 3,
    logging.WARNING: 4,
    logging.INFO: 6,
    logging.DEBUG: 7,
}


def configure_logs(form: Literal["json", "console"], level: str) -> None:
    """Send structlog's and the libraries' own logs to standard error, in one form.

    Libraries speak from WARNING on only, and one line each: at INFO, twilio's own client prints phone numbers, and
    below the first line asyncio shows what it has called, with what.
    A traceback says where it was and what kind of error, without variables, and without words that are not our own:
    structlog shows variables by default, and a KeyError for a phone is that phone.
    Where standard error is the journal's, each line begins with its syslog priority, which systemd takes off again:
    `journalctl -p warning` finds what matters.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[structlog.typing.Processor] = (
        [structlog.processors.ExceptionRenderer(_traceback), structlog.processors.JSONRenderer()]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_write_traceback)]
    )
    is_journal = _is_journal(sys.stderr)
    handler = logging.StreamHandler(sys.stderr)
    formatter = _ForJournal if is_journal else structlog.stdlib.ProcessorFormatter
    handler.setFormatter(
        formatter(
            foreign_pre_chain=[*shared, _first_line],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    lines = _Lines(handler)
    structlog.configure(
        processors=[*shared, *rendering, *([_for_journal] if is_journal else [])],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # It calls an event that comes while it stops an error.
    logging.getLogger("watchdog").setLevel(logging.CRITICAL)
    threading.excepthook = _log_failed_thread


def _first_line(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Return a library's event without what it says below the first line."""
    return {**event, "event": str(event["event"]).partition("\n")[0]}


def _log_failed_thread(failed: threading.ExceptHookArgs) -> None:
    """Log it as all else: Python would print the error with its words."""
    error = failed.exc_value or failed.exc_type()
    structlog.get_logger("notifier.threads").error("a thread has failed", exc_info=error)


def _traceback(exc_info: structlog.typing.ExcInfo) -> list[dict[str, object]]:
    """Return an error and those that it came of, the last first, with the innermost frames last."""
    return [
        {
            "exc_type": type(error).__qualname__,
            "exc_value": _own_words(error),
            "frames": [
                {"filename": frame.filename, "lineno": frame.lineno, "name": frame.name}
                for frame in traceback.extract_tb(error.__traceback__, limit=-_MOST_FRAMES)
            ],
        }
        for error in _chain(exc_info[1])
    ]


def _write_traceback(stream: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    """Write the same as Python would, the last error first."""
    for error in _chain(exc_info[1]):
        stream.write("\nTraceback (most recent call last):\n")
        stream.writelines(traceback.format_tb(error.__traceback__, limit=-_MOST_FRAMES))
        stream.write(f"{type(error).__qualname__}: {_own_words(error)}")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, those in it where it is a group, and what it was raised from or in the handling of."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _chain(one)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _own_words(error: BaseException) -> str:
    """Return what an error says where we have worded it, or the system has; others may quote a phone or a text."""
    if isinstance(error, OSError):
        return error.strerror or ""
    return str(error) if type(error).__module__.partition(".")[0] == "notifier" else "(words withheld)"


class _Lines:
    """Writes our own lines where a handler writes those of libraries, in turn with them.

    Through the handler each would be made into two of logging's records first: with a line for each text that goes out
    that took more than a tenth of all the time of sending.
    """

    def __init__(self, handler: logging.StreamHandler[TextIO]) -> None:
        self._lock, self._stream = handler.lock or threading.RLock(), handler.stream

    def write(self, line: str) -> None:
        """Write a line; one that nobody can take is lost, as it is with logging: texts go out all the same."""
        with self._lock, suppress(OSError, ValueError):  # ValueError: the stream is closed
            self._stream.write(f"{line}\n")
            self._stream.flush()

    debug = info = warning = error = critical = write


def _for_journal(_logger: object, level: str, lines: Any) -> str:  # noqa: ANN401 (structlog's types have no step after rendering)
    return _with_priority(lines, logging.getLevelNamesMapping()[level.upper()])


class _ForJournal(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return _with_priority(super().format(record), record.levelno)


def _with_priority(lines: str, level: int) -> str:
    """Return each line with its priority before it: systemd reads line by line, also of a traceback."""
    priority = f"<{_PRIORITIES.get(level, _PRIORITIES[logging.INFO])}>"
    return "\n".join(priority + line for line in lines.split("\n"))


def _is_journal(stream: TextIO) -> bool:
    """Say whether what is written there goes to the journal, which systemd tells by device and inode."""
    try:
        found = os.fstat(stream.fileno())
    except OSError:  # no file: the stream of a test, or a closed one
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"
