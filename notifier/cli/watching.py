"""Doing something again at each save of a schedules folder, until Ctrl-C."""

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from notifier.intake.watch import FolderWatch

AT_REST = 0.05  # seconds without an event: an editor writes a file in several steps
LOOK_EVERY = 30.0  # seconds; network shares tell of no change


def at_each_save(folder: Path, act: Callable[[], None], may_have_changed: Callable[[], bool]) -> None:
    """Call `act` now and whenever something in `folder` has changed; return at Ctrl-C.

    `may_have_changed` says whether to act although no change was told of.
    """
    changed = threading.Event()
    watch = FolderWatch(folder, changed.set)
    with suppress(KeyboardInterrupt):
        try:
            watch.start()
            while True:
                act()
                sys.stdout.flush()  # a pipe would keep it until it is full
                while not (changed.wait(LOOK_EVERY) or may_have_changed()):
                    pass
                while changed.is_set():
                    changed.clear()
                    changed.wait(AT_REST)
        finally:
            watch.stop()
