"""How many rows a table has, told at once and not exactly: to count a million takes longer than most searches."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class about_how_many(FunctionElement[int]):  # noqa: N801 reads as SQL
    """``about_how_many(table)``; NULL or less than 1 where the database doesn't know."""

    type = sa.BigInteger()
    inherit_cache = True

    def __init__(self, table: sa.Table) -> None:
        super().__init__(sa.literal_column(table.name))


@compiles(about_how_many, "sqlite")
def _highest_number(element: about_how_many, compiler: SQLCompiler, **options: Any) -> str:
    # Rows are numbered as they come. Where many were deleted this is too high.
    return f"(SELECT max(rowid) FROM {_table(element, compiler, options)})"  # noqa: S608 compiled SQL


@compiles(about_how_many, "postgresql")
def _of_statistics(element: about_how_many, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT reltuples FROM pg_class WHERE oid = '{_table(element, compiler, options)}'::regclass)"  # noqa: S608 compiled SQL


def _table(element: about_how_many, compiler: SQLCompiler, options: dict[str, Any]) -> str:
    return compiler.process(element.clauses, **options)
