"""Making a new ledger at once: what the database holds after this is what it holds after all migrations."""

from collections.abc import Iterator

from sqlalchemy import DDL, Column, Connection, Executable, MetaData, PrimaryKeyConstraint, String, Table, insert
from sqlalchemy.schema import CreateIndex, CreateTable

from notifier.ledger.schema import HEAD, INDEXES, editions, events, metadata, opt_outs, restores, switches, terms

# The database refuses to rewrite what was told, even by a mistake of ours.
_APPEND_ONLY = (events, opt_outs, switches, restores, terms, editions)
_VERSION = Table(  # as alembic makes it, where it keeps the revision
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def make_tables(connection: Connection) -> None:
    """Make a ledger in a database without anything in it; all of it happens in the caller's transaction.

    Alembic, which takes ten times as long for it, is not imported. Nor is it `create_all`, which
    makes the indexes of a table in any order.
    """
    for statement in _statements(connection.dialect.name):
        connection.execute(statement)


def _statements(engine: str) -> Iterator[Executable]:
    yield CreateTable(_VERSION)
    for table in metadata.sorted_tables:
        yield CreateTable(table)
    for index in INDEXES:
        yield CreateIndex(index)
    yield from map(DDL, _guards_on_sqlite() if engine == "sqlite" else _guards_on_postgresql())
    yield insert(_VERSION).values(version_num=HEAD)


def _guards_on_sqlite() -> Iterator[str]:
    for table in _APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER {table.name}_no_{verb.lower()} BEFORE {verb} ON {table.name}"
                f" BEGIN SELECT RAISE(ABORT, '{table.name} are only ever appended'); END"
            )


def _guards_on_postgresql() -> Iterator[str]:
    yield (
        "CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '%% are only ever appended', TG_TABLE_NAME; END $$"
    )
    for table in _APPEND_ONLY:
        yield (
            f"CREATE TRIGGER {table.name}_no_rewriting BEFORE UPDATE OR DELETE OR TRUNCATE ON {table.name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
