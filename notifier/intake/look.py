"""What can be seen of a schedules folder without opening a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from notifier.intake.files import CLINIC, Found, find_files

# Some network shares know times to two seconds only: a file that was written twice within them looks as it did.
_COARSEST_TIME = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells one version of a file from the next."""

    size: int  # bytes
    written: int  # nanoseconds since the epoch, by the clock of whatever disk it lies on
    touched: int  # nanoseconds, likewise; a file put back with its old date, or closed to readers, tells by it
    inode: int
    device: int


@dataclass(frozen=True, slots=True)
class Look:
    """The files of a folder as they lie there."""

    found: Found
    marks: Mapping[Path, Mark | None]  # None where there is no file, or none that can be looked at

    def is_young(self, now: datetime) -> bool:
        """Say whether a file may have been written since without its mark telling."""
        since = (now - _COARSEST_TIME).timestamp() * 1e9
        return any(mark.written >= since for mark in self.marks.values() if mark)


def take_look(folder: Path) -> Look:
    """Return how the files of a schedules folder look now."""
    found = find_files(folder)
    paths = (folder / CLINIC, *found.protocols, *found.patients)
    return Look(found, {path: _mark(path) for path in paths})


def _mark(path: Path) -> Mark | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return Mark(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev)
