"""Reading what was logged to many runs at once, as runs or as columns; few statements, and plain rows of the driver."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import sqlalchemy as sa

from nbtrack.entities import Lifecycle, Run, RunData, RunInfo, RunInputs, RunOutputs, RunStatus
from nbtrack.store.protocol import RunTable
from nbtrack.store.sql.garbage import no_collections
from nbtrack.store.sql.inputs import read_inputs
from nbtrack.store.sql.logged_models import read_links
from nbtrack.store.sql.membership import one_of
from nbtrack.store.sql.tables import metric_summaries, params, runs, tags

Rows = Sequence[Sequence[Any]]
"""Rows of ``runs`` that begin with ``COLUMNS``."""
ArtifactUri = Callable[[str], str]
"""Gives the place of a run's artifacts by its id."""
COLUMNS = (
    runs.c.run_id,
    runs.c.experiment_id,
    runs.c.name,
    runs.c.status,
    runs.c.started_at_ms,
    runs.c.ended_at_ms,
    runs.c.lifecycle,
    runs.c.user,
    runs.c.artifact_uri,
)


def values_by_run(
    connection: sa.Connection, table: sa.Table, column: str, run_ids: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Read ``{run_id: {key: value}}`` of a key-value table, by key."""
    found: dict[str, dict[str, Any]] = {}
    for run_id, key, value in _values(connection, table, column, run_ids):
        values = found.get(run_id)
        if values is None:
            values = found[run_id] = {}
        values[key] = math.nan if value is None else value
    return found


def read_runs(connection: sa.Connection, rows: Rows, artifact_uri: ArtifactUri) -> tuple[Run, ...]:
    """Read whole runs, in the order of their rows."""
    with no_collections():
        run_ids = [row[0] for row in rows]
        metrics = values_by_run(connection, metric_summaries, "last", run_ids)
        logged_params = values_by_run(connection, params, "value", run_ids)
        logged_tags = values_by_run(connection, tags, "value", run_ids)
        inputs = read_inputs(connection, run_ids)
        used, made = read_links(connection, run_ids)
        return tuple(
            [
                Run(
                    info=_info(row, artifact_uri),
                    data=RunData(
                        metrics=metrics.get(run_id, {}),
                        params=logged_params.get(run_id, {}),
                        tags=logged_tags.get(run_id, {}),
                    ),
                    inputs=RunInputs(tuple(inputs.get(run_id, ())), tuple(used.get(run_id, ()))),
                    outputs=RunOutputs(tuple(made.get(run_id, ()))),
                )
                for run_id, row in zip(run_ids, rows, strict=True)
            ]
        )


def read_table(connection: sa.Connection, rows: Rows, artifact_uri: ArtifactUri) -> RunTable:
    """Read runs as columns, in the order of their rows."""
    with no_collections():
        run_ids = [row[0] for row in rows]
        return RunTable(
            run_ids=run_ids,
            experiment_ids=[row[1] for row in rows],
            names=[row[2] for row in rows],
            statuses=[row[3] for row in rows],
            start_times=[row[4] for row in rows],
            end_times=[row[5] for row in rows],
            artifact_uris=[row[8] or artifact_uri(row[0]) for row in rows],
            metrics=_columns(connection, metric_summaries, "last", run_ids, missing=math.nan),
            params=_columns(connection, params, "value", run_ids, missing=None),
            tags=_columns(connection, tags, "value", run_ids, missing=None),
        )


def _info(row: Sequence[Any], artifact_uri: ArtifactUri) -> RunInfo:
    run_id, experiment_id, name, status, started_at_ms, ended_at_ms, lifecycle, user, uri, *_ = row
    return RunInfo(
        run_id=run_id,
        run_name=name,
        experiment_id=experiment_id,
        status=RunStatus(status),
        start_time=started_at_ms,
        end_time=ended_at_ms,
        lifecycle_stage=Lifecycle(lifecycle),
        artifact_uri=uri or artifact_uri(run_id),
        user_id=user,
    )


def _columns(
    connection: sa.Connection, table: sa.Table, column: str, run_ids: Sequence[str], *, missing: Any
) -> dict[str, list[Any]]:
    places = {run_id: place for place, run_id in enumerate(run_ids)}
    columns: dict[str, list[Any]] = {}
    for run_id, key, value in _values(connection, table, column, run_ids):
        values = columns.get(key)
        if values is None:
            values = columns[key] = [missing] * len(run_ids)
        if value is not None:
            values[places[run_id]] = value
    return dict(sorted(columns.items()))


def _values(
    connection: sa.Connection, table: sa.Table, column: str, run_ids: Sequence[str]
) -> Iterator[tuple[str, str, Any]]:
    """Read run id, key and value, by run and key; a value that is None is NaN."""
    cursor: Any = connection.execute(_values_statement(table, column), {"run_ids": run_ids}).cursor
    return cast("Iterator[tuple[str, str, Any]]", iter(cursor))


@functools.cache
def _values_statement(table: sa.Table, column: str) -> sa.Select[Any]:
    chosen = one_of(table.c.run_id, "run_ids")
    # As they lie in the table, so that nothing is sorted.
    return sa.select(table.c.run_id, table.c.key, table.c[column]).where(chosen).order_by(table.c.run_id, table.c.key)
