"""LIKE and ILIKE with the same meaning on every database: ``%`` and ``_`` are wildcards, nothing is an escape."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class like(FunctionElement[bool]):  # noqa: N801 reads as SQL
    """``like(column, pattern)``, minding case."""

    type = sa.Boolean()
    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any], pattern: str) -> None:
        super().__init__(column, sa.bindparam(None, pattern, type_=_Pattern()))


class ilike(FunctionElement[bool]):  # noqa: N801 reads as SQL
    """``ilike(column, pattern)``, whatever the case."""

    type = sa.Boolean()
    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any], pattern: str) -> None:
        super().__init__(column, sa.bindparam(None, pattern, type_=sa.Text()))


class _Pattern(sa.TypeDecorator[str]):
    """A pattern of LIKE; SQLite's folds case, so there it becomes one of GLOB, which reads other wildcards."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        if value is None or dialect.name != "sqlite":
            return value
        return "".join(f"[{c}]" if c in "*?[" else {"%": "*", "_": "?"}.get(c, c) for c in value)


@compiles(like, "sqlite")
def _glob(element: like, compiler: SQLCompiler, **options: Any) -> str:
    return "({} GLOB {})".format(*_sides(element, compiler, options))


@compiles(like, "postgresql")
def _like(element: like, compiler: SQLCompiler, **options: Any) -> str:
    return "({} LIKE {} ESCAPE '')".format(*_sides(element, compiler, options))


@compiles(ilike, "sqlite")
def _lower_like(element: ilike, compiler: SQLCompiler, **options: Any) -> str:
    return "(lower({}) LIKE lower({}))".format(*_sides(element, compiler, options))


@compiles(ilike, "postgresql")
def _ilike(element: ilike, compiler: SQLCompiler, **options: Any) -> str:
    return "({} ILIKE {} ESCAPE '')".format(*_sides(element, compiler, options))


def _sides(element: FunctionElement[bool], compiler: SQLCompiler, options: dict[str, Any]) -> list[str]:
    return [compiler.process(clause, **options) for clause in element.clauses]
