"""What was worked out for the last reading, so that the next need not do it again."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """Results by what they were made of; what one reading does not ask for, the next does not know."""

    def __init__(self) -> None:
        self._last: dict[Hashable, Value] = {}
        self._present: dict[Hashable, Value] = {}

    def turn(self) -> None:
        """Begin a reading."""
        self._last, self._present = self._present, {}

    def recall(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return what was made of `key` in this reading or the last; else make it now."""
        if key not in self._present:
            self._present[key] = self._last[key] if key in self._last else make()
        return self._present[key]
