"""Several hosts with a copy of the schedule files each: whose are in force, and whose are a later change of those."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of the files that came into force."""

    id: int
    signature: str  # of all files: where it is the same, they say the same
    host: str  # whose they were
    at: datetime


class Likeness(Enum):
    """What a host's files are, held against those in force."""

    SAME = auto()  # or there are none in force yet
    LATER = auto()  # they have been those in force, and were changed since
    OTHER = auto()  # they have never been: nobody can say which are newer


def compare(signature: str, has_been: int | None, in_force: Edition | None) -> Likeness:
    """Return what files with a signature are; `has_been` is the last edition that they were seen to be."""
    if in_force is None or signature == in_force.signature:
        return Likeness.SAME
    return Likeness.LATER if has_been == in_force.id else Likeness.OTHER


@dataclass(frozen=True, slots=True)
class Copy:
    """A host's files as they were held against those in force."""

    host: str
    signature: str
    likeness: Likeness
    in_force: Edition | None
    plans: bool = True  # its host does, or was the last that did

    def objections(self, *, plans: bool) -> tuple[str, ...]:
        """Return why the files are not applied, in words, at most one; `plans`: whether this host is to apply them."""
        if self.in_force is None or self.likeness is Likeness.SAME:
            return ()
        theirs = f"those in force, which came from {self.in_force.host}"
        if self.likeness is Likeness.OTHER:
            return (f"The files on {self.host} are not {theirs}, and were never seen to be: which are right?",)
        if plans:
            return ()
        return (f"The files on {self.host} are newer than {theirs}: the host that plans has not got them yet.",)
