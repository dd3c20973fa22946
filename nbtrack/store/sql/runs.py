from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from nbtrack.clock import now_ms
from nbtrack.entities import (
    Batch,
    Lifecycle,
    NewRun,
    Run,
    RunSummary,
)
from nbtrack.entities import tags as tag_names
from nbtrack.errors import ExperimentNotFound, InvalidState, RunNotFound, StoreUnavailable
from nbtrack.limits import check_name
from nbtrack.store.artifacts import check_owner
from nbtrack.store.merging import merged
from nbtrack.store.protocol import ArtifactStore, Delivery, RunKeys, RunPage, RunQuery, RunSummaries, RunTable
from nbtrack.store.sql import summaries
from nbtrack.store.sql.batches import columns_of, write_batches
from nbtrack.store.sql.database import Database, bump_seq
from nbtrack.store.sql.experiments import experiment_of
from nbtrack.store.sql.key_values import delete_tag
from nbtrack.store.sql.keys import read_keys
from nbtrack.store.sql.lifecycles import move_runs
from nbtrack.store.sql.membership import one_of
from nbtrack.store.sql.metrics import write_points
from nbtrack.store.sql.reading import COLUMNS, read_runs, read_table
from nbtrack.store.sql.search import find_runs
from nbtrack.store.sql.sessions import write_sessions
from nbtrack.store.sql.tables import experiments, outbox_positions, runs, tags
from nbtrack.store.sql.upserts import Upsert, replacing

DELIVERY_PATIENCE_S = 10.0
"""An outbox tries again by itself, and its user should hear of a store that stays locked."""


class _NotMeant(Exception):
    """Leaves a transaction that was only tried."""


class SqlRuns:
    def __init__(self, database: Database, artifacts: ArtifactStore) -> None:
        self._database = database
        self._artifacts = artifacts

    def create(self, new_runs: Sequence[NewRun]) -> None:
        """Create runs, with what they carry, in one transaction."""
        with self._database.transaction() as connection:
            for experiment_id in {new.experiment_id for new in new_runs if new.experiment_name is None}:
                self._check_experiment(connection, experiment_id)
            self._insert(connection, new_runs)

    def get(self, run_id: str) -> Run:
        with self._database.reading() as connection:
            rows = connection.execute(_ONE, {"wanted": run_id}).all()
            if not rows:
                raise RunNotFound(run_id, self._database.uri)
            return read_runs(connection, rows, self._artifacts.uri)[0]

    def search(self, query: RunQuery) -> RunPage:
        with self._database.reading() as connection:
            rows, next_page_token = find_runs(connection, query, sa.select(*COLUMNS))
            return RunPage(read_runs(connection, rows, self._artifacts.uri), next_page_token)

    def keys(self, *, experiment_id: str | None = None, prefix: str = "", limit: int = 1000) -> RunKeys:
        with self._database.reading() as connection:
            return read_keys(connection, experiment_id=experiment_id, prefix=prefix, limit=limit)

    def table(self, query: RunQuery) -> RunTable:
        with self._database.reading() as connection:
            rows, _ = find_runs(connection, query, sa.select(*COLUMNS))
            return read_table(connection, rows, self._artifacts.uri)

    def summaries(
        self, *, experiment_id: str | None = None, filter_text: str = "", limit: int = 500, cursor: str | None = None
    ) -> RunSummaries:
        within = () if experiment_id is None else (experiment_id,)
        query = RunQuery(experiment_ids=within, filter=filter_text, max_results=limit, page_token=cursor)
        with self._database.reading() as connection:
            return summaries.page(connection, query)

    def summaries_since(self, seq: int) -> RunSummaries:
        with self._database.reading() as connection:
            return summaries.since(connection, seq)

    def summaries_of(self, run_ids: Sequence[str]) -> Sequence[RunSummary]:
        """Return summaries in the order of ``run_ids``."""
        with self._database.reading() as connection:
            found = {s.run_id: s for s in summaries.where(connection, one_of(runs.c.run_id, run_ids))}
        missing = [run_id for run_id in run_ids if run_id not in found]
        if missing:
            raise RunNotFound(missing[0], self._database.uri)
        return [found[run_id] for run_id in run_ids]

    def children(self, run_id: str) -> Sequence[RunSummary]:
        with self._database.reading() as connection:
            return summaries.where(connection, runs.c.parent_run_id == run_id)

    def log(self, run_id: str, batch: Batch) -> None:
        with self._database.transaction() as connection:
            self._touch(connection, run_id, **columns_of(connection, batch))
            write_batches(connection, {run_id: batch})

    def deliver(self, delivery: Delivery) -> None:
        """Write a stretch of a segment, unless it is written already, all or nothing."""
        with self._database.transaction(patience_s=DELIVERY_PATIENCE_S) as connection:
            position = connection.scalar(_POSITION, {"wanted": delivery.segment}) or 0
            if position >= delivery.end:
                return  # it was committed, and who delivered it died or failed before hearing of that
            if position != delivery.start:
                raise StoreUnavailable(
                    f"Segment {delivery.segment} is stored up to byte {position}, not {delivery.start}."
                )
            connection.execute(_SET_POSITION.on(connection), {"segment": delivery.segment, "position": delivery.end})
            self._write(connection, delivery)

    def check(self, delivery: Delivery) -> None:
        try:
            with self._database.transaction() as connection:
                self._write(connection, delivery)
                raise _NotMeant
        except _NotMeant:
            return

    def check_open(self, run_id: str) -> None:
        with self._database.reading() as connection:
            lifecycle = connection.scalar(_LIFECYCLE, {"wanted": run_id})
        if lifecycle is None:
            raise RunNotFound(run_id, self._database.uri)
        if lifecycle != Lifecycle.ACTIVE.value:
            raise _deleted(run_id)

    def delivered(self, segment: str) -> int:
        with self._database.reading() as connection:
            return connection.scalar(_POSITION, {"wanted": segment}) or 0

    def forget_segment(self, segment: str) -> None:
        """Forget how far a segment is delivered, once it is gone."""
        with self._database.transaction(patience_s=DELIVERY_PATIENCE_S) as connection:
            connection.execute(outbox_positions.delete().where(outbox_positions.c.segment == segment))

    def _write(self, connection: sa.Connection, delivery: Delivery) -> None:
        """Write what was logged, what belongs to a run together; runs come before what was logged to them."""
        if delivery.sessions:
            write_sessions(connection, delivery.sessions)
        if delivery.new_runs:
            self._insert(connection, delivery.new_runs)
        by_run: dict[str, list[Batch]] = {}
        for run_id, batch in delivery.batches:
            by_run.setdefault(run_id, []).append(batch)
        for run_id, of_run in by_run.items():
            whole = merged(of_run, run_id)
            self._touch(connection, run_id, **columns_of(connection, whole))
            write_batches(connection, {run_id: whole})
        for run_id in {run_id for run_id, _ in delivery.points} - by_run.keys():
            self._touch(connection, run_id)
        write_points(connection, delivery.points)

    def _insert(self, connection: sa.Connection, new_runs: Sequence[NewRun]) -> None:
        seq = bump_seq(connection)
        latest = {
            group_id: _latest_attempt(connection, group_id)
            for group_id in {new.group_id for new in new_runs}
            if group_id is not None
        }
        rows = []
        for new in new_runs:
            attempt = 1
            if new.group_id is not None:
                attempt = latest[new.group_id] = latest[new.group_id] + 1
            belongs = {"experiment_id": experiment_of(connection, new)}
            rows.append(run_row(new, attempt, seq) | belongs | columns_of(connection, new.batch))
        connection.execute(runs.insert(), rows)
        write_batches(connection, {new.run_id: new.batch for new in new_runs})

    def delete_tag(self, run_id: str, key: str) -> None:
        with self._database.transaction() as connection:
            self._touch(connection, run_id)
            delete_tag(connection, tags, {"run_id": run_id}, key, of=f"run {run_id}")

    def rename(self, run_id: str, name: str) -> None:
        check_name(name, "run")
        self.log(run_id, Batch(tags={tag_names.RUN_NAME: name}))

    def delete(self, run_ids: Iterable[str]) -> None:
        """Delete runs and their children; deleting again changes nothing."""
        wanted = list(run_ids)
        with self._database.transaction() as connection:
            known = set(connection.scalars(sa.select(runs.c.run_id).where(one_of(runs.c.run_id, wanted))))
            for run_id in wanted:
                if run_id not in known:
                    raise RunNotFound(run_id, self._database.uri)
            chosen = sa.or_(one_of(runs.c.run_id, wanted), one_of(runs.c.parent_run_id, wanted))
            self._set_lifecycle(connection, chosen, Lifecycle.DELETED)

    def restore(self, run_id: str) -> None:
        """Restore a run and its children; restoring an active run changes nothing."""
        with self._database.transaction() as connection:
            self._existing(connection, run_id)
            if connection.scalar(sa.select(runs.c.purge_began_at_ms).where(runs.c.run_id == run_id)) is not None:
                raise InvalidState(f"Run {run_id} is being deleted for good and can't be restored.")
            chosen = sa.or_(runs.c.run_id == run_id, runs.c.parent_run_id == run_id)
            self._set_lifecycle(connection, chosen, Lifecycle.ACTIVE)

    def _touch(self, connection: sa.Connection, run_id: str, **values: str | int | None) -> None:
        """Mark a run as changed, refusing a deleted or unknown one."""
        row = {"touched": run_id, "seq": bump_seq(connection), **values}
        if connection.execute(_TOUCH, row).rowcount == 0:
            self._existing(connection, run_id)
            raise _deleted(run_id)

    def _existing(self, connection: sa.Connection, run_id: str) -> None:
        if connection.scalar(sa.select(runs.c.run_id).where(runs.c.run_id == run_id)) is None:
            raise RunNotFound(run_id, self._database.uri)

    def _set_lifecycle(self, connection: sa.Connection, chosen: sa.ColumnElement[bool], lifecycle: Lifecycle) -> None:
        move_runs(connection, chosen, lifecycle, seq=bump_seq(connection))

    def _check_experiment(self, connection: sa.Connection, experiment_id: str) -> None:
        lifecycle = connection.scalar(_LIFECYCLE_OF_EXPERIMENT, {"wanted": experiment_id})
        if lifecycle is None:
            raise ExperimentNotFound(experiment_id, self._database.uri)
        if lifecycle != Lifecycle.ACTIVE.value:
            raise InvalidState(f"Experiment {experiment_id} is deleted. Restore it before making runs in it.")


_ONE = sa.select(*COLUMNS).where(runs.c.run_id == sa.bindparam("wanted"))
_LIFECYCLE = sa.select(runs.c.lifecycle).where(runs.c.run_id == sa.bindparam("wanted"))
_POSITION = sa.select(outbox_positions.c.position).where(outbox_positions.c.segment == sa.bindparam("wanted"))
_SET_POSITION = Upsert(outbox_positions, ["segment"], replacing("position"))
_LIFECYCLE_OF_EXPERIMENT = sa.select(experiments.c.lifecycle).where(
    experiments.c.experiment_id == sa.bindparam("wanted")
)
_LATEST_ATTEMPT = sa.select(sa.func.max(runs.c.attempt)).where(runs.c.group_id == sa.bindparam("wanted"))
_TOUCH = runs.update().where(runs.c.run_id == sa.bindparam("touched"), runs.c.lifecycle == Lifecycle.ACTIVE.value)


def _deleted(run_id: str) -> InvalidState:
    return InvalidState(
        f"Run {run_id} is deleted and can't be written to. Restore it in the sidebar, or with "
        "nbtrack.Client().restore_run(run_id)."
    )


def run_row(new: NewRun, attempt: int, seq: int) -> dict[str, str | int | None]:
    check_name(new.name, "run")
    is_over = new.status.is_terminal
    return {
        "run_id": check_owner(new.run_id),
        "experiment_id": new.experiment_id,
        "name": new.name,
        "status": new.status.value,
        "lifecycle": Lifecycle.ACTIVE.value,
        "started_at_ms": new.started_at_ms,
        "ended_at_ms": new.ended_at_ms or (now_ms() if is_over else None),
        "user": new.user,
        "origin": new.origin.value,
        "parent_run_id": new.parent_run_id,
        "session_id": new.session_id,
        "environment_digest": None,
        "group_id": new.group_id,
        "attempt": attempt,
        "cell_id": new.cell_id,
        "notebook": new.notebook,
        "execution_count": new.execution_count,
        "artifact_uri": new.artifact_uri,
        "seq": seq,
    }


def _latest_attempt(connection: sa.Connection, group_id: str) -> int:
    return connection.scalar(_LATEST_ATTEMPT, {"wanted": group_id}) or 0
