"""What is particular to PostgreSQL: how its sessions are set up, and which locks its transactions take.

All of the program's reasoning is that of SQLite, where whoever writes is alone: the planner decides by what it has
read, a pause or an opt-out holds from its commit on. So every transaction that writes takes one lock for itself,
and those of dispatch, which are on many hosts at once, share it: planner, pause and opt-out keep them out, and
they keep out of each other's way by the rows and phones that they lock.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import URL, Connection, text

from notifier.ledger.purpose import Purpose

LEDGER_LOCK = 0x6E6F7469_00000001  # "noti": other programs' locks in the same database are other numbers
SEAT_LOCK = 0x6E6F7469_00000002  # held by the one host that plans
PHONE_LOCKS = 0x6E6F7469  # the space of a lock for each phone
CHANNEL = "notifier"  # who listens there hears that something was written
PLAN = "plan"  # what is said there where the files have to be planned anew

LOST_AFTER = 6  # seconds until a connection to a host, or a server, that does not answer counts as lost

# Seconds. The longest statement reads a nation's messages; the longest pause within a transaction is planning's.
_STATEMENT_WAIT, _LOCK_WAIT, _IDLE_WAIT = 300, 20, 120
_CONNECT_WAIT = 5
_BEGINNINGS = {
    Purpose.WRITING: f"SELECT pg_advisory_xact_lock({LEDGER_LOCK})",
    Purpose.DISPATCHING: f"SELECT pg_advisory_xact_lock_shared({LEDGER_LOCK})",
}

# Never waits: a phone that another host is about to text is left to it, and no two hosts wait for each other.
_LOCK_PHONES = text(
    "SELECT phone FROM unnest(CAST(:phones AS text[])) AS phone"
    " WHERE pg_try_advisory_xact_lock(:space, hashtext(phone))"
).bindparams(space=PHONE_LOCKS)

_GROWN = text(
    "SELECT name FROM unnest(CAST(:names AS text[]), CAST(:rows AS bigint[])) AS written (name, rows)"
    " JOIN pg_class ON pg_class.oid = to_regclass(name) WHERE reltuples < 10 * rows"
)


def signature(term: int | None) -> str:
    """Return by what the host whose term this is knows its own writing, of which every host is told."""
    return f"term {term}"


_TAKE_SEAT = text("SELECT pg_try_advisory_lock(:seat)").bindparams(seat=SEAT_LOCK)


def connect_arguments(url: URL) -> dict[str, object]:
    """Return what a session is set up with: nothing waits for ever, and both ends notice that the other has gone."""
    server = {
        "statement_timeout": f"{_STATEMENT_WAIT}s",
        "lock_timeout": f"{_LOCK_WAIT}s",
        # A host that stands still in the middle of a transaction must not keep all others waiting for good.
        "idle_in_transaction_session_timeout": f"{_IDLE_WAIT}s",
        # The server's side of the connection: the locks of a host that was cut off are free again soon.
        "tcp_keepalives_idle": "2",
        "tcp_keepalives_interval": "1",
        "tcp_keepalives_count": str(LOST_AFTER - 2),
        "tcp_user_timeout": str(LOST_AFTER * 1000),
    }
    asked = url.query.get("options", "")
    options = [f"-c {name}={value}" for name, value in server.items()]
    return {
        "options": " ".join([*options, *([asked] if isinstance(asked, str) else asked)]).strip(),
        "application_name": "notifier",
        "connect_timeout": _CONNECT_WAIT,
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "keepalives_count": LOST_AFTER - 2,
        "tcp_user_timeout": LOST_AFTER * 1000,
    }


def begin_statement(purpose: Purpose) -> str | None:
    """Return the statement with which a transaction begins; None where it takes no lock of the whole ledger.

    Waiters are served in order: dispatch on many hosts does not starve a writer.
    """
    return _BEGINNINGS.get(purpose)


def count_anew(connection: Connection, written: Mapping[str, int]) -> None:
    """Have the server look at how much is in tables to which so many rows were written; other engines need none of it.

    The server does it by itself, within minutes. Until then it takes a new ledger's tables for nearly empty, and reads
    them in ways that take seventy times as long: at each look at the line, all that is due is gone through. A table
    that has not grown by a tenth, which is the server's own measure, is left to it: a look at a large one reads 240 MB,
    and nothing is sent meanwhile. So is one at which a vacuum is at work: what was written must not fail for that.
    """
    if not written or connection.dialect.name != "postgresql":
        return
    grown = connection.scalars(_GROWN, {"names": list(written), "rows": list(written.values())}).all()
    if grown:
        connection.exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {', '.join(grown)}")


def lock_phones(connection: Connection, phones: Iterable[str]) -> frozenset[str]:
    """Lock phones until the end of the transaction, and return those that no other transaction has locked.

    Phones rather than their rows: of one that was never texted there is none.
    """
    return frozenset(connection.scalars(_LOCK_PHONES, {"phones": sorted(set(phones))}))


def take_seat(connection: Connection) -> bool:
    """Take the planner's seat for as long as the connection lives; False where another has it."""
    return bool(connection.scalar(_TAKE_SEAT))
