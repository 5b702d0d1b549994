"""One thread that all work on the ledger goes through, so that an event loop never waits for a disk."""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from notifier.ledger.opening import Ledger

Result = TypeVar("Result")

# Seconds that the event loop may keep the interpreter's lock while the ledger's thread wants it. With the usual five
# thousandths a busy loop has the thread wait for most of a second over one commit of hundreds of texts.
LOCK_AT_A_TIME = 0.001


class LedgerWorker:
    """Runs calls on a ledger one after the other, in a thread of its own."""

    def __init__(self, ledger: Ledger, thread: ThreadPoolExecutor | None = None) -> None:
        """`ledger`: not closed by the worker; `thread`: of another worker, to take turns with."""
        sys.setswitchinterval(min(LOCK_AT_A_TIME, sys.getswitchinterval()))
        self._ledger = ledger
        self._thread = thread or ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    def led(self, term: Callable[[], int | None]) -> "LedgerWorker":
        """Return this worker for what only the host that plans does: see `Ledger.led`."""
        return LedgerWorker(self._ledger.led(term), self._thread)

    async def __call__(self, work: Callable[[Ledger], Result]) -> Result:
        """Return what `work` makes of the ledger; raises what it raises.

        Work that has begun is finished even where the caller is cancelled meanwhile.
        """
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, work, self._ledger))

    async def beside(self, work: Callable[[Ledger], Result]) -> Result:
        """Return what `work` makes of the ledger in another thread: for what only reads, and for long."""
        return await asyncio.to_thread(work, self._ledger)

    def close(self) -> None:
        """Finish what was begun and stop the thread."""
        self._thread.shutdown()
