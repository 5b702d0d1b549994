"""Entries that tell who of them was looked at: what costs as much as there are patients looks at all of them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from notifier.core.model import Patient


class _Watched(Patient):
    """An entry of which every look at it is noted."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> object:
        _looked_at.add(id(self))
        return super().__getattribute__(name)


_looked_at: set[int] = set()


@contextmanager
def watched(entries: Iterable[Patient]) -> Iterator[set[int]]:
    """Give a set to which it is added, by `id`, who of some entries is looked at in the block; they stay the same."""
    entries = list(entries)
    for entry in entries:
        object.__setattr__(entry, "__class__", _Watched)
    _looked_at.clear()
    try:
        yield _looked_at
    finally:
        for entry in entries:
            object.__setattr__(entry, "__class__", Patient)
