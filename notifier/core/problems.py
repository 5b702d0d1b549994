"""An admin's mistake as a value: where it is, what is wrong, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps what it touches from being sent; a warning never does."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A place in a schedule file; lines and columns count from 1, columns in characters."""

    file: str  # relative to the schedules folder, with forward slashes
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, said in the admin's words."""

    spot: Spot
    severity: Severity
    code: str  # stable, such as "unknown-key": for programs, and for `allow`
    message: str
    hint: str


class WordingError(ValueError):
    """Text of a file that means nothing; its message is a sentence, `hint` says how to mend it."""

    def __init__(self, code: str, message: str, hint: str, offset: int = 0) -> None:
        """`offset`: where in the text the mistake begins, in characters from 0."""
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.offset = offset
