"""A terminal to run a program at: what it prints there has the width and the colours that people see."""

import os
import pty
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

WIDTH = 100  # columns


class Session(NamedTuple):
    """What came of a command at a terminal."""

    code: int
    printed: str  # with colours
    asides: str  # what went to standard error: prompts, progress, which comes and goes, and errors


def at_a_terminal(
    command: Sequence[str], *typed: str, environment: Mapping[str, str], folder: Path | None = None
) -> Session:
    """Run a command at a terminal at which these lines are typed, and return what came of it."""
    ours, its = pty.openpty()
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": str(WIDTH)}
    with subprocess.Popen(
        command, stdin=its, stdout=its, stderr=subprocess.PIPE, env={**environment, **terminal}, cwd=folder
    ) as process:
        os.close(its)
        os.write(ours, "".join(f"{line}\n" for line in typed).encode())
        printed = b""
        try:
            while more := os.read(ours, 4096):
                printed += more
        except OSError:  # how Linux says that the other end has closed
            pass
        finally:
            os.close(ours)
        asides = process.stderr.read() if process.stderr else b""
        return Session(process.wait(timeout=60), printed.decode().replace("\r\n", "\n"), asides.decode())
