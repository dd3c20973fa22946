"""Deleting for good what was deleted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from nbtrack.entities import Lifecycle
from nbtrack.store.protocol import Discarded
from nbtrack.store.sql.database import Database, bump_seq
from nbtrack.store.sql.tables import (
    artifact_files,
    cell_executions,
    datasets,
    environments,
    experiments,
    inputs,
    logged_models,
    metric_summaries,
    metrics,
    model_versions,
    run_cells,
    runs,
)

_DELETED = Lifecycle.DELETED.value
_BETWEEN_NAMES = re.compile(r"[/\\]")


class SqlPurge:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, *, deleted_before_ms: int) -> Sequence[Discarded]:
        with self._database.reading() as connection:
            found = _Finder(connection, deleted_before_ms)
            return [*found.models(), *found.runs(), *found.experiments()]

    def claim(self, discarded: Sequence[Discarded], *, at_ms: int) -> Sequence[Discarded]:
        with self._database.transaction() as connection:
            versions = _read_versions(connection)
            unneeded = [item for item in discarded if versions.keys().isdisjoint(_file_owners(item))]
            ids = _ids(unneeded)
            claimed = set(ids["model"])  # a model is never restored
            for table, key, wanted in (
                (runs, runs.c.run_id, ids["run"]),
                (experiments, experiments.c.experiment_id, ids["experiment"]),
            ):
                still_deleted = table.update().where(key.in_(wanted), table.c.lifecycle == _DELETED)
                claimed.update(connection.scalars(still_deleted.values(purge_began_at_ms=at_ms).returning(key)))
        return [item for item in unneeded if item.id in claimed]

    def forget(self, discarded: Sequence[Discarded]) -> None:
        ids = _ids(discarded)
        with self._database.transaction() as connection:
            is_chosen = sa.and_(logged_models.c.model_id.in_(ids["model"]), logged_models.c.lifecycle == _DELETED)
            connection.execute(logged_models.delete().where(is_chosen))
            _forget_runs(connection, ids["run"])
            has_runs = sa.exists().where(runs.c.experiment_id == experiments.c.experiment_id)
            is_empty = sa.and_(experiments.c.experiment_id.in_(ids["experiment"]), ~has_runs)
            connection.execute(experiments.delete().where(is_empty, experiments.c.purge_began_at_ms.is_not(None)))
            owners = [owner for item in discarded for owner in item.owners]
            connection.execute(artifact_files.delete().where(artifact_files.c.owner_id.in_(owners)))
            bump_seq(connection)


def _ids(discarded: Sequence[Discarded]) -> Mapping[str, list[str]]:
    ids: dict[str, list[str]] = {"run": [], "model": [], "experiment": []}
    for item in discarded:
        ids[item.kind].append(item.id)
    return ids


def _file_owners(item: Discarded) -> set[str]:
    # The files of a model may be among those of its run, which then owns them.
    return {*item.owners, item.id} if item.kind == "model" else set(item.owners)


class _Finder:
    """Looks for what was deleted before a time, in one state of the store."""

    def __init__(self, connection: sa.Connection, before_ms: int) -> None:
        self._connection = connection
        self._before_ms = before_ms
        self._versions = _read_versions(connection)
        # Models whose files are not their run's.
        self._models_of_run: defaultdict[str, list[str]] = defaultdict(list)
        self._models_of_experiment: defaultdict[str, list[str]] = defaultdict(list)
        has_place = sa.select(logged_models.c.model_id, logged_models.c.run_id, logged_models.c.experiment_id)
        for model_id, run_id, experiment_id in connection.execute(has_place.where(logged_models.c.path.is_(None))):
            if run_id is not None:
                self._models_of_run[run_id].append(model_id)
            else:
                self._models_of_experiment[experiment_id].append(model_id)

    def models(self) -> Iterator[Discarded]:
        chosen = sa.and_(logged_models.c.lifecycle == _DELETED, logged_models.c.updated_at_ms < self._before_ms)
        for row in self._connection.execute(logged_models.select().where(chosen).order_by(logged_models.c.model_id)):
            # The files of the others go with their run.
            owners = (row.model_id,) if row.path is None else ()
            yield Discarded(
                kind="model",
                id=row.model_id,
                name=row.name,
                experiment_id=row.experiment_id,
                deleted_at_ms=row.updated_at_ms,
                owners=owners,
                versions=self._versions_of((row.model_id,)),
            )

    def runs(self) -> Iterator[Discarded]:
        chosen = sa.and_(runs.c.lifecycle == _DELETED, runs.c.deleted_at_ms < self._before_ms)
        columns = sa.select(runs.c.run_id, runs.c.name, runs.c.experiment_id, runs.c.deleted_at_ms)
        for row in self._connection.execute(columns.where(chosen).order_by(runs.c.deleted_at_ms, runs.c.run_id)):
            owners = (row.run_id, *self._models_of_run[row.run_id])
            yield Discarded(
                kind="run",
                id=row.run_id,
                name=row.name,
                experiment_id=row.experiment_id,
                deleted_at_ms=row.deleted_at_ms,
                owners=owners,
                versions=self._versions_of(owners),
            )

    def experiments(self) -> Iterator[Discarded]:
        chosen = sa.and_(experiments.c.lifecycle == _DELETED, experiments.c.deleted_at_ms < self._before_ms)
        of_experiment = runs.c.experiment_id == experiments.c.experiment_id
        run_count = sa.select(sa.func.count()).where(of_experiment).scalar_subquery().label("run_count")
        found = sa.select(experiments, run_count).where(chosen).order_by(experiments.c.experiment_id)
        for row in self._connection.execute(found):
            owners = tuple(self._models_of_experiment[row.experiment_id])
            yield Discarded(
                kind="experiment",
                id=row.experiment_id,
                name=row.name,
                experiment_id=row.experiment_id,
                deleted_at_ms=row.deleted_at_ms,
                owners=owners,
                versions=self._versions_of(owners),
                run_count=row.run_count,
            )

    def _versions_of(self, owners: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted({version for owner in owners for version in self._versions.get(owner, ())}))


def _read_versions(connection: sa.Connection) -> Mapping[str, set[str]]:
    """Return the model versions by the runs and logged models whose files theirs may be."""
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for row in connection.execute(model_versions.select()):
        # A source is a URI of a run or a logged model, or the very place of its files, which is named for its owner.
        for owner in (row.run_id, row.model_id, *_BETWEEN_NAMES.split(row.source)):
            if owner:
                versions[owner].add(f"{row.name}/{row.version}")
    return versions


def _forget_runs(connection: sa.Connection, run_ids: Sequence[str]) -> None:
    """Delete all that is recorded of runs, and what no other run shares with them."""
    # What has no run left can be told only afterwards.
    executions = _values(connection, run_cells.c.execution_id, run_cells.c.run_id, run_ids)
    digests = _values(connection, runs.c.environment_digest, runs.c.run_id, run_ids)
    used = _values(connection, inputs.c.dataset_id, inputs.c.run_id, run_ids)
    series = sa.select(metric_summaries.c.series_id).where(metric_summaries.c.run_id.in_(run_ids))
    connection.execute(metrics.delete().where(metrics.c.series_id.in_(series)))
    connection.execute(runs.delete().where(runs.c.run_id.in_(run_ids), runs.c.purge_began_at_ms.is_not(None)))
    for kept, ids, other in (
        (cell_executions.c.execution_id, executions, run_cells.c.execution_id),
        (environments.c.digest, digests, runs.c.environment_digest),
        (datasets.c.dataset_id, used, inputs.c.dataset_id),
    ):
        is_unused = sa.and_(kept.in_(ids), ~sa.exists().where(other == kept))
        connection.execute(sa.delete(kept.table).where(is_unused))


def _values(
    connection: sa.Connection, wanted: sa.Column[str], run_id: sa.Column[str], run_ids: Sequence[str]
) -> Sequence[str]:
    values = connection.scalars(sa.select(wanted).distinct().where(run_id.in_(run_ids)))
    return [value for value in values if value is not None]
