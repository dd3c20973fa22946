"""Models that runs made or used, with what was measured of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from nbtrack.clock import now_ms
from nbtrack.entities import Batch, Lifecycle, LoggedModel, Metric, ModelMetric, ModelOutput, ModelStatus
from nbtrack.errors import ExperimentNotFound, InvalidInput, InvalidState, ModelNotFound, ParamConflict
from nbtrack.limits import check_key, check_name, check_point, check_value
from nbtrack.store.artifacts import check_owner
from nbtrack.store.protocol import Page, Query
from nbtrack.store.sql.database import Database, bump_seq
from nbtrack.store.sql.key_values import delete_tag, read_values, set_tags
from nbtrack.store.sql.membership import one_of
from nbtrack.store.sql.model_searches import find_logged_models
from nbtrack.store.sql.tables import (
    experiments,
    logged_model_metrics,
    logged_model_params,
    logged_model_tags,
    logged_models,
    run_models,
    runs,
)
from nbtrack.store.sql.upserts import Upsert, replacing


class SqlLoggedModels:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, model: LoggedModel) -> None:
        """Log a model by itself; its run, if it has one, has it as an output."""
        with self._database.transaction() as connection:
            write_models(connection, [model])
            bump_seq(connection)

    def get(self, model_id: str) -> LoggedModel:
        with self._database.reading() as connection:
            found = read_models(connection, logged_models.c.model_id == model_id)
        if not found:
            raise _missing(model_id, self._database.uri)
        return found[0]

    def of_run(self, run_id: str) -> Sequence[LoggedModel]:
        """Return the active models whose source is this run, in the order of logging."""
        active = logged_models.c.lifecycle == Lifecycle.ACTIVE.value
        with self._database.reading() as connection:
            return read_models(connection, sa.and_(logged_models.c.run_id == run_id, active))

    def search(
        self, query: Query, *, experiment_ids: Sequence[str] = (), datasets: Sequence[tuple[str, str | None]] = ()
    ) -> Page[LoggedModel]:
        """Find active models, newest first unless the query says otherwise."""
        with self._database.reading() as connection:
            rows, token = find_logged_models(connection, query, experiment_ids, datasets)
            return Page(tuple(whole_models(connection, rows)), token)

    def log_params(self, model_id: str, params: Mapping[str, str]) -> None:
        with self._database.transaction() as connection:
            self._change(connection, model_id)
            _write_params(connection, model_id, params)

    def set_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        with self._database.transaction() as connection:
            self._change(connection, model_id)
            set_tags(connection, logged_model_tags, {"model_id": model_id}, tags)

    def delete_tag(self, model_id: str, key: str) -> None:
        with self._database.transaction() as connection:
            self._change(connection, model_id)
            delete_tag(connection, logged_model_tags, {"model_id": model_id}, key, of=f"model {model_id}")

    def set_status(self, model_id: str, status: ModelStatus, *, at_ms: int) -> None:
        with self._database.transaction() as connection:
            self._change(connection, model_id, at_ms=at_ms, status=status.value)

    def delete(self, model_id: str) -> None:
        """Mark a model as deleted; its run's artifacts stay."""
        with self._database.transaction() as connection:
            self._change(connection, model_id, lifecycle=Lifecycle.DELETED.value)

    def _change(self, connection: sa.Connection, model_id: str, *, at_ms: int | None = None, **values: str) -> None:
        """Mark a model as changed, refusing a deleted or unknown one."""
        active = sa.and_(logged_models.c.model_id == model_id, logged_models.c.lifecycle == Lifecycle.ACTIVE.value)
        row = {"updated_at_ms": at_ms or now_ms(), **values}
        if connection.execute(logged_models.update().where(active).values(row)).rowcount == 0:
            raise _missing(model_id, self._database.uri)
        bump_seq(connection)


def write_models(connection: sa.Connection, models: Iterable[LoggedModel]) -> None:
    """Write logged models and all that they carry, within the caller's transaction."""
    for model in models:
        check_owner(model.model_id)
        check_name(model.name, "model")
        if model.path:
            # A model logged again under the same path replaces the first, as its files did.
            same_place = sa.and_(logged_models.c.run_id == model.run_id, logged_models.c.path == model.path)
            replaced = sa.select(logged_models.c.model_id).where(same_place)
            connection.execute(run_models.delete().where(run_models.c.model_id.in_(replaced)))
            connection.execute(logged_models.delete().where(same_place))
        row = asdict(model)
        for part in ("params", "tags", "metrics"):
            del row[part]
        row |= {
            "path": model.path or None,
            "experiment_id": _experiment_of(connection, model),
            "updated_at_ms": model.updated_at_ms or model.created_at_ms,
            "status": model.status.value,
            "lifecycle": model.lifecycle.value,
        }
        connection.execute(logged_models.insert().values(row))
        _write_params(connection, model.model_id, model.params)
        set_tags(connection, logged_model_tags, {"model_id": model.model_id}, model.tags)
        write_model_metrics(connection, model.metrics)
        if model.run_id is not None:
            write_links(connection, model.run_id, Batch(model_outputs=(ModelOutput(model.model_id),)))


def write_links(connection: sa.Connection, run_id: str, batch: Batch) -> None:
    """Note which models a run used and made; a model that it made again is its output at the later step."""
    rows = [
        {"run_id": run_id, "model_id": model_id, "is_output": False, "step": 0} for model_id in batch.model_inputs
    ] + [
        {"run_id": run_id, "model_id": made.model_id, "is_output": True, "step": made.step}
        for made in batch.model_outputs
    ]
    if rows:
        connection.execute(_UPSERT_LINK.on(connection), rows)


def write_model_metrics(connection: sa.Connection, points: Sequence[ModelMetric], *, run_id: str | None = None) -> None:
    """Write what was measured of models; the same point again replaces the first."""
    rows = []
    for point in points:
        check_point(Metric(point.key, point.value, point.timestamp, point.step))
        of_run = point.run_id or run_id
        if of_run is None:
            raise InvalidInput(f"The metric {point.key!r} of model {point.model_id} names no run that measured it.")
        row = asdict(point) | {"run_id": of_run, "at_ms": point.timestamp}
        del row["timestamp"]
        rows.append(row)
    if not rows:
        return
    _check_known(connection, {point.model_id for point in points})
    connection.execute(_UPSERT_METRIC.on(connection), rows)


def read_models(connection: sa.Connection, chosen: sa.ColumnElement[bool]) -> list[LoggedModel]:
    """Read models with all that they carry, in the order of logging."""
    oldest_first = (logged_models.c.created_at_ms, logged_models.c.model_id)
    return whole_models(
        connection, connection.execute(logged_models.select().where(chosen).order_by(*oldest_first)).all()
    )


def whole_models(connection: sa.Connection, models: Sequence[sa.Row[Any]]) -> list[LoggedModel]:
    """Make models from rows that begin with their columns, in the order of those."""
    if not models:
        return []
    rows = [dict(zip(logged_models.c.keys(), model, strict=False)) for model in models]
    model_ids = [row["model_id"] for row in rows]
    params = read_values(connection, logged_model_params, one_of(logged_model_params.c.model_id, model_ids))
    tags = read_values(connection, logged_model_tags, one_of(logged_model_tags.c.model_id, model_ids))
    metrics: dict[str, list[ModelMetric]] = {}
    of_models = logged_model_metrics.select().where(one_of(logged_model_metrics.c.model_id, model_ids))
    for row in connection.execute(of_models.order_by(*logged_model_metrics.primary_key)).mappings():
        values = dict(row)
        point = ModelMetric(timestamp=values.pop("at_ms"), **values)
        metrics.setdefault(point.model_id, []).append(point)
    return [
        LoggedModel(
            **{
                **row,
                "path": row["path"] or "",
                "status": ModelStatus(row["status"]),
                "lifecycle": Lifecycle(row["lifecycle"]),
                "params": params.get(row["model_id"], {}),
                "tags": tags.get(row["model_id"], {}),
                "metrics": tuple(metrics.get(row["model_id"], ())),
            }
        )
        for row in rows
    ]


def read_links(
    connection: sa.Connection, run_ids: Sequence[str]
) -> tuple[dict[str, list[str]], dict[str, list[ModelOutput]]]:
    """Read which models runs used, and which they made, by run."""
    inputs: dict[str, list[str]] = {}
    outputs: dict[str, list[ModelOutput]] = {}
    for run_id, model_id, is_output, step in connection.execute(_LINKS_OF_RUNS, {"run_ids": run_ids}):
        if is_output:
            outputs.setdefault(run_id, []).append(ModelOutput(model_id, step))
        else:
            inputs.setdefault(run_id, []).append(model_id)
    return inputs, outputs


def _write_params(connection: sa.Connection, model_id: str, params: Mapping[str, str]) -> None:
    table = logged_model_params
    existing = read_values(connection, table, table.c.model_id == model_id).get(model_id, {})
    added = []
    for key, value in params.items():
        check_value(value, "param", check_key(key, "param"))
        if existing.get(key, value) != value:
            raise ParamConflict(key, existing[key], value, model_id, kind="model")
        if key not in existing:
            added.append({"model_id": model_id, "key": key, "value": value})
    if added:
        connection.execute(table.insert(), added)


def _experiment_of(connection: sa.Connection, model: LoggedModel) -> str:
    """Return the experiment that a model belongs to, which must be active."""
    experiment_id = model.experiment_id
    if experiment_id is None:
        experiment_id = connection.scalar(sa.select(runs.c.experiment_id).where(runs.c.run_id == model.run_id))
    lifecycle = connection.scalar(
        sa.select(experiments.c.lifecycle).where(experiments.c.experiment_id == experiment_id)
    )
    if experiment_id is None or lifecycle is None:
        raise ExperimentNotFound(str(experiment_id), "this store")
    if lifecycle != Lifecycle.ACTIVE.value:
        raise InvalidState(f"Experiment {experiment_id} is deleted. Restore it before logging models to it.")
    return experiment_id


def _check_known(connection: sa.Connection, model_ids: set[str]) -> None:
    known: set[Any] = set(
        connection.scalars(sa.select(logged_models.c.model_id).where(logged_models.c.model_id.in_(model_ids)))
    )
    for missing in sorted(model_ids - known):
        raise _missing(missing, "this store")


def _missing(model_id: str, uri: str) -> ModelNotFound:
    return ModelNotFound(f"No logged model {model_id!r} in {uri}. A run's Artifacts tab lists the models that it made.")


_LINKS_OF_RUNS = (
    run_models.select().where(one_of(run_models.c.run_id, "run_ids")).order_by(run_models.c.step, run_models.c.model_id)
)
_UPSERT_LINK = Upsert(run_models, ["run_id", "model_id", "is_output"], replacing("step"))
_UPSERT_METRIC = Upsert(
    logged_model_metrics,
    ["model_id", "key", "at_ms", "step", "run_id"],
    replacing("value", "dataset_name", "dataset_digest"),
)
