"""The keys that runs have."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nbtrack.entities import Lifecycle
from nbtrack.store.protocol import RunKeys
from nbtrack.store.sql.tables import metric_summaries, params, runs, tags

NEWEST_RUNS = 1000
"""Of an experiment, so many runs are looked at."""
_LAST_CHARACTER = "\U0010ffff"


def read_keys(connection: sa.Connection, *, experiment_id: str | None, prefix: str, limit: int) -> RunKeys:
    """Read the first ``limit`` keys of each kind that begin with a prefix, in order."""
    tables = (metric_summaries, params, tags)
    statements = [
        _all_keys(table, prefix, limit) if experiment_id is None else _keys_of_newest(table, experiment_id)
        for table in tables
    ]
    found = ([key for key in connection.scalars(each) if key.startswith(prefix)] for each in statements)
    return RunKeys(*(tuple(sorted(keys)[:limit]) for keys in found))


def _all_keys(table: sa.Table, prefix: str, limit: int) -> sa.Select[Any]:
    # From each key the index leads to the next one: as many steps as there are keys, not as there are rows.
    key, end = table.c.key, prefix + _LAST_CHARACTER
    first = sa.select(sa.func.min(key).label("key")).where(key.between(prefix, end)).cte("keys", recursive=True)
    after = sa.select(sa.func.min(key)).where(key > first.c.key, key < end).scalar_subquery()
    found = first.union_all(sa.select(after).where(first.c.key.is_not(None)))
    return sa.select(found.c.key).where(found.c.key.is_not(None)).limit(limit)


def _keys_of_newest(table: sa.Table, experiment_id: str) -> sa.Select[Any]:
    newest = (
        sa.select(runs.c.run_id)
        .where(runs.c.experiment_id == experiment_id, runs.c.lifecycle == Lifecycle.ACTIVE.value)
        .order_by(runs.c.started_at_ms.desc())
        .limit(NEWEST_RUNS)
    )
    return sa.select(table.c.key).where(table.c.run_id.in_(newest)).distinct()
