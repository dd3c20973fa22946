from __future__ import annotations

import math
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from nbtrack.entities import (
    Batch,
    DatasetInput,
    Experiment,
    LoggedModel,
    ModelMetric,
    ModelOutput,
    RegisteredModel,
)
from nbtrack.errors import InvalidInput, NotAStore
from nbtrack.store import Stretch
from nbtrack.transfer import mlflow_values as values
from nbtrack.transfer.artifact_places import ArtifactPlaces
from nbtrack.transfer.logged_models import HISTORY_TAG, described, models_in_history
from nbtrack.transfer.mlflow_database_state import DatabaseState, reading
from nbtrack.transfer.point_lines import STRETCH_POINTS
from nbtrack.transfer.point_rows import POINT_COLUMNS, points_of
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import SourceModel, SourceRun, lasting_run_id
from nbtrack.transfer.stamps import stamp_of

if TYPE_CHECKING:
    import sqlalchemy as sa

MAX_VALUE_BYTES = 64 * 1024 * 1024
"""What is taken into memory of one row, where Python can say that to SQLite."""
_CLIPPED = 1.7976931348623157e308
_NEEDED = {"experiments", "runs", "metrics", "params", "tags"}

Row = Mapping[str, Any]


class MlflowDatabase:
    """A SQLite file that MLflow wrote, of any of its versions: what a version lacks is left empty."""

    def __init__(self, file: Path, allowed: Sequence[Path], report: Report, *, with_artifacts: bool) -> None:
        import sqlalchemy as sa
        from sqlalchemy.exc import DBAPIError
        from sqlalchemy.pool import NullPool

        self.name = str(file)
        self._report = report
        self._places = ArtifactPlaces(file.parent, allowed, report, with_remote=with_artifacts)
        self._engine = sa.create_engine("sqlite://", creator=partial(_connect_read_only, file), poolclass=NullPool)
        self._tables = sa.MetaData()
        self._state = DatabaseState(self._engine, self._tables)
        self._clipped = 0
        try:
            self._tables.reflect(self._engine)
        except DBAPIError as error:
            self._engine.dispose()
            raise NotAStore(f"{file} can't be read as a database: {error.orig}.") from None
        missing = _NEEDED - self._tables.tables.keys()
        if missing:
            self._engine.dispose()
            raise NotAStore(f"{file} is no database of MLflow: it has no table {', '.join(sorted(missing))}.")

    def experiments(self) -> Sequence[Experiment]:
        tags = self._texts_by("experiment_tags", "experiment_id")
        found = []
        for row in self._rows("experiments"):
            with reporting(self._report, "experiment", str(row.get("name"))):
                values.number(row, "experiment_id")
                found.append(values.experiment_of(row, tags.get(row["experiment_id"], {})))
        return found

    def run_count(self, experiment: Experiment) -> int:
        import sqlalchemy as sa

        runs = self._tables.tables["runs"]
        counted = sa.select(sa.func.count()).where(runs.c.experiment_id == int(experiment.experiment_id))
        with reading(self._engine, "how many runs it has") as connection:
            return connection.scalar(counted) or 0

    def runs(self, experiment: Experiment, settled: Settled) -> Iterator[SourceRun]:
        for row in self._rows("runs", experiment_id=int(experiment.experiment_id)):
            run_id = row["run_uuid"]
            with reporting(self._report, "run", str(run_id)):
                remarks = self._report.remarks
                stamp = self._stamp(row)
                if settled.has_run(values.run_id_of(row), stamp):
                    continue
                batch = Batch(
                    params=self._texts("params", run_uuid=run_id),
                    tags=self._texts("tags", run_uuid=run_id),
                    inputs=tuple(self._inputs(run_id)),
                    model_inputs=tuple(self._linked(run_id, "MODEL_INPUT")),
                    model_outputs=tuple(ModelOutput(*each) for each in self._linked(run_id, "MODEL_OUTPUT").items()),
                )
                yield SourceRun(
                    values.run_record(row, batch),
                    partial(self._points, run_id),
                    partial(self._places.files, row.get("artifact_uri"), str(run_id)),
                    stamp if self._report.remarks == remarks else None,
                )

    def models(self, experiment: Experiment, settled: Settled) -> Iterator[SourceModel]:
        for row in self._rows("logged_models", experiment_id=int(experiment.experiment_id)):
            with reporting(self._report, "model", str(row["model_id"])):
                if settled.has_model(str(row["model_id"]), values.optional_text(row.get("source_run_id"))):
                    continue
                files = partial(self._places.files, row.get("artifact_location"), str(row["model_id"]))
                yield SourceModel(described(self._model(row), files()), files)
        for run_id, history in self._histories(experiment):
            with reporting(self._report, "model", f"of run {run_id}"):
                for model in models_in_history(history, lasting_run_id(run_id), experiment.experiment_id):
                    yield SourceModel(model, lambda: iter(()))

    def registered_models(self) -> Iterator[RegisteredModel]:
        for row in self._rows("registered_models"):
            with reporting(self._report, "registered model", str(row.get("name"))):
                yield self._registered_model(row)

    def close(self) -> None:
        if self._clipped:
            text = f"{self._clipped} points are {_CLIPPED:.4g}, which MLflow's database writes for infinity. Kept as is"
            self._report.note("points", self.name, text)
        self._places.tell()
        self._engine.dispose()

    def _stamp(self, row: Row) -> str | None:
        artifacts = self._places.seen(row.get("artifact_uri"), str(row["run_uuid"]))
        if artifacts is None and not values.is_over(row):
            return None  # more files may come, and nothing in the database would show it
        return stamp_of(sorted(row.items()), self._state.of(row["run_uuid"]), artifacts)

    def _inputs(self, run_id: str) -> Iterator[DatasetInput]:
        for row in self._rows("inputs", destination_id=run_id, source_type="DATASET"):
            for dataset in self._rows("datasets", dataset_uuid=row["source_id"]):
                tags = self._texts("input_tags", key="name", input_uuid=row["input_uuid"])
                yield values.dataset_input(values.dataset_of(dataset, prefix="dataset_"), tags)

    def _linked(self, run_id: str, kind: str) -> dict[str, int]:
        """Read which models a run used or made, with the step."""
        rows = self._rows("inputs", source_id=run_id, destination_type=kind)
        return {str(row["destination_id"]): values.number(row, "step") or 0 for row in rows}

    def _histories(self, experiment: Experiment) -> list[tuple[str, str]]:
        """Read the tags that name models of runs, by run."""
        import sqlalchemy as sa

        runs, tags = self._tables.tables["runs"], self._tables.tables["tags"]
        statement = (
            sa.select(tags.c.run_uuid, tags.c.value)
            .join(runs, runs.c.run_uuid == tags.c.run_uuid)
            .where(runs.c.experiment_id == int(experiment.experiment_id), tags.c.key == HISTORY_TAG)
        )
        with reading(self._engine, "what models its runs made") as connection:
            return [(str(run_id), str(value)) for run_id, value in connection.execute(statement)]

    def _points(self, run_id: str) -> Iterator[Stretch]:
        import sqlalchemy as sa

        table = self._tables.tables["metrics"]
        # The order of logging is nowhere but in the order of the rows.
        statement = (
            sa.select(*(_plain(table, name) for name in ("key", *POINT_COLUMNS)))
            .where(table.c.run_uuid == run_id)
            .order_by(table.c.key, sa.literal_column("rowid"))
        )
        with reading(self._engine, f"the points of {run_id}") as connection:
            result = connection.execution_options(yield_per=STRETCH_POINTS).execute(statement)
            for part in result.partitions():
                for key, rows in groupby(part, key=itemgetter(0)):
                    points = points_of([row[1:] for row in rows], self._report, f"{key} of {run_id}")
                    self._clipped += sum(1 for point in points if abs(point[2]) == _CLIPPED)
                    yield key, points

    def _model(self, row: Row) -> LoggedModel:
        model_id = values.possible_id(row["model_id"])
        run_id = row.get("source_run_id")
        created = values.number(row, "creation_timestamp_ms") or 0
        return LoggedModel(
            model_id=model_id,
            run_id=lasting_run_id(values.possible_id(run_id)) if run_id else None,
            path="",
            name=values.text(row, "name"),
            flavor="",
            size_bytes=0,
            created_at_ms=created,
            experiment_id=values.text(row, "experiment_id"),
            model_type=str(row.get("model_type") or ""),
            status=values.model_status(row.get("status")),
            status_message=str(row.get("status_message") or ""),
            updated_at_ms=values.number(row, "last_updated_timestamp_ms") or created,
            lifecycle=values.lifecycle(row),
            params=self._texts("logged_model_params", "param_key", "param_value", model_id=model_id),
            tags=self._texts("logged_model_tags", "tag_key", "tag_value", model_id=model_id),
            metrics=tuple(self._model_metrics(model_id)),
        )

    def _model_metrics(self, model_id: str) -> Iterator[ModelMetric]:
        for row in self._rows("logged_model_metrics", model_id=model_id):
            run_id, value = row.get("run_id"), math.nan if row["metric_value"] is None else row["metric_value"]
            if not isinstance(value, (int, float)):
                raise InvalidInput(f"{str(value)[:80]!r} is no number.")
            yield ModelMetric(
                model_id,
                values.text(row, "metric_name"),
                value,
                values.number(row, "metric_timestamp_ms") or 0,
                values.number(row, "metric_step") or 0,
                lasting_run_id(run_id) if run_id else None,
                row.get("dataset_name"),
                row.get("dataset_digest"),
            )

    def _registered_model(self, row: Row) -> RegisteredModel:
        name = values.text(row, "name")
        aliases = self._texts("registered_model_aliases", "alias", "version", name=name)
        versions = []
        for version in self._rows("model_versions", name=name):
            number = str(version["version"])
            with reporting(self._report, "model version", f"{name}/{number}"):
                tags = self._texts("model_version_tags", name=name, version=version["version"])
                versions.append(values.version_of(version, tags, [a for a, of in aliases.items() if of == number]))
        created = values.number(row, "creation_time") or 0
        return RegisteredModel(
            name=name,
            creation_timestamp=created,
            last_updated_timestamp=values.number(row, "last_updated_time") or created,
            description=str(row.get("description") or ""),
            versions=tuple(sorted(versions, key=lambda version: -int(version.version))),
            tags=self._texts("registered_model_tags", name=name),
            aliases=aliases,
        )

    def _rows(self, table_name: str, **equal: object) -> list[Row]:
        """Read rows of a table, in the order in which they were written; none where there is no such table."""
        import sqlalchemy as sa

        table = self._tables.tables.get(table_name)
        if table is None or any(name not in table.c for name in equal):
            return []
        chosen = [table.c[name] == value for name, value in equal.items()]
        statement = _untyped(table).where(*chosen).order_by(sa.literal_column("rowid"))
        with reading(self._engine, f"what is in {table_name}") as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def _texts(self, table_name: str, key: str = "key", value: str = "value", **equal: object) -> dict[str, str]:
        found = {}
        for row in self._rows(table_name, **equal):
            with reporting(self._report, table_name.removesuffix("s"), f"{row[key]!r} of {next(iter(equal.values()))}"):
                found[values.text(row, key)] = values.text(row, value)
        return found

    def _texts_by(self, table_name: str, owner: str) -> dict[Any, dict[str, str]]:
        found: dict[Any, dict[str, str]] = {}
        for row in self._rows(table_name):
            found.setdefault(row[owner], {})[str(row["key"])] = str(row["value"])
        return found


def _untyped(table: sa.Table) -> Any:
    """Select a table's columns as the database holds them: SQLite keeps anything anywhere."""
    import sqlalchemy as sa

    return sa.select(*(_plain(table, column.name) for column in table.columns))


def _plain(table: sa.Table, name: str) -> sa.ColumnElement[Any]:
    """Return a column without its type; one of zeros where the table has none of this name."""
    import sqlalchemy as sa

    column = table.c[name] if name in table.c else sa.literal(0)
    return sa.type_coerce(column, sa.types.NullType()).label(name)


def _connect_read_only(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro", uri=True)
    connection.execute("PRAGMA trusted_schema = OFF")
    if sys.version_info >= (3, 11):
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
    return connection
