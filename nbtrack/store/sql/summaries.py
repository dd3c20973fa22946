"""What lists show of runs: few statements for many rows."""

from __future__ import annotations

import sqlalchemy as sa

from nbtrack.entities import Lifecycle, RunOrigin, RunStatus, RunSummary
from nbtrack.errors import InvalidInput
from nbtrack.store.protocol import RunSummaries
from nbtrack.store.sql.database import read_seq
from nbtrack.store.sql.reading import values_by_run
from nbtrack.store.sql.tables import inputs, logged_models, metric_summaries, params, runs, tags


def page(connection: sa.Connection, *, experiment_id: str | None, limit: int, cursor: str | None) -> RunSummaries:
    """Read one page of active runs, newest first."""
    if limit < 1:
        raise InvalidInput(f"A page has at least one run, not {limit}.")
    chosen = [runs.c.lifecycle == Lifecycle.ACTIVE.value]
    if experiment_id is not None:
        chosen.append(runs.c.experiment_id == experiment_id)
    if cursor is not None:
        chosen.append(sa.tuple_(runs.c.started_at_ms, runs.c.run_id) < sa.tuple_(*_parse_cursor(cursor)))
    found = where(connection, sa.and_(*chosen), limit=limit)
    last = found[-1] if len(found) == limit else None
    return RunSummaries(
        tuple(found), read_seq(connection), None if last is None else f"{last.started_at_ms}:{last.run_id}"
    )


def since(connection: sa.Connection, seq: int) -> RunSummaries:
    """Read all runs that changed after ``seq``, deleted ones too."""
    return RunSummaries(tuple(where(connection, runs.c.seq > seq)), read_seq(connection))


def where(connection: sa.Connection, chosen: sa.ColumnElement[bool], *, limit: int | None = None) -> list[RunSummary]:
    """Read the summaries of chosen runs, newest first."""
    statement = _WITH_COUNTS.where(chosen).order_by(runs.c.started_at_ms.desc(), runs.c.run_id.desc()).limit(limit)
    rows = connection.execute(statement).all()
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


def _parse_cursor(cursor: str) -> tuple[int, str]:
    started, separator, run_id = cursor.partition(":")
    if not separator or not started.lstrip("-").isdigit():
        raise InvalidInput(f"{cursor!r} is no cursor of this list. Ask for the first page without one.")
    return int(started), run_id
