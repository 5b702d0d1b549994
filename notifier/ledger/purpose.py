"""What a transaction is for."""

from enum import Enum, auto


class Purpose(Enum):
    """How a transaction gets on with others that are under way."""

    READING = auto()  # sees one instant, and is in nobody's way
    WRITING = auto()  # alone: what it reads is so until it has written
    DISPATCHING = auto()  # beside others of its kind on other hosts, and locks the rows that it is about
    ASIDE = auto()  # writes of no message: in nobody's way
