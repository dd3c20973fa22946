"""Searching runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from nbtrack.entities import is_lower_better
from nbtrack.store.filters import RUN_FIELDS, Field, FieldKind, Statistic
from nbtrack.store.protocol import RunQuery
from nbtrack.store.sql.conditions import Owned, Searched
from nbtrack.store.sql.ordering import Term
from nbtrack.store.sql.searching import Search, find_page
from nbtrack.store.sql.tables import FOUND_CHARACTERS, datasets, inputs, metric_summaries, params, runs, tags


def find_runs(
    connection: sa.Connection, query: RunQuery, statement: sa.Select[Any]
) -> tuple[Sequence[sa.Row[Any]], str | None]:
    """Return one page of rows of ``statement``, a SELECT of columns of runs, and the token of the next."""
    if query.lifecycle is not None:
        statement = statement.where(runs.c.lifecycle == query.lifecycle)
    if len(query.experiment_ids) == 1:
        statement = statement.where(runs.c.experiment_id == query.experiment_ids[0])
    elif query.experiment_ids:
        statement = statement.where(runs.c.experiment_id.in_(query.experiment_ids))
    search = Search(
        searched=RUNS if query.lifecycle is not None else _RUNS_OF_ANY_LIFECYCLE,
        statement=statement,
        is_within=bool(query.experiment_ids),
        filter=query.filter,
        order_by=query.order_by,
        max_results=query.max_results,
        page_token=query.page_token,
        question=(query.experiment_ids, query.lifecycle),
        # Newest first, and by id where times are equal.
        last=(Term(runs.c.started_at_ms, is_descending=True), Term(runs.c.run_id)),
    )
    return find_page(connection, search)


def _statistic_column(field: Field) -> sa.Column[Any]:
    name = field.statistic.value
    if field.statistic is Statistic.BEST_STEP:
        name = "min_step" if is_lower_better(field.key) else "max_step"
    column: sa.Column[Any] = metric_summaries.c[name]
    return column


def _texts(table: sa.Table) -> Owned:
    return Owned(
        table,
        owner=((table.c.run_id, runs.c.run_id),),
        column=lambda _: table.c.value,
        key=table.c.key,
        found_characters=FOUND_CHARACTERS,
    )


_DATASETS = {"name": datasets.c.name, "digest": datasets.c.digest, "context": inputs.c.context}
RUNS = Searched(
    runs,
    RUN_FIELDS,
    attributes={
        "run_id": runs.c.run_id,
        "run_name": runs.c.name,
        "status": runs.c.status,
        "start_time": runs.c.started_at_ms,
        "end_time": runs.c.ended_at_ms,
        "user_id": runs.c.user,
        "experiment_id": runs.c.experiment_id,
        "notebook": runs.c.notebook,
        "age": lambda now: now - runs.c.started_at_ms,
        "duration": lambda now: sa.func.coalesce(runs.c.ended_at_ms, now) - runs.c.started_at_ms,
    },
    owned={
        FieldKind.METRIC: Owned(
            metric_summaries,
            owner=((metric_summaries.c.run_id, runs.c.run_id),),
            column=_statistic_column,
            key=metric_summaries.c.key,
            is_walkable=lambda field: field.statistic is Statistic.LAST,
        ),
        FieldKind.PARAM: _texts(params),
        FieldKind.TAG: _texts(tags),
        FieldKind.DATASET: Owned(
            inputs.join(datasets, datasets.c.dataset_id == inputs.c.dataset_id),
            owner=((inputs.c.run_id, runs.c.run_id),),
            column=lambda field: _DATASETS[field.key],
        ),
    },
    indexed=frozenset({"start_time"}),
)
_RUNS_OF_ANY_LIFECYCLE = replace(RUNS, indexed=frozenset())  # their indexes begin with it
