from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from nbtrack.entities import (
    Batch,
    CellExecution,
    Environment,
    Experiment,
    Lifecycle,
    LoggedModel,
    ModelOutput,
    ModelVersion,
    NewRun,
    RunOrigin,
    RunStatus,
    Session,
)
from nbtrack.limits import check_name
from nbtrack.store.protocol import PointRow
from nbtrack.store.records import Arrival, RunRecord, Stretch
from nbtrack.store.sql import model_versions
from nbtrack.store.sql.batches import columns_of, write_batches
from nbtrack.store.sql.blocks import as_number
from nbtrack.store.sql.database import MAX_BOUND_IDS, Database, bump_seq
from nbtrack.store.sql.garbage import no_collections
from nbtrack.store.sql.inputs import read_inputs
from nbtrack.store.sql.key_values import set_tags
from nbtrack.store.sql.lifecycles import lifecycle_columns
from nbtrack.store.sql.logged_models import read_links, read_models, write_links, write_models
from nbtrack.store.sql.metrics import write_points
from nbtrack.store.sql.reading import values_by_run
from nbtrack.store.sql.runs import run_row
from nbtrack.store.sql.sessions import environment_from, write_cells, write_sessions
from nbtrack.store.sql.tables import (
    cell_executions,
    environments,
    experiment_tags,
    experiments,
    imported_runs,
    logged_models,
    metric_summaries,
    metrics,
    params,
    registered_models,
    run_cells,
    run_models,
    runs,
    sessions,
    tags,
)
from nbtrack.store.sql.upserts import Upsert, replacing

STRETCH_POINTS = 50_000
"""How many points of a history are in memory at once."""


class SqlRecords:
    def __init__(self, database: Database) -> None:
        self._database = database

    def write_experiment(self, experiment: Experiment) -> None:
        check_name(experiment.name, "experiment")
        row = {
            "experiment_id": experiment.experiment_id,
            "name": experiment.name,
            **lifecycle_columns(experiment.lifecycle_stage),
            "created_at_ms": experiment.creation_time,
            "updated_at_ms": experiment.last_update_time,
            "artifact_location": experiment.artifact_location,
        }
        with self._database.transaction() as connection:
            connection.execute(experiments.insert().values(row))
            set_tags(connection, experiment_tags, {"experiment_id": experiment.experiment_id}, experiment.tags)
            bump_seq(connection)

    def write(self, arrival: Arrival) -> None:
        with self._database.transaction() as connection:
            seq = bump_seq(connection)
            of_records = (session for record in arrival.records for session in record.sessions)
            _write_sessions(connection, [*arrival.sessions, *of_records])
            _write_records(connection, arrival.records, seq)
            changed = {run_id for run_id, _ in arrival.points} - {record.new.run_id for record in arrival.records}
            for run_id, batch in arrival.additions:
                changed.discard(run_id)
                row = {"seq": seq, **columns_of(connection, batch)}
                connection.execute(runs.update().where(runs.c.run_id == run_id).values(row))
                write_batches(connection, {run_id: batch})
            if changed:
                connection.execute(runs.update().where(runs.c.run_id.in_(changed)).values(seq=seq))
            write_points(connection, arrival.points)

    def write_model(self, model: LoggedModel) -> None:
        with self._database.transaction() as connection:
            is_link = sa.and_(run_models.c.model_id == model.model_id, run_models.c.run_id == model.run_id)
            step = connection.scalar(sa.select(run_models.c.step).where(is_link, run_models.c.is_output))
            write_models(connection, [model])
            if step is not None and model.run_id is not None:
                # The run came first and knows the step, which logging a model would set to 0.
                write_links(connection, model.run_id, Batch(model_outputs=(ModelOutput(model.model_id, step),)))
            bump_seq(connection)

    def write_version(self, version: ModelVersion) -> ModelVersion:
        named = registered_models.c.name == version.name
        with self._database.transaction() as connection:
            last = connection.scalar(sa.select(registered_models.c.last_version).where(named)) or 0
            # A number that was given, and be it to a version that was deleted, is not given again.
            number = max(int(version.version), last + 1)
            connection.execute(
                registered_models.update()
                .where(named)
                .values(
                    last_version=number,
                    updated_at_ms=version.last_updated_timestamp,
                )
            )
            model_versions.write(connection, version, number)
            bump_seq(connection)
        return replace(version, version=str(number), aliases=())

    def stamps(self, experiment_id: str) -> Mapping[str, str]:
        unchanged = (
            sa.select(imported_runs.c.run_id, imported_runs.c.stamp)
            .join(runs, runs.c.run_id == imported_runs.c.run_id)
            .where(runs.c.experiment_id == experiment_id, runs.c.seq == imported_runs.c.seq)
        )
        with self._database.reading() as connection:
            return {row.run_id: row.stamp for row in connection.execute(unchanged)}

    def write_stamps(self, stamps: Mapping[str, str]) -> None:
        run_ids = list(stamps)
        with self._database.transaction() as connection:
            for start in range(0, len(run_ids), MAX_BOUND_IDS):
                some = sa.select(runs.c.run_id, runs.c.seq).where(
                    runs.c.run_id.in_(run_ids[start : start + MAX_BOUND_IDS])
                )
                rows = [
                    {"run_id": run_id, "stamp": stamps[run_id], "seq": seq} for run_id, seq in connection.execute(some)
                ]
                if rows:
                    _STAMPS.write(connection, rows)

    def run_count(self, experiment_id: str) -> int:
        counted = sa.select(sa.func.count()).where(runs.c.experiment_id == experiment_id)
        with self._database.reading() as connection:
            return connection.scalar(counted) or 0

    def models(self, experiment_id: str) -> Sequence[LoggedModel]:
        with self._database.reading() as connection:
            return read_models(connection, logged_models.c.experiment_id == experiment_id)

    def page(self, experiment_id: str, *, after: str = "", limit: int = 200) -> Sequence[RunRecord]:
        chosen = runs.select().where(runs.c.experiment_id == experiment_id, runs.c.run_id > after)
        with self._database.reading() as connection:
            return _records(connection, connection.execute(chosen.order_by(runs.c.run_id).limit(limit)).all())

    def of(self, run_ids: Sequence[str]) -> Mapping[str, RunRecord]:
        with self._database.reading() as connection:
            rows = connection.execute(runs.select().where(runs.c.run_id.in_(run_ids))).all()
            return {record.new.run_id: record for record in _records(connection, rows)}

    def points(self, run_id: str, key: str | None = None) -> Generator[Stretch]:
        of_run = metric_summaries.c.run_id == run_id
        statement = (
            sa.select(metric_summaries.c.key, metrics.c.step, metrics.c.at_ms, metrics.c.value)
            .join(metrics, metrics.c.series_id == metric_summaries.c.series_id)
            .where(of_run if key is None else sa.and_(of_run, metric_summaries.c.key == key))
            .order_by(metric_summaries.c.key, metrics.c.ordinal)
            .execution_options(yield_per=STRETCH_POINTS)
        )
        with self._database.reading() as connection:
            for part in connection.execute(statement).partitions():
                for of_key, rows in groupby(part, key=itemgetter(0)):
                    yield of_key, [(step, at_ms, value) for _, step, at_ms, value in rows]

    def point_counts(self, run_ids: Sequence[str]) -> Mapping[str, int]:
        counted = sa.func.sum(metric_summaries.c["count"])
        of_run = metric_summaries.c.run_id
        found: dict[str, int] = {}
        with self._database.reading() as connection:
            for start in range(0, len(run_ids), MAX_BOUND_IDS):
                some = run_ids[start : start + MAX_BOUND_IDS]
                statement = sa.select(of_run, counted).where(of_run.in_(some)).group_by(of_run)
                found.update((run_id, int(count)) for run_id, count in connection.execute(statement))
        return found

    def points_of(self, run_ids: Sequence[str]) -> dict[str, Mapping[str, Sequence[PointRow]]]:
        found: dict[str, dict[str, list[PointRow]]] = {run_id: {} for run_id in run_ids}
        with self._database.reading() as connection, no_collections():
            for start in range(0, len(run_ids), MAX_BOUND_IDS):
                some = {"run_ids": run_ids[start : start + MAX_BOUND_IDS]}
                cursor: Any = connection.execute(_POINTS_OF_RUNS, some).cursor
                for (run_id, key), rows in groupby(cursor, key=itemgetter(0, 1)):
                    found[run_id][key] = [(step, at_ms, as_number(value)) for _, _, step, at_ms, value in rows]
        return {**found}


def _write_records(connection: sa.Connection, records: Sequence[RunRecord], seq: int) -> None:
    if not records:
        return
    attempts = _Attempts(connection)
    connection.execute(
        runs.insert(),
        [
            run_row(record.new, attempts.of(record), seq)
            | {**lifecycle_columns(record.lifecycle), "ended_at_ms": record.new.ended_at_ms}
            | columns_of(connection, record.new.batch)
            for record in records
        ],
    )
    write_batches(connection, {record.new.run_id: record.new.batch for record in records})
    for record in records:
        for cell in record.cells:
            write_cells(connection, {record.new.run_id: cell})


def _write_sessions(connection: sa.Connection, new: Sequence[Session]) -> None:
    by_id = {session.session_id: session for session in new}
    if by_id:
        write_sessions(connection, list(by_id.values()))


class _Attempts:
    """Numbers the attempts of groups; two stores may have counted the same group each for itself."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._taken: dict[str, set[int]] = {}

    def of(self, record: RunRecord) -> int:
        group_id = record.new.group_id
        if group_id is None:
            return 1
        if group_id not in self._taken:
            of_group = sa.select(runs.c.attempt).where(runs.c.group_id == group_id)
            self._taken[group_id] = set(self._connection.scalars(of_group))
        taken = self._taken[group_id]
        attempt = record.attempt
        if attempt is None or attempt in taken:
            attempt = max(taken, default=0) + 1
        taken.add(attempt)
        return attempt


def _records(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[RunRecord]:
    run_ids = [row.run_id for row in rows]
    of_params = values_by_run(connection, params, "value", run_ids)
    of_tags = values_by_run(connection, tags, "value", run_ids)
    of_inputs = read_inputs(connection, run_ids)
    used, made = read_links(connection, run_ids)
    of_environments = _environments(connection, {row.environment_digest for row in rows})
    of_cells = _cells(connection, run_ids)
    session_ids = {row.session_id for row in rows} | {c.session_id for cells in of_cells.values() for c in cells}
    of_sessions = _sessions(connection, session_ids - {None})
    records = []
    for row in rows:
        cells = of_cells.get(row.run_id, [])
        batch = Batch(
            params=of_params.get(row.run_id, {}),
            tags=of_tags.get(row.run_id, {}),
            inputs=tuple(of_inputs.get(row.run_id, ())),
            environment=of_environments.get(row.environment_digest),
            model_inputs=tuple(used.get(row.run_id, ())),
            model_outputs=tuple(made.get(row.run_id, ())),
        )
        belongs_to = dict.fromkeys([row.session_id, *(cell.session_id for cell in cells)])
        records.append(
            RunRecord(
                _new_run(row, batch),
                Lifecycle(row.lifecycle),
                row.attempt,
                tuple(cells),
                tuple(of_sessions[session_id] for session_id in belongs_to if session_id is not None),
            )
        )
    return records


def _new_run(row: sa.Row[Any], batch: Batch) -> NewRun:
    return NewRun(
        run_id=row.run_id,
        name=row.name,
        experiment_id=row.experiment_id,
        started_at_ms=row.started_at_ms,
        origin=RunOrigin(row.origin),
        user=row.user,
        session_id=row.session_id,
        parent_run_id=row.parent_run_id,
        group_id=row.group_id,
        cell_id=row.cell_id,
        notebook=row.notebook,
        execution_count=row.execution_count,
        status=RunStatus(row.status),
        ended_at_ms=row.ended_at_ms,
        artifact_uri=row.artifact_uri,
        batch=batch,
    )


def _environments(connection: sa.Connection, digests: set[str | None]) -> dict[str, Environment]:
    rows = connection.execute(environments.select().where(environments.c.digest.in_(digests - {None})))
    return {row.digest: environment_from(row) for row in rows}


def _cells(connection: sa.Connection, run_ids: Sequence[str]) -> dict[str, list[CellExecution]]:
    statement = (
        sa.select(run_cells.c.run_id.label("of_run"), cell_executions)
        .join(run_cells, run_cells.c.execution_id == cell_executions.c.execution_id)
        .where(run_cells.c.run_id.in_(run_ids))
        .order_by(cell_executions.c.started_at_ms)
    )
    found: dict[str, list[CellExecution]] = {}
    for row in connection.execute(statement).mappings():
        values = dict(row)
        found.setdefault(values.pop("of_run"), []).append(CellExecution(**values))
    return found


def _sessions(connection: sa.Connection, session_ids: set[str]) -> dict[str, Session]:
    columns = [sessions.c[each.name] for each in fields(Session)]
    rows = connection.execute(sa.select(*columns).where(sessions.c.session_id.in_(session_ids))).mappings()
    return {row["session_id"]: Session(**row) for row in rows}


_STAMPS = Upsert(imported_runs, ["run_id"], replacing("stamp", "seq"))

_POINTS_OF_RUNS = (
    sa.select(metric_summaries.c.run_id, metric_summaries.c.key, metrics.c.step, metrics.c.at_ms, metrics.c.value)
    .join(metrics, metrics.c.series_id == metric_summaries.c.series_id)
    .where(metric_summaries.c.run_id.in_(sa.bindparam("run_ids", expanding=True)))
    .order_by(metrics.c.series_id, metrics.c.ordinal)
)
