"""What changes in the files need: the procedure behind each message, opt-outs, good files, the call list and loads."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_INSTANT = sa.BigInteger()  # microseconds since 1970, UTC
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORD = sa.String(16)
_TIMES = ("procedure", "arrival")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    """Add columns and tables, and fill them in for the messages that are there."""
    for name in _TIMES:
        # SQLite can add a column that is never empty only with a default.
        op.add_column("messages", sa.Column(name, _INSTANT, nullable=False, server_default=sa.text("0")))
    op.add_column("messages", sa.Column("sent_at", _INSTANT))
    _fill_in_times()
    op.execute("UPDATE messages SET sent_at = (SELECT max(started_at) FROM attempts WHERE attempts.key = messages.key)")
    gone_out = sa.text("state IN ('accepted', 'claimed', 'delivered', 'in-doubt', 'sent', 'unconfirmed')")
    op.create_index("messages_gone_out", "messages", ["to"], sqlite_where=gone_out, postgresql_where=gone_out)
    with op.batch_alter_table("events") as events:
        events.alter_column("cause", type_=sa.Text(), existing_type=sa.String(32), existing_nullable=False)
    _opt_outs()
    _append_only("events")  # making the table anew has dropped what guarded it
    _append_only("opt_outs")
    _good_files()
    _calls()
    _loads()


def _fill_in_times() -> None:
    """Give each message the times of its procedure, as near as a ledger that did not keep them can tell.

    What the text prints; else what another text for the same patient and day prints; else midnight
    (UTC) of the procedure's day. An arrival that no text prints is the procedure.
    """
    rows = list(_stored())
    printed = {
        (patient, day, name): moments[name] for _, patient, day, moments in rows for name in _TIMES if name in moments
    }
    found = []
    for key, patient, day, moments in rows:
        midnight = f"{day}T00:00:00+00:00"
        procedure = moments.get("procedure") or printed.get((patient, day, "procedure"), midnight)
        arrival = moments.get("arrival") or printed.get((patient, day, "arrival"), procedure)
        found.append({"name": key, "procedure": _microseconds(procedure), "arrival": _microseconds(arrival)})
    if found:
        statement = sa.text("UPDATE messages SET procedure = :procedure, arrival = :arrival WHERE key = :name")
        op.get_bind().execute(statement, found)


def _stored() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Yield key, patient, the day of the procedure and what the text prints, earlier revisions first."""
    query = sa.text("SELECT key, patient, quiet, moments FROM messages ORDER BY revision")
    for key, patient, quiet, moments in op.get_bind().execute(query):
        yield key, patient, json.loads(quiet)["procedure_date"], json.loads(moments)


def _microseconds(instant: str) -> int:
    return (datetime.fromisoformat(instant) - _EPOCH) // timedelta(microseconds=1)


def _append_only(table: str) -> None:
    """Have SQLite refuse to rewrite what was told, even by a mistake of ours."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} are only ever appended'); END"
            )


def _opt_outs() -> None:
    op.create_table(
        "opt_outs",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("is_out", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="opt_outs_pk"),
    )
    op.create_index("opt_outs_of_a_phone", "opt_outs", ["phone", "id"])


def _good_files() -> None:
    op.create_table(
        "good_files",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="good_files_pk"),
    )


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("patient", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("say", sa.Text(), nullable=False),
        sa.Column("by_when", _INSTANT, nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT),
        sa.Column("closed_by", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="calls_pk"),
        sa.UniqueConstraint("patient", "reason", "about", name="calls_key"),
    )
    is_open = sa.text("closed_at IS NULL")
    op.create_index("calls_open", "calls", ["by_when", "patient"], sqlite_where=is_open, postgresql_where=is_open)


def _loads() -> None:
    op.create_table(
        "loads",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("outcome", _WORD, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="loads_pk"),
    )
