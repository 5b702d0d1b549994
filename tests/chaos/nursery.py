"""A process that has imported everything and forks a daemon's life whenever it is told to.

Starting Python and importing takes longer than most lives last. A forked life is a process of its own,
which a real SIGKILL ends at any instant. Orders come in as lines of JSON, and what becomes of the lives goes out so:

    {"number": 1, "birth": {...}}        fork
    {"number": 1, "signal": 9}           signal, unless it has ended: nobody else is hit by a number used again
    {"number": 1, "file_limit": 4096}    the disk is full after so many bytes; -1 is none
    -> {"number": 1, "pid": 4711}, {"number": 1, "status": -9}

Where the orders end, so do all lives.
"""

import gc
import importlib
import json
import os
import resource
import select
import signal
import sys
from contextlib import suppress
from typing import Any

from notifier.actions.check_schedules import check_schedules
from notifier.clock import SystemClock
from tests.chaos.life import Birth, live
from tests.fakes.clinic_folder import SHIPPED

_USED_LATER = (  # imported by a life when it first needs them
    "twilio.rest.api.v2010.account.message",
    "sqlalchemy.dialects.sqlite.pysqlite",
)


class Nursery:
    """The lives that have not ended yet."""

    def __init__(self) -> None:
        self._pids: dict[int, int] = {}  # by number

    def run(self) -> None:
        """Obey until the orders end."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        orders = b""
        try:
            while True:
                ready, _, _ = select.select([0, woken], [], [])
                if woken in ready:
                    os.read(woken, 4096)
                    self._bury()
                if 0 in ready:
                    read = os.read(0, 65536)
                    if not read:
                        return
                    *lines, orders = (orders + read).split(b"\n")
                    for line in lines:
                        self._obey(json.loads(line))
        finally:
            for pid in self._pids.values():
                os.kill(pid, signal.SIGKILL)

    def _obey(self, order: dict[str, Any]) -> None:
        number = order["number"]
        if "birth" in order:
            self._pids[number] = _fork(Birth(**order["birth"]))
            _tell(number=number, pid=self._pids[number])
        elif number in self._pids and "signal" in order:
            os.kill(self._pids[number], order["signal"])
        elif number in self._pids:
            _, most = resource.prlimit(self._pids[number], resource.RLIMIT_FSIZE)
            resource.prlimit(self._pids[number], resource.RLIMIT_FSIZE, (order["file_limit"], most))

    def _bury(self) -> None:
        for number, pid in [*self._pids.items()]:
            with suppress(ChildProcessError):
                found, status = os.waitpid(pid, os.WNOHANG)
                if found:
                    del self._pids[number]
                    _tell(number=number, status=os.waitstatus_to_exitcode(status))


def _fork(birth: Birth) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        code = live(birth)
    except BaseException:  # noqa: BLE001 - a forked process must not go on as its parent
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def _tell(**news: object) -> None:
    os.write(1, json.dumps(news).encode() + b"\n")


def main() -> None:
    """Import all that lives need, and obey."""
    for name in _USED_LATER:
        importlib.import_module(name)
    check_schedules(SHIPPED, SystemClock().now())  # loads what phones, zones and dates are read and written by
    gc.collect()
    gc.freeze()  # or the first collection in each life would copy all of this memory
    _tell(number=0)
    Nursery().run()


if __name__ == "__main__":
    main()
