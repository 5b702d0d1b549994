"""Messages, attempts, phones and events: the first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INSTANT = sa.BigInteger()  # microseconds since 1970, UTC
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORD = sa.String(16)


def upgrade() -> None:
    """Make the tables."""
    _messages()
    _indexes_of_messages()
    _attempts()
    op.create_table(
        "phones",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("last_attempt_at", _INSTANT, nullable=False),
        sa.Column("stop_line_at", _INSTANT),
        sa.PrimaryKeyConstraint("phone", name="phones_pk"),
    )
    _events()


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("patient", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("send_at", _INSTANT),
        sa.Column("due_at", _INSTANT),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("earliest", _INSTANT),
        sa.Column("latest", _INSTANT),
        sa.Column("place", _INSTANT),
        sa.Column("moments", sa.Text(), nullable=False),
        sa.Column("dates_only", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("body", sa.Text()),
        sa.Column("stop_line", sa.Text(), nullable=False),
        sa.Column("quiet", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", _INSTANT),
        sa.Column("sid", sa.Text()),
        sa.Column("code", sa.Text()),
        sa.Column("looked_at", _INSTANT),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="messages_pk"),
        sa.UniqueConstraint("patient", "step", "revision", name="messages_revision"),
        sa.CheckConstraint(
            "state NOT IN ('planned', 'claimed')"
            " OR (due_at IS NOT NULL AND send_at IS NOT NULL AND latest IS NOT NULL AND body IS NOT NULL)",
            name="messages_can_be_sent",
        ),
    )


def _indexes_of_messages() -> None:
    _index_where("messages_due", ["due_at", "latest"], "state = 'planned'")
    _index_where("messages_line_of_a_phone", ["to", "send_at", "patient", "position"], "state = 'planned'")
    _index_where("messages_claimed", ["to", "lease_until"], "state = 'claimed'")
    _index_where("messages_awaiting_receipt", ["looked_at"], "state IN ('accepted', 'sent')")
    _index_where("messages_sid", ["sid"], "sid IS NOT NULL", unique=True)
    _index_where("messages_without_send_at", ["place"], "send_at IS NULL")
    op.create_index("messages_send_at", "messages", ["send_at", "state"])


def _index_where(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, "messages", columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("carried_stop_line", sa.Boolean(), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT),
        sa.Column("answer", _WORD),
        sa.Column("code", sa.Text()),
        sa.Column("sid", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="attempts_pk"),
        sa.UniqueConstraint("key", "ordinal", name="attempts_ordinal"),
        sa.ForeignKeyConstraint(["key"], ["messages.key"], name="attempts_key_fk"),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("patient", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("why", sa.Text()),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="events_pk"),
    )
    op.create_index("events_of_a_patient", "events", ["patient", "id"])
    if op.get_bind().dialect.name == "sqlite":  # what was told is never rewritten, not even by a mistake of ours
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER events_no_{verb.lower()} BEFORE {verb} ON events"
                " BEGIN SELECT RAISE(ABORT, 'events are only ever appended'); END"
            )
