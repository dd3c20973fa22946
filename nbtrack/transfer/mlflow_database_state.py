from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from nbtrack.errors import InvalidInput

if TYPE_CHECKING:
    import sqlalchemy as sa

_ADDED_TO = (("metrics", "run_uuid"), ("params", "run_uuid"), ("inputs", "destination_id"), ("inputs", "source_id"))
"""Tables to which MLflow adds rows, and never changes them, with the column that names the run."""


class DatabaseState:
    """How the runs of a database of MLflow's are, as far as can be told without reading their histories."""

    def __init__(self, engine: sa.Engine, tables: sa.MetaData) -> None:
        self._engine, self._tables = engine, tables

    def of(self, run_id: str) -> list[object]:
        """Return plain values of which one changes whenever something is added to a run, or a tag of it changes."""
        return [found.get(run_id) for found in self._by_run]

    @cached_property
    def _by_run(self) -> list[dict[Any, object]]:
        with reading(self._engine, "how its runs are") as connection:
            return [
                *(dict(self._rows_added(connection, table, column)) for table, column in _ADDED_TO),
                dict(self._tags(connection)),
            ]

    def _rows_added(self, connection: sa.Connection, table: str, column: str) -> Iterator[tuple[Any, object]]:
        """Yield, by run, how many rows it has and the last of them."""
        import sqlalchemy as sa

        found = self._tables.tables.get(table)
        if found is None or column not in found.c:
            return
        last: sa.ColumnElement[int] = sa.func.max(sa.literal_column("rowid"))
        counted = sa.select(found.c[column], sa.func.count(), last).group_by(found.c[column])
        for run_id, count, row in connection.execute(counted):
            yield run_id, (count, row)

    def _tags(self, connection: sa.Connection) -> Iterator[tuple[Any, object]]:
        """Yield, by run, a digest of its tags."""
        import sqlalchemy as sa

        tags = self._tables.tables["tags"]
        texts = [sa.type_coerce(tags.c[name], sa.types.NullType()) for name in ("run_uuid", "key", "value")]
        rows = connection.execution_options(yield_per=10_000).execute(sa.select(*texts).order_by(*texts))
        for run_id, of_run in groupby(rows, key=itemgetter(0)):
            yield run_id, hashlib.sha256(repr([tuple(row) for row in of_run]).encode(errors="replace")).hexdigest()


@contextmanager
def reading(engine: sa.Engine, what: str) -> Iterator[sa.Connection]:
    """Connect to a database; one that can't be read is the user's to know, as InvalidInput."""
    from sqlalchemy.exc import DBAPIError

    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise InvalidInput(f"The database does not tell {what}: {error.orig}.") from None
