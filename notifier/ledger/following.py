"""What the ledger keeps of how far it follows the files: patient by patient, and until which event."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, bindparam, delete, func, select, text

from notifier.core.lifecycle import UNSENT, State
from notifier.ledger.calling import CALL_CLOSED, CALL_OPENED
from notifier.ledger.many import GivenRows, given
from notifier.ledger.page import Page
from notifier.ledger.purging import NOTHING
from notifier.ledger.rows import in_chunks
from notifier.ledger.schema import Instant, bookmarks, events, followed, in_state, messages, opt_outs

PLANNED_TO, CALLED_TO = "planned", "called"  # up to which event messages are planned, and the call list is true
OPTED_TO = "opted"  # up to which opting out or in messages are planned
FILES = "files"  # which version of all files together is followed: `core.following.Versions.of_all`

# SQLAlchemy has a construct for these in each engine's dialect; the words are the same in both. What is the same is
# not written again.
_FOLLOW = text(
    "INSERT INTO followed (patient, version, look_at) VALUES (:patient, :version, :look_at)"
    " ON CONFLICT (patient) DO UPDATE SET version = excluded.version, look_at = excluded.look_at"
    " WHERE followed.version IS DISTINCT FROM excluded.version OR followed.look_at IS DISTINCT FROM excluded.look_at"
).bindparams(bindparam("look_at", type_=Instant))
_MARK = text(
    "INSERT INTO bookmarks (name, number) VALUES (:name, :number)"
    " ON CONFLICT (name) DO UPDATE SET number = excluded.number WHERE bookmarks.number <> excluded.number"
)

_SOME, _TEXTS_EACH = 1000, 4  # patients who are counted one by one, and how many texts of each are looked at

_PHONES = GivenRows(phone=Text)
_IS_FOR_THEM = messages.c.to.in_(select(_PHONES["phone"]))
_IN_LINE_AT = select(messages.c.patient).where(in_state(messages, State.PLANNED), _IS_FOR_THEM).distinct()


@dataclass(frozen=True, slots=True)
class Followed:
    """How far the ledger follows what the files say of one patient."""

    patient: str
    version: int | None  # of the entry; None for one that is gone from the files
    look_at: datetime | None  # once it has passed, time alone may have changed something; None for never


class Following(Page):
    """Who has to be planned again, and who has not."""

    def followed(self) -> Iterator[tuple[str, int]]:
        """Yield every patient whom the ledger follows, with the version of the entry."""
        query = select(followed.c.patient, followed.c.version).where(followed.c.version.is_not(None))
        for rows in self._connection.execute(query, execution_options={"yield_per": 1000}).partitions():
            yield from ((patient, version) for patient, version in rows)

    def follow(self, rows: Iterable[Followed]) -> None:
        """Keep how far these patients are followed; whoever is gone and has nothing to be looked at is forgotten."""
        over: list[str] = []
        for chunk in in_chunks(rows):
            over += [row.patient for row in chunk if row.version is None and row.look_at is None]
            kept = [
                {"patient": row.patient, "version": row.version, "look_at": row.look_at}
                for row in chunk
                if row.version is not None or row.look_at is not None
            ]
            if kept:
                self._connection.execute(_FOLLOW, kept)
        for some in in_chunks(over):
            self._connection.execute(delete(followed).where(followed.c.patient.in_(some)))

    def look_again(self, looks: Iterable[tuple[str, datetime | None]]) -> None:
        """Keep when these patients, whose versions stay what they are, are to be looked at again."""
        for chunk in in_chunks(looks):
            versions = select(followed.c.patient, followed.c.version)
            known = dict(
                self._connection.execute(versions.where(followed.c.patient.in_([one for one, _ in chunk]))).all()
            )
            self.follow([Followed(patient, known.get(patient), at) for patient, at in chunk])

    def patients_due(self, now: datetime) -> set[str]:
        """Return the patients about whom time alone may have changed something."""
        return set(self._connection.scalars(select(followed.c.patient).where(followed.c.look_at < now)))

    def next_look(self) -> datetime | None:
        """Return the earliest instant after which time alone may change something about anybody."""
        at: datetime | None = self._connection.scalar(select(func.min(followed.c.look_at)))
        return at

    def bookmark(self, name: str) -> int:
        """Return up to which number something was taken heed of; 0 before the first time."""
        return self._connection.scalar(select(bookmarks.c.number).where(bookmarks.c.name == name)) or 0

    def set_bookmarks(self, numbers: Mapping[str, int]) -> None:
        """Keep up to which numbers, by name, something was taken heed of."""
        self._connection.execute(_MARK, [{"name": name, "number": number} for name, number in numbers.items()])

    def last_event(self) -> int:
        """Return the number of the last event; 0 before the first."""
        return self._connection.scalar(select(func.max(events.c.id))) or 0

    def patients_touched(self, event: int) -> set[str]:
        """Return the patients to whose messages anything happened after the event of that number."""
        # Not distinct, for which SQLite would go through the events of all patients.
        since = select(events.c.patient).where(events.c.id > event, events.c.what.not_in((CALL_OPENED, CALL_CLOSED)))
        return set(self._connection.scalars(since))

    def phones_opted(self, number: int) -> set[str]:
        """Return the phones that have opted out or in after the time of that number."""
        return set(self._connection.scalars(select(opt_outs.c.phone).where(opt_outs.c.id > number)))

    def phones_of(self, patients: Collection[str]) -> set[str]:
        """Return the phones that any messages of these patients are for."""
        found: set[str] = set()
        for chunk in in_chunks(sorted(patients)):
            query = select(messages.c.to).where(messages.c.patient.in_(chunk), messages.c.to != NOTHING)
            found.update(self._connection.scalars(query.distinct()))
        return found

    def patients_of(self, phones: Collection[str]) -> set[str]:
        """Return the patients any of whose messages are for these phones."""
        found: set[str] = set()
        for chunk in in_chunks(sorted(phones)):
            found.update(
                self._connection.scalars(select(messages.c.patient).where(messages.c.to.in_(chunk)).distinct())
            )
        return found

    def in_line_at(self, phones: Collection[str]) -> set[str]:
        """Return the patients with texts in the line for these phones."""
        return set(self._connection.scalars(_IN_LINE_AT, given((phone,) for phone in phones)))

    def patients_pending(self, enough: int | None = None) -> int:
        """Return how many patients have texts pending; where there are `enough`, perhaps only that there are so many.

        Of a million texts a count takes more than a second, during which nobody else writes.
        """
        if enough is not None and enough <= _SOME:
            # By their turn, since texts that are due one after the other are as a rule of different patients.
            line = select(messages.c.patient).where(in_state(messages, State.PLANNED)).order_by(messages.c.due_at)
            first = line.limit(_TEXTS_EACH * enough).subquery()
            found = self._connection.scalar(select(func.count(first.c.patient.distinct()))) or 0
            if found >= enough:
                return found
        query = select(func.count(messages.c.patient.distinct())).where(in_state(messages, *UNSENT))
        return self._connection.scalar(query) or 0
