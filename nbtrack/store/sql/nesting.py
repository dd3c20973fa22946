"""A join that SQLite takes in the order in which it is written: it knows nothing of how many rows match what."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class nested(sa.Join):  # noqa: N801 reads as SQL
    """``nested(outer, inner, condition)``: for each row of ``outer``, those of ``inner``."""

    inherit_cache = True


@compiles(nested, "sqlite")
def _cross_join(element: nested, compiler: SQLCompiler, **options: Any) -> str:
    options["asfrom"] = True
    outer, inner = (compiler.process(side, **options) for side in (element.left, element.right))
    assert element.onclause is not None  # noqa: S101 none is made without one
    return f"{outer} CROSS JOIN {inner} ON {compiler.process(element.onclause, **options)}"
