"""`python -m tests.soak.life BIRTH`: a daemon whose waits are short, and which may be broken on purpose.

The real service, in a process of its own; a minute between two runs of a tick is a quarter of a second,
so that half an hour holds as many of them as five days.
"""

import json
import os
import sys
from typing import Any

from notifier.actions.send_due import Dispatcher
from notifier.daemon.ticks import Ticks
from tests.chaos.life import Birth, live

BEAT = 0.25  # seconds
_kept: list[Any] = []


def _leak() -> None:
    """Break it: each run of dispatch leaves memory and an open file behind."""
    send_due = Dispatcher.send_due

    async def send_due_and_keep(self: Dispatcher) -> object:
        _kept.append((os.urandom(500_000), os.open(os.devnull, os.O_RDONLY)))
        return await send_due(self)

    Dispatcher.send_due = send_due_and_keep  # type: ignore[method-assign, assignment] # broken on purpose


def main() -> int:
    """Live until told to stop; return the exit code."""
    given = json.loads(sys.argv[1])
    if given["is_leaky"]:
        _leak()
    Ticks.__init__.__defaults__ = (BEAT,)  # the daemon has no setting for it
    return live(Birth(**given["birth"]), **given["settings"])


if __name__ == "__main__":
    sys.exit(main())
