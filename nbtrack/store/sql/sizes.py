"""How many rows there are, told at once and not exactly: to count a million takes longer than most searches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

ONE: sa.ColumnElement[int] = sa.literal_column("1")


def about_how_many(
    connection: sa.Connection, table: sa.Table, statements: Sequence[sa.Select[Any]], *, most: int
) -> tuple[int, Sequence[int]]:
    """Return about how many rows a table has, and each statement finds.

    SQLite counts what statements find, each in an index and no further than one more than ``most``. PostgreSQL, which
    reads rows where they lie to count them, says what it expects.
    """
    if connection.dialect.name == "postgresql":
        total, *found = (_expected(connection, each) for each in (sa.select(ONE).select_from(table), *statements))
    else:
        # Rows are numbered as they come. Where many were deleted this is too high.
        numbered = sa.select(sa.func.max(sa.literal_column("rowid"))).select_from(table).scalar_subquery()
        total, *found = connection.execute(sa.select(numbered, *(_count(each, most) for each in statements))).one()
    return max(int(total or 0), *found), found


def _count(statement: sa.Select[Any], most: int) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(statement.limit(most + 1).subquery()).scalar_subquery()


class _Explained(sa.Executable, sa.ClauseElement):
    inherit_cache = False

    def __init__(self, statement: sa.Select[Any]) -> None:
        self.statement = statement


@compiles(_Explained)
def _explain(element: _Explained, compiler: SQLCompiler, **options: Any) -> str:
    return "EXPLAIN (FORMAT JSON) " + compiler.process(element.statement, **options)


def _expected(connection: sa.Connection, statement: sa.Select[Any]) -> int:
    ((document,),) = connection.execute(_Explained(statement))
    return int(document[0]["Plan"]["Plan Rows"])
