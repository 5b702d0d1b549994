"""What care of the ledger needs: when a backup took its place, and whose data was purged."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_INSTANT = sa.BigInteger()  # microseconds since 1970, UTC
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "restores",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("as_of", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="restores_pk"),
    )
    op.create_table(
        "purged",
        sa.Column("patient", sa.Text(), nullable=False),
        sa.Column("procedure", _INSTANT, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("patient", name="purged_pk"),
    )
    # Have SQLite refuse to rewrite what the ledger has been through, even by a mistake of ours.
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER restores_no_{verb.lower()} BEFORE {verb} ON restores"
                " BEGIN SELECT RAISE(ABORT, 'restores are only ever appended'); END"
            )
