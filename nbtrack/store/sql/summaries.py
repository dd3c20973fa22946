"""What lists show of runs: few statements for many rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from nbtrack.entities import Lifecycle, RunOrigin, RunStatus, RunSummary
from nbtrack.store.protocol import RunQuery, RunSummaries
from nbtrack.store.sql.database import read_seq
from nbtrack.store.sql.reading import values_by_run
from nbtrack.store.sql.search import find_runs
from nbtrack.store.sql.tables import inputs, logged_models, metric_summaries, params, runs, tags


def page(connection: sa.Connection, query: RunQuery) -> RunSummaries:
    """Read one page of runs."""
    rows, token = find_runs(connection, query, _WITH_COUNTS)
    return RunSummaries(tuple(_read(connection, rows)), read_seq(connection), token)


def since(connection: sa.Connection, seq: int) -> RunSummaries:
    """Read all runs that changed after ``seq``, deleted ones too."""
    return RunSummaries(tuple(where(connection, runs.c.seq > seq)), read_seq(connection))


def where(connection: sa.Connection, chosen: sa.ColumnElement[bool]) -> list[RunSummary]:
    """Read the summaries of chosen runs, newest first."""
    statement = _WITH_COUNTS.where(chosen).order_by(runs.c.started_at_ms.desc(), runs.c.run_id)
    return _read(connection, connection.execute(statement).all())


def _read(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[RunSummary]:
    run_ids = [row.run_id for row in rows]
    metrics = values_by_run(connection, metric_summaries, "last", run_ids)
    all_tags = values_by_run(connection, tags, "value", run_ids)
    return [
        RunSummary(
            run_id=row.run_id,
            name=row.name,
            experiment_id=row.experiment_id,
            status=RunStatus(row.status),
            lifecycle=Lifecycle(row.lifecycle),
            started_at_ms=row.started_at_ms,
            ended_at_ms=row.ended_at_ms,
            origin=RunOrigin(row.origin),
            parent_run_id=row.parent_run_id,
            group_id=row.group_id,
            attempt=row.attempt,
            notebook=row.notebook,
            cell_id=row.cell_id,
            execution_count=row.execution_count,
            seq=row.seq,
            metrics=metrics.get(row.run_id, {}),
            tags=all_tags.get(row.run_id, {}),
            param_count=row.param_count,
            model_count=row.model_count,
            dataset_count=row.dataset_count,
        )
        for row in rows
    ]


def _count_of(table: sa.Table) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).where(table.c.run_id == runs.c.run_id).scalar_subquery()


_WITH_COUNTS = sa.select(
    runs,
    _count_of(params).label("param_count"),
    _count_of(logged_models).label("model_count"),
    _count_of(inputs).label("dataset_count"),
)
