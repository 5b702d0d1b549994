"""Inserting many rows at once, straight through the driver.

SQLAlchemy prepares the values of each row anew, which takes three times as long as the engine needs to store it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.types import TypeEngine

from notifier.ledger.schema import Instant, as_number

_Process = Callable[[object], object] | None


@dataclass(frozen=True, slots=True)
class _Statement:
    """An insertion in an engine's own words."""

    words: str
    names: Sequence[str]  # of the columns, in the order in which their values are given
    processes: Sequence[_Process]  # that make a value what the driver takes, by column
    is_positional: bool


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the rows, whose values are given by column, and of which all have the same columns."""
    if not rows:
        return
    statement = _statement(table, tuple(rows[0]), connection.dialect)
    pairs = list(zip(statement.names, statement.processes, strict=True))
    values = [tuple([row[name] if process is None else process(row[name]) for name, process in pairs]) for row in rows]
    if statement.is_positional:
        connection.exec_driver_sql(statement.words, values)
    else:
        connection.exec_driver_sql(statement.words, [dict(zip(statement.names, row, strict=True)) for row in values])


@lru_cache
def _statement(table: Table, names: tuple[str, ...], dialect: Dialect) -> _Statement:
    compiled = insert(table).compile(dialect=dialect, column_keys=list(names))
    ordered = tuple(getattr(compiled, "positiontup", None) or names)
    processes = [_process(table.c[name].type, dialect) for name in ordered]
    return _Statement(str(compiled), ordered, processes, is_positional=dialect.positional)


def _process(kind: TypeEngine[object], dialect: Dialect) -> _Process:
    # What SQLAlchemy wraps around each value of a type of our own costs more than the work itself.
    return _number if isinstance(kind, Instant) else kind.dialect_impl(dialect).bind_processor(dialect)


@lru_cache(maxsize=4096)  # a patient's messages share most of their instants
def _number(instant: datetime | None) -> int | None:
    return None if instant is None else as_number(instant)
