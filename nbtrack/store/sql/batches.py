"""Writing what a batch adds to a run, and reading it back for many runs at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as upsert

from nbtrack.entities import Batch
from nbtrack.entities import tags as tag_names
from nbtrack.limits import check_key, check_name, check_value
from nbtrack.errors import ParamConflict
from nbtrack.store.sql.metrics import write_metrics
from nbtrack.store.sql.tables import params, runs, tags

MAX_BOUND_IDS = 20_000
"""Ids in one IN list; SQLite binds at most 32,766 values."""


def write_batch(connection: sa.Connection, run_id: str, batch: Batch) -> None:
    """Write a batch within the caller's transaction; any refusal undoes all of it."""
    if batch.params:
        _write_params(connection, run_id, batch.params)
    if batch.tags:
        _write_tags(connection, run_id, batch.tags)
    if batch.metrics:
        write_metrics(connection, run_id, batch.metrics)


def values_by_run(
    connection: sa.Connection, table: sa.Table, column: str, run_ids: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Read ``{run_id: {key: value}}`` of a key-value table."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(run_ids), MAX_BOUND_IDS):
        chosen = table.c.run_id.in_(run_ids[start : start + MAX_BOUND_IDS])
        for run_id, key, value in connection.execute(
            sa.select(table.c.run_id, table.c.key, table.c[column]).where(chosen).order_by(table.c.key)
        ):
            found.setdefault(run_id, {})[key] = value
    return found


def _write_params(connection: sa.Connection, run_id: str, new: Mapping[str, str]) -> None:
    for key, value in new.items():
        check_value(value, "param", check_key(key, "param"))
    existing = values_by_run(connection, params, "value", [run_id]).get(run_id, {})
    for key, value in new.items():
        if existing.get(key, value) != value:
            raise ParamConflict(key, existing[key], value, run_id)
    added = [{"run_id": run_id, "key": k, "value": v} for k, v in new.items() if k not in existing]
    if added:
        connection.execute(params.insert(), added)


def _write_tags(connection: sa.Connection, run_id: str, new: Mapping[str, str]) -> None:
    rows = [
        {"run_id": run_id, "key": check_key(key, "tag"), "value": check_value(value, "tag", key)}
        for key, value in new.items()
    ]
    statement = upsert(tags)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["run_id", "key"], set_={"value": statement.excluded.value}),
        rows,
    )
    if tag_names.RUN_NAME in new:
        name = check_name(new[tag_names.RUN_NAME], "run")
        connection.execute(runs.update().where(runs.c.run_id == run_id).values(name=name))
