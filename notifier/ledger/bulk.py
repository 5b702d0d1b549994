"""Inserting many rows at once: hundreds in one statement, straight through the driver.

SQLAlchemy prepares the values of each row anew, which takes three times as long as the engine needs to store it. And
while a statement is at work another thread can go on: handed over row by row, each would wait to get back in.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

from sqlalchemy import Connection, Dialect, Table

# Rows in one statement: few sizes, so that the driver has each of the statements prepared already.
_SIZES = tuple(2**power for power in range(9, -1, -1))


def insert_rows(
    connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[tuple[object, ...]]
) -> None:
    """Insert rows, each with the values of `names` in that order, as the ledger stores them: instants as numbers."""
    begin = 0
    for size in _SIZES:
        while len(rows) - begin >= size:
            words = _words(table, names, size, connection.dialect)
            connection.exec_driver_sql(words, tuple(chain.from_iterable(rows[begin : begin + size])))
            begin += size


@lru_cache
def _words(table: Table, names: tuple[str, ...], size: int, dialect: Dialect) -> str:
    quote = dialect.identifier_preparer.quote
    place = "?" if dialect.paramstyle == "qmark" else "%s"
    row = f"({', '.join(place for _ in names)})"
    columns = ", ".join(quote(name) for name in names)
    return f"INSERT INTO {quote(table.name)} ({columns}) VALUES {', '.join([row] * size)}"  # noqa: S608 (the names are the schema's)
