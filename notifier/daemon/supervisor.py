"""What whoever started the service is told of it, in the words of systemd's sd_notify(3)."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

from notifier.clock import SystemClock

PROOFS = 3  # asked for in one time-out of the watchdog, so that one slow answer is no hang


class Supervisor:
    """Tells systemd how the service does; where nobody asked to be told, every call does nothing."""

    def __init__(self, address: str = "", watchdog: float = 0.0) -> None:
        """`address`: the socket to tell, "" for nobody; `watchdog`: seconds without a proof of work, 0 for none."""
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.prove_every: float | None = watchdog / PROOFS if address and watchdog else None
        self._told_status = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return who is named by NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, as systemd sets them."""
        watched = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        microseconds = environment.get("WATCHDOG_USEC", "")
        watchdog = int(microseconds) / 1e6 if watched and microseconds.isdecimal() else 0.0
        return cls(environment.get("NOTIFY_SOCKET", ""), watchdog)

    @property
    def is_heard(self) -> bool:
        """Whether anybody asked to be told."""
        return bool(self._address)

    def ready(self) -> None:
        """Say that the service does its work: after a start, and at the end of each reload."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """Say that the files are read anew, until `ready`."""
        # systemd 253 and later tell by the instant, of its own clock, which reload is meant.
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={int(SystemClock().elapsed() * 1e6)}")

    def stopping(self) -> None:
        """Say that the service has been told to stop and finishes what is under way."""
        self._tell("STOPPING=1")

    def status(self, sentence: str) -> None:
        """Say how things stand, for `systemctl status`; never with anything of a patient."""
        if sentence != self._told_status:
            self._told_status = sentence
            self._tell(f"STATUS={sentence}")

    def feed_watchdog(self) -> None:
        """Give a proof of work; without one for the time-out, systemd kills the service and starts it again."""
        self._tell("WATCHDOG=1")

    def _tell(self, what: str) -> None:
        if not self._address:
            return
        # Texts go out whether or not anybody listens; and nobody who does not listen may hold them up.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
            out.sendto(what.encode(), self._address)
