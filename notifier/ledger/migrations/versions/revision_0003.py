"""What delivery needs: receipts by attempt, what keeps all texts back, replies, and what the staff were told."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INSTANT = sa.BigInteger()  # microseconds since 1970, UTC
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORD = sa.String(16)


def upgrade() -> None:
    """Add a column and tables; what the provider said so far is told by each message's state."""
    op.add_column("attempts", sa.Column("receipt", sa.String(24)))
    # A message may have several names at the provider, one for each attempt.
    op.drop_index("messages_sid", "messages")
    _index("attempts_sid", "attempts", ["sid"], "sid IS NOT NULL")
    _index("messages_in_doubt", "messages", ["sent_at"], "state = 'in-doubt'")
    _switches()
    _replies()
    _alerts()


def _index(name: str, table: str, columns: list[str], where: str, *, is_unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=is_unique, sqlite_where=condition, postgresql_where=condition)


def _switches() -> None:
    op.create_table(
        "switches",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("switch", _WORD, nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="switches_pk"),
    )
    op.create_index("switches_by_name", "switches", ["switch", "id"])
    # Have SQLite refuse to rewrite who kept the texts back, even by a mistake of ours.
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER switches_no_{verb.lower()} BEFORE {verb} ON switches"
                " BEGIN SELECT RAISE(ABORT, 'switches are only ever appended'); END"
            )


def _replies() -> None:
    op.create_table(
        "replies",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("patient", sa.Text()),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("kind", _WORD, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="replies_pk"),
        sa.UniqueConstraint("sid", name="replies_sid"),
    )
    op.create_index("replies_of_a_phone", "replies", ["phone", "id"])
    # Whose a reply is, also where nothing has gone out; it answers as well what the other was for.
    op.drop_index("messages_gone_out", "messages")
    op.create_index("messages_of_a_phone", "messages", ["to", "state"])


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("told_at", _INSTANT),
        sa.Column("over_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name="alerts_pk"),
    )
    op.create_index("alerts_of_a_kind", "alerts", ["kind", "id"])
    _index("alerts_open", "alerts", ["cause"], "over_at IS NULL", is_unique=True)
