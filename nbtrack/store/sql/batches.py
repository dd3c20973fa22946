"""Writing what a batch adds to a run, and reading it back for many runs at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from nbtrack.entities import Batch
from nbtrack.entities import tags as tag_names
from nbtrack.errors import ParamConflict
from nbtrack.limits import check_key, check_name, check_value
from nbtrack.store.sql.files import write_files
from nbtrack.store.sql.inputs import write_inputs
from nbtrack.store.sql.logged_models import write_links, write_model_metrics, write_models
from nbtrack.store.sql.metrics import write_metrics
from nbtrack.store.sql.reading import values_by_run
from nbtrack.store.sql.sessions import write_cells, write_environment
from nbtrack.store.sql.tables import params, runs, tags
from nbtrack.store.sql.upserts import Upsert, replacing


def write_batches(connection: sa.Connection, batches: Mapping[str, Batch]) -> None:
    """Write what batches add to runs, by run id, within the caller's transaction; any refusal undoes all of it.

    What lies in the row of the run itself is the caller's part: see ``columns_of``.
    """
    _write_params(connection, {run_id: batch.params for run_id, batch in batches.items() if batch.params})
    _write_tags(connection, {run_id: batch.tags for run_id, batch in batches.items() if batch.tags})
    write_metrics(connection, {run_id: batch.metrics for run_id, batch in batches.items() if batch.metrics})
    for run_id, batch in batches.items():
        if batch.inputs:
            write_inputs(connection, run_id, batch.inputs)
        write_models(connection, batch.models)
        write_links(connection, run_id, batch)
        write_model_metrics(connection, batch.model_metrics, run_id=run_id)
        write_files(connection, run_id, batch.files)
    write_cells(connection, {run_id: batch.cell for run_id, batch in batches.items() if batch.cell is not None})


def columns_of(connection: sa.Connection, batch: Batch) -> dict[str, str | int | None]:
    """Return what a batch sets in its run's row, having stored what that refers to."""
    columns: dict[str, str | int | None] = {}
    if batch.status is not None:
        columns |= {"status": batch.status.value, "ended_at_ms": batch.ended_at_ms}
    if batch.environment is not None:
        write_environment(connection, batch.environment)
        columns["environment_digest"] = batch.environment.digest
    return columns


def _write_params(connection: sa.Connection, new: Mapping[str, Mapping[str, str]]) -> None:
    existing = values_by_run(connection, params, "value", list(new)) if new else {}
    added = []
    for run_id, key, value in _rows(new):
        check_value(value, "param", check_key(key, "param"))
        old = existing.get(run_id, {}).get(key)
        if old is None:
            added.append({"run_id": run_id, "key": key, "value": value})
        elif old != value:
            raise ParamConflict(key, old, value, run_id)
    if added:
        connection.execute(params.insert(), added)


def _write_tags(connection: sa.Connection, new: Mapping[str, Mapping[str, str]]) -> None:
    rows = [
        {"run_id": run_id, "key": check_key(key, "tag"), "value": check_value(value, "tag", key)}
        for run_id, key, value in _rows(new)
    ]
    if rows:
        connection.execute(_UPSERT_TAG.on(connection), rows)
    names = [
        {"renamed": row["run_id"], "name": check_name(row["value"], "run")}
        for row in rows
        if row["key"] == tag_names.RUN_NAME
    ]
    if names:
        connection.execute(_RENAME, names)


def _rows(values: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str]]:
    return ((run_id, key, value) for run_id, items in values.items() for key, value in items.items())


_UPSERT_TAG = Upsert(tags, ["run_id", "key"], replacing("value"))
_RENAME = runs.update().where(runs.c.run_id == sa.bindparam("renamed"))
