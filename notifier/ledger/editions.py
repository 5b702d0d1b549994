"""Which version of the schedule files is in force, and which each host has."""

from datetime import datetime

from sqlalchemy import bindparam, insert, select, text

from notifier.core.copies import Copy, Edition, Likeness
from notifier.ledger.errors import LedgerError
from notifier.ledger.page import Page
from notifier.ledger.schema import Instant, editions, hosts

# SQLAlchemy has a construct for this in each engine's dialect; the words are the same in both.
_NOTE = text(
    "INSERT INTO hosts (host, signature, edition, at) VALUES (:host, :signature, :edition, :at)"
    " ON CONFLICT (host) DO UPDATE SET signature = excluded.signature, at = excluded.at,"
    " edition = coalesce(excluded.edition, hosts.edition)"
).bindparams(bindparam("at", type_=Instant))


class Editions(Page):
    """Versions of the files; rows are only ever appended."""

    def edition(self) -> Edition | None:
        """Return the version that is in force; None where no host has told of any."""
        row = self._connection.execute(select(editions).order_by(editions.c.id.desc()).limit(1)).first()
        return None if row is None else Edition(row.id, row.signature, row.host, row.at)

    def edition_of(self, host: str) -> int | None:
        """Return the last version that a host's files have been; None where they were none yet."""
        number: int | None = self._connection.scalar(select(hosts.c.edition).where(hosts.c.host == host))
        return number

    def note_copy(self, copy: Copy, now: datetime) -> None:
        """Note what a host's files are; that they have been in force is kept."""
        is_same = copy.in_force is not None and copy.likeness is Likeness.SAME
        edition = copy.in_force.id if copy.in_force and is_same else None
        self._connection.execute(_NOTE, {"host": copy.host, "signature": copy.signature, "edition": edition, "at": now})

    def put_in_force(self, copy: Copy, now: datetime) -> None:
        """Have a host's files be those in force, in the transaction that applies them.

        Raises LedgerError where others have come into force since they were compared.
        """
        present = self.edition()
        if present != copy.in_force:
            raise LedgerError("The files of another host have just come into force.")
        if present is not None and present.signature == copy.signature:
            return
        row = {"signature": copy.signature, "host": copy.host, "at": now}
        number = self._connection.execute(insert(editions).values(row).returning(editions.c.id)).scalar_one()
        self._connection.execute(_NOTE, {**row, "edition": number})
