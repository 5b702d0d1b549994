"""Logging: structlog, one line an event, JSON for the journal or a readable form for people."""

import logging
import os
import sys
from collections.abc import Mapping
from typing import Literal, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer

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

    Libraries speak from WARNING on only: at INFO, twilio's own client prints phone numbers.
    Tracebacks come without variables: structlog shows them by default, patients' texts and all.
    Where standard error is the journal's, each line begins with its syslog priority, which systemd takes off again:
    `journalctl -p warning` finds what matters.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    traceback = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    formatter = _ForJournal if _is_journal(sys.stderr) else structlog.stdlib.ProcessorFormatter
    handler.setFormatter(
        formatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([traceback] if form == "json" else []),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("notifier").setLevel(threshold)
    # It calls an event that comes while it stops an error.
    logging.getLogger("watchdog").setLevel(logging.CRITICAL)


class _ForJournal(structlog.stdlib.ProcessorFormatter):
    """Puts its priority before each line: systemd reads line by line, also of a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        priority = f"<{_PRIORITIES.get(record.levelno, _PRIORITIES[logging.INFO])}>"
        return "\n".join(priority + line for line in super().format(record).split("\n"))


def _is_journal(stream: TextIO) -> bool:
    """Say whether what is written there goes to the journal, which systemd tells by device and inode."""
    try:
        found = os.fstat(stream.fileno())
    except OSError:  # no file: the stream of a test, or a closed one
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"
