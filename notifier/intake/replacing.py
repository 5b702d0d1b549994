"""Putting a new version of a schedule file in place: whole or not at all, and never over somebody else's work."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from notifier.intake.splices import EditError

# What programs keep beside a file that is open in them: vim, Emacs, LibreOffice.
_OPEN_MARKS = (".{}.swp", ".#{}", ".~lock.{}#")


def replace_file(path: Path, before: bytes | None, after: bytes) -> None:
    """Put `after` in the place of `before`; None: where no file was yet. A link stays one, to the file replaced.

    The new file is on the disk before its name is, in the same folder, with the old one's mode
    and owner. Raises EditError, with nothing changed, where the file is no longer what it was or
    cannot be written.
    """
    real = Path(os.path.realpath(path))
    _refuse_if_open(real)
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        _replace(real, before, after)
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        hint = "Close it where else it is open, check who may write to its folder, and try again."
        raise EditError(f"{path} cannot be written: {why}. {hint}") from error


def _refuse_if_open(path: Path) -> None:
    """Refuse where another program has the file open: its next save would undo the edit."""
    for mark in _OPEN_MARKS:
        beside = path.with_name(mark.format(path.name))
        if os.path.lexists(beside):
            message = f"{path.name} is open in another program, which has left {beside.name} beside it."
            raise EditError(f"{message} Save and close it there, and try again; if it is not, delete that mark.")


def _replace(path: Path, before: bytes | None, after: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".", suffix=".notifier", dir=path.parent)  # hidden: never read as a schedule
    draft = Path(name)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - a handle, not a path
            file.write(after)
            file.flush()
            _dress_like(path, file.fileno())
            os.fsync(file.fileno())
        _refuse_if_changed(path, before)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _refuse_if_changed(path: Path, before: bytes | None) -> None:
    if (path.read_bytes() if path.exists() else None) != before:
        message = f"{path.name} has changed since it was read: somebody else is editing it."
        raise EditError(f"{message} Nothing is written; look at the file, and try again.")


def _dress_like(path: Path, handle: int) -> None:
    """Give a file the mode and owner of the one that it replaces; a new one may be read by whom its folder may."""
    if not path.exists():
        os.fchmod(handle, path.parent.stat().st_mode & 0o666)
        return
    old = path.stat()
    with suppress(PermissionError):  # only root can give a file away
        os.fchown(handle, old.st_uid, old.st_gid)
    os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk; some network shares cannot, and have it there already."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
