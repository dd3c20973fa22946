"""The keys that runs have."""

from __future__ import annotations

import sqlalchemy as sa

from nbtrack.store.protocol import RunKeys
from nbtrack.store.sql.tables import metric_summaries, params, tags


def read_keys(connection: sa.Connection, *, limit: int) -> RunKeys:
    """Read up to ``limit`` keys of each kind, in order."""
    return RunKeys(*(_keys(connection, table, limit) for table in (metric_summaries, params, tags)))


def _keys(connection: sa.Connection, table: sa.Table, limit: int) -> tuple[str, ...]:
    # From each key the index leads to the next one: as many steps as there are keys, not as there are rows.
    first = sa.select(sa.func.min(table.c.key).label("key")).cte("keys", recursive=True)
    after = sa.select(sa.func.min(table.c.key)).where(table.c.key > first.c.key).scalar_subquery()
    found = first.union_all(sa.select(after).where(first.c.key.is_not(None)))
    keys = connection.scalars(sa.select(found.c.key).where(found.c.key.is_not(None)).limit(limit)).all()
    return tuple(sorted(keys))
