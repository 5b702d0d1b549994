"""The stateful machine's look into the ledger's file, past the ledger: in a tenth of the time that asking it takes."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

Rows = list[tuple[object, ...]]

_OF_PATIENTS = (
    "SELECT patient, * FROM messages ORDER BY key",
    "SELECT patient, attempts.* FROM attempts JOIN messages ON messages.key = attempts.key ORDER BY id",
    "SELECT patient, * FROM events ORDER BY id",
)
_OUTCOME = (
    "SELECT * FROM messages ORDER BY key",
    "SELECT at, patient, key, what, why, cause FROM events ORDER BY at, patient, key, what, why",
    (
        "SELECT patient, reason, about, name, phone, say, by_when, is_wanted, opened_at, closed_at FROM calls"
        " ORDER BY patient, reason, about"
    ),
    "SELECT at, fingerprint, outcome, why, changes FROM loads ORDER BY id",
)


class LedgerFile:
    """Reads rows as they are stored: to tell whether they have changed, not what they say."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file)

    def close(self) -> None:
        self._connection.close()

    def tables(self) -> Mapping[str, Rows]:
        """Return all rows of each table."""
        names = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return {name: self._rows(f'SELECT * FROM "{name}"') for (name,) in names}  # noqa: S608 (the schema's own names)

    def rows_by_patient(self) -> Mapping[str, Rows]:
        """Return all rows that a patient's messages, attempts and story are made of."""
        found: defaultdict[str, Rows] = defaultdict(list)
        for query in _OF_PATIENTS:
            for row in self._rows(query):
                found[str(row[0])].append(row)
        return found

    def outcome(self) -> Rows:
        """Return what an update has come to: all but the numbers of rows, which tell in what order it was done."""
        return [row for query in _OUTCOME for row in self._rows(query)]

    def copy_forgetful(self, file: Path) -> None:
        """Copy the ledger to a file, without what it knows of how far it follows the files."""
        file.unlink(missing_ok=True)
        with closing(sqlite3.connect(file)) as copy:
            self._connection.backup(copy)
            copy.executescript("DELETE FROM followed; DELETE FROM bookmarks;")

    def _rows(self, query: str) -> Rows:
        return self._connection.execute(query).fetchall()
