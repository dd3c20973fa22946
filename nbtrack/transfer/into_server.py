from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, groupby, islice
from operator import itemgetter

from nbtrack.entities import (
    Batch,
    CellExecution,
    DatasetInput,
    Experiment,
    Lifecycle,
    LoggedModel,
    Metric,
    ModelVersion,
    NewRun,
    RegisteredModel,
    Run,
    Stage,
)
from nbtrack.entities import tags as tag_names
from nbtrack.errors import ModelNotFound, NbtrackError, RunNotFound, StoreUnavailable
from nbtrack.store import NewVersion, PointRow, RunRecord, Store
from nbtrack.transfer.into_artifacts import IntoArtifacts
from nbtrack.transfer.into_registry import IntoRegistry
from nbtrack.transfer.logged_models import HISTORY_TAG
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.served_store import points_of
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import SourceModel, SourceRun

POINTS_AT_ONCE = 10_000
_LARGEST = sys.float_info.max


class IntoServer:
    """Copies to a tracking server, nbtrack's own or any that speaks MLflow's REST.

    A run is known there by the id that it has here: an MLflow server has that in a tag. Experiments and registered
    models are known by their names. What was deleted here is not copied.
    """

    def __init__(self, store: Store, report: Report, *, with_artifacts: bool) -> None:
        self.name = store.uri
        self._store, self._report, self._with_artifacts = store, report, with_artifacts
        self._registry = IntoRegistry(store.registry, _Versions(store), report)
        self._files = IntoArtifacts(store.artifacts, report)
        # Of our experiments: the ids that they have there.
        self._ids: dict[str, str] = {}
        self._children: dict[str, str] = {}

    def experiment(self, experiment: Experiment) -> None:
        if experiment.lifecycle_stage is Lifecycle.DELETED:
            self._report.note("experiment", experiment.name, "is deleted, and is not copied")
            return
        there = self._store.experiments.find(experiment.name)
        self._report.count("experiment", is_new=there is None)
        if there is None:
            there = self._store.experiments.create(experiment.name, tags=experiment.tags)
        else:
            missing = _missing(experiment.tags, there.tags)
            if missing:
                self._store.experiments.set_tags(there.experiment_id, missing)
        self._ids[experiment.experiment_id] = there.experiment_id

    def settled(self, experiment: Experiment) -> Settled:  # noqa: ARG002 nothing is remembered there
        return Settled(self._report)

    def runs(self, runs: Sequence[SourceRun]) -> None:
        for run in runs:
            with reporting(self._report, "run", run.record.run_id):
                if run.record.lifecycle is Lifecycle.DELETED:
                    self._report.note("run", run.record.run_id, "is deleted, and is not copied")
                else:
                    self._bring(run)

    def model(self, model: SourceModel) -> None:
        there = model.model
        if there.experiment_id not in self._ids:
            return  # with its deleted experiment
        is_new = not self._has(there)
        wanted = replace(there, experiment_id=self._ids[there.experiment_id], artifact_uri=None)
        if is_new and there.path and there.run_id is not None:
            self._store.runs.log(there.run_id, Batch(models=(wanted,)))
        elif is_new:
            self._store.models.create(wanted)
        self._report.count("model", is_new=is_new)
        if self._with_artifacts and not there.path:
            self._files.bring(there.model_id, model.files(), is_new=is_new)

    def registered_model(self, model: RegisteredModel) -> None:
        self._registry.bring(model)

    def finish(self) -> None:
        """Name parents as the server does: some came after their children."""
        for run_id, parent in self._children.items():
            with reporting(self._report, "run", run_id):
                self._store.runs.log(run_id, Batch(tags={tag_names.PARENT_RUN_ID: parent}))

    def close(self) -> None:
        self._store.close()

    def _bring(self, run: SourceRun) -> None:
        record = run.record
        there = self._find(record.run_id)
        self._report.count("run", is_new=there is None)
        if there is not None and there.info.lifecycle_stage is Lifecycle.DELETED:
            self._report.note("run", record.run_id, "is deleted on the server, and stays so")
            return
        if there is None:
            self._create(record)
        parent = record.new.parent_run_id
        if there is None and parent is not None and self._find(parent) is None:
            self._children[record.run_id] = parent
        for addition in self._additions(record, there):
            self._log(record.run_id, addition)
        self._add_points(run, there)
        if self._with_artifacts:
            self._files.bring(record.run_id, run.files(), is_new=there is None)

    def _find(self, run_id: str) -> Run | None:
        try:
            return self._store.runs.get(run_id)
        except RunNotFound:
            return None

    def _create(self, record: RunRecord) -> None:
        """Make a run with what is of it from the beginning; the rest is added, as to one that was there."""
        for session in record.sessions:
            self._store.sessions.open(session)
        new = record.new
        links = Batch(model_inputs=new.batch.model_inputs, model_outputs=new.batch.model_outputs)
        bare = replace(new, experiment_id=self._ids[new.experiment_id], artifact_uri=None, batch=links)
        self._store.runs.create([bare])

    def _additions(self, record: RunRecord, there: Run | None) -> Iterator[Batch]:
        """Yield what a run lacks there. A param or tag that differs stays; tags change with the end of the run."""
        ours = record.new
        tags = {key: value for key, value in ours.batch.tags.items() if key != HISTORY_TAG}
        if there is None:
            yield Batch(params=ours.batch.params, tags=tags, inputs=ours.batch.inputs)
            yield from _surroundings(record.cells, ours)
            return
        has_ended = ours.status.is_terminal and there.info.end_time != ours.ended_at_ms
        known_inputs = set(map(_identity, there.inputs.dataset_inputs))
        addition = Batch(
            params=_missing(ours.batch.params, there.data.params),
            tags=tags if has_ended else _missing(tags, there.data.tags),
            inputs=tuple(each for each in ours.batch.inputs if _identity(each) not in known_inputs),
        )
        for key, value in ours.batch.params.items():
            if there.data.params.get(key, value) != value:
                self._report.note("param", f"{key!r} of run {ours.run_id}", "differs on the server, and stays there")
        if has_ended:
            addition = replace(addition, status=ours.status, ended_at_ms=ours.ended_at_ms)
        if addition:
            yield addition
        known_cells = {cell.execution_id for cell in self._store.sessions.cells(ours.run_id)} if record.cells else ()
        cells = [cell for cell in record.cells if cell.execution_id not in known_cells]
        has_environment = ours.batch.environment is None or self._store.sessions.environment(ours.run_id) is not None
        yield from _surroundings(cells, replace(ours, batch=Batch()) if has_environment else ours)

    def _log(self, run_id: str, batch: Batch) -> None:
        """Add to a run; if the server refuses something of it, all the rest."""
        try:
            self._store.runs.log(run_id, batch)
        except StoreUnavailable:
            raise
        except NbtrackError:
            for kind, name, part in _single(batch):
                with reporting(self._report, kind, f"{name} of run {run_id}"):
                    self._store.runs.log(run_id, part)
                    self._report.came[kind] += 1
        else:
            self._report.came["param"] += len(batch.params)
            self._report.came["tag"] += len(batch.tags)

    def _add_points(self, run: SourceRun, there: Run | None) -> None:
        run_id = run.record.run_id
        known = {} if there is None else there.data.metrics
        for key, of_key in groupby(run.points(), key=itemgetter(0)):
            with reporting(self._report, "metric", f"{key!r} of run {run_id}"):
                pages = points_of(self._store, run_id, [key]) if key in known else ()
                on_server = {_place(point) for _, points in pages for point in points}
                points = chain.from_iterable(part for _, part in of_key)
                while some := list(islice(points, POINTS_AT_ONCE)):
                    missing = [point for point in some if _place(point) not in on_server]
                    self._report.already_here["point"] += len(some) - len(missing)
                    if missing:
                        metrics = tuple(Metric(key, value, at_ms, step) for step, at_ms, value in missing)
                        self._store.runs.log(run_id, Batch(metrics))
                        self._report.came["point"] += len(missing)

    def _has(self, model: LoggedModel) -> bool:
        try:
            self._store.models.get(model.model_id)
        except ModelNotFound:
            return False
        return True


class _Versions:
    """Registers versions on the server, which gives them their numbers."""

    def __init__(self, store: Store) -> None:
        self._registry, self._models = store.registry, store.models

    def write_version(self, version: ModelVersion) -> ModelVersion:
        # An MLflow server fails at an id that it does not know; a folder of a run it knows by the source.
        model = None if version.model_id is None else self._models.get(version.model_id)
        new = NewVersion(
            name=version.name,
            source=version.source,
            created_at_ms=version.creation_timestamp,
            run_id=version.run_id,
            model_id=None if model is None or model.path else model.model_id,
            run_link=version.run_link,
            user=version.user_id,
            description=version.description,
            tags=version.tags,
        )
        made = self._registry.create_version(new)
        if version.current_stage is not Stage.NONE:
            at_ms = version.last_updated_timestamp
            self._registry.set_stage(version.name, made.version, version.current_stage, at_ms=at_ms)
        return made


def _surroundings(cells: Sequence[CellExecution], new: NewRun) -> Iterator[Batch]:
    """Yield what a run was made by and ran in, a batch for each."""
    yield from (Batch(cell=cell) for cell in cells)
    if new.batch.environment is not None:
        yield Batch(environment=new.batch.environment)


def _single(batch: Batch) -> Iterator[tuple[str, str, Batch]]:
    """Yield the parts of a batch, each with its kind and name."""
    for key, value in batch.params.items():
        yield "param", repr(key), Batch(params={key: value})
    for key, value in batch.tags.items():
        yield "tag", repr(key), Batch(tags={key: value})
    for item in batch.inputs:
        yield "input", repr(item.dataset.name), Batch(inputs=(item,))
    rest = replace(batch, params={}, tags={}, inputs=())
    if rest:
        yield "end or surroundings", "that", rest


def _missing(ours: Mapping[str, str], there: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in ours.items() if key not in there}


def _identity(item: DatasetInput) -> tuple[str, str, str]:
    return item.dataset.name, item.dataset.digest, item.context


def _place(point: PointRow) -> tuple[object, ...]:
    """Return what makes a point the same on any server: MLflow's keep one of equal ones, and clip infinities."""
    step, at_ms, value = point
    return step, at_ms, None if math.isnan(value) else min(max(value, -_LARGEST), _LARGEST)
