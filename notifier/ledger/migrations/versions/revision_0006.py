"""How far the ledger follows the files: each patient's version, and until which event."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_INSTANT = sa.BigInteger()  # microseconds since 1970, UTC


def upgrade() -> None:
    """Add two tables; while they are empty everybody is planned, once."""
    op.create_table(
        "followed",
        sa.Column("patient", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger()),
        sa.Column("look_at", _INSTANT),
        sa.PrimaryKeyConstraint("patient", name="followed_pk"),
    )
    is_timed = sa.text("look_at IS NOT NULL")
    op.create_index("followed_look_at", "followed", ["look_at"], sqlite_where=is_timed, postgresql_where=is_timed)
    op.create_table(
        "bookmarks",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="bookmarks_pk"),
    )
