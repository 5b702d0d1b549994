"""What the ledger keeps of the schedule files: their last good versions, and what became of each reading."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import LargeBinary, bindparam, insert, select, text, update

from notifier.ledger.page import Page
from notifier.ledger.rows import Load, LoadOutcome, load_of
from notifier.ledger.schema import Instant, good_files, loads

# SQLAlchemy has a construct for this in each engine's dialect; the words are the same in both.
_KEEP = text(
    "INSERT INTO good_files (name, content, sha256, at) VALUES (:name, :content, :sha256, :at)"
    " ON CONFLICT (name) DO UPDATE SET content = excluded.content, sha256 = excluded.sha256, at = excluded.at"
    " WHERE good_files.sha256 <> excluded.sha256 RETURNING name"
).bindparams(bindparam("content", type_=LargeBinary), bindparam("at", type_=Instant))


class Filing(Page):
    """Files that stay in force while a newer version has an error (contract, section 5), and the readings."""

    def keep_files(self, files: Mapping[str, bytes], now: datetime) -> list[str]:
        """Keep the last good versions of some files, by name; return the names of those that differ from what was kept.

        Files that are not given stay as they are.
        """
        kept: list[str] = []
        for name, content in sorted(files.items()):
            values = {"name": name, "content": content, "sha256": sha256(content).hexdigest(), "at": now}
            kept += self._connection.scalars(_KEEP, values).all()
        return kept

    def good_files(self) -> dict[str, bytes]:
        """Return the last good version of each file that was ever kept, by name."""
        query = select(good_files.c.name, good_files.c.content).order_by(good_files.c.name)
        return {row.name: row.content for row in self._connection.execute(query)}

    def kept_at(self) -> dict[str, datetime]:
        """Return since when the last good version of each file is what it is, by name."""
        return {row.name: row.at for row in self._connection.execute(select(good_files.c.name, good_files.c.at))}

    def note_load(self, fingerprint: str, outcome: LoadOutcome, why: Sequence[str], changes: int, now: datetime) -> int:
        """Note a reading of the files that changed something or was held back; return its number, a cause to tell."""
        values = {"at": now, "fingerprint": fingerprint, "outcome": outcome, "why": json.dumps(why), "changes": changes}
        number: int = self._connection.execute(insert(loads).values(values).returning(loads.c.id)).scalar_one()
        return number

    def count_load(self, number: int, changes: int) -> None:
        """Note how many changes a reading has made, known once they are."""
        self._connection.execute(update(loads).where(loads.c.id == number).values(changes=changes))

    def last_load(self) -> Load | None:
        """Return the last reading that was noted; one that waits is what a person was shown last."""
        row = self._connection.execute(select(loads).order_by(loads.c.id.desc()).limit(1)).first()
        return None if row is None else load_of(row)
