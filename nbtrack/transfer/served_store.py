from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from nbtrack.entities import Batch, Experiment, Lifecycle, LoggedModel, NewRun, RegisteredModel, Run, RunStatus
from nbtrack.entities import tags as tag_names
from nbtrack.store import RunQuery, RunRecord, Store, Stretch
from nbtrack.transfer.nbtrack_store import files_of
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import SourceFile, SourceModel, SourceRun, lasting_run_id
from nbtrack.transfer.stamps import stamp_of

PAGE_RUNS = 500
PAGE_POINTS = 25_000


class ServedStore:
    """A store behind a server that speaks MLflow's REST API: it tells of runs what that API knows of them."""

    def __init__(self, store: Store, report: Report) -> None:
        self.name = store.uri
        self._store, self._report = store, report
        # The API has no list of an experiment's models: they are found by the runs that made or used them. Those that
        # a run made are known to be its own.
        self._model_ids: dict[str, str | None] = {}

    def experiments(self) -> Sequence[Experiment]:
        return self._store.experiments.list(lifecycle=None)

    def run_count(self, experiment: Experiment) -> int:
        return self._store.experiments.run_counts().get(experiment.experiment_id, 0)

    def runs(self, experiment: Experiment, settled: Settled) -> Iterator[SourceRun]:
        self._model_ids.clear()
        token: str | None = None
        while True:
            query = RunQuery((experiment.experiment_id,), lifecycle=None, max_results=PAGE_RUNS, page_token=token)
            page = self._store.runs.search(query)
            latest = self._store.metrics.latest([run.info.run_id for run in page.runs])
            for run in page.runs:
                run_id, record = run.info.run_id, record_of(run)
                for model_id in run.inputs.model_inputs:
                    self._model_ids.setdefault(model_id)
                self._model_ids.update((made.model_id, run_id) for made in run.outputs.model_outputs)
                # While a run goes on, it may get points and files that don't show in what is told of it.
                stamp = stamp_of(record, latest.get(run_id)) if record.new.status.is_terminal else None
                if settled.has_run(run_id, stamp):
                    continue
                yield SourceRun(
                    record,
                    partial(points_of, self._store, run_id, tuple(run.data.metrics)),
                    partial(files_of, self._store.artifacts, run_id),
                    stamp,
                )
            token = page.next_page_token
            if token is None:
                return

    def models(self, experiment: Experiment, settled: Settled) -> Iterator[SourceModel]:
        for model_id, run_id in list(self._model_ids.items()):
            if settled.has_model(model_id, run_id):
                continue
            with reporting(self._report, "model", model_id):
                model = self._store.models.get(model_id)
                if model.experiment_id == experiment.experiment_id:
                    yield SourceModel(model, partial(self._files_of_model, model))

    def registered_models(self) -> Iterator[RegisteredModel]:
        yield from self._store.registry.list()

    def close(self) -> None:
        self._store.close()

    def _files_of_model(self, model: LoggedModel) -> Iterator[SourceFile]:
        return iter(()) if model.path else files_of(self._store.artifacts, model.model_id)


def record_of(run: Run) -> RunRecord:
    """Return a run as a record: what a run of MLflow's API tells."""
    info, parent = run.info, run.data.tags.get(tag_names.PARENT_RUN_ID)
    new = NewRun(
        run_id=lasting_run_id(info.run_id),
        name=info.run_name or info.run_id[:8],
        experiment_id=info.experiment_id,
        started_at_ms=info.start_time,
        user=info.user_id,
        parent_run_id=lasting_run_id(parent) if parent else None,
        status=RunStatus(info.status),
        ended_at_ms=info.end_time,
        batch=Batch(
            params=run.data.params,
            tags=run.data.tags,
            inputs=run.inputs.dataset_inputs,
            model_inputs=run.inputs.model_inputs,
            model_outputs=run.outputs.model_outputs,
        ),
    )
    return RunRecord(new, Lifecycle(info.lifecycle_stage))


def points_of(store: Store, run_id: str, keys: Sequence[str]) -> Iterator[Stretch]:
    """Read the points of metrics of a run, key by key, page by page."""
    for key in sorted(keys):
        token: str | None = None
        while True:
            page = store.metrics.page(run_id, key, max_results=PAGE_POINTS, page_token=token)
            yield key, [(point.step, point.timestamp, point.value) for point in page.points]
            token = page.next_page_token
            if token is None:
                break
