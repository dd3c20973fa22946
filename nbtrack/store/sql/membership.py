"""``column IN (...)`` for any number of texts, as one parameter: a statement stays the same however many there are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class one_of(FunctionElement[Any]):  # noqa: N801 reads as SQL
    """``one_of(column, texts)``; ``texts`` may be the name of a parameter that is given later."""

    # As a Boolean, SQLite would be asked for ``(...) = 1``, which no index serves.
    type = sa.types.NullType()
    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any], texts: Sequence[str] | str) -> None:
        name = texts if isinstance(texts, str) else None
        value = sa.bindparam(name, type_=_Texts()) if name else sa.bindparam(None, texts, type_=_Texts())
        super().__init__(column, value)


class _Texts(sa.TypeDecorator[Sequence[str]]):
    """Texts as an array, or as JSON where a database has none."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else postgresql.ARRAY(sa.Text()))

    def process_bind_param(self, value: Sequence[str] | None, dialect: sa.Dialect) -> Any:
        texts = list(value or ())
        return json.dumps(texts) if dialect.name == "sqlite" else texts


@compiles(one_of, "sqlite")
def _in_json(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = _sides(element, compiler, options)
    return f"({column} IN (SELECT value FROM json_each({texts})))"  # noqa: S608 compiled SQL


@compiles(one_of, "postgresql")
def _in_array(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = _sides(element, compiler, options)
    return f"({column} = ANY ({texts}))"


def _sides(element: one_of, compiler: SQLCompiler, options: dict[str, Any]) -> list[str]:
    return [compiler.process(clause, **options) for clause in element.clauses]
