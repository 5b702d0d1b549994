"""Many rows in one value: the engine takes a thousand of them in one step.

Handed over one by one, each would be bound, counted and waited for by itself. With SQLite that means to give the
interpreter's lock away and to get it back for each, while the event loop's thread is after it as well.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Cast, TableValuedAlias, Text, bindparam, cast, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeEngine

_ROWS = "given_rows"


class json_each(GenericFunction[str]):  # noqa: N801 (SQLAlchemy registers a function by its class's name)
    """The elements of a JSON array, one row each, in its column `value`."""

    inherit_cache = True


@compiles(json_each, "postgresql")
def _as_postgresql_says(element: json_each, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 (SQLAlchemy's signature)
    return f"jsonb_array_elements(CAST({compiler.process(element.clauses, **options)} AS jsonb))"


class GivenRows:
    """Rows that a statement is given in one value, as a table that it can select from."""

    def __init__(self, **columns: type[TypeEngine[Any]]) -> None:
        """`columns` in the order in which each row has them; an instant is the number that the ledger stores."""
        self.table: TableValuedAlias = func.json_each(bindparam(_ROWS, type_=Text)).table_valued("value", name="given")
        self._columns = {
            name: cast(self.table.c.value.op("->>")(literal_column(str(place))), kind)
            for place, (name, kind) in enumerate(columns.items())
        }

    def __getitem__(self, column: str) -> Cast[Any]:
        """Return a column."""
        return self._columns[column]

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return list(self._columns)

    @property
    def columns(self) -> list[Cast[Any]]:
        """The columns, in order."""
        return list(self._columns.values())


def given(rows: Iterable[Sequence[object]]) -> dict[str, str]:
    """Return the parameter that hands rows to a statement."""
    return {_ROWS: json.dumps([*rows], ensure_ascii=False)}
