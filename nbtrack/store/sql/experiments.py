from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from nbtrack.clock import now_ms
from nbtrack.entities import Experiment, Lifecycle, NewRun
from nbtrack.errors import AlreadyExists, ExperimentNotFound, InvalidState
from nbtrack.limits import check_name
from nbtrack.store.artifacts import check_location
from nbtrack.store.filters import EXPERIMENT_FIELDS, FieldKind
from nbtrack.store.ids import new_experiment_id
from nbtrack.store.protocol import DEFAULT_EXPERIMENT_ID, Page, Query
from nbtrack.store.sql.conditions import Owned, Searched
from nbtrack.store.sql.database import Database, bump_seq
from nbtrack.store.sql.key_values import delete_tag, read_values, set_tags
from nbtrack.store.sql.lifecycles import lifecycle_columns, move_runs
from nbtrack.store.sql.membership import one_of
from nbtrack.store.sql.ordering import Term
from nbtrack.store.sql.searching import Search, find_page
from nbtrack.store.sql.tables import experiment_tags, experiments, runs


class SqlExperiments:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, *, tags: Mapping[str, str], artifact_location: str | None = None) -> Experiment:
        if artifact_location is not None:
            check_location(artifact_location)
        check_name(name, "experiment")
        experiment_id = new_experiment_id()
        with self._database.transaction() as connection:
            try:
                connection.execute(experiments.insert().values(_new_row(experiment_id, name, artifact_location)))
            except IntegrityError:
                raise _taken(name) from None
            set_tags(connection, experiment_tags, {"experiment_id": experiment_id}, tags)
            bump_seq(connection)
        return self.get(experiment_id)

    def get(self, experiment_id: str) -> Experiment:
        found = self._select(experiments.c.experiment_id == experiment_id)
        if not found:
            raise ExperimentNotFound(experiment_id, self._database.uri)
        return found[0]

    def find(self, name: str) -> Experiment | None:
        active = experiments.c.lifecycle == Lifecycle.ACTIVE.value
        found = self._select(sa.and_(experiments.c.name == name, active))
        return found[0] if found else None

    def list(self, *, lifecycle: str | None = "active") -> Sequence[Experiment]:
        return self._select(sa.true() if lifecycle is None else experiments.c.lifecycle == lifecycle)

    def search(self, query: Query, *, lifecycle: str | None = "active") -> Page[Experiment]:
        """Find experiments, the last changed first unless the query says otherwise."""
        statement = experiments.select()
        if lifecycle is not None:
            statement = statement.where(experiments.c.lifecycle == lifecycle)
        last_changed_first = (Term(experiments.c.updated_at_ms, is_descending=True), Term(experiments.c.experiment_id))
        search = Search(
            _EXPERIMENTS,
            statement,
            query.filter,
            query.order_by,
            query.max_results,
            query.page_token,
            (lifecycle,),
            last_changed_first,
        )
        with self._database.reading() as connection:
            rows, token = find_page(connection, search)
            return Page(tuple(_whole(connection, rows)), token)

    def run_counts(self) -> Mapping[str, int]:
        """Count the active runs of each experiment that has some."""
        counted = (
            sa.select(runs.c.experiment_id, sa.func.count().label("run_count"))
            .where(runs.c.lifecycle == Lifecycle.ACTIVE.value)
            .group_by(runs.c.experiment_id)
        )
        with self._database.reading() as connection:
            return {row.experiment_id: row.run_count for row in connection.execute(counted)}

    def rename(self, experiment_id: str, name: str) -> None:
        check_name(name, "experiment")
        with self._database.transaction() as connection:
            try:
                self._change(connection, experiment_id, name=name)
            except IntegrityError:
                raise _taken(name) from None

    def set_tags(self, experiment_id: str, tags: Mapping[str, str]) -> None:
        with self._database.transaction() as connection:
            self._change(connection, experiment_id)
            set_tags(connection, experiment_tags, {"experiment_id": experiment_id}, tags)

    def delete_tag(self, experiment_id: str, key: str) -> None:
        with self._database.transaction() as connection:
            self._change(connection, experiment_id)
            delete_tag(
                connection, experiment_tags, {"experiment_id": experiment_id}, key, of=f"experiment {experiment_id}"
            )

    def delete(self, experiment_id: str) -> None:
        if experiment_id == DEFAULT_EXPERIMENT_ID:
            raise InvalidState("The experiment 'Default' can't be deleted: runs without another one need it.")
        self._set_lifecycle(experiment_id, Lifecycle.DELETED)

    def restore(self, experiment_id: str) -> None:
        self._set_lifecycle(experiment_id, Lifecycle.ACTIVE)

    def _set_lifecycle(self, experiment_id: str, lifecycle: Lifecycle) -> None:
        """Move an experiment and its runs together."""
        with self._database.transaction() as connection:
            found = connection.execute(
                sa.select(experiments.c.name, experiments.c.purge_began_at_ms).where(
                    experiments.c.experiment_id == experiment_id, experiments.c.lifecycle != lifecycle.value
                )
            ).first()
            if found is None:
                raise ExperimentNotFound(experiment_id, self._database.uri)
            if found.purge_began_at_ms is not None:
                raise InvalidState(f"Experiment {found.name!r} is being deleted for good and can't be restored.")
            try:
                seq = self._change(connection, experiment_id, **lifecycle_columns(lifecycle))
            except IntegrityError:
                raise AlreadyExists(
                    f"Another experiment is called {found.name!r} now. Rename that one, then restore this one."
                ) from None
            move_runs(connection, runs.c.experiment_id == experiment_id, lifecycle, seq=seq)

    def _change(self, connection: sa.Connection, experiment_id: str, **values: str | int | None) -> int:
        now = now_ms()
        statement = experiments.update().where(experiments.c.experiment_id == experiment_id)
        if connection.execute(statement.values(updated_at_ms=now, **values)).rowcount == 0:
            raise ExperimentNotFound(experiment_id, self._database.uri)
        return bump_seq(connection)

    def _select(self, where: sa.ColumnElement[bool]) -> Sequence[Experiment]:
        last_changed_first = (experiments.c.updated_at_ms.desc(), experiments.c.name)
        with self._database.reading() as connection:
            rows = connection.execute(experiments.select().where(where).order_by(*last_changed_first)).all()
            return _whole(connection, rows)


def experiment_of(connection: sa.Connection, new: NewRun) -> str:
    """Return the experiment that a run is to belong to, making one of the name that it came with, if need be."""
    if new.experiment_name is None:
        return new.experiment_id
    is_active = experiments.c.lifecycle == Lifecycle.ACTIVE.value
    has_id = experiments.c.experiment_id == new.experiment_id
    named = sa.and_(is_active, experiments.c.name == new.experiment_name)
    for wanted in (sa.and_(is_active, has_id), named):  # one that was made for it may be called otherwise now
        found = connection.scalar(sa.select(experiments.c.experiment_id).where(wanted))
        if found is not None:
            return str(found)
    is_taken = connection.scalar(sa.select(experiments.c.experiment_id).where(has_id)) is not None  # it was deleted
    made = new_experiment_id() if is_taken else new.experiment_id
    name = check_name(new.experiment_name, "experiment")
    connection.execute(experiments.insert().values(_new_row(made, name, None)))
    return made


def _new_row(experiment_id: str, name: str, artifact_location: str | None) -> dict[str, str | int | None]:
    now = now_ms()
    return {
        "experiment_id": experiment_id,
        "name": name,
        "lifecycle": Lifecycle.ACTIVE.value,
        "created_at_ms": now,
        "updated_at_ms": now,
        "artifact_location": artifact_location,
    }


def _whole(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[Experiment]:
    in_rows = one_of(experiment_tags.c.experiment_id, [row.experiment_id for row in rows])
    tags = read_values(connection, experiment_tags, in_rows)
    return [
        Experiment(
            experiment_id=row.experiment_id,
            name=row.name,
            lifecycle_stage=Lifecycle(row.lifecycle),
            creation_time=row.created_at_ms,
            last_update_time=row.updated_at_ms,
            artifact_location=row.artifact_location,
            tags=tags.get(row.experiment_id, {}),
        )
        for row in rows
    ]


_EXPERIMENTS = Searched(
    experiments,
    EXPERIMENT_FIELDS,
    attributes={
        "experiment_id": experiments.c.experiment_id,
        "name": experiments.c.name,
        "creation_time": experiments.c.created_at_ms,
        "last_update_time": experiments.c.updated_at_ms,
    },
    owned={
        FieldKind.TAG: Owned(
            experiment_tags,
            ((experiment_tags.c.experiment_id, experiments.c.experiment_id),),
            lambda _: experiment_tags.c.value,
            experiment_tags.c.key,
        )
    },
)


def _taken(name: str) -> AlreadyExists:
    return AlreadyExists(f"An experiment is called {name!r} already. Use it with nbtrack.set_experiment({name!r}).")
