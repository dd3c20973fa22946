"""Joins that databases take in the order in which they are written, for how many rows match what is known already.

SQLite knows nothing of that, and PostgreSQL what its last ANALYZE found.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class nested(sa.Join):  # noqa: N801 reads as SQL
    """``nested(outer, inner, condition)``: for each row of ``outer``, those of ``inner``."""

    inherit_cache = True


def keep_order(connection: sa.Connection) -> None:
    """Let PostgreSQL take the joins of this transaction as they are written, with no helpers for a few milliseconds."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "SELECT set_config('join_collapse_limit', '1', true), set_config('jit', 'off', true), "
            "set_config('max_parallel_workers_per_gather', '0', true)"
        )


@compiles(nested, "sqlite")
def _cross_join(element: nested, compiler: SQLCompiler, **options: Any) -> str:
    options["asfrom"] = True
    outer, inner = (compiler.process(side, **options) for side in (element.left, element.right))
    assert element.onclause is not None  # noqa: S101 none is made without one
    return f"{outer} CROSS JOIN {inner} ON {compiler.process(element.onclause, **options)}"
