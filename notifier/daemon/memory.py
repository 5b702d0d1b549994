"""What a large plan leaves behind in memory."""

import ctypes
import gc


def settle_memory() -> None:
    """Keep what is there for good apart from what may be garbage, and give back to the system what is free.

    Most of what was read stays: to look for garbage in a hundred thousand entries would hold up what is due. And the C
    library keeps what was freed for later, some 20 MB after a first plan that never comes again; other C libraries
    than glibc see to that by themselves.
    """
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
