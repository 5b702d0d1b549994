"""What several hosts on one ledger need: who plans, which version of the files is in force, and the common pace."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_INSTANT = sa.BigInteger()  # microseconds since 1970, UTC
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NEW = ("terms", "editions")
_OLD = ("events", "opt_outs", "switches", "restores")  # SQLite guards these already


def upgrade() -> None:
    """Add four tables, and have PostgreSQL guard what is only ever appended, as SQLite does."""
    op.create_table(
        "terms",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="terms_pk"),
    )
    op.create_table(
        "editions",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="editions_pk"),
    )
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("edition", sa.BigInteger()),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("host", name="hosts_pk"),
    )
    op.create_table(
        "paces",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("taken_until", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="paces_pk"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _guard_on_sqlite()
    else:
        _guard_on_postgresql()


def _guard_on_sqlite() -> None:
    for table in _NEW:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} are only ever appended'); END"
            )


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% are only ever appended', TG_TABLE_NAME; END $$"
    )
    for table in (*_OLD, *_NEW):
        op.execute(
            f"CREATE TRIGGER {table}_no_rewriting BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
