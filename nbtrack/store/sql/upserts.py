"""INSERT ... ON CONFLICT, which SQLAlchemy has for each database and not for all."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

_INSERTS: Mapping[str, Callable[[sa.Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}

New = ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]
"""Columns of the row that could not be inserted."""


class Upsert:
    """An INSERT for rows that may be there already.

    Parameters
    ----------
    table
        Where to.
    key
        Columns that name a row; those of any key if it is empty.
    change
        Gives, from the new row's columns, what the row that is there gets; None leaves that as it is.
    """

    def __init__(
        self,
        table: sa.Table,
        key: Sequence[str] = (),
        change: Callable[[New], Mapping[str, sa.ColumnElement[Any]]] | None = None,
    ) -> None:
        self._statements: dict[str, sa.Insert] = {}
        for dialect, insert in _INSERTS.items():
            statement = insert(table)
            self._statements[dialect] = (
                statement.on_conflict_do_nothing()
                if change is None
                else statement.on_conflict_do_update(index_elements=key, set_=dict(change(statement.excluded)))
            )

    def write(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write many rows, all with the same columns; values are as the columns' types would give them to SQLite."""
        if connection.dialect.name != "sqlite":
            connection.execute(self.on(connection), rows)
            return
        # SQLAlchemy looks at each value of each row, which takes longer than writing them.
        text, values_of = self._prepared(tuple(rows[0]))
        connection.exec_driver_sql(text, [values_of(row) for row in rows])

    @functools.cache  # noqa: B019 there are a few upserts, which live as long as the process
    def _prepared(self, columns: tuple[str, ...]) -> tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]]:
        """Return the text of the statement for SQLite, and what takes its parameters from a row."""
        compiled = self._statements["sqlite"].compile(dialect=sqlite.dialect(), column_keys=list(columns))
        return str(compiled), operator.itemgetter(*(compiled.positiontup or ()))

    def on(self, connection: sa.Connection) -> sa.Insert:
        """Return the statement in the dialect of a connection."""
        return self._statements[connection.dialect.name]


def replacing(*columns: str) -> Callable[[New], Mapping[str, sa.ColumnElement[Any]]]:
    """Say that the row which is there gets the new row's values in these columns."""
    return lambda new: {column: new[column] for column in columns}
