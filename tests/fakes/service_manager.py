"""A stand-in for systemd's ear: the socket on which a service says how it does."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class ServiceManager:
    """What a service has said so far, one field a line."""

    def __init__(self, ear: socket.socket) -> None:
        self._ear = ear
        self._heard: list[str] = []

    @property
    def heard(self) -> list[str]:
        """Everything said until now, in order, such as `READY=1`."""
        with suppress(BlockingIOError):
            while True:
                self._heard += self._ear.recv(4096).decode().splitlines()
        return self._heard

    @property
    def statuses(self) -> list[str]:
        return [said.removeprefix("STATUS=") for said in self.heard if said.startswith("STATUS=")]


@contextmanager
def listening_manager(path: Path) -> Iterator[ServiceManager]:
    """Listen at `path` while the block runs."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(path))
        ear.settimeout(0)
        yield ServiceManager(ear)
