"""Watching a schedules folder: a call whenever something in it, or the folder itself, may have changed."""

import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from watchdog.events import (
    EVENT_TYPE_CLOSED_NO_WRITE,
    EVENT_TYPE_MODIFIED,
    EVENT_TYPE_OPENED,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from notifier.intake.files import is_schedule_name

# Reading the files raises these: heeding them, every reading would call for another.
_READING = (EVENT_TYPE_OPENED, EVENT_TYPE_CLOSED_NO_WRITE)


class FolderWatch:
    """Calls `on_change`, in a thread of its own, after anything that may have changed the files.

    The folder may be missing, come back, or be a link that is switched to another folder: its
    parent is watched too. watchdog blocks until the system tells of an event, where watchfiles
    looks twenty times a second. Network shares tell of nothing: somebody has to look besides.
    """

    def __init__(self, folder: Path, on_change: Callable[[], None]) -> None:
        path = folder.absolute()
        self._folder = path.parent.resolve() / path.name  # itself not resolved: a switched link must be seen
        self._on_change = on_change
        self._observer = Observer()
        self._inner: ObservedWatch | None = None
        self._unfinished: set[str] = set()

    @property
    def is_unfinished(self) -> bool:
        """Whether somebody has written to a schedule file and not closed it yet: it may be half of what it will be."""
        return bool(self._unfinished)

    def give_up_waiting(self) -> None:
        """Take every file for finished, whoever still has it open."""
        self._unfinished.clear()

    def start(self) -> None:
        """Begin to watch; what cannot be watched, such as a parent that is missing too, is passed over."""
        # watchdog comes upon a new folder twice, by its event and by looking, and warns of it: harmless.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
        self._observer.start()
        self._schedule(self._folder.parent, self._parent_changed, recursive=False)
        self._follow()

    def stop(self) -> None:
        """Watch no more; returns when the threads have ended."""
        self._observer.stop()
        if self._observer.is_alive():
            self._observer.join()

    def _parent_changed(self, event: FileSystemEvent) -> None:
        paths = {os.fsdecode(event.src_path), os.fsdecode(event.dest_path)}
        if str(self._folder) in paths:
            self._follow()
            self._on_change()

    def _inner_changed(self, event: FileSystemEvent) -> None:
        path = os.fsdecode(event.src_path)
        if event.event_type == EVENT_TYPE_MODIFIED and not event.is_directory and is_schedule_name(Path(path)):
            self._unfinished.add(path)
        else:  # closed, renamed or deleted
            self._unfinished.discard(path)
        self._on_change()

    def _follow(self) -> None:
        """Watch the folder that the path leads to now."""
        self._unfinished.clear()
        if self._inner is not None:
            self._observer.unschedule(self._inner)
        self._inner = self._schedule(self._folder, self._inner_changed, recursive=True)

    def _schedule(
        self, path: Path, heed: Callable[[FileSystemEvent], None], *, recursive: bool
    ) -> ObservedWatch | None:
        """Return a watch of a folder; None where it is gone in this moment, or the system has no more watches.

        An exception would end watchdog's thread, and every later change would go unheard.
        """
        with suppress(OSError):
            if path.is_dir():
                return self._observer.schedule(_Handler(heed), str(path.resolve()), recursive=recursive)
        return None


class _Handler(FileSystemEventHandler):
    """Passes on what is more than a reading."""

    def __init__(self, heed: Callable[[FileSystemEvent], None]) -> None:
        self._heed = heed

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Heed an event of the system."""
        if event.event_type not in _READING:
            self._heed(event)
