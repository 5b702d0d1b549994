"""The ledger's tables, as the newest migration leaves them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Dialect,
    Enum,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    literal_column,
    text,
)

from notifier.core.alerts import AlertKind
from notifier.core.calls import CallReason
from notifier.core.delivery import AnswerKind
from notifier.core.lifecycle import Happening, State
from notifier.core.replies import ReplyKind
from notifier.ledger.numbers import as_number, from_number
from notifier.ledger.rows import LoadOutcome, Switch

HEAD = "0007"  # the revision that these tables are at; revisions are numbers, so that a later one sorts higher


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored as a number."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Return the stored number; a naive datetime raises TypeError."""
        return None if value is None else as_number(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Return the instant in UTC."""
        return None if value is None else from_number(value)


def _words(words: type[StrEnum], length: int = 16) -> Enum:
    return Enum(words, values_callable=lambda each: [word.value for word in each], native_enum=False, length=length)


_RowId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself in an INTEGER only

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "ck": "%(table_name)s_%(constraint_name)s",
    }
)

messages = Table(
    "messages",
    metadata,
    Column("key", Text, primary_key=True),
    Column("patient", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", _words(State), nullable=False),
    Column("reason", Text),
    Column("send_at", Instant),
    Column("due_at", Instant),  # when to look at it: send_at, or later after a back-off, never past latest
    Column("position", Integer, nullable=False),
    Column("critical", Boolean, nullable=False),
    Column("earliest", Instant),
    Column("latest", Instant),
    Column("place", Instant),
    Column("moments", Text, nullable=False),  # JSON: name to instant
    Column("dates_only", Text, nullable=False),  # JSON: names
    Column("to", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("body", Text),
    Column("stop_line", Text, nullable=False),
    Column("quiet", Text, nullable=False),  # JSON: zone, procedure date, hours
    Column("attempts", Integer, nullable=False),  # how many were begun
    Column("lease_until", Instant),  # a claim without an answer by then is in doubt
    Column("sid", Text),  # the provider's name of it
    Column("code", Text),  # the last error code, the provider's or ours
    Column("looked_at", Instant),  # when the provider last spoke of it, or was last asked
    Column("updated_at", Instant, nullable=False),
    # The default is what a column that is added to a ledger with rows in it needs; each row is given its own.
    Column("procedure", Instant, nullable=False, server_default=text("0")),
    Column("arrival", Instant, nullable=False, server_default=text("0")),
    Column("sent_at", Instant),  # when it was last claimed
    UniqueConstraint("patient", "step", "revision", name="messages_revision"),
    CheckConstraint(
        "state NOT IN ('planned', 'claimed')"
        " OR (due_at IS NOT NULL AND send_at IS NOT NULL AND latest IS NOT NULL AND body IS NOT NULL)",
        name="messages_can_be_sent",  # as migrations name it: by the convention with the table's name once more
    ),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("key", Text, ForeignKey("messages.key"), nullable=False),
    Column("ordinal", Integer, nullable=False),  # from 1
    Column("to", Text, nullable=False),
    Column("text", Text, nullable=False),  # as sent
    Column("carried_stop_line", Boolean, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("answer", _words(AnswerKind)),  # none yet: in flight, or a crash came in between
    Column("code", Text),
    Column("sid", Text),
    Column("receipt", _words(Happening, length=24)),  # the last that the provider said of this attempt
    UniqueConstraint("key", "ordinal", name="attempts_ordinal"),
)

phones = Table(
    "phones",
    metadata,
    Column("phone", Text, primary_key=True),
    Column("last_attempt_at", Instant, nullable=False),
    Column("stop_line_at", Instant),  # when a text that carried the stop-line was accepted
)

events = Table(
    "events",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("patient", Text, nullable=False),
    Column("key", Text),
    Column("what", String(32), nullable=False),
    Column("why", Text),
    Column("cause", Text, nullable=False),
)

opt_outs = Table(  # append-only: a phone stands as its last row says
    "opt_outs",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("phone", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("is_out", Boolean, nullable=False),
    Column("why", Text, nullable=False),
    Column("by", Text, nullable=False),
)

good_files = Table(
    "good_files",
    metadata,
    Column("name", Text, primary_key=True),  # relative to the schedules folder
    Column("content", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("patient", Text, nullable=False),
    Column("reason", _words(CallReason, length=40), nullable=False),
    Column("about", Text, nullable=False),
    Column("name", Text),
    Column("phone", Text, nullable=False),
    Column("say", Text, nullable=False),
    Column("by_when", Instant, nullable=False),
    Column("is_wanted", Boolean, nullable=False),  # the call was needed when the program last looked
    Column("opened_at", Instant, nullable=False),  # anew where it was opened again
    Column("closed_at", Instant),
    Column("closed_by", Text),
    Column("note", Text),
    UniqueConstraint("patient", "reason", "about", name="calls_key"),
)

loads = Table(
    "loads",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("outcome", _words(LoadOutcome), nullable=False),
    Column("why", Text, nullable=False),  # JSON: sentences
    Column("changes", Integer, nullable=False),  # how many
)

switches = Table(  # append-only: a switch stands as its last row says
    "switches",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("switch", _words(Switch), nullable=False),
    Column("is_on", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text),
)

replies = Table(  # what patients wrote
    "replies",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("sid", Text, nullable=False),  # the provider's name of it: a reply that it repeats is known by that
    Column("phone", Text, nullable=False),
    Column("patient", Text),  # whose booking it was taken for; none where no text ever went to that phone
    Column("at", Instant, nullable=False),
    Column("kind", _words(ReplyKind), nullable=False),
    Column("body", Text, nullable=False),
    Column("answer", Text),  # what was answered, if anything
    UniqueConstraint("sid", name="replies_sid"),
)

alerts = Table(  # what the staff were told of, or are to be: one row for each time that a cause has held
    "alerts",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("cause", Text, nullable=False),  # what makes it the same: "call 17 of 2026-…", "stopped 2026-…"
    Column("kind", _words(AlertKind, 24), nullable=False),
    Column("at", Instant, nullable=False),
    Column("tries", Integer, nullable=False, server_default=text("0")),  # that no channel took
    Column("told_at", Instant),  # when a channel took it
    Column("over_at", Instant),  # when the cause was seen to hold no more
)

restores = Table(  # append-only: when a backup took the ledger's place
    "restores",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("as_of", Instant, nullable=False),  # what happened between this and `at`, the ledger does not know
)

purged = Table(  # whose name, phone and texts are gone
    "purged",
    metadata,
    Column("patient", Text, primary_key=True),
    Column("procedure", Instant, nullable=False),  # an entry with this one, or an earlier, is the one that was purged
    Column("at", Instant, nullable=False),
)

terms = Table(  # append-only: the last row says which host plans; its number fences off whoever planned before
    "terms",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("host", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

editions = Table(  # append-only: the last row is the version of the schedule files that is in force
    "editions",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("signature", Text, nullable=False),
    Column("host", Text, nullable=False),  # whose files they were
    Column("at", Instant, nullable=False),
)

hosts = Table(  # whose files are like what
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("signature", Text, nullable=False),  # of its files, as it last read them
    Column("edition", BigInteger),  # the last that its files have been
    Column("at", Instant, nullable=False),
)

paces = Table(  # how fast all hosts together go
    "paces",
    metadata,
    Column("name", Text, primary_key=True),
    Column("taken_until", Instant, nullable=False),  # by the database's own clock
)

followed = Table(  # how far the ledger follows what the files say of each patient
    "followed",
    metadata,
    Column("patient", Text, primary_key=True),
    Column("version", BigInteger),  # of the entry; null for one that is gone from the files
    Column("look_at", Instant),  # once it has passed, time alone may have changed something
)

bookmarks = Table(  # of events or of opting out and in, up to which something was taken heed of; or of the files, which
    "bookmarks",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("number", BigInteger, nullable=False),
)


def in_state(table: FromClause, *states: State) -> ColumnElement[bool]:
    """Return the condition that a row is in one of the states, written out in the statement.

    Written out since an engine uses a partial index only where the statement itself, and not
    a value bound to it, shows that it may; and in one order, so that it is the same statement
    in each process.
    """
    choices = [literal_column(f"'{state}'", table.c.state.type) for state in sorted(states)]
    return table.c.state == choices[0] if len(choices) == 1 else table.c.state.in_(choices)


def _index_where(name: str, where: ColumnElement[bool], *columns: Column[object], unique: bool = False) -> Index:
    """A partial index: small, however much history the ledger keeps."""
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


_c = messages.c
# In the order in which the migrations have made them: which of two equally good ones SQLite takes depends on it.
INDEXES = (
    _index_where("messages_due", _c.state == State.PLANNED, _c.due_at, _c.latest),
    _index_where("messages_line_of_a_phone", _c.state == State.PLANNED, _c.to, _c.send_at, _c.patient, _c.position),
    _index_where("messages_claimed", _c.state == State.CLAIMED, _c.to, _c.lease_until),
    _index_where("messages_awaiting_receipt", _c.state.in_([State.ACCEPTED, State.SENT]), _c.looked_at),
    _index_where("messages_without_send_at", _c.send_at.is_(None), _c.place),
    # For counts by state. One that begins with `state` would be taken for every question about planned messages.
    Index("messages_send_at", _c.send_at, _c.state),
    Index("events_of_a_patient", events.c.patient, events.c.id),
    Index("opt_outs_of_a_phone", opt_outs.c.phone, opt_outs.c.id),
    _index_where("calls_open", calls.c.closed_at.is_(None), calls.c.by_when, calls.c.patient),
    _index_where("attempts_sid", attempts.c.sid.is_not(None), attempts.c.sid),
    _index_where("messages_in_doubt", _c.state == State.IN_DOUBT, _c.sent_at),
    Index("switches_by_name", switches.c.switch, switches.c.id),
    Index("replies_of_a_phone", replies.c.phone, replies.c.id),
    Index("messages_of_a_phone", _c.to, _c.state),  # all of them, whose a reply is; those claimed or gone out
    Index("alerts_of_a_kind", alerts.c.kind, alerts.c.id),
    _index_where("alerts_open", alerts.c.over_at.is_(None), alerts.c.cause, unique=True),
    _index_where("followed_look_at", followed.c.look_at.is_not(None), followed.c.look_at),
    _index_where("messages_put_off", and_(_c.state == State.PLANNED, _c.due_at > _c.send_at), _c.due_at),
)
